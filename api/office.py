"""What one api process holds: its settings, its database, its keys and its replaceable sources of time and chance."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from starlette.requests import Request

from services.confined.runner import Confined
from services.keys import Keys
from services.photos.derivatives import PictureMaker
from services.photos.store import Store
from services.readings import Readings
from services.settings import Settings

JOINED_AT_ONCE = 4
"""Photos in pieces that one process joins at a time: each holds a megabyte meanwhile."""


@dataclass(frozen=True)
class Office:
    """The parts that every request may need; made once in api/app.py."""

    settings: Settings
    engine: AsyncEngine
    new_session: async_sessionmaker[AsyncSession]
    at_once: async_sessionmaker[AsyncSession]  # each statement is a transaction: one round trip instead of three
    keys: Keys
    store: Store
    pictures: PictureMaker
    confined: Confined
    now: Callable[[], datetime]
    turns: asyncio.Semaphore
    """Half the connections: so many that brought long bodies are worked on at once (api/deps.py)."""
    readings: Readings = field(default_factory=Readings)
    joins: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(JOINED_AT_ONCE))


async def office_of(request: Request) -> Office:
    """The office that this request came to."""
    office: Office = request.app.state.office
    return office

"""What a job may use: settings, database, store, the maker of pictures, and a child for dangerous work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from procrastinate import JobContext
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.confined.runner import Confined
from services.photos.derivatives import PictureMaker
from services.photos.store import Store
from services.settings import Settings

WORKSHOP = "workshop"


@dataclass(frozen=True)
class Workshop:
    """One a worker process."""

    settings: Settings
    new_session: async_sessionmaker[AsyncSession]
    as_person: async_sessionmaker[AsyncSession]  # for what somebody asked for, and is done as they
    store: Store
    pictures: PictureMaker
    confined: Confined
    now: Callable[[], datetime]


def workshop_of(context: JobContext) -> Workshop:
    """The workshop that the worker put into the job's context."""
    return cast("Workshop", context.additional_context[WORKSHOP])

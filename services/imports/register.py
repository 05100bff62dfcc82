"""What a kind of import is: its layout, whose deed it is, what its rows come to, and the writing of that."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.imports import RowCaution, RowChange
from models.words import EventKind, ImportKind
from services.access import Actor, Deed
from services.imports.reading import Reading
from services.rules.register_files import Layout


class Progress(Protocol):
    """Who waits to hear how far an import is."""

    async def judged(self, rows: int) -> None:
        """So many rows more are judged."""

    async def written(self, rows: int) -> None:
        """So many rows more are written."""


class Unheard:
    """Nobody waits: the import is done before its sender hears of it."""

    async def judged(self, rows: int) -> None:
        """Told to nobody."""

    async def written(self, rows: int) -> None:
        """Told to nobody."""


@dataclass
class Plan(ABC):
    """What an import would do; `changes` tells it field by field, `cautions` what may be there already."""

    created: int = 0
    unchanged: int = 0
    updated: int = 0
    changes: list[RowChange] = field(default_factory=list)
    cautions: list[RowCaution] = field(default_factory=list)

    @abstractmethod
    async def apply(self, tx: AsyncSession, actor: Actor, at: datetime, progress: Progress) -> list[UUID]:
        """Write it, as single calls would; the ids of what is new."""


class Register(ABC):
    """One kind of import."""

    kind: ImportKind
    deed: Deed
    imported: EventKind

    @abstractmethod
    def layout(self) -> Layout:
        """What its columns are."""

    @abstractmethod
    async def plan(self, tx: AsyncSession, actor: Actor, reading: Reading, progress: Progress) -> Plan:
        """What the good rows come to; the others are noted as problems."""

"""Readings 读取量: rows that an account was told, counted in memory and written now and then (decision 0024).

A row is what a list or an export shows as one, an enterprise or finding of a field pack, a record or photo of a
dossier, a whole record, a paper, an original or screen picture that was sent. What failed told nothing; a 304 neither.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from models.readings import ReadDelta
from services.rules.clocks import local_date

log = structlog.get_logger()

WRITTEN_EVERY_SECONDS = 20.0
TOLD = "told"
"""Where a transaction of the api carries its tally."""


@dataclass
class _Told:
    user_id: UUID
    rows: int = 0


def listen(tx: AsyncSession, user_id: UUID) -> None:
    """From here on, what this transaction reads is told to that account."""
    tx.info[TOLD] = _Told(user_id)


def tell(tx: AsyncSession, rows: int) -> None:
    """So many rows are told to whoever asks; what a job reads is told to nobody."""
    told = tx.info.get(TOLD)
    if told is not None:
        told.rows += rows


class Readings:
    """What was told since it was last written: one number an account and day, so it stays small however long it waits.

    One an api process; several add up in the table. What is here when a process is killed is lost.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[UUID, date], int] = {}

    def count(self, tx: AsyncSession, *, at: datetime) -> None:
        """What a transaction told, once it is committed."""
        told = cast("_Told | None", tx.info.get(TOLD))
        if told is not None and told.rows:
            self.add(told.user_id, told.rows, at=at)

    def add(self, user_id: UUID, rows: int, *, at: datetime) -> None:
        """What was sent after its transaction had ended."""
        self._add((user_id, local_date(at)), rows)

    async def write(self, at_once: async_sessionmaker[AsyncSession]) -> None:
        """By one statement; where it fails, all stays for the next time."""
        taken, self._rows = self._rows, {}
        if not taken:
            return
        rows = [{"user_id": user_id, "day": day, "rows_told": number} for (user_id, day), number in taken.items()]
        written = False
        try:
            async with at_once() as tx:
                await tx.execute(sa.insert(ReadDelta).values(rows))
            written = True
        except SQLAlchemyError as error:
            log.warning("readings_wait", accounts=len(taken), why=type(error).__name__)
        finally:
            for key, number in () if written else taken.items():
                self._add(key, number)

    @asynccontextmanager
    async def written_to(self, at_once: async_sessionmaker[AsyncSession]) -> AsyncIterator[None]:
        """Written every so many seconds, and what is left at the end."""
        writing = asyncio.create_task(self._keep_writing(at_once), name="readings")
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            await self.write(at_once)

    async def _keep_writing(self, at_once: async_sessionmaker[AsyncSession]) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY_SECONDS)
            await self.write(at_once)

    def _add(self, key: tuple[UUID, date], rows: int) -> None:
        self._rows[key] = self._rows.get(key, 0) + rows

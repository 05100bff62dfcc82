"""The sequencer: events that have no leaf yet become leaves, and the head of the tree is signed (decision 0013).

A round is three steps, each whole by itself: leaves and nodes commit together; the new head is put on disk outside the
database; only then the checkpoint commits and may be shown. Killed anywhere, the next round goes on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlmodel import col

from models.log import LogCheckpoint, LogEpoch
from services.chance import Chance
from services.database import job_sessions_for
from services.keys import Ring
from services.log import tree
from services.log.epochs import log_name, serials, settle
from services.log.kept import Kept, KeptUnreadable, Series, keep, read_kept
from services.photos.errors import StoreFailed
from services.photos.store import Store
from services.rules.checkpoints import Checkpoint, Note
from services.signatures import Signer

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
BATCH = 5_000
LOCK_KEY = 0x7A6C6F67  # "zlog": one sequencer at a time in one database

# Every event that this snapshot does not show belongs to a transaction at or above its oldest running one.
HORIZON = sa.text("SELECT CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text)")
_WITHOUT_LEAF = (
    "SELECT event.id, event.hash FROM event "
    "WHERE NOT EXISTS (SELECT FROM log_leaf WHERE log_leaf.event_id = event.id) {} "
    "ORDER BY event.at, event.id LIMIT :batch"
)
# Once a sequencer starts: whatever has no leaf, from whatever life of the database.
ANY_LEFT = sa.text(_WITHOUT_LEAF.format(""))
# Then each second, by the index on `born`. A dump that was restored elsewhere brings rows with the numbers of its old
# life, above all that this one has given: those were seen at the start, so the range ends where this life does.
BORN_SINCE = sa.text(
    _WITHOUT_LEAF.format(
        "AND event.born >= CAST(:horizon AS xid8) AND event.born < pg_snapshot_xmax(pg_current_snapshot())"
    )
)
_LAST = sa.select(LogCheckpoint).order_by(col(LogCheckpoint.number).desc()).limit(1)


@dataclass(frozen=True)
class Tools:
    """What a sequencer works with."""

    signing: Ring
    store: Store
    chance: Chance
    now: Callable[[], datetime]


class Sequencer:
    """One life on one connection, which holds the lock that keeps a second sequencer out."""

    def __init__(self, connection: AsyncConnection, tools: Tools, *, batch: int = BATCH) -> None:
        self._new_session = job_sessions_for(connection, tools.chance)
        self._tools = tools
        self._batch = batch
        self._horizon: str | None = None
        self._kept: Kept | None = None
        self._is_settled = False
        self._is_signed = False

    async def begin(self) -> bool:
        """Whether this is the one sequencer now. Raises KeptUnreadable, StoreFailed."""
        async with self._new_session.begin() as tx:
            if not await tx.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK_KEY))):
                return False
        self._kept = await read_kept(self._tools.store)
        return True

    async def round(self) -> int:
        """Append what has no leaf and sign; how many events got their leaf. Raises TreeBroken, StoreFailed."""
        if not self._is_settled:
            await self._settle()
        found = await self._append()
        if found or not self._is_signed:
            await self._sign()
        return found

    async def _settle(self) -> LogEpoch:
        async with self._new_session.begin() as tx:
            epoch, is_new = await settle(tx, self._kept, at=self._tools.now())
        if is_new:
            log.warning("log_epoch_opened", number=epoch.number, reason=epoch.reason.value)
        self._is_settled = True
        return epoch

    async def _append(self) -> int:
        async with self._new_session.begin() as tx:
            horizon = await tx.scalar(HORIZON)  # before the search: what it does not see is born above it
            events = await self._without_leaf(tx)
            if events:
                await tree.append(tx, await tree.size_of(tx), events)
        if len(events) < self._batch:
            self._horizon = horizon
        if events:
            self._is_signed = False
        return len(events)

    async def _without_leaf(self, tx: AsyncSession) -> dict[UUID, bytes]:
        given: dict[str, object] = {"batch": self._batch}
        if self._horizon is None:
            await tx.execute(sa.text("SET LOCAL statement_timeout = 0"))  # a long history is read once
            rows = await tx.execute(ANY_LEFT, given)
        else:
            rows = await tx.execute(BORN_SINCE, {**given, "horizon": self._horizon})
        return {row[0]: row[1] for row in rows.all()}

    async def _sign(self) -> None:
        epoch = await self._settle()  # before every signature: is this still the database that was signed last?
        signer = Signer(log_name(epoch), self._tools.signing)
        async with self._new_session.begin() as tx:
            last = (await tx.scalars(_LAST)).first()
            size = await tree.size_of(tx)
            numbers = await serials(tx)
            if last is not None and self._says_all(last, epoch, size, signer):
                await self._keep_again(epoch, last, numbers)
                return
            head = Checkpoint(epoch.origin, size, await tree.root_of(tx, size), self._time(last))
        note = str(signer.note(head.text()))
        await self._keep(epoch, note, numbers)
        async with self._new_session.begin() as tx:
            number = (last.number if last else 0) + 1
            tx.add(LogCheckpoint(number=number, epoch=epoch.number, size=size, root=head.root, at=head.at, note=note))
        self._is_signed = True

    async def _keep_again(self, epoch: LogEpoch, last: LogCheckpoint, numbers: dict[Series, int]) -> None:
        """An office that was put back without its photo store has no head outside: the newest one is kept anew."""
        if self._kept is None:
            await self._keep(epoch, last.note, numbers)
        self._is_signed = True

    @staticmethod
    def _says_all(last: LogCheckpoint, epoch: LogEpoch, size: int, signer: Signer) -> bool:
        """Whether the last checkpoint is of this size, this epoch and this key."""
        by = {signed.key_id for signed in Note.parse(last.note).signatures}
        return (last.size, last.epoch) == (size, epoch.number) and signer.current.key_id in by

    def _time(self, last: LogCheckpoint | None) -> datetime:
        """A clock that was put back takes no checkpoint back in time."""
        now = self._tools.now()
        return now if last is None else max(now, last.at)

    async def _keep(self, epoch: LogEpoch, note: str, numbers: dict[Series, int]) -> None:
        """Highest serials ever seen: a number that was given once is never given again."""
        highest = dict(self._kept.serials) if self._kept else {}
        for series, serial in numbers.items():
            highest[series] = max(serial, highest.get(series, 0))
        kept = Kept(epoch.number, note, highest)
        await keep(self._tools.store, kept)
        self._kept = kept


async def sequence(engine: AsyncEngine, tools: Tools) -> None:
    """Round after round, for ever; what stops one is told and tried again."""
    while True:
        try:
            async with engine.connect() as connection:
                sequencer = Sequencer(connection, tools)
                if await sequencer.begin():
                    await _work(sequencer)
        except (sa.exc.SQLAlchemyError, OSError, StoreFailed, KeptUnreadable, tree.TreeBroken) as error:
            log.warning("log_stopped", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def _work(sequencer: Sequencer) -> None:
    while True:
        if await sequencer.round() < BATCH:
            await asyncio.sleep(PAUSE_SECONDS)

"""Epochs of the log: a database that is not the one that was signed goes on under a new name, which says so.

A head that was shown to anybody is kept outside the database first. A database that does not hold that head, or does
not begin with it, was restored from an older backup or rewritten: signing on would fork the log and print paper numbers
twice (reliability 0.5). So it opens an epoch that names the old head and why, and numbers go on above the highest.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.log import EpochReason, LogEpoch
from models.orders import PaperCounter
from models.organs import Organ
from models.words import EventKind
from services import events
from services.chance import chance
from services.log import tree
from services.log.kept import Kept, Series

NAME_BYTES = 6
_NEWEST = sa.select(LogEpoch).order_by(col(LogEpoch.number).desc()).limit(1)


async def newest(tx: AsyncSession) -> LogEpoch | None:
    """The epoch that signs now; None before the sequencer's first round."""
    return (await tx.scalars(_NEWEST)).first()


def log_name(epoch: LogEpoch) -> str:
    """What all epochs of a log have in common; its keys bear this name."""
    return epoch.origin.rpartition("/")[0]


async def settle(tx: AsyncSession, kept: Kept | None, *, at: datetime) -> tuple[LogEpoch, bool]:
    """The epoch to sign under, and whether it had to be opened for it now."""
    epoch = await newest(tx)
    if epoch is not None and (kept is None or epoch.old_head == kept.note):
        return epoch, False
    reason = EpochReason.FOUNDED if kept is None else await disagreement(tx, epoch, kept)
    if epoch is not None and reason is None:
        return epoch, False
    return await _open(tx, epoch, kept, reason or EpochReason.DATABASE_OLDER, at), True


def sentence(epoch: LogEpoch) -> str | None:
    """What people must know of an epoch; nothing of the first one."""
    if epoch.reason is EpochReason.FOUNDED:
        return None
    day = epoch.opened_at.date().isoformat()
    why = {
        EpochReason.DATABASE_OLDER: "the database was older than the last head that is kept outside it",
        EpochReason.HISTORY_CHANGED: "the database's past did not agree with the last head that is kept outside it",
    }[epoch.reason]
    return (
        f"{epoch.reason.label}，{day} 起为第 {epoch.number} 纪元，文书编号从曾用最大号之后继续 "
        f"The log is in epoch {epoch.number} since {day}: {why}; paper numbers go on above the highest ever given."
    )


async def serials(tx: AsyncSession) -> dict[Series, int]:
    """The last number of every series of papers."""
    rows = await tx.execute(
        sa.select(col(PaperCounter.organ_id), col(PaperCounter.word), col(PaperCounter.year), col(PaperCounter.serial))
    )
    return {(organ_id, word, year): serial for organ_id, word, year, serial in rows.all()}


async def disagreement(tx: AsyncSession, epoch: LogEpoch | None, kept: Kept) -> EpochReason | None:
    """How this database fails to go on from the head that was kept; None where it does go on."""
    head = kept.checkpoint
    if epoch is None or epoch.number < kept.epoch or await tree.size_of(tx) < head.size:
        return EpochReason.DATABASE_OLDER
    if log_name(epoch) != head.origin.rpartition("/")[0]:
        return EpochReason.HISTORY_CHANGED
    try:
        is_same = await tree.root_of(tx, head.size) == head.root
    except tree.TreeBroken:
        is_same = False
    return None if is_same else EpochReason.HISTORY_CHANGED


async def _open(
    tx: AsyncSession, last: LogEpoch | None, kept: Kept | None, reason: EpochReason, at: datetime
) -> LogEpoch:
    number = max(kept.epoch if kept else 0, last.number if last else 0) + 1
    name = _name(tx, last, kept)
    epoch = LogEpoch(
        id=chance(tx).new_id(),
        number=number,
        origin=f"{name}/{number}",
        first_size=await tree.size_of(tx),
        reason=reason,
        old_head=kept.note if kept else None,
        opened_at=at,
    )
    tx.add(epoch)
    raised = [] if kept is None else await _raise_serials(tx, kept)
    events.record(tx, None, EventKind.LOG_EPOCH_OPENED, epoch, at=at, beside={"papers": raised})
    await tx.flush()
    return epoch


def _name(tx: AsyncSession, last: LogEpoch | None, kept: Kept | None) -> str:
    if last is not None:
        return log_name(last)
    if kept is not None:
        return kept.checkpoint.origin.rpartition("/")[0]
    return f"zhicha/{chance(tx).bytes(NAME_BYTES).hex()}"


async def _raise_serials(tx: AsyncSession, kept: Kept) -> list[dict[str, object]]:
    """No number is given twice: each series goes on above the highest that was ever given."""
    known = set((await tx.scalars(sa.select(col(Organ.id)))).all())
    here = await serials(tx)
    raised = {series: serial for series, serial in kept.serials.items() if serial > here.get(series, 0)}
    rows = [
        {"organ_id": organ_id, "word": word, "year": year, "serial": serial}
        for (organ_id, word, year), serial in sorted(raised.items())
        if organ_id in known
    ]
    if rows:
        counter = insert(PaperCounter)
        key = ["organ_id", "word", "year"]
        higher = counter.on_conflict_do_update(index_elements=key, set_={"serial": counter.excluded.serial})
        await tx.execute(higher, rows)
    return [dict(row) for row in rows]

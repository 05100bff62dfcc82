"""What the log tells: its newest signed head, and proofs against it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.log import (
    CheckpointRead,
    ConsistencyRead,
    InclusionRead,
    LogCheckpoint,
    LogEpoch,
    LogEpochRead,
    LogKeyRead,
    LogLeaf,
    LogRead,
)
from services.access import Actor
from services.keys import Ring
from services.log import tree
from services.log.epochs import log_name
from services.log.errors import NotInLogYet, SizeNotInLog
from services.log.sight import event_for
from services.rules import merkle
from services.signatures import Signer

_NEWEST = (
    sa.select(LogCheckpoint, col(LogEpoch.origin))
    .join(LogEpoch, col(LogEpoch.number) == col(LogCheckpoint.epoch))
    .order_by(col(LogCheckpoint.number).desc())
    .limit(1)
)


async def told(tx: AsyncSession, ring: Ring) -> LogRead:
    """The log's keys and epochs. Raises NotInLogYet before there is a log."""
    epochs = (await tx.scalars(sa.select(LogEpoch).order_by(col(LogEpoch.number)))).all()
    if not epochs:
        raise NotInLogYet
    signer = Signer(log_name(epochs[-1]), ring)
    keys = [
        LogKeyRead(key_id=key.key_id.hex(), verifier=str(key), current=key == signer.current) for key in signer.keys
    ]
    return LogRead(algorithm="ed25519", keys=keys, epochs=[_epoch(epoch) for epoch in epochs])


async def newest_checkpoint(tx: AsyncSession) -> CheckpointRead | None:
    """The newest signed head, if any was signed yet."""
    found = (await tx.execute(_NEWEST)).one_or_none()
    if found is None:
        return None
    row, origin = found
    return CheckpointRead(epoch=row.epoch, origin=origin, size=row.size, root=row.root.hex(), at=row.at, note=row.note)


async def checkpoint(tx: AsyncSession) -> CheckpointRead:
    """The newest signed head. Raises NotInLogYet."""
    newest = await newest_checkpoint(tx)
    if newest is None:
        raise NotInLogYet
    return newest


async def inclusion(tx: AsyncSession, actor: Actor, event_id: UUID, *, at: datetime) -> InclusionRead:
    """That an event stands in the newest head. Raises NotFound, NotInLogYet."""
    event = await event_for(tx, actor, event_id, at=at)
    head = await checkpoint(tx)
    [(position, path)] = await paths(tx, [event.id], head.size)
    if position is None:
        raise NotInLogYet
    return InclusionRead(event_id=event.id, event_hash=event.hash.hex(), position=position, path=path, checkpoint=head)


async def paths(tx: AsyncSession, event_ids: Sequence[UUID], size: int) -> list[tuple[int | None, list[str]]]:
    """Place and path of each event in the tree of that size; no place where it is not in it yet."""
    leaves = sa.select(col(LogLeaf.event_id), col(LogLeaf.position)).where(col(LogLeaf.event_id).in_(event_ids))
    places = {event_id: place for event_id, place in (await tx.execute(leaves)).all() if place < size}
    proofs = await tree.paths_of(tx, [merkle.inclusion_spans(place, size) for place in places.values()])
    known = {event_id: [step.hex() for step in path] for event_id, path in zip(places, proofs, strict=True)}
    return [(places.get(event_id), known.get(event_id, [])) for event_id in event_ids]


async def consistency(tx: AsyncSession, from_size: int, to_size: int | None) -> ConsistencyRead:
    """That the log of `to_size` begins with that of `from_size`. Raises NotInLogYet, SizeNotInLog."""
    head = await checkpoint(tx)
    to_size = head.size if to_size is None else to_size
    if not from_size <= to_size <= head.size:
        raise SizeNotInLog(head.size)
    return await between(tx, from_size, to_size)


async def between(tx: AsyncSession, from_size: int, to_size: int) -> ConsistencyRead:
    """The proof between two sizes of the tree, the smaller one first."""
    path = await tree.path_of(tx, merkle.consistency_spans(from_size, to_size)) if from_size else []
    return ConsistencyRead(
        from_size=from_size,
        from_root=(await tree.root_of(tx, from_size)).hex(),
        to_size=to_size,
        to_root=(await tree.root_of(tx, to_size)).hex(),
        path=[step.hex() for step in path],
    )


def _epoch(epoch: LogEpoch) -> LogEpochRead:
    return LogEpochRead(
        number=epoch.number,
        origin=epoch.origin,
        first_size=epoch.first_size,
        reason=epoch.reason,
        reason_label=epoch.reason.label,
        old_head=epoch.old_head,
        opened_at=epoch.opened_at,
    )

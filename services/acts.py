"""Retries: an id that a client used once is known for ever (design 5, peer-lessons 0)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.acts import Act
from services.access import Actor
from services.chance import chance
from services.errors import IdConflict, IdTaken, InProgress
from services.rules.canonical import canonical_json
from services.sealing import seals

IDEMPOTENCY_KEY = "idempotency_key"


@dataclass(frozen=True)
class Begun:
    """The id of this call, and whether it is the first time; if not, the caller answers with what is there."""

    id: UUID
    is_new: bool


async def begin(
    tx: AsyncSession,
    actor: Actor,
    operation: str,
    body: BaseModel,
    *,
    at: datetime,
    act_id: UUID | None = None,
    subject_id: UUID | None = None,
    blinded: bool = False,
) -> Begun:
    """Remember one POST. Call it after sight and deed are settled and before anything is changed.

    `act_id` defaults to the body's `id`, else the Idempotency-Key of the call, else a new one; `subject_id` is the
    record that the path names, if any. Of what is sealed the content's hash is `blinded` by a key: a bare one could be
    guessed, enterprise by enterprise. Raises InProgress, IdConflict (the same caller sent other content before), or
    IdTaken (anything else stands under the id: neutral, so that it tells nothing of what is out of sight).
    """
    known: UUID = act_id or getattr(body, "id", None) or tx.info.get(IDEMPOTENCY_KEY) or chance(tx).new_id()
    digest = _content_hash(operation, subject_id, body)
    content = seals(tx).blinded(digest) if blinded else digest
    if await _is_first(tx, actor, known, operation, content, subject_id or known, at):
        return Begun(known, is_new=True)
    earlier = await tx.scalar(sa.select(Act).where(col(Act.id) == known))
    if earlier is None:
        raise InProgress
    is_same = earlier.content_sha256 == digest or (blinded and seals(tx).is_blinded(digest, earlier.content_sha256))
    if earlier.operation == operation and is_same:
        return Begun(known, is_new=False)
    raise IdConflict if earlier.actor_id == actor.id else IdTaken


async def _is_first(
    tx: AsyncSession, actor: Actor, act_id: UUID, operation: str, content: bytes, subject_id: UUID, at: datetime
) -> bool:
    """Insert the act in one round trip; false when it stands already, or another transaction is at it."""
    fields = sa.select(
        sa.literal(act_id, sa.Uuid),
        sa.literal(operation, sa.Text),
        sa.literal(actor.id, sa.Uuid),
        sa.literal(content, sa.LargeBinary),
        sa.literal(subject_id, sa.Uuid),
        sa.literal(at, sa.DateTime(timezone=True)),
    ).where(sa.func.pg_try_advisory_xact_lock(_lock_number(act_id)))
    names = ["id", "operation", "actor_id", "content_sha256", "subject_id", "at"]
    statement = insert(Act).from_select(names, fields).on_conflict_do_nothing().returning(col(Act.id))
    return await tx.scalar(statement) is not None


def _lock_number(act_id: UUID) -> int:
    """An advisory lock's 64 bits from an id's 128."""
    first, second = act_id.bytes[:8], act_id.bytes[8:]
    return int.from_bytes(first, "big", signed=True) ^ int.from_bytes(second, "big", signed=True)


def _content_hash(operation: str, subject_id: UUID | None, body: BaseModel) -> bytes:
    asked = {"operation": operation, "subject": subject_id, "body": body.model_dump(mode="json", exclude={"id"})}
    return sha256(canonical_json(asked)).digest()

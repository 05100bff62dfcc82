"""Who is calling by an API key: found by the key's hash, within its networks, days and scopes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.api_keys import ApiKey
from models.users import User
from models.words import EventKind, Role, Scope
from services import events
from services.access import Actor
from services.auth.callers import actor_from, trades
from services.errors import Forbidden
from services.rules.clocks import local_date
from services.rules.networks import is_within, network_of
from services.tokens import TokenInvalid
from services.wall import say_who_acts

PREFIX = "zhicha_"
"""So that a key is known for what it is wherever it turns up, also to those who search public code for such."""

NOTED_EVERY = timedelta(minutes=5)
MOST_SEEN = 50


@dataclass(eq=False)
class ScopeNeeded(Forbidden):
    """The API key has not the scope for this operation; `scopes` names those of which one would do."""

    code: ClassVar[str] = "scope_needed"
    title: ClassVar[str] = "接口密钥的权限不含此操作"
    scopes: list[Scope]


def key_hash(text: str) -> bytes:
    """What is kept of a key, and what it is found by: the time of the search tells of the hash, not of the key."""
    return sha256(text.encode()).digest()


async def actor_of_key(tx: AsyncSession, text: str, address: str | None, *, at: datetime) -> Actor:
    """Who calls, within the key's scopes. Raises TokenInvalid, one answer for all that may be wrong with a key."""
    row = (await tx.execute(CALLER_BY_KEY, {"key_hash": key_hash(text)})).one_or_none()
    if row is None:
        raise TokenInvalid
    user: User = row[0]
    key: ApiKey = row[2]
    if local_date(at) > key.expires_on or not is_within(address, key.networks):
        raise TokenInvalid
    scopes = frozenset(Scope(scope) for scope in key.scopes)
    actor = actor_from(user, cast("list[str] | None", row[1]), None)
    actor = replace(actor, scopes=scopes, must_change_password=False)
    await _note_use(tx, actor, key, network_of(address), at)
    return actor


CALLER_BY_KEY = (
    sa.select(User, trades(), ApiKey, say_who_acts(trades()))
    .join(ApiKey, col(ApiKey.user_id) == col(User.id))
    .where(
        col(ApiKey.key_hash) == sa.bindparam("key_hash"),
        col(ApiKey.revoked_at).is_(None),
        col(User.disabled_at).is_(None),
        col(User.role) == Role.INTEGRATOR,
    )
)


async def _note_use(tx: AsyncSession, actor: Actor, key: ApiKey, network: str, at: datetime) -> None:
    """Now and then: the row is nobody's queue. A network that the key was never used from is an event."""
    recent = key.last_used_at is not None and at - key.last_used_at < NOTED_EVERY
    if recent and network in key.seen_networks:
        return
    free = sa.select(ApiKey).where(col(ApiKey.id) == key.id).with_for_update(skip_locked=True)
    held = await tx.scalar(free.execution_options(populate_existing=True))
    if held is None:
        return
    held.last_used_at = at
    if network not in held.seen_networks:
        if held.seen_networks:
            before = events.snapshot(held)
            events.record(tx, actor, EventKind.API_KEY_NEW_NETWORK, held, before=before, at=at, note=network)
        held.seen_networks = [*held.seen_networks, network][-MOST_SEEN:]
    await tx.flush()

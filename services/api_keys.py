"""API keys 接口密钥: made, listed and revoked by who keeps accounts or wears the hat `security`."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.api_keys import ApiKey, ApiKeyMade, ApiKeyRead, ApiKeyRevocation, ApiKeyWrite
from models.users import User
from models.words import EventKind, Role, Scope
from services import acts, events
from services.access import Actor, Deed
from services.auth.key_callers import PREFIX, key_hash
from services.chance import chance
from services.errors import Conflict, InputError, InvalidInput, NotFound
from services.limits import rule_book
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import Rule, local_date
from services.rules.networks import is_network

NEWEST_FIRST = Order((col(ApiKey.created_at), col(ApiKey.id)), descending=True)
SECRET_BYTES = 32
MOST_LIVE = 2


@dataclass(eq=False)
class TooManyApiKeys(Conflict):
    """Two keys of this account are live already, enough to change from one to the other; revoke one first."""

    code: ClassVar[str] = "too_many_api_keys"
    title: ClassVar[str] = "该账号已有两把有效密钥，请先作废一把"


async def create(tx: AsyncSession, actor: Actor, body: ApiKeyWrite, *, at: datetime) -> tuple[ApiKeyMade, bool]:
    """A new key and its secret, which a repeat is not shown again.

    Raises NotAllowed, InvalidInput, TooManyApiKeys, and what acts.begin raises.
    """
    actor.require(Deed.MANAGE_KEYS)
    begun = await acts.begin(tx, actor, "createApiKey", body, at=at)
    if not begun.is_new:
        return _made(await _get(tx, actor, begun.id), None, at), False
    await _check(tx, body, at)
    if await _live_of(tx, body.user_id, at) >= MOST_LIVE:
        raise TooManyApiKeys
    secret = PREFIX + urlsafe_b64encode(chance(tx).bytes(SECRET_BYTES)).decode().rstrip("=")
    key = ApiKey(
        **body.model_dump(exclude={"id", "scopes"}),
        id=begun.id,
        key_hash=key_hash(secret),
        scopes=sorted({scope.value for scope in body.scopes}),
        created_by=actor.id,
        created_at=at,
    )
    tx.add(key)
    events.record(tx, actor, EventKind.API_KEY_CREATED, key, at=at)
    await tx.flush()
    return _made(key, secret, at), True


async def list_keys(
    tx: AsyncSession, actor: Actor, *, user_id: UUID | None, after: Key | None, limit: int
) -> Slice[ApiKey]:
    """The newest first; those of the actor's own account where they may not see others'."""
    query = sa.select(ApiKey).where(_seen(actor))
    if user_id is not None:
        query = query.where(col(ApiKey.user_id) == user_id)
    return await slice_of(tx, query, NEWEST_FIRST, lambda key: (key.created_at, key.id), after=after, limit=limit)


async def revoke(
    tx: AsyncSession, actor: Actor, key_id: UUID, body: ApiKeyRevocation, *, at: datetime
) -> tuple[ApiKey, bool]:
    """The key's next call is refused; one that was revoked before stays as it is.

    Raises NotFound, NotAllowed, and what acts.begin raises.
    """
    key = await _get(tx, actor, key_id, lock=True)
    actor.require(Deed.MANAGE_KEYS)
    begun = await acts.begin(tx, actor, "revokeApiKey", body, at=at, subject_id=key.id)
    if begun.is_new and key.revoked_at is None:
        before = events.snapshot(key)
        key.revoked_at, key.revoked_by, key.revoke_reason = at, actor.id, body.reason
        events.record(tx, actor, EventKind.API_KEY_REVOKED, key, before=before, at=at, note=body.reason)
        await tx.flush()
    return key, begun.is_new


def shown(key: ApiKey, *, at: datetime) -> ApiKeyRead:
    """A key as clients see it."""
    told = key.model_dump(include=ApiKeyRead.model_fields.keys() - {"live", "scopes"})
    live = key.revoked_at is None and local_date(at) <= key.expires_on
    return ApiKeyRead(**told, scopes=[Scope(scope) for scope in key.scopes], live=live)


def _made(key: ApiKey, secret: str | None, at: datetime) -> ApiKeyMade:
    return ApiKeyMade(**shown(key, at=at).model_dump(), key=secret)


def _seen(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.true() if actor.may(Deed.MANAGE_KEYS) else col(ApiKey.user_id) == actor.id


async def _get(tx: AsyncSession, actor: Actor, key_id: UUID, *, lock: bool = False) -> ApiKey:
    query = sa.select(ApiKey).where(col(ApiKey.id) == key_id, _seen(actor))
    locked = query.with_for_update().execution_options(populate_existing=True)
    key = await tx.scalar(locked if lock else query)
    if key is None:
        raise NotFound
    return key


async def _check(tx: AsyncSession, body: ApiKeyWrite, at: datetime) -> None:
    """The account is locked here, so that two new keys at once are counted one after the other."""
    today = local_date(at)
    last = (await rule_book(tx)).due(Rule.API_KEY_LONGEST, today).on
    query = sa.select(col(User.role)).where(col(User.id) == body.user_id).with_for_update(key_share=True)
    wrong = [
        InputError(f"/networks/{place}", "network_unreadable", "an address or a network, such as 203.0.113.0/24")
        for place, text in enumerate(body.networks)
        if not is_network(text)
    ]
    if await tx.scalar(query) is not Role.INTEGRATOR:
        wrong.append(InputError("/user_id", "integrator_needed", "a key belongs to an integrator's account"))
    if not today <= body.expires_on <= last:
        wrong.append(InputError("/expires_on", "expiry_out_of_range", f"a day from today to {last.isoformat()}"))
    if wrong:
        raise InvalidInput(wrong)


async def _live_of(tx: AsyncSession, user_id: UUID, at: datetime) -> int:
    live = sa.select(sa.func.count()).where(
        col(ApiKey.user_id) == user_id, col(ApiKey.revoked_at).is_(None), col(ApiKey.expires_on) >= local_date(at)
    )
    return await tx.scalar(live) or 0

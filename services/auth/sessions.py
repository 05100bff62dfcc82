"""One session row a device: begun by a sign-in, carried on by refresh tokens, ended for good."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import DeviceSession, TokenRead
from models.users import User
from models.words import EventKind
from services import events
from services.access import Actor
from services.auth.callers import actor_from
from services.chance import chance
from services.keys import Ring
from services.rules.refreshing import Family, Verdict, judge
from services.tokens import Access, Refresh, write_access, write_refresh


class Ended(StrEnum):
    """Why a session ended, as its row says."""

    SIGNED_OUT = "signed_out"
    SIGNED_IN_AGAIN = "signed_in_again"
    OLD_TOKEN_USED = "old_token_used"  # noqa: S105 - a reason, not a secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a secret
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a reason, not a secret
    ACCOUNT_CHANGED = "account_changed"
    REVOKED = "revoked"


async def begin(tx: AsyncSession, user: User, device_id: str, name: str | None, *, at: datetime) -> DeviceSession:
    """A new session on this device; one that it had before ends. The caller holds the user's row."""
    actor = actor_from(user, None, None)
    await end(tx, actor, user.id, Ended.SIGNED_IN_AGAIN, at=at, device_id=device_id)
    session = DeviceSession(
        id=chance(tx).new_id(),
        user_id=user.id,
        device_id=device_id,
        device_name=name,
        generation=1,
        rotated_at=at,
        created_at=at,
    )
    tx.add(session)
    events.record(tx, actor, EventKind.USER_SIGNED_IN, session, at=at)
    await tx.flush()
    return session


async def end(
    tx: AsyncSession,
    actor: Actor | None,
    user_id: UUID,
    because: Ended,
    *,
    at: datetime,
    device_id: str | None = None,
    but: UUID | None = None,
) -> None:
    """End the live sessions of a user: all, or those of one device, or all `but` one. Each is an event."""
    query = sa.select(DeviceSession).where(col(DeviceSession.user_id) == user_id, col(DeviceSession.ended_at).is_(None))
    if device_id is not None:
        query = query.where(col(DeviceSession.device_id) == device_id)
    if but is not None:
        query = query.where(col(DeviceSession.id) != but)
    locked = query.order_by(col(DeviceSession.id)).with_for_update().execution_options(populate_existing=True)
    for session in (await tx.scalars(locked)).all():
        end_one(tx, actor, session, because, at=at)
    await tx.flush()


async def carry_on(
    tx: AsyncSession, presented: Refresh, device_id: str, *, at: datetime
) -> tuple[DeviceSession, User] | None:
    """The session with the generation that the device should hold now, or None when the token is worth nothing.

    A token that somebody else must hold a copy of ends the whole family; the caller commits that and then says no.
    """
    found = await tx.execute(
        sa.select(DeviceSession, User)
        .join(User, col(User.id) == col(DeviceSession.user_id))
        .where(
            col(DeviceSession.id) == presented.session_id,
            col(DeviceSession.ended_at).is_(None),
            col(User.disabled_at).is_(None),
        )
        .with_for_update(of=DeviceSession)
        .execution_options(populate_existing=True)
    )
    row = found.one_or_none()
    if row is None:
        return None
    session: DeviceSession = row[0]
    user: User = row[1]
    family = Family(session.generation, session.rotated_at)
    verdict = judge(family, presented.generation, is_own_device=device_id == session.device_id, at=at)
    if verdict is Verdict.END:
        end_one(tx, actor_from(user, None, session.id), session, Ended.OLD_TOKEN_USED, at=at)
        await tx.flush()
        return None
    if verdict is Verdict.ROTATE:
        session.generation += 1
        session.rotated_at = at
    await tx.flush()
    return session, user


async def end_of_token(tx: AsyncSession, presented: Refresh, *, at: datetime) -> None:
    """Sign the device out that the token was given to; one that has ended stays as it is."""
    session = await tx.scalar(
        sa.select(DeviceSession)
        .where(col(DeviceSession.id) == presented.session_id, col(DeviceSession.ended_at).is_(None))
        .with_for_update()
    )
    if session is None:
        return
    user = await tx.get_one(User, session.user_id)
    end_one(tx, actor_from(user, None, session.id), session, Ended.SIGNED_OUT, at=at)
    await tx.flush()


def tokens(
    tx: AsyncSession, ring: Ring, session: DeviceSession, user: User, *, at: datetime, lasts: timedelta
) -> TokenRead:
    """The pair of tokens of the session's present generation."""
    access = Access(user.id, session.id)
    return TokenRead(
        access_token=write_access(ring, access, token_id=chance(tx).new_id(), at=at, lasts=lasts),
        refresh_token=write_refresh(ring, Refresh(session.id, session.generation)),
        token_type="bearer",  # noqa: S106 - RFC 6749's word
        expires_in=int(lasts.total_seconds()),
        must_change_password=user.must_change_password,
    )


def end_one(
    tx: AsyncSession,
    actor: Actor | None,
    session: DeviceSession,
    because: Ended,
    *,
    at: datetime,
    reason: str | None = None,
) -> None:
    """End a live session that the caller holds; its device's very next call is refused."""
    before = events.snapshot(session)
    session.ended_at = at
    session.ended_because = because
    events.record(tx, actor, EventKind.SESSION_ENDED, session, before=before, at=at, note=reason)

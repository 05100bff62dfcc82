"""Sessions 登录设备: which devices an account is signed in on, and signing a lost one out."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import DeviceSession
from models.sessions import SessionRead, SessionRevocation
from models.users import User
from services import acts
from services.access import Actor, Deed
from services.auth.sessions import Ended, end_one
from services.errors import NotFound
from services.paging import Key, Order, Slice, rows_of

NEWEST_FIRST = Order((col(DeviceSession.created_at), col(DeviceSession.id)), descending=True)
Shown = tuple[DeviceSession, str]
"""A session and its user's name."""


async def list_sessions(
    tx: AsyncSession, actor: Actor, *, user_id: UUID | None, live: bool | None, after: Key | None, limit: int
) -> Slice[Shown]:
    """The actor's own, or those of the user that is asked for, as far as they may be seen; the newest first."""
    query = _named(actor).where(col(DeviceSession.user_id) == (user_id or actor.id))
    if live is not None:
        ended = col(DeviceSession.ended_at)
        query = query.where(ended.is_(None) if live else ended.is_not(None))
    return await rows_of(tx, query, NEWEST_FIRST, lambda row: (row[0].created_at, row[0].id), after=after, limit=limit)


async def revoke(
    tx: AsyncSession, actor: Actor, session_id: UUID, body: SessionRevocation, *, at: datetime
) -> tuple[Shown, bool]:
    """Sign a device out; one that has ended already stays as it is. Raises NotFound, and what acts.begin raises."""
    query = _named(actor).where(col(DeviceSession.id) == session_id).with_for_update(of=DeviceSession)
    row = (await tx.execute(query.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound
    session: DeviceSession = row[0]
    begun = await acts.begin(tx, actor, "revokeSession", body, at=at, subject_id=session.id)
    if begun.is_new and session.ended_at is None:
        end_one(tx, actor, session, Ended.REVOKED, at=at, reason=body.reason)
        await tx.flush()
    return (session, row[1]), begun.is_new


def shown(row: Shown, actor: Actor) -> SessionRead:
    """A session as clients see it. Each refresh, and each call that tells of a phone's queue, shows that it is used."""
    session, user_name = row
    return SessionRead(
        id=session.id,
        user_id=session.user_id,
        user_name=user_name,
        device_name=session.device_name,
        signed_in_at=session.created_at,
        last_used_at=max(session.rotated_at, session.queue_told_at or session.rotated_at),
        ended_at=session.ended_at,
        ended_because=session.ended_because,
        current=session.id == actor.session_id,
    )


def _named(actor: Actor) -> sa.Select[DeviceSession, str]:
    """Everybody sees their own; who may end sessions sees all."""
    query = sa.select(DeviceSession, col(User.name)).join(User, col(User.id) == col(DeviceSession.user_id))
    return query if actor.may(Deed.END_SESSIONS) else query.where(col(DeviceSession.user_id) == actor.id)

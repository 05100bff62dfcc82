"""Who is calling, by which device, as the session row of this very call says."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import DeviceSession
from models.departments import DepartmentIndustry
from models.users import User
from models.words import Hat
from services.access import Actor
from services.errors import Forbidden
from services.keys import Ring
from services.tokens import TokenInvalid, read_access
from services.wall import say_who_acts


async def actor_of(tx: AsyncSession, ring: Ring, token: str, *, at: datetime) -> Actor:
    """Who calls, checked against the session row in this very transaction, which learns who acts by the same query.

    Raises TokenInvalid for a bad or expired token, an ended session, a disabled account.
    """
    access = read_access(ring, token, at=at)
    row = (await tx.execute(CALLER, {"user_id": access.user_id, "session_id": access.session_id})).one_or_none()
    if row is None:
        raise TokenInvalid
    return actor_from(row[0], cast("list[str] | None", row[1]), access.session_id)


async def actor_of_user(tx: AsyncSession, user_id: UUID) -> Actor | None:
    """Whoever asked for something that is done later, as they are now; this transaction learns that they act.

    None when the account was disabled meanwhile.
    """
    person = sa.select(User, trades(), say_who_acts(trades())).where(
        col(User.id) == user_id, col(User.disabled_at).is_(None)
    )
    row = (await tx.execute(person)).one_or_none()
    return None if row is None else actor_from(row[0], cast("list[str] | None", row[1]), None)


def trades() -> sa.ScalarSelect[list[str]]:
    """For a query over User: the industries of the user's department, null where there are none."""
    return (
        sa.select(sa.func.array_agg(col(DepartmentIndustry.industry)))
        .where(col(DepartmentIndustry.department_id) == col(User.department_id))
        .scalar_subquery()
    )


CALLER = (
    sa.select(
        User,
        trades(),
        say_who_acts(trades()),
    )
    .join(DeviceSession, col(DeviceSession.user_id) == col(User.id))
    .where(
        col(DeviceSession.id) == sa.bindparam("session_id"),
        col(DeviceSession.ended_at).is_(None),
        col(User.id) == sa.bindparam("user_id"),
        col(User.disabled_at).is_(None),
    )
)
"""Asked with every call, so written once: building a statement costs as much as running it."""


def actor_from(user: User, trades: list[str] | None, session_id: UUID | None) -> Actor:
    """The actor that a user is; a department without industries sees no trade at all."""
    return Actor(
        id=user.id,
        name=user.name,
        role=user.role,
        hats=frozenset(Hat(hat) for hat in user.hats),
        region=user.region,
        department_id=user.department_id,
        industries=None if user.department_id is None else frozenset(trades or ()),
        enterprise_id=user.enterprise_id,
        card_number=user.card_number,
        card_from=user.card_from,
        card_to=user.card_to,
        session_id=session_id,
        must_change_password=user.must_change_password,
        has_totp=user.totp_since is not None,
    )


@dataclass(eq=False)
class PasswordChangeNeeded(Forbidden):
    """The password was set by somebody else; change it first."""

    code: ClassVar[str] = "password_change_needed"
    title: ClassVar[str] = "请先修改初始密码"


@dataclass(frozen=True)
class QueueTold:
    """What a phone says still waits on it."""

    count: int
    oldest_at: datetime | None


async def hear_queue(tx: AsyncSession, actor: Actor, queue: QueueTold, *, at: datetime) -> None:
    """Keep what the phone said, so that the office sees phones that went silent with reports on them."""
    await tx.execute(
        sa.update(DeviceSession)
        .where(col(DeviceSession.id) == actor.session_id)
        .values(queue_count=queue.count, queue_oldest_at=queue.oldest_at, queue_told_at=at)
    )

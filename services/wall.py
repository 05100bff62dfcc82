"""The second wall: what each transaction tells PostgreSQL of who acts, so that its row security can repeat the sight
rule (design 6, decision 0012; the policies are in alembic/versions).

Whoever says nothing is at the door: accounts and sessions are seen, nothing else. A job of the office's own sees all.
What is said ends with the transaction, so a connection that somebody else used knows nobody.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.users import User
from models.words import Role

AT_THE_DOOR = {"zhicha.acts": "door"}
"""What a connection says until a transaction of it says more."""

_FIRST_REGION, _PAST_ALL_REGIONS = "0", ":"  # ':' comes after 9, and no code contains it
_FIRST_ID, _LAST_ID = f"{0:032x}", f"{2**128 - 1:032x}"
_NOBODY, _ALL_TRADES = "", "*"


def say_who_acts(trades: ColumnElement[list[str]]) -> ColumnElement[str]:
    """A column for a query that finds the caller's User: computing it tells this transaction who acts.

    `trades` are the industries of the user's department. A user without region, or a department without trades, sees
    nothing: what is empty is nobody's.
    """
    is_enterprise = col(User.role) == Role.ENTERPRISE
    is_admin = col(User.role) == Role.ADMIN
    own = sa.func.coalesce(sa.cast(col(User.enterprise_id), sa.Text), _NOBODY)
    region = sa.func.coalesce(col(User.region), _NOBODY)
    listed = sa.func.coalesce(sa.func.array_to_string(trades, ","), _NOBODY)
    said: dict[str, ColumnElement[str]] = {
        "acts": sa.cast(col(User.role), sa.Text),
        "user": sa.cast(col(User.id), sa.Text),
        "hats": sa.func.array_to_string(col(User.hats), ","),
        "region_from": sa.case((is_admin, _NOBODY), (is_enterprise, _FIRST_REGION), else_=region),
        "region_to": sa.case(
            (is_admin, _NOBODY),
            (is_enterprise, _PAST_ALL_REGIONS),
            (region == _NOBODY, _NOBODY),
            else_=region.concat(_PAST_ALL_REGIONS),
        ),
        "enterprise_from": sa.case((is_enterprise, own), else_=_FIRST_ID),
        "enterprise_to": sa.case((is_enterprise, own), else_=_LAST_ID),
        "trades": sa.case((is_enterprise | col(User.department_id).is_(None), _ALL_TRADES), else_=listed),
    }
    return sa.func.concat(*[sa.func.set_config(f"zhicha.{name}", value, True) for name, value in said.items()])


def act_as_job(connection: Connection) -> None:
    """This transaction is a job of the office's own, which acts for no person and sees all."""
    connection.execute(_AS_JOB)


async def say_time(tx: AsyncSession, at: datetime) -> None:
    """The office's time, for rows that are hidden until a moment: a draw's release (the server's clock is another)."""
    await tx.execute(_SAY_TIME, {"at": at.isoformat()})


@asynccontextmanager
async def beyond_sight(tx: AsyncSession) -> AsyncIterator[None]:
    """For the few questions that decide by what the actor may not see, and tell them nothing of it."""
    await tx.execute(_LIFT, {"lifted": "yes"})
    try:
        yield
    except BaseException:
        # A statement that failed ended the transaction, and the rollback to come takes this setting with it.
        with suppress(DBAPIError, InvalidRequestError):
            await tx.execute(_LIFT, {"lifted": ""})
        raise
    await tx.execute(_LIFT, {"lifted": ""})  # here a dead connection is told of: the next statement would not say so


async def is_any_a_finding(tx: AsyncSession, ids: Sequence[UUID]) -> bool:
    """Whether one of these ids is taken by a finding, in sight or not."""
    return bool(await tx.scalar(sa.select(sa.func.is_any_a_finding(sa.cast(ids, sa.ARRAY(sa.Uuid))))))


async def is_an_enterprise(tx: AsyncSession, asked: UUID) -> bool:
    """Whether this id is taken by an enterprise, in sight or not."""
    return bool(await tx.scalar(sa.select(sa.func.is_an_enterprise(asked))))


_SAY_TIME = sa.select(sa.func.set_config("zhicha.at", sa.bindparam("at"), True))
_AS_JOB = sa.select(sa.func.set_config("zhicha.acts", "job", True))
_LIFT = sa.select(sa.func.set_config("zhicha.lifted", sa.bindparam("lifted"), True))

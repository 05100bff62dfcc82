"""Officers whom somebody else's act names: inspectors, approvers, the author of a held report."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.users import User
from services.access import Actor
from services.auth import actor_from, trades

OFFICERS = sa.select(User, trades()).where(col(User.id).in_(sa.bindparam("user_ids", expanding=True)))


async def officers(tx: AsyncSession, user_ids: Collection[UUID], *, also_disabled: bool = False) -> dict[UUID, Actor]:
    """These people as actors, each with their own region, trades and card; unknown ids are left out.

    `also_disabled` for what is long done: who has left the office since then did inspect.
    """
    query = OFFICERS if also_disabled else OFFICERS.where(col(User.disabled_at).is_(None))
    rows = await tx.execute(query, {"user_ids": list(set(user_ids))})
    return {user.id: actor_from(user, list(own or ()), None) for user, own in rows.all()}

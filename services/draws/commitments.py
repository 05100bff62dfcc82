"""The public list of commitments: what anybody may keep on the day of a draw, and compare after the month.

It tells that there was a draw, and on which day: nothing of who, whom or when. It is the one answer that differs
between two worlds that differ in a draw alone, for a commitment binds only if it is out.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.draws import CommitmentRead, Draw
from models.words import CommitmentState
from services.draws.box import is_open
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import local_date
from services.wall import beyond_sight

DAY = sa.cast(sa.func.timezone("Asia/Shanghai", col(Draw.made_at)), sa.Date)
LATEST_DAY_FIRST = Order((DAY, col(Draw.commitment)), descending=True)
"""Of one day by the commitments themselves: neither the order nor a cursor tells an hour."""


async def list_commitments(tx: AsyncSession, *, after: Key | None, limit: int) -> Slice[Draw]:
    """The latest day first."""
    async with beyond_sight(tx):  # whoever asks is shown what tells nothing
        return await slice_of(tx, sa.select(Draw), LATEST_DAY_FIRST, _key, after=after, limit=limit)


def commitments(draws: Sequence[Draw], *, at: datetime) -> list[CommitmentRead]:
    """As the public sees them; whether one was called off is told when its month is over."""
    return [_read(draw, at) for draw in draws]


def _key(draw: Draw) -> tuple[object, ...]:
    return local_date(draw.made_at), draw.commitment


def _read(draw: Draw, at: datetime) -> CommitmentRead:
    state = CommitmentState.CLOSED
    if is_open(draw, at):
        state = CommitmentState.OPENED if draw.cancelled_at is None else CommitmentState.CALLED_OFF
    return CommitmentRead(
        commitment=draw.commitment, drawn_on=local_date(draw.made_at), state=state, state_label=state.label
    )

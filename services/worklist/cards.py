"""Work that officers' cards make: renewed in time, or nobody may inspect with them (安法 第67条)."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from models.users import User
from models.words import Role, WorkKind
from models.worklist import WorkItem
from services.access import Deed, in_region
from services.rules.clocks import LimitNotInForce, Rule
from services.worklist.source import Asked, Rows, Source, item, plain

CARD_ENDS = plain("card.renew_before", "执法证到期前应换发")
KEEPS_STAFF = (Role.OFFICE, Role.LEADER)
"""Who also hears of their colleagues' cards."""


def _ending(asked: Asked) -> Rows:
    """One's own card and, for the office, those of the region: ended, or about to end by the limit."""
    own = col(User.id) == asked.actor.id
    heard_of = sa.or_(own, in_region(asked.actor, col(User.region))) if asked.actor.role in KEEPS_STAFF else own
    return sa.select(User).where(
        heard_of,
        col(User.card_number).is_not(None),
        col(User.card_to) <= _until(asked),
        col(User.disabled_at).is_(None),
    )


def _until(asked: Asked) -> date:
    try:
        days = asked.book.limit(Rule.CARD_RENEW_BEFORE, asked.today).value
    except LimitNotInForce:
        days = 0
    return asked.today + timedelta(days=days)


def _card(asked: Asked, row: Any) -> WorkItem:
    user: User = row[0]
    ended = user.card_to is not None and user.card_to < asked.today
    title = f"{user.name}的执法证 {user.card_number} {'已过期' if ended else '即将到期'}"
    return item(WorkKind.RENEW_CARD, "user", user.id, title, CARD_ENDS, asked=asked, due_on=user.card_to)


SOURCES = (
    Source(
        WorkKind.RENEW_CARD,
        frozenset({Deed.REPORT_INSPECTION, Deed.RESOLVE_HELD}),
        _ending,
        col(User.card_to),
        col(User.id),
        _card,
    ),
)

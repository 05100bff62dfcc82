"""What every source of work shares: the moment it is asked at, and a query whose rows become items."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression
from sqlalchemy.ext.asyncio import AsyncSession

from models.words import Grade, WorkKind
from models.worklist import WorkItem, WorkRule
from services.access import Actor, Deed
from services.rules.clocks import DueDate, DueTime, RuleBook

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Asked:
    """Who asks, when, and the limits as they stand."""

    actor: Actor
    at: datetime
    today: date
    book: RuleBook


@dataclass(frozen=True)
class Source:
    """One kind of work: who has it, which rows it is, how a row reads.

    `due` is a column of dates or of moments to order by, nulls last; `key` settles the order of one date, or it would
    follow the place of rows on the disk, and with it what lies out of sight.
    """

    kind: WorkKind
    deeds: frozenset[Deed]
    rows: Callable[[Asked], Rows]
    due: SQLColumnExpression[Any]
    key: SQLColumnExpression[Any]
    item: Callable[[Asked, Any], WorkItem]
    opened: Callable[[AsyncSession, Asked, Sequence[Any]], Awaitable[Sequence[Any]]] | None = None
    """What is sealed in the rows is opened before they are shown, and that is an event."""

    def concerns(self, actor: Actor) -> bool:
        """Whether the actor's role has this kind of work."""
        return any(actor.may(deed) for deed in self.deeds)


def plain(rule_id: str, text: str) -> WorkRule:
    """A reason that is no limit row."""
    return WorkRule(id=rule_id, text=text, source=None, verified=None)


def by_limit(due: DueDate | DueTime | None, otherwise: WorkRule) -> WorkRule:
    """The limit that gave a date, or another reason where none was in force."""
    if due is None:
        return otherwise
    return WorkRule(id=due.rule, text=due.rule_name, source=due.source, verified=due.verified)


def item(
    kind: WorkKind,
    subject: str,
    subject_id: UUID,
    title: str,
    rule: WorkRule,
    *,
    asked: Asked,
    enterprise: tuple[UUID | None, str | None] = (None, None),
    grade: Grade | None = None,
    due_on: date | None = None,
    due_at: datetime | None = None,
) -> WorkItem:
    """One item; lateness follows from its own date."""
    late = (due_on is not None and due_on < asked.today) or (due_at is not None and due_at < asked.at)
    return WorkItem(
        kind=kind,
        label=kind.label,
        subject=subject,
        subject_id=subject_id,
        enterprise_id=enterprise[0],
        enterprise_name=enterprise[1],
        title=title,
        grade=grade,
        due_on=due_on,
        due_at=due_at,
        overdue=late,
        rule=rule,
    )

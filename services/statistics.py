"""Statistics 统计: counts that follow each change by deltas in its own transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.columns import enum_column
from models.findings import ENTERPRISE_MUST_ACT, OPEN, Finding
from models.statistics import FindingDelta, RatesRead, StatisticsRead, StatisticsRow
from models.words import Dimension, FindingState, Grade, Role
from services.access import Actor, Deed, sees, sees_counts
from services.chance import chance
from services.rules.codes import region_range

RECTIFIED = frozenset({FindingState.VERIFIED, FindingState.CLOSED})
REPORTED_OR_LATER = RECTIFIED | {FindingState.REPORTED}

MOST_GROUPS = 5000

Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Cell:
    """Where a finding is counted."""

    month: date
    region: str
    industry: str
    grade: Grade
    state: FindingState
    due: date | None
    late: bool

    @classmethod
    def of(cls, finding: Finding) -> "Cell":
        """The cell of a finding as it stands."""
        return cls(
            month=finding.found_on.replace(day=1),
            region=finding.region,
            industry=finding.industry,
            grade=finding.grade,
            state=finding.state,
            due=_due(finding),
            late=finding.reported_late,
        )

    def delta(self, tx: AsyncSession, findings: int) -> FindingDelta:
        """So many more or fewer in this cell."""
        return FindingDelta(
            id=chance(tx).new_id(),
            month=self.month,
            region=self.region,
            industry=self.industry,
            grade=self.grade,
            state=self.state,
            due=self.due,
            late=self.late,
            findings=findings,
        )


def count(tx: AsyncSession, finding: Finding) -> None:
    """A finding that is new."""
    tx.add(Cell.of(finding).delta(tx, 1))


@contextmanager
def recounted(tx: AsyncSession, finding: Finding) -> Iterator[None]:
    """Around every change of a counted field: what left one cell and entered another."""
    was = Cell.of(finding)
    yield
    now = Cell.of(finding)
    if now != was:
        tx.add_all([was.delta(tx, -1), now.delta(tx, 1)])


def _due(finding: Finding) -> date | None:
    if finding.state in ENTERPRISE_MUST_ACT:
        return finding.deadline
    return finding.reinspect_by if finding.state is FindingState.REPORTED else None


@dataclass(frozen=True)
class Wanted:
    """What the statistics are asked for; months are first days, both included."""

    by: tuple[Dimension, ...]
    first_month: date | None = None
    last_month: date | None = None
    region: str | None = None
    region_level: int = 12
    industry: str | None = None
    grade: Grade | None = None


async def read(tx: AsyncSession, actor: Actor, wanted: Wanted, *, today: date) -> StatisticsRead:
    """Groups within the actor's sight, and their total. Raises NotAllowed."""
    actor.require(Deed.READ)
    piles = _piles(_cells(actor, wanted), wanted, today)
    groups = [_shown(dimension) for dimension in wanted.by]
    sets = [sa.tuple_(), sa.tuple_(*groups)] if groups else [sa.tuple_()]
    counted = sa.select(*groups, *_COUNTS).select_from(piles).group_by(sa.func.grouping_sets(*sets))
    if groups:
        counted = counted.order_by(sa.func.grouping(*groups).desc(), *groups).limit(MOST_GROUPS + 2)
    total, *rows = (await tx.execute(counted)).all()
    return StatisticsRead(
        today=today,
        by=list(wanted.by),
        rows=[_row(row._asdict()) for row in rows[:MOST_GROUPS]],
        total=_row({**total._asdict(), **dict.fromkeys(wanted.by)}),
        cut=len(rows) > MOST_GROUPS,
    )


def _piles(cells: sa.Subquery, wanted: Wanted, today: date) -> sa.Subquery:
    """Thousands of cells in some dozen piles by one plain sum; what counts where is asked of those alone."""
    keys: dict[str, ColumnElement[Any]] = {dimension.value: cells.c[dimension.value] for dimension in wanted.by}
    if Dimension.REGION in wanted.by:
        keys["region"] = sa.func.substr(cells.c.region, 1, wanted.region_level)
    keys |= {"state": cells.c.state, "late": cells.c.late, "past": sa.func.coalesce(cells.c.due < today, sa.false())}
    columns = [key.label(name) for name, key in keys.items()]
    return sa.select(*columns, sa.func.sum(cells.c.findings).label("findings")).group_by(*columns).subquery()


def _cells(actor: Actor, wanted: Wanted) -> sa.Subquery:
    """The rollup; for an enterprise account, whose findings the rollup cannot tell apart, its own findings."""
    if actor.role is Role.ENTERPRISE:
        return _own_cells(actor, wanted)
    query = sa.select(FindingDelta).where(sees_counts(actor, col(FindingDelta.region), col(FindingDelta.industry)))
    return _narrowed(query, col(FindingDelta.month), FindingDelta, wanted).subquery()


def _own_cells(actor: Actor, wanted: Wanted) -> sa.Subquery:
    month = sa.cast(sa.func.date_trunc("month", col(Finding.found_on)), sa.Date)
    office_due = sa.case((col(Finding.state) == FindingState.REPORTED, col(Finding.reinspect_by)))
    due = sa.case((col(Finding.state).in_(ENTERPRISE_MUST_ACT), col(Finding.deadline)), else_=office_due)
    query = sa.select(
        month.label("month"),
        col(Finding.region),
        col(Finding.industry),
        col(Finding.grade),
        col(Finding.state),
        due.label("due"),
        col(Finding.reported_late).label("late"),
        sa.literal(1).label("findings"),
    ).where(sees(actor, Finding))
    return _narrowed(query, month, Finding, wanted).subquery()


def _narrowed(
    query: Select[*tuple[Any, ...]], month: Any, table: type[Any], wanted: Wanted
) -> Select[*tuple[Any, ...]]:
    if wanted.first_month is not None:
        query = query.where(month >= wanted.first_month)
    if wanted.last_month is not None:
        query = query.where(month <= wanted.last_month)
    if wanted.region is not None:
        first, past = region_range(wanted.region)
        query = query.where(table.region >= first, table.region < past)
    if wanted.industry is not None:
        query = query.where(table.industry == wanted.industry)
    if wanted.grade is not None:
        query = query.where(table.grade == wanted.grade)
    return query


def _shown(dimension: Dimension) -> ColumnElement[Any]:
    column: ColumnElement[Any] = sa.column(dimension.value)
    return sa.func.to_char(column, "YYYY-MM").label("month") if dimension is Dimension.MONTH else column


def _counts() -> list[ColumnElement[int]]:
    """Of the piles."""
    state: ColumnElement[str] = sa.column("state", enum_column(FindingState).type)
    late: ColumnElement[bool] = sa.column("late", sa.Boolean)
    past: ColumnElement[bool] = sa.column("past", sa.Boolean)
    conditions: dict[str, ColumnElement[bool]] = {
        "findings": sa.true(),
        "open": state.in_(OPEN),
        "rectified": state.in_(RECTIFIED),
        "closed": state == FindingState.CLOSED,
        "transferred": state == FindingState.TRANSFERRED,
        "withdrawn": state == FindingState.WITHDRAWN,
        "overdue": sa.and_(state.in_(ENTERPRISE_MUST_ACT), past),
        "awaiting": state == FindingState.REPORTED,
        "reported_late": sa.and_(late, state.in_(REPORTED_OR_LATER)),
        "reported": state.in_(REPORTED_OR_LATER),
        "reinspection_overdue": sa.and_(state == FindingState.REPORTED, past),
    }
    total = sa.func.sum(sa.column("findings", sa.Integer))
    return [
        sa.cast(sa.func.coalesce(total.filter(condition), 0), sa.BigInteger).label(name)
        for name, condition in conditions.items()
    ]


_COUNTS = _counts()
"""Made once: putting them together costs more than asking them."""


def _row(counts: Mapping[str, Any]) -> StatisticsRow:
    counted = counts["findings"] - counts["transferred"] - counts["withdrawn"]
    rates = RatesRead(
        rectification=_share(counts["rectified"], counted),
        overdue=_share(counts["overdue"], counted),
        reported_late=_share(counts["reported_late"], counts["reported"]),
        reinspection_overdue=_share(counts["reinspection_overdue"], counts["awaiting"]),
    )
    names = [name for name in StatisticsRow.model_fields if name != "rates"]
    return StatisticsRow(**{name: counts.get(name) for name in names}, rates=rates)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

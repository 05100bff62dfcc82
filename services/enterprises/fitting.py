"""适配检查表: the items of an enterprise's industries, ordered by what its trade really fails here.

All counts are within the reader's sight: the rollup knows no enterprise, but a village of two workshops would give one
away to the other. So an enterprise's own account counts itself alone, a village its own answers, a department its
trades (decision 0019).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row, Select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.checklists import ChecklistItem, ChecklistItemRead, FittingChecklistRead, FittingItemRead, LastFailedRead
from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Answer, Inspection
from models.tallies import TallyDelta
from models.words import AnswerResult, FindingState, Grade, InspectionState, Role
from services.access import Actor, sees, sees_counts
from services.checklists import items_of
from services.enterprises.queries import get, industries_of
from services.rules.failure_rates import Tally, failure_rate
from services.sight import within
from services.tallies import tallied

TOWNSHIP, COUNTY = 9, 6
"""Digits of their codes."""

OTHER_TRADES, REST_OF_COUNTY, REST_OF_TOWNSHIP, VERY_REGION = range(4)
"""Groups of answers from far to near (services/rules/failure_rates.py); none shares an answer with another."""

NOTHING = Tally(0, 0)


@dataclass(frozen=True)
class Counted:
    """Answers to one item: by far to near, for the rate, and those that are told."""

    far_to_near: Sequence[Tally]
    here: Tally

    @classmethod
    def of(cls, groups: Mapping[int, Tally]) -> "Counted":
        """What is told is of the township, the very region included."""
        rest, very = (groups.get(number, NOTHING) for number in (REST_OF_TOWNSHIP, VERY_REGION))
        here = Tally(rest.answered + very.answered, rest.failed + very.failed)
        return cls([groups[number] for number in sorted(groups)], here)


UNANSWERED = Counted((), NOTHING)


async def fitting_checklist(tx: AsyncSession, actor: Actor, enterprise_id: UUID, *, on: date) -> FittingChecklistRead:
    """The versions that hold on that day, with what was counted until now. Raises NotFound."""
    enterprise = await get(tx, actor, enterprise_id)
    industries = (await industries_of(tx, [enterprise.id])).get(enterprise.id, set())
    items = await items_of(tx, industries, on=on)
    counted = await (_own if actor.role is Role.ENTERPRISE else _counted)(tx, actor, enterprise, items)
    failed = await _last_failed(tx, actor, enterprise)
    shown = [_item(item, counted.get(item.code, UNANSWERED), failed.get(item.code)) for item in items]
    return FittingChecklistRead(
        enterprise_id=enterprise.id,
        on=on,
        industry=enterprise.main_industry,
        region=None if actor.role is Role.ENTERPRISE else _here(actor, enterprise),
        # Equal rates keep the graver first, then the order in which the lists are walked: sorting is stable.
        items=sorted(shown, key=lambda item: (-item.failure_rate, item.default_grade is not Grade.MAJOR)),
    )


def _item(item: ChecklistItem, counted: Counted, last_failed: LastFailedRead | None) -> FittingItemRead:
    return FittingItemRead(
        **dict(ChecklistItemRead.of(item)),
        checklist=item.checklist,
        version=item.version,
        answered=counted.here.answered,
        failed=counted.here.failed,
        failure_rate=round(failure_rate(item.default_grade.value, counted.far_to_near), 4),
        last_failed=last_failed,
    )


def _here(actor: Actor, enterprise: Enterprise) -> str:
    """The township, or as much of it as is in the reader's sight."""
    township = enterprise.region[:TOWNSHIP]
    return township if actor.region is None or len(actor.region) <= len(township) else actor.region


async def _counted(
    tx: AsyncSession, actor: Actor, enterprise: Enterprise, items: Sequence[ChecklistItem]
) -> Mapping[str, Counted]:
    region, industry = col(TallyDelta.region), col(TallyDelta.industry)
    group = sa.case(
        (industry != enterprise.main_industry, OTHER_TRADES),
        (region == enterprise.region, VERY_REGION),
        (within(enterprise.region[:TOWNSHIP], region), REST_OF_TOWNSHIP),
        else_=REST_OF_COUNTY,
    )
    sums = [sa.cast(sa.func.sum(counted), sa.Integer) for counted in (col(TallyDelta.answered), col(TallyDelta.failed))]
    query = (
        sa.select(col(TallyDelta.item), group.label("number"), *sums)
        .where(
            col(TallyDelta.item).in_([item.code for item in items]),
            within(enterprise.region[:COUNTY], region),
            sees_counts(actor, region, industry),
        )
        .group_by(col(TallyDelta.item), "number")
    )
    groups: defaultdict[str, dict[int, Tally]] = defaultdict(dict)
    for item, number, answered, failed in (await tx.execute(query)).all():
        groups[item][number] = Tally(answered, failed)
    return {item: Counted.of(of_item) for item, of_item in groups.items()}


async def _own(
    tx: AsyncSession, _: Actor, enterprise: Enterprise, __: Sequence[ChecklistItem]
) -> Mapping[str, Counted]:
    rows = (await tx.execute(tallied(col(Inspection.enterprise_id) == enterprise.id))).all()
    return {item: Counted([Tally(answered, failed)], Tally(answered, failed)) for item, answered, failed in rows}


async def _last_failed(tx: AsyncSession, actor: Actor, enterprise: Enterprise) -> dict[str, LastFailedRead]:
    """By item, in any accepted inspection of this enterprise, patrols included; of its findings the gravest."""
    of_it = sa.and_(col(Inspection.enterprise_id) == enterprise.id, col(Inspection.state) == InspectionState.ACCEPTED)
    found = (
        _failed(col(Finding.item), col(Finding.id), col(Finding.grade))
        .join_from(Finding, Inspection, col(Inspection.id) == col(Finding.inspection_id))
        .where(of_it, col(Finding.enterprise_id) == enterprise.id, col(Finding.item).is_not(None))
        .where(col(Finding.state) != FindingState.WITHDRAWN, sees(actor, Finding))
    )
    taken_back = sa.exists().where(
        col(Finding.inspection_id) == col(Inspection.id),
        col(Finding.item) == col(Answer.item),
        col(Finding.state) == FindingState.WITHDRAWN,
    )
    answered = (
        _failed(col(Answer.item), sa.null(), sa.null())
        .join_from(Answer, Inspection, col(Inspection.id) == col(Answer.inspection_id))
        .where(of_it, col(Answer.result) == AnswerResult.FAIL, sees(actor, Inspection), ~taken_back)
    )
    failed = sa.union_all(found, answered).subquery()
    gravest = sa.case((failed.c.grade == Grade.MAJOR, 0), (failed.c.grade == Grade.GENERAL, 1), else_=2)
    last = (
        sa.select(failed)
        .ext(distinct_on(failed.c.item))
        .order_by(failed.c.item, failed.c.arrived_at.desc(), failed.c.inspection_id, gravest, failed.c.finding_id)
    )
    return {row.item: _last(row) for row in (await tx.execute(last)).all()}


def _failed(item: Any, finding_id: Any, grade: Any) -> Select[Any]:
    return sa.select(
        item.label("item"),
        col(Inspection.id).label("inspection_id"),
        col(Inspection.arrived_at).label("arrived_at"),
        finding_id.label("finding_id"),
        grade.label("grade"),
    )


def _last(row: Row[Any]) -> LastFailedRead:
    return LastFailedRead(
        inspection_id=row.inspection_id,
        arrived_at=row.arrived_at,
        finding_id=row.finding_id,
        grade=row.grade,
        grade_label=None if row.grade is None else row.grade.label,
    )

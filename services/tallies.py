"""Tallies 检查项统计: how often an item was answered and failed, by deltas in the change's own transaction.

In one inspection an item failed where a finding names it or it was answered so, and passed where it was answered so.
It counts as neither where it was skipped or does not apply, where the report says nothing of it, and where every
finding that named it was withdrawn: then nobody knows. A patrol counts in no figure of inspections (design 5), and a
re-inspection looks again at what had failed, which is no sample of a trade.

Whoever changes what is counted holds the inspection's row, so that each sees what the other changed.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Answer, Inspection
from models.tallies import TallyDelta
from models.words import AnswerResult, FindingState, InspectionKind, InspectionState
from services.access import Actor, sees
from services.chance import chance
from services.rules.failure_rates import Tally
from services.wall import beyond_sight

UNCOUNTED = frozenset({InspectionKind.PATROL, InspectionKind.REINSPECTION})
ANSWERED = (AnswerResult.PASS, AnswerResult.FAIL)

_PASSED, _FAILED = Tally(1, 0), Tally(1, 1)


@dataclass(frozen=True)
class Trade:
    """Where an enterprise's answers are counted."""

    industry: str
    region: str

    @classmethod
    def of(cls, enterprise: Enterprise) -> "Trade":
        """Its main industry, and its region."""
        return cls(enterprise.main_industry, enterprise.region)


def count(
    tx: AsyncSession, inspection: Inspection, trade: Trade, answers: Sequence[Answer], findings: Sequence[Finding]
) -> None:
    """An inspection that was accepted just now, none of whose findings is withdrawn yet."""
    if inspection.kind in UNCOUNTED:
        return
    said = {answer.item: answer.result is AnswerResult.FAIL for answer in answers if answer.result in ANSWERED}
    said |= {finding.item: True for finding in findings if finding.item is not None}
    _add(tx, trade, {item: _FAILED if failed else _PASSED for item, failed in said.items()}, sign=1)


@asynccontextmanager
async def recounted(tx: AsyncSession, inspection_id: UUID) -> AsyncIterator[None]:
    """Around a change of the answers or findings of an inspection whose row is locked."""
    was = await _sums(tx, col(Inspection.id) == inspection_id)
    yield
    await tx.flush()
    now = await _sums(tx, col(Inspection.id) == inspection_id)
    if was == now:
        return
    trade = sa.select(col(Enterprise.main_industry), col(Inspection.region)).join_from(
        Inspection, Enterprise, col(Enterprise.id) == col(Inspection.enterprise_id)
    )
    async with beyond_sight(tx):  # an author may amend a report that was released for an enterprise out of their sight
        industry, region = (await tx.execute(trade.where(col(Inspection.id) == inspection_id))).one()
    _add(tx, Trade(industry, region or ""), was, sign=-1)
    _add(tx, Trade(industry, region or ""), now, sign=1)


async def hold(tx: AsyncSession, actor: Actor, finding_id: UUID) -> None:
    """Lock the inspection of a finding in sight, before the finding itself."""
    of = sa.select(col(Inspection.id)).join(Finding, col(Finding.inspection_id) == col(Inspection.id))
    await tx.execute(
        of.where(col(Finding.id) == finding_id, sees(actor, Finding)).with_for_update(of=Inspection, key_share=True)
    )


async def take_along(tx: AsyncSession, enterprise_id: UUID, was: Trade, now: Trade) -> None:
    """What was answered at an enterprise follows it to another trade or region, or into the one that it is merged into.

    Its own row is locked.
    """
    if now == was:
        return
    of_it = col(Inspection.enterprise_id) == enterprise_id
    held = sa.select(col(Inspection.id)).where(of_it).order_by(col(Inspection.id)).with_for_update(key_share=True)
    async with beyond_sight(tx):  # a department may have just given away the trade by which it saw them
        await tx.execute(held)
    sums = await _sums(tx, of_it)
    _add(tx, was, sums, sign=-1)
    _add(tx, now, sums, sign=1)


async def _sums(tx: AsyncSession, which: ColumnElement[bool]) -> dict[str, Tally]:
    async with beyond_sight(tx):
        rows = await tx.execute(tallied(which))
    return {item: Tally(answered, failed) for item, answered, failed in rows.all()}


def tallied(which: ColumnElement[bool]) -> Select[str, int, int]:
    """By item: in how many of these inspections it was answered, and in how many of them it failed."""
    counted = sa.and_(which, col(Inspection.state) == InspectionState.ACCEPTED, col(Inspection.kind).not_in(UNCOUNTED))
    ids = sa.select(col(Inspection.id)).where(counted)
    is_withdrawn = col(Finding.state) == FindingState.WITHDRAWN
    said = sa.union_all(
        sa.select(
            col(Answer.inspection_id),
            col(Answer.item),
            (col(Answer.result) == AnswerResult.FAIL).label("failed"),
            sa.false().label("found"),
            sa.false().label("withdrawn"),
        ).where(col(Answer.inspection_id).in_(ids), col(Answer.result).in_(ANSWERED)),
        sa.select(col(Finding.inspection_id), col(Finding.item), ~is_withdrawn, ~is_withdrawn, is_withdrawn).where(
            col(Finding.inspection_id).in_(ids), col(Finding.item).is_not(None)
        ),
    ).subquery()
    found, withdrawn = sa.func.bool_or(said.c.found), sa.func.bool_or(said.c.withdrawn)
    each = (
        sa.select(said.c.item, sa.func.bool_or(said.c.failed).label("failed"))
        .group_by(said.c.inspection_id, said.c.item)
        .having(sa.or_(found, ~withdrawn))
        .subquery()
    )
    return sa.select(each.c.item, sa.func.count(), sa.func.count().filter(each.c.failed)).group_by(each.c.item)


def _add(tx: AsyncSession, trade: Trade, sums: Mapping[str, Tally], *, sign: int) -> None:
    tx.add_all(
        TallyDelta(
            id=chance(tx).new_id(),
            item=item,
            industry=trade.industry,
            region=trade.region,
            answered=sign * tally.answered,
            failed=sign * tally.failed,
        )
        for item, tally in sums.items()
    )

"""Orders 责令限期整改指令书: issued by an organ that has the power, on what carded officers found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Inspection, ReinspectionResult
from models.orders import (
    Order,
    OrderedFinding,
    OrderedFindingRead,
    OrderRead,
    OrderSummaryRead,
    OrderWrite,
    PaperCounter,
)
from models.organs import Organ
from models.words import AuthorityMode, EventKind, Grade, InspectionKind, Move
from services import acts, events
from services.access import Actor, Deed, get_for, sees
from services.enterprises import known_as
from services.errors import Conflict, IdTaken, InputError, InvalidInput, NotFound
from services.findings.errors import CardNotValid
from services.findings.moves import Standing, after, moved
from services.paging import Key, Slice, slice_of
from services.paging import Order as SortedBy
from services.queue import ask_for_paper
from services.readings import tell
from services.rules.clocks import local_date

WORD = "责改"
PRINTED = {"description", "grade", "measure", "standard", "deadline", "responsible_person"}
NO_PAPER_YET = {"order_document.sha256": None}
"""From an order's first event on its paper is told of, when it is made: one that no event tells of is made up."""
NEWEST_FIRST = SortedBy((col(Order.issued_at), col(Order.id)), descending=True)


@dataclass(eq=False)
class NotInOrgansPower(Conflict):
    """This organ assists, or its power has not begun: it finds, reports and transfers, but may not order."""

    code: ClassVar[str] = "not_in_organs_power"
    title: ClassVar[str] = "该机关无权责令整改，应当移送"


@dataclass(eq=False)
class PatrolCarriesNoOrder(Conflict):
    """Fewer than two carded officers: a patrol's findings need a real visit first (国办发〔2024〕54号)."""

    code: ClassVar[str] = "patrol_carries_no_order"
    title: ClassVar[str] = "巡查发现的问题不能直接责令整改"


async def issue(tx: AsyncSession, actor: Actor, body: OrderWrite, *, at: datetime) -> tuple[Order, bool]:
    """One paper with one number for findings of one inspection, or again for those that failed at it.

    Raises NotFound, NotAllowed, CardNotValid, IdConflict, IdTaken, PatrolCarriesNoOrder, NotInOrgansPower,
    InvalidInput (what of the 四定 is missing, finding by finding), IllegalTransition.
    """
    today = local_date(at)
    inspection = await get_for(tx, actor, Inspection, body.inspection_id)
    actor.require(Deed.ISSUE_ORDER)
    begun = await acts.begin(tx, actor, "issueOrder", body, at=at)
    if not begun.is_new:
        return await _seen(tx, actor, begun.id), False
    if not actor.has_valid_card(today):
        raise CardNotValid
    if inspection.kind is InspectionKind.PATROL:
        raise PatrolCarriesNoOrder
    findings = await _locked(tx, actor, inspection, body.finding_ids)
    _check(findings, today)
    organ = await _organ_with_power(tx, body.organ_id, findings[0].region, today)
    order = await _numbered(tx, actor, begun.id, organ, inspection, findings[0], at)
    tx.add(order)
    events.record(tx, actor, EventKind.ORDER_ISSUED, order, at=at, beside=NO_PAPER_YET)
    await tx.flush()
    for position, finding in enumerate(findings):
        _put_on(tx, actor, order, position, finding, at)
    await tx.flush()
    await ask_for_paper(tx, order.id)
    return order, True


async def list_orders(
    tx: AsyncSession,
    actor: Actor,
    *,
    enterprise_id: UUID | None,
    inspection_id: UUID | None,
    after: Key | None,
    limit: int,
) -> Slice[Order]:
    """Orders within sight, the newest first."""
    query = sa.select(Order).where(sees(actor, Order))
    if enterprise_id is not None:
        query = query.where(col(Order.enterprise_id).in_(known_as(enterprise_id)))
    if inspection_id is not None:
        query = query.where(col(Order.inspection_id) == inspection_id)
    return await slice_of(tx, query, NEWEST_FIRST, lambda o: (o.issued_at, o.id), after=after, limit=limit)


async def get_order(tx: AsyncSession, actor: Actor, order_id: UUID) -> Order:
    """One order. Raises NotFound."""
    tell(tx, 1)
    return await get_for(tx, actor, Order, order_id)


async def shown_in_list(tx: AsyncSession, orders: Sequence[Order]) -> list[OrderSummaryRead]:
    """Orders as a list shows them."""
    names = await _names(tx, orders)
    return [OrderSummaryRead.model_validate({**order.model_dump(), **names[order.id]}) for order in orders]


async def shown(tx: AsyncSession, order: Order) -> OrderRead:
    """An order with its findings as they were printed."""
    query = sa.select(OrderedFinding).where(col(OrderedFinding.order_id) == order.id)
    rows = (await tx.scalars(query.order_by(col(OrderedFinding.position)))).all()
    findings = [OrderedFindingRead.model_validate({**row.model_dump(), "grade_label": row.grade.label}) for row in rows]
    return OrderRead.model_validate(
        {**order.model_dump(), **(await _names(tx, [order]))[order.id], "findings": findings}
    )


async def _seen(tx: AsyncSession, actor: Actor, order_id: UUID) -> Order:
    try:
        return await get_for(tx, actor, Order, order_id)
    except NotFound:
        raise IdTaken from None


async def _locked(
    tx: AsyncSession, actor: Actor, inspection: Inspection, finding_ids: Sequence[UUID]
) -> Sequence[Finding]:
    """The findings in the asked sequence, locked in the order of their ids, so that two orders never wait in a ring."""
    if len(set(finding_ids)) < len(finding_ids):
        raise InvalidInput.at("/finding_ids", "finding_repeated", "a finding stands once on a paper")
    found_here = col(Finding.inspection_id) == inspection.id
    failed_here = sa.exists().where(
        col(ReinspectionResult.finding_id) == col(Finding.id),
        col(ReinspectionResult.inspection_id) == inspection.id,
        col(ReinspectionResult.passed).is_(False),
    )
    query = (
        sa.select(Finding)
        .where(col(Finding.id).in_(finding_ids), sees(actor, Finding))
        .where(col(Finding.enterprise_id) == inspection.enterprise_id)
        .where(sa.case((col(Finding.awaits_new_order), failed_here), else_=sa.or_(found_here, failed_here)))
        .order_by(col(Finding.id))
        .with_for_update(of=Finding, key_share=True)
        .execution_options(populate_existing=True)
    )
    found = {finding.id: finding for finding in (await tx.scalars(query)).all()}
    unknown = [
        InputError(f"/finding_ids/{place}", "finding_unknown", "this inspection has no such finding")
        for place, finding_id in enumerate(finding_ids)
        if finding_id not in found
    ]
    if unknown:
        raise InvalidInput(unknown)
    return [found[finding_id] for finding_id in finding_ids]


def _check(findings: Sequence[Finding], today: date) -> None:
    for finding in findings:
        after(Standing.of(finding), _move(finding))
    gaps = [gap for place, finding in enumerate(findings) for gap in _gaps(finding, f"/finding_ids/{place}", today)]
    if gaps:
        raise InvalidInput(gaps)


def _gaps(finding: Finding, pointer: str, today: date) -> Iterator[InputError]:
    """What of the 四定 is missing (field-facts 7), and the clause of a major finding (field-facts 2)."""
    if not finding.measure:
        yield InputError(pointer, "measure_missing", "四定: the measure 措施 is missing")
    if not finding.standard:
        yield InputError(pointer, "standard_missing", "四定: the standard 标准 is missing")
    if not finding.responsible_person:
        yield InputError(pointer, "responsible_person_missing", "四定: the responsible person 责任人 is missing")
    if finding.deadline is None:
        yield InputError(pointer, "deadline_missing", "四定: the deadline 期限 is missing")
    elif finding.deadline < today:
        yield InputError(pointer, "deadline_past", "the deadline lies before the day it is set on")
    if finding.grade is Grade.MAJOR and not finding.major_basis:
        yield InputError(pointer, "major_basis_missing", "a major finding names the clause it rests on")


def _move(finding: Finding) -> Move:
    """A finding that was never ordered is ordered; any other is ordered again."""
    return Move.ORDER if finding.order_id is None else Move.REORDER


async def _organ_with_power(tx: AsyncSession, organ_id: UUID, region: str, today: date) -> Organ:
    organ = await tx.get(Organ, organ_id)
    if organ is None or not region.startswith(organ.region):
        raise InvalidInput.at("/organ_id", "organ_unknown", "no such organ has its district there")
    if organ.authority_mode is AuthorityMode.ASSIST or (organ.authority_from and organ.authority_from > today):
        raise NotInOrgansPower
    return organ


async def _numbered(
    tx: AsyncSession, actor: Actor, order_id: UUID, organ: Organ, inspection: Inspection, first: Finding, at: datetime
) -> Order:
    today = local_date(at)
    word = f"{organ.paper_word}{WORD}"
    serial = await _next_serial(tx, organ.id, word, today.year)
    return Order(
        id=order_id,
        organ_id=organ.id,
        word=word,
        year=today.year,
        serial=serial,
        number=f"{word}〔{today.year}〕{serial}号",
        inspection_id=inspection.id,
        enterprise_id=first.enterprise_id,
        region=first.region,
        issued_by=actor.id,
        issued_at=at,
        issued_on=today,
    )


async def _next_serial(tx: AsyncSession, organ_id: UUID, word: str, year: int) -> int:
    """The next number without gaps: the row stays locked until the paper is issued, or is not (design 1)."""
    statement = insert(PaperCounter).values(organ_id=organ_id, word=word, year=year, serial=1)
    raised = statement.on_conflict_do_update(
        index_elements=["organ_id", "word", "year"], set_={"serial": col(PaperCounter.serial) + 1}
    )
    return (await tx.execute(raised.returning(col(PaperCounter.serial)))).scalar_one()


def _put_on(tx: AsyncSession, actor: Actor, order: Order, position: int, finding: Finding, at: datetime) -> None:
    printed = OrderedFinding(
        **finding.model_dump(include=PRINTED),
        order_id=order.id,
        finding_id=finding.id,
        position=position,
        basis=finding.major_basis,
    )
    with moved(tx, actor, finding, _move(finding), at=at, paper=printed):
        finding.order_id = order.id
        finding.awaits_new_order = False


async def _names(tx: AsyncSession, orders: Sequence[Order]) -> dict[UUID, dict[str, str]]:
    query = (
        sa.select(col(Order.id), col(Organ.name), col(Enterprise.name))
        .join(Organ, col(Organ.id) == col(Order.organ_id))
        .join(Enterprise, col(Enterprise.id) == col(Order.enterprise_id))
        .where(col(Order.id).in_([order.id for order in orders]))
    )
    rows = await tx.execute(query)
    return {order_id: {"organ_name": organ, "enterprise_name": enterprise} for order_id, organ, enterprise in rows}

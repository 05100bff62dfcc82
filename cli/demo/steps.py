"""One step of the past: a service called as its person would have called it, at its own time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Concatenate, ParamSpec
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.errors import TownBroken
from models.extensions import ExtensionDecisionWrite, ExtensionWrite
from models.inspections import Inspection
from models.orders import OrderWrite
from models.reports import HeldResolution, Report
from models.steps import (
    PlanDecisionWrite,
    PlanWrite,
    RectificationWrite,
    TransferReceiptWrite,
    TransferWrite,
    WithdrawalWrite,
    WriteOffWrite,
)
from models.visits import VisitApproval, VisitCancellation, VisitWrite
from models.words import InspectionState
from services import extensions, inspections, orders, visits
from services.access import Actor
from services.findings import closing, plans, rectifications
from services.inspections import Case, read_sent
from services.photos.arrival import Arrived, arrive
from services.photos.ingest import Picture
from services.photos.store import Kept
from services.photos.storing import expect

P = ParamSpec("P")

NO_PAPER_YET = sa.text("DELETE FROM procrastinate_jobs WHERE queueing_lock = :lock AND status = 'todo'")


@dataclass(frozen=True)
class Shot:
    """A photo of the past: its id, and the scene whose bytes it has."""

    id: UUID
    scene: str


@dataclass(frozen=True)
class Stage:
    """Where a step takes place: its transaction, its time, and everybody who could act."""

    tx: AsyncSession
    at: datetime
    people: dict[UUID, Actor]
    pictures: dict[str, tuple[Kept, Picture]]
    others_reinspect: bool


@dataclass(frozen=True)
class Step:
    """`act_id` is the id under which the office remembers the step for ever: a filling that was cut goes on there."""

    at: datetime
    act_id: UUID
    act: Callable[[Stage], Awaitable[None]]


def step(
    at: datetime,
    act_id: UUID,
    act: Callable[Concatenate[Stage, P], Awaitable[None]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Step:
    """`act` with all but its stage."""
    return Step(at, act_id, partial(_call, act, args, kwargs))


async def _call(
    act: Callable[..., Awaitable[None]], args: Sequence[object], kwargs: dict[str, object], s: Stage
) -> None:
    await act(s, *args, **kwargs)


async def plan_visit(s: Stage, who: UUID, body: VisitWrite) -> None:
    """安排."""
    await visits.plan(s.tx, s.people[who], body, at=s.at)


async def approve_visit(s: Stage, who: UUID, visit_id: UUID, body: VisitApproval) -> None:
    """批准."""
    await visits.approve(s.tx, s.people[who], visit_id, body, at=s.at)


async def cancel_visit(s: Stage, who: UUID, visit_id: UUID, body: VisitCancellation) -> None:
    """取消."""
    await visits.cancel(s.tx, s.people[who], visit_id, body, at=s.at)


async def approve_urgent(s: Stage, who: UUID, inspection_id: UUID, body: VisitApproval) -> None:
    """The approval after the fact of the visit that an urgent report made."""
    inspection = await s.tx.get_one(Inspection, inspection_id)
    if inspection.visit_id is None:
        raise TownBroken(f"The urgent inspection {inspection_id} has no visit to approve.")
    await visits.approve(s.tx, s.people[who], inspection.visit_id, body, at=s.at)


async def submit(
    s: Stage, who: UUID, raw: bytes, shots: Sequence[Shot], expected: InspectionState = InspectionState.ACCEPTED
) -> None:
    """上报, the photos with it."""
    sent = read_sent(raw, Report)
    case = Case(sent, s.people[who], received_at=s.at, at=s.at, others_reinspect=s.others_reinspect, device_time=s.at)
    whole, _ = await inspections.submit(s.tx, s.people[who], case, await _arrived(s, shots))
    inspection = whole.inspection
    if inspection.state is not expected:
        raise TownBroken(f"A report was {inspection.state}, not {expected}: {inspection.held_reasons}.")


async def resolve_held(s: Stage, who: UUID, inspection_id: UUID, body: HeldResolution) -> None:
    """放行或退回."""
    others = s.others_reinspect
    await inspections.resolve_held(s.tx, s.people[who], inspection_id, body, others_reinspect=others, at=s.at)


async def order(s: Stage, who: UUID, body: OrderWrite) -> None:
    """责令. Three hundred old papers at once would keep the worker busy for minutes: each is made at its first look."""
    issued, _ = await orders.issue(s.tx, s.people[who], body, at=s.at)
    await s.tx.execute(NO_PAPER_YET, {"lock": f"make_order_paper:{issued.id}"})


async def file_plan(s: Stage, who: UUID, finding_id: UUID, body: PlanWrite) -> None:
    """整改方案."""
    await plans.file_plan(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def decide_plan(s: Stage, who: UUID, finding_id: UUID, body: PlanDecisionWrite) -> None:
    """采纳或退回."""
    await plans.decide_plan(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def ask_extension(s: Stage, who: UUID, body: ExtensionWrite) -> None:
    """延期申请."""
    await extensions.request(s.tx, s.people[who], body, at=s.at)


async def decide_extension(s: Stage, who: UUID, extension_id: UUID, body: ExtensionDecisionWrite) -> None:
    """准予或不准."""
    await extensions.decide(s.tx, s.people[who], extension_id, body, at=s.at)


async def rectify(s: Stage, who: UUID, finding_id: UUID, body: RectificationWrite, shots: Sequence[Shot]) -> None:
    """整改报告, the photos first."""
    for arrived in await _arrived(s, shots):
        await arrive(s.tx, s.people[who], arrived, at=s.at)
    await rectifications.report(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def write_off(s: Stage, who: UUID, finding_id: UUID, body: WriteOffWrite) -> None:
    """销号."""
    await closing.write_off(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def transfer(s: Stage, who: UUID, finding_id: UUID, body: TransferWrite) -> None:
    """移送."""
    await closing.transfer(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def receive_receipt(s: Stage, who: UUID, finding_id: UUID, body: TransferReceiptWrite) -> None:
    """移送回执."""
    await closing.record_receipt(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def withdraw(s: Stage, who: UUID, finding_id: UUID, body: WithdrawalWrite) -> None:
    """撤销."""
    await closing.withdraw(s.tx, s.people[who], finding_id, body, version=None, at=s.at)


async def _arrived(s: Stage, shots: Sequence[Shot]) -> list[Arrived]:
    """Announced as a phone's are: bytes that no photo has named get their pictures made."""
    arrived = [Arrived(shot.id, *s.pictures[shot.scene]) for shot in shots]
    await expect(s.tx, {photo.kept.sha256 for photo in arrived}, at=s.at)
    return arrived

"""泄密观察: who looked at the plan, and what the enterprise did before the arrival (services/rules/leaks.py judges)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import DeviceSession
from models.events import Event
from models.evidence import LeakWatchRead, LookerRead
from models.findings import Extension, Finding, Rectification, RectificationPlan
from models.inspections import Inspection
from models.orders import Order
from models.users import User
from models.visits import Visit
from models.words import EventKind, InspectionState, Role
from services.enterprises import known_as
from services.rules.clocks import Rule
from services.rules.evidence import Bounds
from services.rules.leaks import Look, Stirrings, Watched, watch_leaks


async def leak_watch(tx: AsyncSession, inspection: Inspection, bounds: Bounds) -> LeakWatchRead:
    """One line for the leader, with what it rests on."""
    known = await stirrings(tx, inspection)
    watched = watch_leaks(known, bounds)
    return LeakWatchRead(
        flagged=watched.is_flagged,
        line=_line(watched, bounds),
        was_planned=known.planned_at is not None,
        window_hours=bounds.number(Rule.LEAK_WINDOW),
        lookers=await _lookers(tx, watched.looks),
        sign_in_days=watched.sign_ins.seen,
        usual_sign_in_days=round(watched.sign_ins.usual, 2),
        filing_days=watched.filings.seen,
        usual_filing_days=round(watched.filings.usual, 2),
        chance=None if watched.chance is None else round(watched.chance, 6),
    )


async def stirrings(tx: AsyncSession, inspection: Inspection) -> Stirrings:
    """What the watch weighs; acts of the office that named what was merged into the enterprise among it."""
    dealings = await _dealings(tx, inspection)
    visit = None if inspection.visit_id is None else await tx.get(Visit, inspection.visit_id)
    is_planned = visit is not None and visit.made_at < inspection.received_at
    return Stirrings(
        arrived_at=inspection.arrived_at,
        planned_at=visit.made_at if visit is not None and is_planned else None,
        looks=await _looks(tx, inspection),
        sign_ins=await _sign_ins(tx, inspection),
        filings=dealings.filings,
        causes=dealings.causes,
        dues=dealings.dues,
    )


async def _looks(tx: AsyncSession, inspection: Inspection) -> tuple[Look, ...]:
    if inspection.visit_id is None:
        return ()
    query = sa.select(col(Event.actor_id), col(Event.at)).where(
        col(Event.subject_id) == inspection.visit_id, col(Event.kind) == EventKind.VISIT_LOOKED_AT
    )
    return tuple(Look(by, at) for by, at in await tx.execute(query.order_by(col(Event.at))) if by is not None)


async def _sign_ins(tx: AsyncSession, inspection: Inspection) -> tuple[datetime, ...]:
    query = (
        sa.select(col(DeviceSession.created_at))
        .join(User, col(User.id) == col(DeviceSession.user_id))
        .where(col(User.enterprise_id) == inspection.enterprise_id, col(User.role) == Role.ENTERPRISE)
    )
    return tuple((await tx.scalars(query)).all())


@dataclass(frozen=True)
class _Dealings:
    """What went to and fro between the enterprise and the office: its own filings, the office's acts, what fell due."""

    filings: tuple[datetime, ...]
    causes: tuple[datetime, ...]
    dues: tuple[date, ...]


async def _dealings(tx: AsyncSession, inspection: Inspection) -> _Dealings:
    of_it = col(Finding.enterprise_id) == inspection.enterprise_id
    others = sa.and_(of_it, col(Finding.inspection_id) != inspection.id)
    plans = sa.join(RectificationPlan, Finding, col(Finding.id) == col(RectificationPlan.finding_id))
    reports = sa.join(Rectification, Finding, col(Finding.id) == col(Rectification.finding_id))
    extensions = sa.join(Extension, Finding, col(Finding.id) == col(Extension.finding_id))
    filings = sa.union_all(
        sa.select(col(RectificationPlan.filed_at)).select_from(plans).where(of_it, ~col(RectificationPlan.on_behalf)),
        sa.select(col(Rectification.filed_at)).select_from(reports).where(of_it, ~col(Rectification.on_behalf)),
        sa.select(col(Extension.asked_at)).select_from(extensions).where(of_it, ~col(Extension.on_behalf)),
    )
    causes: sa.CompoundSelect[Any] = sa.union_all(
        sa.select(col(Order.issued_at)).where(col(Order.enterprise_id).in_(known_as(inspection.enterprise_id))),
        sa.select(col(RectificationPlan.decided_at)).select_from(plans).where(of_it),
        sa.select(col(Extension.decided_at)).select_from(extensions).where(of_it),
        sa.select(col(Inspection.arrived_at)).where(
            col(Inspection.enterprise_id) == inspection.enterprise_id,
            col(Inspection.id) != inspection.id,
            col(Inspection.state) == InspectionState.ACCEPTED,
        ),
    )
    dues: sa.CompoundSelect[Any] = sa.union_all(
        sa.select(col(Finding.deadline)).where(others),
        sa.select(col(Extension.old_deadline)).select_from(extensions).where(others),
    )
    return _Dealings(filings=await _all(tx, filings), causes=await _all(tx, causes), dues=await _all(tx, dues))


async def _all(tx: AsyncSession, question: sa.CompoundSelect[Any]) -> tuple[Any, ...]:
    return tuple(moment for moment in (await tx.scalars(question)).all() if moment is not None)


async def _lookers(tx: AsyncSession, looks: Iterable[Look]) -> list[LookerRead]:
    by: dict[UUID, list[datetime]] = {}
    for look in looks:
        by.setdefault(look.by, []).append(look.at)
    people = await tx.scalars(sa.select(User).where(col(User.id).in_(by)).order_by(col(User.id)))
    return [
        LookerRead(
            user_id=person.id,
            name=person.name,
            role=person.role,
            looks=len(by[person.id]),
            first_at=by[person.id][0],
            last_at=by[person.id][-1],
        )
        for person in people
    ]


def _line(watched: Watched, bounds: Bounds) -> str:
    if watched.chance is None:
        return "事先没有安排，无从泄露"
    lookers = len({look.by for look in watched.looks})
    seen = f"安排被{lookers}人查看{len(watched.looks)}次"
    came = f"企业账号{watched.sign_ins.seen}天有登录（平时{watched.sign_ins.usual:.1f}天）"
    filed = f"{watched.filings.seen}天有主动报送（平时{watched.filings.usual:.1f}天）"
    judged = "与平时明显不同，请核对" if watched.is_flagged else "与平时无明显不同"
    return f"到场前{bounds.number(Rule.LEAK_WINDOW)}小时内：{seen}；{came}，{filed}；{judged}"

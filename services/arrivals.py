"""Arrivals 到场: a code from this server at the gate, which a faker at home would have to fetch at that minute too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.arrivals import (
    ArrivalCode,
    ArrivalCodeRead,
    ArrivalConfirmation,
    ArrivalConfirmationRead,
    ArrivalWrite,
)
from models.enterprises import Enterprise
from models.shapes import Location
from models.words import EventKind, Role
from services import acts, events, limits
from services.access import Actor, Deed, get_for, sees
from services.chance import chance
from services.errors import Conflict, NotFound
from services.rules.clocks import Rule, due_time, local_date
from services.rules.spelt_codes import BYTES, read, spelt


@dataclass(eq=False)
class OwnArrivalCode(Conflict):
    """The code was given to whoever confirms it; a second officer does that, with a phone of their own."""

    code: ClassVar[str] = "own_arrival_code"
    title: ClassVar[str] = "到场码须由另一名检查员确认"


async def issue(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: ArrivalWrite, *, at: datetime
) -> tuple[ArrivalCodeRead, bool]:
    """A code for this officer, this enterprise, this moment. Raises NotFound, NotAllowed, what acts.begin raises."""
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id)
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL)
    begun = await acts.begin(tx, actor, "getArrivalCode", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        known = await tx.get_one(ArrivalCode, begun.id)
        return await _shown(tx, known), False
    row = ArrivalCode(
        id=begun.id,
        code=spelt(chance(tx).bytes(BYTES)),
        user_id=actor.id,
        session_id=actor.session_id,
        enterprise_id=enterprise.id,
        issued_at=at,
        **_fix(body.location),
    )
    tx.add(row)
    events.record(tx, actor, EventKind.ARRIVAL_CODE_ISSUED, row, at=at)
    await tx.flush()
    return await _shown(tx, row), True


async def confirm(
    tx: AsyncSession, actor: Actor, code: str, body: ArrivalWrite, *, at: datetime
) -> tuple[ArrivalConfirmationRead, bool]:
    """A second phone at the gate; one that comes late is kept, and proves nothing.

    Raises NotFound, NotAllowed, OwnArrivalCode, and what acts.begin raises.
    """
    query = sa.select(ArrivalCode).where(col(ArrivalCode.code) == read(code), _sees(actor))
    issued = await tx.scalar(query.order_by(col(ArrivalCode.issued_at).desc()).limit(1))
    if issued is None:
        raise NotFound
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL)
    if issued.user_id == actor.id:
        raise OwnArrivalCode
    begun = await acts.begin(tx, actor, "confirmArrival", body, at=at, subject_id=issued.id)
    if begun.is_new:
        row = ArrivalConfirmation(
            id=begun.id,
            arrival_code_id=issued.id,
            user_id=actor.id,
            session_id=actor.session_id,
            confirmed_at=at,
            **_fix(body.location),
        )
        tx.add(row)
        told = {"enterprise_id": issued.enterprise_id}
        events.record(tx, actor, EventKind.ARRIVAL_CONFIRMED, row, at=at, beside=told)
        await tx.flush()
    row = await tx.get_one(ArrivalConfirmation, begun.id)
    shown = ArrivalConfirmationRead(
        id=row.id,
        code=issued.code,
        enterprise_id=issued.enterprise_id,
        user_id=row.user_id,
        confirmed_at=row.confirmed_at,
    )
    return shown, begun.is_new


def _sees(actor: Actor) -> ColumnElement[bool]:
    """Sight of the enterprise, but never the enterprise's own: who stood at its gate, and when, is not its to know."""
    if actor.role is Role.ENTERPRISE:
        return sa.false()
    return sa.exists().where(col(Enterprise.id) == col(ArrivalCode.enterprise_id), sees(actor, Enterprise))


async def _shown(tx: AsyncSession, row: ArrivalCode) -> ArrivalCodeRead:
    lasts = await limits.limit(tx, Rule.CODE_LASTS, local_date(row.issued_at))
    return ArrivalCodeRead(
        id=row.id,
        code=row.code,
        enterprise_id=row.enterprise_id,
        user_id=row.user_id,
        issued_at=row.issued_at,
        confirm_by=due_time(row.issued_at, lasts).at,
    )


def _fix(location: Location | None) -> dict[str, Any]:
    if location is None:
        return {}
    told = location.model_dump(exclude={"source"})
    return {**told, "location_source": location.source}

"""What was told at the gate: arrival codes and their confirmations by the phones, and the code that hangs there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.arrivals import ArrivalCode, ArrivalConfirmation
from models.auth import DeviceSession
from models.gate_codes import GateCode
from models.inspections import Inspection
from services.enterprises import known_as
from services.inspections.fixes import fix_of
from services.rules.evidence.facts import CodeShown, Fix, Scanned, SecondPhone
from services.rules.spelt_codes import read
from services.wall import beyond_sight


@dataclass(frozen=True)
class Phone:
    """One officer's phone as it spoke at the gate."""

    user_id: UUID
    device_id: str | None
    at: datetime
    fix: Fix | None


async def codes_of(tx: AsyncSession, inspection: Inspection, people: Collection[UUID]) -> Sequence[ArrivalCode]:
    """The codes that the report means, given to its officers for its enterprise; the nearest to the arrival first."""
    if inspection.arrival_code is None:
        return []
    query = sa.select(ArrivalCode).where(
        col(ArrivalCode.code) == read(inspection.arrival_code)[:8],
        col(ArrivalCode.enterprise_id).in_(known_as(inspection.enterprise_id)),
        col(ArrivalCode.user_id).in_(people),
    )
    found = (await tx.scalars(query)).all()
    return sorted(found, key=lambda code: abs(code.issued_at - inspection.arrived_at))


async def phones_of(tx: AsyncSession, codes: Sequence[ArrivalCode], people: Collection[UUID]) -> list[Phone]:
    """The phone that fetched the code, and those of the visit's officers that confirmed it."""
    if not codes:
        return []
    issued = codes[0]
    query = sa.select(ArrivalConfirmation).where(
        col(ArrivalConfirmation.arrival_code_id) == issued.id, col(ArrivalConfirmation.user_id).in_(people)
    )
    confirmed = (await tx.scalars(query.order_by(col(ArrivalConfirmation.confirmed_at)))).all()
    sessions = sa.select(col(DeviceSession.id), col(DeviceSession.device_id)).where(
        col(DeviceSession.id).in_([issued.session_id, *(one.session_id for one in confirmed)])
    )
    devices: dict[UUID | None, str] = {row[0]: row[1] for row in await tx.execute(sessions)}
    first = Phone(issued.user_id, devices.get(issued.session_id), issued.issued_at, fix_of(issued))
    others = [Phone(c.user_id, devices.get(c.session_id), c.confirmed_at, fix_of(c)) for c in confirmed]
    return [first, *others]


def code_shown(inspection: Inspection, codes: Sequence[ArrivalCode]) -> CodeShown | None:
    """The report's code as far as this server knows it."""
    if inspection.arrival_code is None:
        return None
    return CodeShown(is_ours=True, issued_at=codes[0].issued_at) if codes else CodeShown(is_ours=False)


async def scanned_at(tx: AsyncSession, inspection: Inspection) -> Scanned | None:
    """Whose code was scanned, of those in force at the arrival; a code that nobody knows here says nothing."""
    if inspection.scanned_sha256 is None:
        return None
    in_force = sa.or_(col(GateCode.ended_at).is_(None), col(GateCode.ended_at) > inspection.arrived_at)
    query = sa.select(col(GateCode.enterprise_id)).where(col(GateCode.qr_sha256) == inspection.scanned_sha256, in_force)
    async with beyond_sight(tx):
        owners = set((await tx.scalars(query)).all())
    if not owners:
        return None
    return Scanned.HERE if inspection.enterprise_id in owners else Scanned.ELSEWHERE


def second_phones(inspection: Inspection, phones: Sequence[Phone]) -> tuple[SecondPhone, ...]:
    """All but the phone of whoever sent the report: that one tells of itself in the report."""
    return tuple(
        SecondPhone(phone.at, phone.fix, _is_shared(phone, phones))
        for phone in phones
        if phone.user_id != inspection.submitted_by
    )


def _is_shared(phone: Phone, phones: Sequence[Phone]) -> bool:
    return phone.device_id is not None and any(
        other.device_id == phone.device_id for other in phones if other.user_id != phone.user_id
    )

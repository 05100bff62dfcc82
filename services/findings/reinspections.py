"""复查: what two carded officers saw decides, never an upload."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.findings import Finding
from models.inspections import Inspection, InspectionInspector, ReinspectionResult
from models.photos import PhotoUse
from models.reports import ReinspectionReported
from models.words import Move, Role
from services.access import Actor, Deed, finding_for
from services.errors import InvalidInput
from services.findings.errors import FindingElsewhere, NewPhotosNeeded, OtherReinspectorNeeded, TwoOfficersNeeded
from services.findings.moves import Standing, after, moved
from services.rules.clocks import local_date

FEWEST_OFFICERS = 2
"""行政处罚法 第42条."""


@dataclass(frozen=True)
class House:
    """What the office set on re-inspections: whether one officer must be new to it (prudence, not law: design 4)."""

    by_others: bool


async def judge(
    tx: AsyncSession, actor: Actor, inspection: Inspection, said: ReinspectionReported, *, house: House, at: datetime
) -> Finding:
    """Pass or fail one finding by an inspection whose officers are written down already.

    The caller names the photos. Everything is checked before anything is changed, so a caller may catch the error and
    hold the report. Raises NotFound, NotAllowed, IllegalTransition, TwoOfficersNeeded, NewPhotosNeeded,
    OtherReinspectorNeeded, InvalidInput.
    """
    finding = await finding_for(tx, actor, said.finding_id, Deed.REINSPECT)
    move = Move.PASS if said.passed else Move.FAIL
    after(Standing.of(finding), move)
    await _check(tx, actor, inspection, finding, said, house)
    result = ReinspectionResult(
        inspection_id=inspection.id,
        finding_id=finding.id,
        passed=said.passed,
        note=said.note,
        same_officers_reason=said.same_officers_reason,
    )
    with moved(tx, actor, finding, move, at=at, paper=result):
        finding.reinspect_by = None
        if said.passed:
            finding.verified_at = at
        else:
            finding.deadline = said.new_deadline
            finding.failed_reinspections += 1
            finding.awaits_new_order = True
    await tx.flush()
    return finding


async def looked_again(tx: AsyncSession, finding: Finding) -> set[UUID]:
    """Everybody who had a hand in finding it cured: all re-inspecting officers, or who saw it fixed on site."""
    seen = sa.select(col(ReinspectionResult.inspection_id)).where(col(ReinspectionResult.finding_id) == finding.id)
    visits = set((await tx.scalars(seen)).all()) or {finding.inspection_id}
    officers = sa.select(col(InspectionInspector.user_id)).where(col(InspectionInspector.inspection_id).in_(visits))
    senders = sa.select(col(Inspection.submitted_by)).where(col(Inspection.id).in_(visits))
    return {*(await tx.scalars(officers)).all(), *(await tx.scalars(senders)).all()}


async def _check(
    tx: AsyncSession,
    actor: Actor,
    inspection: Inspection,
    finding: Finding,
    said: ReinspectionReported,
    house: House,
) -> None:
    if finding.enterprise_id != inspection.enterprise_id:
        raise FindingElsewhere
    carded = await _officers(tx, inspection.id, carded=True)
    if len(carded) < FEWEST_OFFICERS:
        raise TwoOfficersNeeded
    if not await _new_photos(tx, inspection, finding, said):
        raise NewPhotosNeeded
    registrars = {finding.registered_by, *await _officers(tx, finding.inspection_id)}
    if house.by_others and carded <= registrars and not _excused(actor, said):
        raise OtherReinspectorNeeded
    if said.passed:
        return
    if said.new_deadline is None:
        raise InvalidInput.at("/new_deadline", "new_deadline_needed", "a failed re-inspection sets the next deadline")
    if said.new_deadline < local_date(inspection.arrived_at):
        raise InvalidInput.at("/new_deadline", "deadline_past", "the deadline lies before the day it is set on")


def _excused(actor: Actor, said: ReinspectionReported) -> bool:
    """The office, and nobody else, may let those look again who found it, with a reason (design 4)."""
    return bool(said.same_officers_reason) and actor.role in (Role.OFFICE, Role.LEADER)


async def _officers(tx: AsyncSession, inspection_id: UUID, *, carded: bool = False) -> set[UUID]:
    query = sa.select(col(InspectionInspector.user_id)).where(col(InspectionInspector.inspection_id) == inspection_id)
    if carded:
        query = query.where(col(InspectionInspector.card_valid))
    return set((await tx.scalars(query)).all())


async def _new_photos(
    tx: AsyncSession, inspection: Inspection, finding: Finding, said: ReinspectionReported
) -> set[UUID]:
    """Those of the named photos that no earlier record of this finding names."""
    known = sa.select(col(PhotoUse.photo_id)).where(
        col(PhotoUse.finding_id) == finding.id,
        col(PhotoUse.photo_id).in_(said.photo_ids),
        col(PhotoUse.inspection_id).is_distinct_from(inspection.id),
    )
    return set(said.photo_ids) - set((await tx.scalars(known)).all())

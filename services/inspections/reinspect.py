"""复查 of one finding by a call of its own: an inspection of kind reinspection whose errors are answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.findings import Finding
from models.inspections import Inspection
from models.reports import ReinspectionReported, ReinspectionWrite, Report, ReportedLocation
from models.words import InspectionKind, InspectionState
from services import acts
from services.access import Actor, Deed, get_for
from services.inspections.apply import apply
from services.inspections.cases import Case, drafted
from services.inspections.parsing import read_sent
from services.photos.naming import lock_photos
from services.rules.canonical import canonical_json
from services.versions import refuse_stale


async def reinspect(
    tx: AsyncSession,
    actor: Actor,
    finding_id: UUID,
    body: ReinspectionWrite,
    *,
    version: int | None,
    others_reinspect: bool,
    at: datetime,
) -> tuple[Finding, Inspection, bool]:
    """The finding, the inspection that judged it, and whether this call made it.

    Raises NotFound, NotAllowed, VersionMismatch, NotApplicable, what judge and acts.begin raise.
    """
    finding = await get_for(tx, actor, Finding, finding_id)
    actor.require(Deed.REINSPECT)
    begun = await acts.begin(tx, actor, "reinspectFinding", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, await get_for(tx, actor, Inspection, begun.id), False
    refuse_stale(finding, version)
    report = _report(finding, body, at)
    await lock_photos(tx, report.photo_ids())
    raw = canonical_json(report.model_dump(mode="json", exclude_none=True))
    case = Case(read_sent(raw, Report), actor, received_at=at, at=at, others_reinspect=others_reinspect)
    inspection = drafted(case, begun.id, InspectionState.ACCEPTED)
    await apply(tx, case, inspection)
    return finding, inspection, True


def _report(finding: Finding, body: ReinspectionWrite, at: datetime) -> Report:
    """The report that a phone would have sent."""
    place = body.location
    return Report(
        kind=InspectionKind.REINSPECTION,
        enterprise_id=finding.enterprise_id,
        arrived_at=body.arrived_at or at,
        inspectors=body.inspectors,
        location=None if place is None else ReportedLocation(**place.model_dump()),
        photos=body.photos,
        reinspections=[
            ReinspectionReported(finding_id=finding.id, **body.model_dump(include=VERDICT)),
        ],
    )


VERDICT = {"passed", "note", "photo_ids", "new_deadline", "same_officers_reason"}

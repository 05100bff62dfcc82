"""A finding comes into being: from a report that was accepted, never by itself."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.checklists import ChecklistItem
from models.findings import Finding
from models.inspections import Inspection
from models.reports import FindingReported
from models.words import EventKind, FindingState, Grade, Move
from services import events, statistics
from services.access import Actor
from services.checklists import Worded
from services.findings.moves import moved
from services.rules.clocks import local_date

TAKEN_AS_SENT = {"item", "description", "measure", "standard", "deadline", "responsible_person"}


def register(
    tx: AsyncSession,
    actor: Actor,
    inspection: Inspection,
    reported: FindingReported,
    worded: Worded | None,
    main_industry: str,
    position: int,
    at: datetime,
) -> Finding:
    """One finding of an accepted inspection, which names its enterprise and region.

    Its industry is its item's, else the enterprise's main one (design 3). The phone's grade stands; without one the
    item's default. A major finding without a clause takes the item's basis where the item is itself a criterion of
    major hazards. Fixed on site, it goes straight on to re-inspected. The caller looked the item up as it read on the
    visit's day, writes all findings at once (the database refuses an id that is taken) and names the photos.
    """
    assert inspection.enterprise_id is not None  # an accepted one has both
    assert inspection.region is not None
    item = worded.item if worded else None
    grade = reported.grade or (item.default_grade if item else Grade.GENERAL)
    finding = Finding(
        **reported.model_dump(include=TAKEN_AS_SENT),
        id=reported.id,
        inspection_id=inspection.id,
        enterprise_id=inspection.enterprise_id,
        region=inspection.region,
        industry=worded.industry if worded else main_industry,
        position=position,
        item_version=item.version if item else None,
        grade=grade,
        major_basis=major_basis(reported.major_basis, grade, item),
        fixed_on_site=reported.fixed_on_site.note if reported.fixed_on_site else None,
        state=FindingState.REGISTERED,
        found_on=local_date(inspection.arrived_at),
        registered_by=actor.id,
        registered_at=at,
    )
    tx.add(finding)
    statistics.count(tx, finding)
    events.record(tx, actor, EventKind.FINDING_REGISTERED, finding, at=at)
    if reported.fixed_on_site:
        with moved(tx, actor, finding, Move.FIX_ON_SITE, at=at):
            finding.verified_at = at
    return finding


def major_basis(told: str | None, grade: Grade, item: ChecklistItem | None) -> str | None:
    """The clause that a major grade rests on; an item that is major by default cites it itself (field-facts 15)."""
    if told or grade is not Grade.MAJOR or item is None or item.default_grade is not Grade.MAJOR:
        return told
    return item.basis

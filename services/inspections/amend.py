"""更正: a new version of an accepted inspection, with its reason; the old one stays readable."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Answer, Inspection, InspectionInspector
from models.reports import Amendment, AnswerReported, FindingAmended, FindingReported
from models.words import EventKind, FindingState, InspectionState
from services import events, limits, tallies
from services.access import Actor, Deed, get_for
from services.checklists import items_by_code
from services.errors import IdTaken, InputError, InvalidInput, NotAllowed
from services.findings.moves import changed
from services.findings.register import register
from services.inspections import cautions
from services.inspections.apply import answered
from services.inspections.errors import FindingNotAmendable, WrongInspectionState
from services.inspections.keeping import version_row
from services.inspections.parsing import Sent
from services.inspections.pictures import Album
from services.photos.naming import lock_photos
from services.rules.clocks import local_date
from services.rules.strict_json import pointer_to
from services.versions import expect
from services.wall import beyond_sight, is_any_a_finding

FACTS = (
    "left_at",
    "credentials_shown",
    "accompanied_by",
    "briefing_before",
    "unit_signed",
    "refusal_note",
    "note",
)
OF_FINDING = ("description", "grade", "major_basis", "measure", "standard", "deadline", "responsible_person")
NEVER_EMPTY = ("description", "grade")


async def amend(
    tx: AsyncSession,
    actor: Actor,
    inspection_id: UUID,
    sent: Sent[Amendment],
    *,
    version: int | None,
    at: datetime,
) -> Inspection:
    """By its author, its inspectors, or the office. Findings change while they are only registered.

    Raises NotFound, NotAllowed, VersionRequired, VersionMismatch, WrongInspectionState, FindingNotAmendable,
    IdTaken, InvalidInput.
    """
    inspection = await get_for(tx, actor, Inspection, inspection_id, lock=True)
    await _require_part(tx, actor, inspection)
    if inspection.state is not InspectionState.ACCEPTED:
        raise WrongInspectionState(inspection.state)
    before = events.snapshot(inspection)
    expect(inspection, version)
    await lock_photos(tx, sent.said.photo_ids())
    _set_facts(inspection, sent.said)
    album = Album(inspection, sent.said.photos)
    async with tallies.recounted(tx, inspection.id):
        await _answer(tx, inspection, sent.said.answers)
        for place, finding in enumerate(sent.said.findings):
            await _amend_finding(tx, actor, inspection, finding, place, at)
            album.of_finding(finding)
    album.of_inspection()
    await album.drop_known(tx)
    await album.name(tx, actor, at=at)
    await _warn_again(tx, inspection)
    row = version_row(inspection, sent.raw, actor, sent.raw_sha256, at)
    row.reason = sent.said.reason
    tx.add(row)
    told = {"report_sha256": sent.raw_sha256.hex(), "photo_uses": album.told(actor, at=at)}
    before = {**before, **dict.fromkeys(told)}
    kind = EventKind.INSPECTION_AMENDED
    events.record(tx, actor, kind, inspection, before=before, beside=told, at=at, note=sent.said.reason)
    await tx.flush()
    return inspection


async def _require_part(tx: AsyncSession, actor: Actor, inspection: Inspection) -> None:
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL, Deed.RESOLVE_HELD)
    if actor.id == inspection.submitted_by or actor.may(Deed.RESOLVE_HELD):
        return
    if await tx.get(InspectionInspector, (inspection.id, actor.id)) is None:
        raise NotAllowed(Deed.REPORT_INSPECTION)


def _set_facts(inspection: Inspection, said: Amendment) -> None:
    for name in FACTS:
        if name in said.model_fields_set:
            setattr(inspection, name, getattr(said, name))
    if "location" in said.model_fields_set:
        place = said.location
        inspection.lon, inspection.lat = (place.lon, place.lat) if place else (None, None)
        inspection.accuracy_m = place.accuracy_m if place else None
        inspection.crs = place.crs if place else None
        inspection.location_source = place.source if place else None
        inspection.mocked = place.mocked if place else None


async def _answer(tx: AsyncSession, inspection: Inspection, answers: Iterable[AnswerReported]) -> None:
    last = {answer.item: answer for answer in answers}
    items = await items_by_code(tx, sorted(last), on=local_date(inspection.arrived_at))
    versions = {code: worded.item.version for code, worded in items.items()}
    for answer in last.values():
        row = answered(inspection, answer, versions).model_dump()
        news = {name: row[name] for name in ("item_version", "result", "note")}
        statement = (
            insert(Answer).values(row).on_conflict_do_update(index_elements=["inspection_id", "item"], set_=news)
        )
        await tx.execute(statement)


async def _amend_finding(
    tx: AsyncSession, actor: Actor, inspection: Inspection, said: FindingAmended, place: int, at: datetime
) -> None:
    known = await tx.scalar(sa.select(col(Finding.inspection_id)).where(col(Finding.id) == said.id))
    if known is None and await is_any_a_finding(tx, [said.id]):
        raise IdTaken
    if known is None:
        await _register(tx, actor, inspection, said, place, at)
        return
    if known != inspection.id:
        raise IdTaken
    # Not by sight: it belongs to a report that is theirs, even one released for an enterprise that is not.
    locked = sa.select(Finding).where(col(Finding.id) == said.id).with_for_update(key_share=True)
    finding = (await tx.scalars(locked.execution_options(populate_existing=True))).one()
    if finding.state is not FindingState.REGISTERED:
        raise FindingNotAmendable(finding.state)
    if "item" in said.model_fields_set and said.item != finding.item:
        raise InvalidInput.at(f"/findings/{place}/item", "item_fixed", "a finding keeps its item: withdraw it instead")
    with changed(tx, actor, finding, EventKind.FINDING_AMENDED, at=at):
        for name in OF_FINDING:
            value = getattr(said, name)
            if name in said.model_fields_set and not (name in NEVER_EMPTY and value is None):
                setattr(finding, name, value)
    await tx.flush()


async def _register(
    tx: AsyncSession, actor: Actor, inspection: Inspection, said: FindingAmended, place: int, at: datetime
) -> None:
    """A finding that the report forgot."""
    try:
        reported = FindingReported.model_validate(said.model_dump(exclude_unset=True))
    except ValidationError as error:
        raise InvalidInput(
            [
                InputError(pointer_to(f"/findings/{place}", str(wrong["loc"][0])), wrong["type"], wrong["msg"])
                for wrong in error.errors(include_input=False, include_url=False)
            ]
        ) from None
    last = await tx.scalar(
        sa.select(sa.func.max(col(Finding.position))).where(col(Finding.inspection_id) == inspection.id)
    )
    position = 0 if last is None else last + 1
    codes = [] if reported.item is None else [reported.item]
    items = await items_by_code(tx, codes, on=local_date(inspection.arrived_at))
    item = items.get(reported.item) if reported.item else None
    async with beyond_sight(tx):  # the report is theirs, also one released for an enterprise that is not
        industry = (await tx.get_one(Enterprise, inspection.enterprise_id)).main_industry
    register(tx, actor, inspection, reported, item, industry, position=position, at=at)
    await tx.flush()


async def _warn_again(tx: AsyncSession, inspection: Inspection) -> None:
    """Warnings of deadlines follow the findings; the others tell of the report as it came."""
    rows = await tx.scalars(
        sa.select(Finding).where(col(Finding.inspection_id) == inspection.id).order_by(col(Finding.position))
    )
    dues = [cautions.Due(row.position, row.deadline, row.fixed_on_site is not None) for row in rows.all()]
    calendar = (await limits.rule_book(tx)).calendar
    kept = [warning for warning in inspection.warnings if not cautions.is_of_deadline(warning)]
    inspection.warnings = [*kept, *cautions.of_deadlines(dues, local_date(inspection.arrived_at), calendar)]

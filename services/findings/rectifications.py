"""整改报告: what the enterprise says it did. Nothing closes on it; the office looks again by a day (令16 第23条)."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.findings import Finding, Rectification
from models.steps import RectificationWrite
from models.words import Move, PhotoPurpose
from services import acts, limits
from services.access import Actor, Deed, finding_for
from services.errors import InvalidInput
from services.findings.filing import is_on_behalf
from services.findings.moves import moved
from services.photos.naming import PhotoNamed, lock_photos, name_photos, purpose_of, showing_nothing, told_of
from services.rules.clocks import Rule, local_date
from services.versions import refuse_stale


async def report(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: RectificationWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """The enterprise, or an officer with its signed paper, says that it is cured.

    Late once is late for good, also when a later report is in time. Raises NotFound, NotAllowed, InvalidInput,
    IdConflict, IdTaken, VersionMismatch, IllegalTransition.
    """
    await lock_photos(tx, body.named_photo_ids())  # before the finding, as a report that judges it does
    finding = await finding_for(tx, actor, finding_id, Deed.FILE_OWN, Deed.FILE_ON_BEHALF)
    on_behalf = await is_on_behalf(tx, actor, finding, body.on_behalf_of)
    if (await showing_nothing(tx, body.photos, body.photo_ids)).issuperset(body.photo_ids):
        raise InvalidInput.at("/photo_ids", "photo_needed", "a signature or a voice note shows nothing cured")
    if on_behalf and not body.paper_photo_ids:
        raise InvalidInput.at("/paper_photo_ids", "paper_needed", "filed on behalf: photograph the signed paper")
    begun = await acts.begin(tx, actor, "reportRectification", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    today = local_date(at)
    reinspect_by = (await limits.due(tx, Rule.REINSPECTION_AFTER_REPORT, today)).on
    paper = Rectification(
        id=begun.id, finding_id=finding.id, text=body.text, filed_by=actor.id, filed_at=at, on_behalf=on_behalf
    )
    named = list(_named(finding, paper, body))
    told = {"photo_uses": told_of(actor, named, inspection_id=None, at=at)}
    with moved(tx, actor, finding, Move.REPORT, at=at, paper=paper, beside=told):
        finding.reported_at = at
        finding.reported_late = finding.reported_late or (finding.deadline is not None and finding.deadline < today)
        finding.reinspect_by = reinspect_by
        finding.awaits_new_order = False
    await tx.flush()
    await name_photos(
        tx,
        actor,
        named,
        inspection_id=None,
        enterprise_id=finding.enterprise_id,
        region=finding.region,
        at=at,
    )
    return finding, True


def _named(finding: Finding, paper: Rectification, body: RectificationWrite) -> Iterator[PhotoNamed]:
    declared = {photo.id: photo for photo in body.photos}
    purposes = dict.fromkeys(body.photo_ids, PhotoPurpose.AFTER)
    purposes |= {photo_id: PhotoPurpose.PAPER for photo_id in body.paper_photo_ids if photo_id not in purposes}
    purposes |= {photo.id: photo.purpose for photo in body.photos if photo.purpose and photo.id not in purposes}
    for position, (photo_id, purpose) in enumerate(purposes.items()):
        said = declared.get(photo_id)
        named_for = purpose_of(said, purpose)
        yield PhotoNamed(photo_id, "rectification", paper.id, named_for, position, finding.id, said)

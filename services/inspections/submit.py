"""A phone reports a visit: accepted, or held whole with the reasons, and in either case kept byte for byte."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import psycopg.errors
import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.inspections import Inspection
from models.words import EventKind, InspectionState
from services import acts
from services.access import Actor, Deed, get_for, sees
from services.errors import Absent, Conflict, DomainError, Forbidden, Gone, IdTaken, Invalid, InvalidInput, NotFound
from services.inspections.apply import apply
from services.inspections.cases import Case, drafted
from services.inspections.errors import NotApplicable
from services.inspections.keeping import keep
from services.inspections.pictures import Album, hide
from services.inspections.whole import Whole, whole
from services.photos.arrival import Arrived, arrive_all
from services.photos.naming import lock_photos
from services.wall import beyond_sight

HOLDABLE = (Absent, Conflict, Forbidden, Gone, Invalid)
"""What stands against a report but not against keeping it. All else (busy, no room) is for the phone to try again."""


class ReportContent(BaseModel):
    """What makes two reports the same: their id and their canonical JSON."""

    id: UUID | None
    content_sha256: str


async def submit(tx: AsyncSession, actor: Actor, case: Case, photos: Sequence[Arrived] = ()) -> tuple[Whole, bool]:
    """The inspection, and whether this call made it. Photos that come with a repeat are taken as well.

    Raises NotAllowed, IdConflict, IdTaken, InProgress, DigestNotDeclared.
    """
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL)
    content = ReportContent(id=case.report.id, content_sha256=case.sent.content_sha256)
    begun = await acts.begin(tx, actor, "submitInspection", content, at=case.at)
    await lock_photos(tx, case.report.photo_ids().union(photo.photo_id for photo in photos))
    if begun.is_new:
        inspection = await _accepted_or_held(tx, case, begun.id)
    else:
        inspection = await whole(tx, await _known(tx, actor, begun.id))
    if photos:
        await arrive_all(tx, actor, photos, at=case.at)
    return inspection, begun.is_new


def reasons_of(error: DomainError) -> list[str]:
    """Stable codes for why a report is held."""
    if isinstance(error, NotApplicable):
        return error.reasons
    if isinstance(error, InvalidInput):
        return list(dict.fromkeys(f"{wrong.code}:{wrong.pointer}" for wrong in error.errors))
    return [error.code]


async def _accepted_or_held(tx: AsyncSession, case: Case, inspection_id: UUID) -> Whole:
    try:
        async with tx.begin_nested():
            return await apply(tx, case, drafted(case, inspection_id, InspectionState.ACCEPTED))
    except HOLDABLE as error:
        return await _held(tx, case, inspection_id, reasons_of(error))
    except IntegrityError as error:  # an id taken by somebody who committed a moment ago
        if not isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise
        return await _held(tx, case, inspection_id, [IdTaken.code])


async def _held(tx: AsyncSession, case: Case, inspection_id: UUID, reasons: Iterable[str]) -> Whole:
    """Stored whole, nothing of it applied. An enterprise out of sight leaves no trace that an unknown one would not."""
    inspection = drafted(case, inspection_id, InspectionState.HELD)
    inspection.held_reasons = list(reasons)
    await _place(tx, case, inspection)
    tx.add(inspection)
    await tx.flush()
    album = Album(inspection, case.report.photos)
    album.of_inspection(sorted(case.report.photo_ids()))
    await album.name(tx, case.author, at=case.at)
    await hide(tx, inspection)
    keep(tx, case, inspection, EventKind.INSPECTION_HELD, album)
    return await whole(tx, inspection)


async def _place(tx: AsyncSession, case: Case, inspection: Inspection) -> None:
    """Where it shows: for its author only what they see, for the office that decides wherever the enterprise lies.

    What was merged is the other one; while two are being merged, neither. It stays there until this commits.
    """
    kept = sa.select(sa.func.coalesce(col(Enterprise.merged_into), col(Enterprise.id)))
    of_it = kept.where(col(Enterprise.id) == case.report.enterprise_id).scalar_subquery()
    found = sa.select(Enterprise, sees(case.author, Enterprise)).where(col(Enterprise.id) == of_it)
    locked = found.with_for_update(of=Enterprise, read=True).execution_options(populate_existing=True)
    async with beyond_sight(tx):
        row = (await tx.execute(locked)).one_or_none()
    inspection.held_region = case.author.region if row is None else row[0].region
    if row is not None and row[1] and row[0].merged_into is None:
        inspection.enterprise_id, inspection.region = row[0].id, row[0].region


async def _known(tx: AsyncSession, actor: Actor, inspection_id: UUID) -> Inspection:
    try:
        return await get_for(tx, actor, Inspection, inspection_id)
    except NotFound:
        raise IdTaken from None

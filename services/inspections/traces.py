"""What is known of one inspection's traces, gathered for the rules: its fix, photos, officers, and what lies around it.

Three questions look beyond the reader's sight: where else a photo was used, where else the officers were, and whose
code was scanned. What they find only raises a flag, which names nothing.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.events import Event
from models.inspections import Inspection, InspectionInspector, InspectionVersion
from models.photos import Photo, PhotoUse
from models.visits import Visit
from models.words import EventKind, InspectionKind, InspectionState, PhotoPurpose
from services.access import takes_hold
from services.inspections.at_the_gate import code_shown, codes_of, phones_of, scanned_at, second_phones
from services.inspections.fixes import fix_of, shot_of
from services.inspections.parsing import read_object
from services.rules.evidence.facts import Facts, OtherVisit, Registered, Seen, Shot
from services.wall import beyond_sight

AROUND = timedelta(hours=24)
"""How far the officers' other visits are looked at; nobody drives longer between two."""


async def facts_of(tx: AsyncSession, inspection: Inspection) -> Facts:
    """Of an inspection in sight; of a held one what its report alone says."""
    officers = (
        await tx.scalars(sa.select(InspectionInspector).where(col(InspectionInspector.inspection_id) == inspection.id))
    ).all()
    people = [officer.user_id for officer in officers]
    codes = await codes_of(tx, inspection, people)
    phones = await phones_of(tx, codes, people)
    skew = inspection.skew_seconds
    return Facts(
        arrived_at=inspection.arrived_at,
        received_at=inspection.received_at,
        left_at=inspection.left_at,
        skew=None if skew is None else timedelta(seconds=skew),
        fix=fix_of(inspection),
        register=await _registered(tx, inspection.enterprise_id),
        shots=await _shots(tx, inspection),
        code=code_shown(inspection, codes),
        scanned=await scanned_at(tx, inspection),
        second_phones=second_phones(inspection, phones),
        others=await _others(tx, inspection, people),
        officers=len(officers),
        valid_cards=None if inspection.state is not InspectionState.ACCEPTED else sum(o.card_valid for o in officers),
        credentials_shown=inspection.credentials_shown,
        briefing_before=inspection.briefing_before,
        accompanied_by=inspection.accompanied_by,
        accompaniment_stated=await _says_who_came_along(tx, inspection.id),
        was_expected=inspection.reported_kind is InspectionKind.REINSPECTION,
        released_at=await _released_at(tx, inspection),
    )


async def _registered(tx: AsyncSession, enterprise_id: UUID | None) -> Registered | None:
    enterprise = None if enterprise_id is None else await tx.get(Enterprise, enterprise_id)
    fix = None if enterprise is None else fix_of(enterprise)
    if enterprise is None or fix is None:
        return None
    told = sa.select(col(Event.at), col(Event.body)).where(
        col(Event.subject_id) == enterprise.id,
        col(Event.kind).in_([EventKind.ENTERPRISE_REGISTERED.value, EventKind.ENTERPRISE_CHANGED.value]),
    )
    placed = [at for at, body in (await tx.execute(told)).all() if "lon" in json.loads(body)["after"]]
    return Registered(fix.place, max(placed, default=enterprise.created_at))


async def _shots(tx: AsyncSession, inspection: Inspection) -> tuple[Shot, ...]:
    """Each photo once, with its bytes' own words where they are here; signatures and voice notes show no place."""
    query = (
        sa.select(PhotoUse, Photo)
        .outerjoin(Photo, sa.and_(col(Photo.id) == col(PhotoUse.photo_id), takes_hold(Photo)))
        .where(col(PhotoUse.inspection_id) == inspection.id, col(Photo.duration_s).is_(None))
        .where(col(PhotoUse.purpose).not_in((PhotoPurpose.SIGNATURE, PhotoPurpose.VOICE)))
        .order_by(col(PhotoUse.photo_id), col(PhotoUse.declared_taken_at).nulls_first())
    )
    found: dict[UUID, tuple[PhotoUse, Photo | None]] = {
        use.photo_id: (use, photo) for use, photo in await tx.execute(query)
    }
    hashes = [photo.sha256 for _, photo in found.values() if photo is not None]
    seen = await _seen(tx, inspection, hashes)
    return tuple(
        shot_of(use, photo, seen=seen.get(photo.sha256, Seen.NOWHERE) if photo else Seen.NOWHERE)
        for use, photo in found.values()
    )


async def _seen(tx: AsyncSession, inspection: Inspection, hashes: Sequence[str]) -> dict[str, Seen]:
    """Where the very same bytes were used before, by the records that were accepted."""
    if not hashes:
        return {}
    query = (
        sa.select(col(Photo.sha256), col(PhotoUse.enterprise_id))
        .join(Photo, sa.and_(col(Photo.id) == col(PhotoUse.photo_id), takes_hold(Photo)))
        .where(
            col(Photo.sha256).in_(hashes),
            col(PhotoUse.inspection_id).is_distinct_from(inspection.id),
            col(PhotoUse.named_at) < inspection.received_at,
            col(PhotoUse.region).is_not(None),
        )
    )
    async with beyond_sight(tx):
        uses = (await tx.execute(query)).all()
    seen: dict[str, Seen] = {}
    for digest, enterprise_id in uses:
        is_same = enterprise_id == inspection.enterprise_id
        if not is_same or digest not in seen:
            seen[digest] = Seen.SAME_ENTERPRISE if is_same else Seen.OTHER_ENTERPRISE
    return seen


async def _others(tx: AsyncSession, inspection: Inspection, people: Sequence[UUID]) -> tuple[OtherVisit, ...]:
    """The officers' other visits around this one, and any at which the very same fix was sent."""
    if not people:
        return ()
    near = col(Inspection.arrived_at).between(inspection.arrived_at - AROUND, inspection.arrived_at + AROUND)
    same = sa.and_(col(Inspection.lon) == inspection.lon, col(Inspection.lat) == inspection.lat)
    by_them = sa.select(col(InspectionInspector.inspection_id)).where(col(InspectionInspector.user_id).in_(people))
    query = (
        sa.select(Inspection, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(Inspection.enterprise_id))
        .where(
            col(Inspection.id).in_(by_them),
            col(Inspection.id) != inspection.id,
            col(Inspection.state) == InspectionState.ACCEPTED,
            sa.or_(near, same),
        )
    )
    async with beyond_sight(tx):
        visits = (await tx.execute(query)).all()
    return tuple(_other(visited, enterprise) for visited, enterprise in visits)


def _other(visited: Inspection, enterprise: Enterprise) -> OtherVisit:
    register = fix_of(enterprise)
    return OtherVisit(
        arrived_at=visited.arrived_at,
        left_at=visited.left_at,
        register=None if register is None else register.place,
        fix=fix_of(visited),
    )


async def _says_who_came_along(tx: AsyncSession, inspection_id: UUID) -> bool:
    """A report that says `null` says that nobody came along; one that leaves the field out says nothing."""
    raws = await tx.scalars(
        sa.select(col(InspectionVersion.raw)).where(col(InspectionVersion.inspection_id) == inspection_id)
    )
    return any("accompanied_by" in read_object(raw) for raw in raws)


async def _released_at(tx: AsyncSession, inspection: Inspection) -> datetime | None:
    """When its inspectors learnt of the plan; none where the visit was made with the report."""
    visit = None if inspection.visit_id is None else await tx.get(Visit, inspection.visit_id)
    if visit is None or visit.made_at >= inspection.received_at:
        return None
    return visit.release_at

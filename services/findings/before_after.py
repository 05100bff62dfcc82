"""整改前后: a finding's photos from before beside those of each later step, with what the rules say of them.

Where else a picture was used is asked beyond the reader's sight; what is found raises a flag, which names nothing.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.before_after import (
    AfterStep,
    AfterStepRead,
    BeforeAfterRead,
    ComparedPhotoRead,
    FlagTone,
    PhotoFlag,
    PhotoFlagRead,
)
from models.enterprises import Enterprise
from models.findings import Finding, Rectification
from models.inspections import Inspection, InspectionInspector
from models.orders import Order, OrderedFinding
from models.photos import Photo, PhotoUse
from models.users import User
from models.words import PhotoPurpose, Role
from services import limits
from services.access import Actor, Deed, sees_use, takes_hold
from services.findings.queries import get_finding
from services.inspections.fixes import fix_of, shot_of
from services.photos import matching
from services.photos.matching import Known
from services.rules.before_after import Asked, Pictured, Raised, UsedBefore, photo_flags
from services.rules.clocks import Rule, RuleBook, local_date
from services.rules.evidence.facts import Bounds
from services.rules.places import Place
from services.wall import beyond_sight

SCREENS = Path(__file__).resolve().parents[2] / "catalog" / "screen_sizes.csv"
STEPS = {
    PhotoPurpose.FIXED_ON_SITE: AfterStep.FIXED_ON_SITE,
    PhotoPurpose.AFTER: AfterStep.RECTIFICATION,
    PhotoPurpose.REINSPECTION: AfterStep.REINSPECTION,
}
COMPARED = (PhotoPurpose.BEFORE, *STEPS)


@dataclass(frozen=True)
class Named:
    """One photo as one record of the finding names it, and what is known of its bytes where they are here."""

    use: PhotoUse
    photo: Photo | None

    @property
    def step(self) -> tuple[UUID, PhotoPurpose]:
        """Photos of one record and purpose stand together."""
        return self.use.subject_id, self.use.purpose


@dataclass(frozen=True)
class File:
    """All that flags are made from."""

    finding: Finding
    known: Mapping[str, Known]
    uses: Mapping[str, Sequence[PhotoUse]]
    ordered: Sequence[datetime]
    place: Place | None
    book: RuleBook


async def before_after(tx: AsyncSession, actor: Actor, finding_id: UUID) -> BeforeAfterRead:
    """For all who see the finding; flags and officers' names for those who judge photos. Raises NotFound."""
    return (await with_photos(tx, actor, finding_id))[0]


async def with_photos(tx: AsyncSession, actor: Actor, finding_id: UUID) -> tuple[BeforeAfterRead, dict[UUID, Photo]]:
    """The same, and the photos that are here. Raises NotFound."""
    finding = await get_finding(tx, actor, finding_id)
    named = await _named(tx, actor, finding)
    photos = {one.photo.id: one.photo for one in named if one.photo is not None}
    file = await _file(tx, finding, named) if actor.may(Deed.COMPARE_PHOTOS) else None
    before = [one for one in named if one.use.purpose is PhotoPurpose.BEFORE]
    steps: defaultdict[tuple[UUID, PhotoPurpose], list[Named]] = defaultdict(list)
    for one in named:
        if one.use.purpose in STEPS:
            steps[one.step].append(one)
    people = await _people(tx, actor, finding, named)
    enterprise = await tx.get_one(Enterprise, finding.enterprise_id)
    shown = BeforeAfterRead(
        finding_id=finding.id,
        enterprise_name=enterprise.name,
        description=finding.description,
        found_on=finding.found_on,
        found_by=people[finding.inspection_id],
        before=[_photo(one, None) for one in before],
        steps=[await _step(tx, of_one, before, people, file) for of_one in steps.values()],
        waiting=file is not None and any(p.sha256 not in file.known and not p.no_pictures for p in photos.values()),
    )
    return shown, photos


async def _named(tx: AsyncSession, actor: Actor, finding: Finding) -> list[Named]:
    query = (
        sa.select(PhotoUse, Photo)
        .outerjoin(Photo, sa.and_(col(Photo.id) == col(PhotoUse.photo_id), takes_hold(Photo)))
        .where(col(PhotoUse.finding_id) == finding.id, col(PhotoUse.purpose).in_(COMPARED), sees_use(actor))
        .where(col(Photo.duration_s).is_(None))  # a voice note is not looked at
        .order_by(col(PhotoUse.named_at), col(PhotoUse.subject_id), col(PhotoUse.position), col(PhotoUse.photo_id))
    )
    return [Named(use, photo) for use, photo in await tx.execute(query)]


async def _file(tx: AsyncSession, finding: Finding, named: Sequence[Named]) -> File:
    book = await limits.rule_book(tx)
    near = book.limit(Rule.PHOTO_ALIKE_ELSEWHERE, local_date(finding.registered_at)).value
    sha256s = {one.photo.sha256 for one in named if one.photo is not None}
    issued = sa.select(col(Order.issued_at)).join(OrderedFinding, col(OrderedFinding.order_id) == col(Order.id))
    ordered = await tx.scalars(issued.where(col(OrderedFinding.finding_id) == finding.id))
    fix = fix_of(await tx.get_one(Enterprise, finding.enterprise_id))
    async with beyond_sight(tx):
        known = await matching.known(tx, sha256s, within=near)
        every = {*sha256s, *(other for one in known.values() for other in one.like)}
        uses = sa.select(col(Photo.sha256), PhotoUse).join(
            Photo, sa.and_(col(Photo.id) == col(PhotoUse.photo_id), takes_hold(Photo))
        )
        found = await tx.execute(uses.where(col(Photo.sha256).in_(every), col(PhotoUse.region).is_not(None)))
        by_bytes: defaultdict[str, list[PhotoUse]] = defaultdict(list)
        for sha256, use in found:
            by_bytes[sha256].append(use)
    return File(finding, known, by_bytes, sorted(ordered), None if fix is None else fix.place, book)


async def _step(
    tx: AsyncSession,
    named: Sequence[Named],
    before: Sequence[Named],
    people: Mapping[UUID, list[str]],
    file: File | None,
) -> AfterStepRead:
    use = named[0].use
    step, paper = STEPS[use.purpose], await tx.get(Rectification, use.subject_id)
    return AfterStepRead(
        step=step,
        step_label=step.label,
        subject_id=use.subject_id,
        at=use.named_at,
        on_behalf=paper is not None and paper.on_behalf,
        people=people[use.inspection_id or use.subject_id],
        photos=[_photo(one, None if file is None else _flags(file, one, before)) for one in named],
    )


async def _people(
    tx: AsyncSession, actor: Actor, finding: Finding, named: Sequence[Named]
) -> defaultdict[UUID, list[str]]:
    """Who was there, by inspection, or who filed, by paper. An enterprise is not told the office's names."""
    people: defaultdict[UUID, list[str]] = defaultdict(list)
    if actor.role is Role.ENTERPRISE:
        return people
    visits = {finding.inspection_id, *(one.use.inspection_id for one in named if one.use.inspection_id is not None)}
    there = sa.select(col(InspectionInspector.inspection_id), col(User.name)).join(
        User, col(User.id) == col(InspectionInspector.user_id)
    )
    seen = there.join(Inspection, col(Inspection.id) == col(InspectionInspector.inspection_id))
    for visit_id, name in await tx.execute(seen.where(col(Inspection.id).in_(visits)).order_by(col(User.name))):
        people[visit_id].append(name)
    papers = [one.use.subject_id for one in named if one.use.purpose is PhotoPurpose.AFTER]
    filed = sa.select(col(Rectification.id), col(User.name)).join(User, col(User.id) == col(Rectification.filed_by))
    for paper_id, name in await tx.execute(filed.where(col(Rectification.id).in_(papers))):
        people[paper_id].append(name)
    return people


def _photo(one: Named, flags: list[PhotoFlagRead] | None) -> ComparedPhotoRead:
    taken_at = shot_of(one.use, one.photo).taken_at
    return ComparedPhotoRead(id=one.use.photo_id, arrived=one.photo is not None, taken_at=taken_at, flags=flags)


def _flags(file: File, one: Named, before: Sequence[Named]) -> list[PhotoFlagRead]:
    if one.photo is None:
        return []
    here = [other for other in before if other.photo is not None]
    earlier = [at for at in file.ordered if at <= one.use.named_at]
    bounds = Bounds(file.book, local_date(one.use.named_at))
    asked = Asked(bounds, max(earlier, default=None), file.place, _screens())
    if one.use.purpose is PhotoPurpose.FIXED_ON_SITE:
        asked = Asked(bounds, None, file.place, _screens())  # nothing had been ordered yet
    raised = photo_flags(
        _pictured(file, one.use, one.photo),
        [_pictured(file, other.use, other.photo) for other in here if other.photo is not None],
        _used_before(file, one.use, one.photo),
        asked,
    )
    return [_flag(found, here, bounds) for found in raised]


def _pictured(file: File, use: PhotoUse, photo: Photo) -> Pictured:
    known = file.known.get(photo.sha256)
    return Pictured(
        sha256=photo.sha256,
        width=photo.width or 0,
        height=photo.height or 0,
        has_exif=photo.taken_at is not None or photo.device is not None or photo.lon is not None,
        dhash=None if known is None else known.dhash,
        shot=shot_of(use, photo),
    )


def _used_before(file: File, use: PhotoUse, photo: Photo) -> UsedBefore:
    """By records before this one; the finding's own photos from before are looked at one by one instead."""

    def elsewhere(uses: Iterable[PhotoUse]) -> bool:
        return any(u.named_at < use.named_at and u.enterprise_id != file.finding.enterprise_id for u in uses)

    same = file.uses.get(photo.sha256, ())
    known = file.known.get(photo.sha256)
    like = {} if known is None else known.like
    return UsedBefore(
        earlier_here=any(
            earlier.named_at < use.named_at
            and earlier.enterprise_id == file.finding.enterprise_id
            and earlier.subject_id != use.subject_id
            and not (earlier.finding_id == file.finding.id and earlier.purpose is PhotoPurpose.BEFORE)
            for earlier in same
        ),
        same_file_elsewhere=elsewhere(same),
        nearest_elsewhere=min(
            (bits for sha256, bits in like.items() if elsewhere(file.uses.get(sha256, ()))), default=None
        ),
    )


def _flag(found: Raised, before: Sequence[Named], bounds: Bounds) -> PhotoFlagRead:
    flag, tone = PhotoFlag(found.flag.value), FlagTone(found.flag.tone.value)
    return PhotoFlagRead(
        flag=flag,
        label=flag.label,
        tone=tone,
        tone_label=tone.label,
        explained=flag.explained,
        measured=None if found.measured is None else round(found.measured, 1),
        bound=None if found.rule is None else limits.bound_shown(bounds.book.limit(found.rule, bounds.day)),
        before_photo_id=None if found.before is None else before[found.before].use.photo_id,
    )


@cache
def _screens() -> frozenset[tuple[int, int]]:
    """Sizes of screens, the shorter side first."""
    with SCREENS.open(encoding="utf-8", newline="") as lines:
        return frozenset((int(line["width"]), int(line["height"])) for line in csv.DictReader(lines))

"""Which photos a report names, and for what."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.inspections import Inspection
from models.photos import PhotoUse
from models.reports import FindingAmended, FindingReported, PhotoDeclared, ReinspectionReported
from models.words import PhotoPurpose
from services.access import Actor
from services.photos.naming import PhotoNamed, name_photos, not_named_yet, purpose_of, told_of

Declared = dict[UUID, PhotoDeclared]


class Album:
    """The photos of one report, named all at once; what no finding and no verdict names is the inspection's own."""

    def __init__(self, inspection: Inspection, said: Sequence[PhotoDeclared]) -> None:
        self._inspection = inspection
        self._declared: Declared = {photo.id: photo for photo in said}
        self._named: list[PhotoNamed] = []

    def of_finding(self, finding: FindingReported | FindingAmended) -> None:
        """Before, and where it was fixed on site, after."""
        ids = dict.fromkeys(finding.photo_ids, PhotoPurpose.BEFORE)
        if isinstance(finding, FindingReported) and finding.fixed_on_site is not None:
            ids |= {i: PhotoPurpose.FIXED_ON_SITE for i in finding.fixed_on_site.photo_ids if i not in ids}
        self._take(ids, "finding", finding.id, finding.id)

    def of_verdict(self, verdict: ReinspectionReported) -> None:
        """A re-inspection's own, apart from those that the finding was registered with."""
        ids = dict.fromkeys(verdict.photo_ids, PhotoPurpose.REINSPECTION)
        self._take(ids, "reinspection", uuid5(self._inspection.id, str(verdict.finding_id)), verdict.finding_id)

    def of_inspection(self, also: Iterable[UUID] = ()) -> None:
        """All that is declared and not named yet; `also` for a held report, whose findings do not exist."""
        named = {photo.id for photo in self._named}
        ids = {i: PhotoPurpose.SCENE for i in [*self._declared, *also] if i not in named}
        self._take(ids, "inspection", self._inspection.id, None)

    async def drop_known(self, tx: AsyncSession) -> None:
        """What the inspection's earlier versions named stays as they named it."""
        self._named = await not_named_yet(tx, self._named)

    def told(self, actor: Actor, *, at: datetime) -> list[str]:
        """For the event of the same moment: what `name` writes down."""
        return told_of(actor, self._named, inspection_id=self._inspection.id, at=at)

    async def name(self, tx: AsyncSession, actor: Actor, *, at: datetime) -> None:
        """Write them down."""
        await name_photos(
            tx,
            actor,
            self._named,
            inspection_id=self._inspection.id,
            enterprise_id=self._inspection.enterprise_id,
            region=self._inspection.region,
            at=at,
        )

    def _take(self, ids: dict[UUID, PhotoPurpose], subject: str, subject_id: UUID, finding_id: UUID | None) -> None:
        for position, (photo_id, purpose) in enumerate(ids.items()):
            said = self._declared.get(photo_id)
            named_for = purpose_of(said, purpose)
            self._named.append(PhotoNamed(photo_id, subject, subject_id, named_for, position, finding_id, said))


async def hide(tx: AsyncSession, inspection: Inspection) -> None:
    """What a held report names is its author's and the office's: no region and no enterprise give others sight."""
    await _place(tx, inspection, enterprise_id=None, region=None)


async def unhide(tx: AsyncSession, inspection: Inspection) -> None:
    """Released: sight of the photos is sight of the inspection."""
    await _place(tx, inspection, enterprise_id=inspection.enterprise_id, region=inspection.region)


async def _place(tx: AsyncSession, inspection: Inspection, *, enterprise_id: UUID | None, region: str | None) -> None:
    uses = sa.update(PhotoUse).where(col(PhotoUse.inspection_id) == inspection.id)
    await tx.execute(uses.values(enterprise_id=enterprise_id, region=region))

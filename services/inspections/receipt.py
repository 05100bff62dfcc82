"""What a phone may rely on: which bytes of its report and its photos are on this server's disk, signed.

The receipt carries the log's newest head and the hashes of the report's own events: whoever keeps it can later prove
what was written then, whatever becomes of the database.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.events import Event
from models.findings import Finding
from models.inspections import InspectionVersion, ReceiptEventRead, ReceiptPhotoRead, ReceiptRead
from models.log import CheckpointRead, ConsistencyRead
from models.photos import Photo, PhotoUse
from models.words import EventKind, ReceiptStage
from services.access import Actor, Deed, sees_photo
from services.inspections.queries import get
from services.keys import Ring
from services.log import reading
from services.photos.naming import is_missing
from services.signatures import OFFICE, RECEIPT, Signer

OF_THE_REPORT = tuple(
    kind.value for kind in (EventKind.FINDING_REGISTERED, EventKind.FINDING_FIXED_ON_SITE, EventKind.FINDING_AMENDED)
)
"""What a finding lives through later is not the report's."""


async def receipt(
    tx: AsyncSession, actor: Actor, inspection_id: UUID, *, ring: Ring, known: int | None, at: datetime
) -> ReceiptRead:
    """`known` is the size of a checkpoint that the phone holds: it gets the proof that nothing before was rewritten.

    Raises NotFound, NotAllowed.
    """
    inspection = await get(tx, actor, inspection_id)
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL, Deed.RESOLVE_HELD)
    newest = sa.select(InspectionVersion).where(col(InspectionVersion.inspection_id) == inspection.id)
    sent = (await tx.scalars(newest.order_by(col(InspectionVersion.version).desc()).limit(1))).one()
    photos = await _photos(tx, actor, inspection.id)
    head = await reading.newest_checkpoint(tx)
    signer = Signer(OFFICE, ring)
    made = ReceiptRead(
        inspection_id=inspection.id,
        version=inspection.version,
        state=inspection.state,
        state_label=inspection.state.label,
        stage=ReceiptStage.STORED,
        stage_label=ReceiptStage.STORED.label,
        report_sha256=sent.sha256.hex(),
        received_at=sent.received_at,
        server_time=at,
        kept_at=None,
        photos=photos,
        missing_photos=[photo.id for photo in photos if not photo.stored],
        events=await _events(tx, inspection.id, [photo.id for photo in photos if photo.stored], head),
        checkpoint=head,
        consistency=await _consistency(tx, known, head),
        signed_by=signer.current.public.hex(),
        signature="",
    )
    content = made.model_dump(mode="json", exclude={"signature"})
    return made.model_copy(update={"signature": signer.seal(RECEIPT, content)})


async def _events(
    tx: AsyncSession, inspection_id: UUID, photo_ids: list[UUID], head: CheckpointRead | None
) -> list[ReceiptEventRead]:
    findings = sa.select(col(Finding.id)).where(col(Finding.inspection_id) == inspection_id)
    finding_ids = (await tx.scalars(findings)).all()
    registered = sa.and_(col(Event.subject_id).in_(finding_ids), col(Event.kind).in_(OF_THE_REPORT))
    own = sa.or_(col(Event.subject_id).in_([inspection_id, *photo_ids]), registered)
    rows = (await tx.scalars(sa.select(Event).where(own).order_by(col(Event.at), col(Event.id)))).all()
    size = head.size if head else 0
    places = await reading.paths(tx, [event.id for event in rows], size)
    return [
        ReceiptEventRead(id=event.id, kind=event.kind, at=event.at, hash=event.hash.hex(), position=position, path=path)
        for event, (position, path) in zip(rows, places, strict=True)
    ]


async def _consistency(tx: AsyncSession, known: int | None, head: CheckpointRead | None) -> ConsistencyRead | None:
    """None where the phone knows no checkpoint, or one of a larger tree: that it gets no proof is the alarm."""
    if known is None or head is None or known > head.size:
        return None
    return await reading.between(tx, known, head.size)


async def _photos(tx: AsyncSession, actor: Actor, inspection_id: UUID) -> list[ReceiptPhotoRead]:
    # Naming a photo of another's shows nothing of it, not even its hash: the phone that named it keeps its own.
    seen = aliased(Photo, sa.select(Photo).where(sees_photo(actor)).subquery())
    query = (
        sa.select(PhotoUse, seen, is_missing())
        .outerjoin(seen, col(seen.id) == col(PhotoUse.photo_id))
        .where(col(PhotoUse.inspection_id) == inspection_id)
        .order_by(col(PhotoUse.photo_id), col(PhotoUse.declared_sha256).nulls_last())
    )
    entries: dict[UUID, ReceiptPhotoRead] = {}
    for use, photo, missing in (await tx.execute(query)).all():
        known = entries.get(use.photo_id)
        entries[use.photo_id] = ReceiptPhotoRead(
            id=use.photo_id,
            declared_sha256=known.declared_sha256 if known else use.declared_sha256,
            sha256=photo.sha256 if photo else None,
            bytes=photo.bytes if photo else None,
            stored_at=photo.stored_at if photo else None,
            stored=not missing and (known is None or known.stored),
        )
    return list(entries.values())

"""What a phone may rely on: which bytes of its report and its photos are on this server's disk."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.inspections import InspectionVersion, ReceiptPhotoRead, ReceiptRead
from models.photos import Photo, PhotoUse
from models.words import ReceiptStage
from services.access import Actor, Deed
from services.inspections.queries import get
from services.photos.naming import is_missing


async def receipt(tx: AsyncSession, actor: Actor, inspection_id: UUID, *, at: datetime) -> ReceiptRead:
    """Raises NotFound, NotAllowed."""
    inspection = await get(tx, actor, inspection_id)
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL, Deed.RESOLVE_HELD)
    newest = sa.select(InspectionVersion).where(col(InspectionVersion.inspection_id) == inspection.id)
    sent = (await tx.scalars(newest.order_by(col(InspectionVersion.version).desc()).limit(1))).one()
    photos = await _photos(tx, inspection.id)
    return ReceiptRead(
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
    )


async def _photos(tx: AsyncSession, inspection_id: UUID) -> list[ReceiptPhotoRead]:
    query = (
        sa.select(PhotoUse, Photo, is_missing())
        .outerjoin(Photo, col(Photo.id) == col(PhotoUse.photo_id))
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

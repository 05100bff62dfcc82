"""What was sent is kept byte for byte, with the event that tells of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.inspections import Inspection, InspectionVersion
from models.words import EventKind
from services import events
from services.access import Actor
from services.inspections.cases import Case
from services.inspections.pictures import Album


def version_row(inspection: Inspection, raw: bytes, sender: Actor, sha256: bytes, at: datetime) -> InspectionVersion:
    """The newest version, exactly as it was sent."""
    return InspectionVersion(
        inspection_id=inspection.id,
        version=inspection.version,
        raw=raw,
        sha256=sha256,
        sent_by=sender.id,
        received_at=at,
    )


def keep(tx: AsyncSession, case: Case, inspection: Inspection, kind: EventKind, album: Album) -> None:
    """The report's raw bytes, and the event, which tells of the photos that the report names."""
    sha256 = case.sent.raw_sha256
    tx.add(version_row(inspection, case.sent.raw, case.author, sha256, case.received_at))
    told = {"report_sha256": sha256.hex(), "photo_uses": album.told(case.author, at=case.at)}
    events.record(tx, case.author, kind, inspection, at=case.at, beside=told)

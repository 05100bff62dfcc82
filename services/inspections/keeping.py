"""What was sent is kept byte for byte, with the event that tells of it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.inspections import Inspection, InspectionInspector, InspectionVersion
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


def officers_told(officers: Iterable[InspectionInspector]) -> list[str]:
    """Who inspected, and the card that each had on that day: no later event could tell what it was then."""
    return sorted(
        f"{row.user_id} {row.card_number or '-'} {'valid' if row.card_valid else 'not valid'}" for row in officers
    )


def keep(
    tx: AsyncSession,
    case: Case,
    inspection: Inspection,
    kind: EventKind,
    album: Album,
    officers: Iterable[InspectionInspector] | None = None,
) -> None:
    """The report's raw bytes, and the event, which tells of the photos that the report names, and of its officers.

    Those of a held report are written down, and told of, when it is released.
    """
    sha256 = case.sent.raw_sha256
    tx.add(version_row(inspection, case.sent.raw, case.author, sha256, case.received_at))
    told: dict[str, object] = {"report_sha256": sha256.hex(), "photo_uses": album.told(case.author, at=case.at)}
    if officers is not None:
        told["officers"] = officers_told(officers)
    events.record(tx, case.author, kind, inspection, at=case.at, beside=told)

"""What a dossier holds: records and events in the reader's sight, originals, papers, proofs, and a signed manifest."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.events import Event, EventRead
from models.findings import Finding
from models.inspections import Inspection, InspectionVersion
from models.log import CheckpointRead
from models.orders import Order, OrderDocument, OrderedFinding
from models.photos import Photo, PhotoUse
from models.words import Role
from services import inspections, orders
from services.access import Actor, Deed, get_for, sees, sees_photo
from services.dossiers.page import page
from services.dossiers.zipping import Dossier, Original
from services.findings import reading as findings
from services.findings import timeline
from services.keys import Ring
from services.log import reading as log
from services.log.errors import NotInLogYet
from services.log.signers import keys_of
from services.photos.kinds import ending
from services.readings import tell
from services.rules.clocks import local_date
from services.signatures import DOSSIER, OFFICE, Signer

FORM = "zhicha dossier 1"
TOLD_OF_A_PHOTO = {"id", "sha256", "bytes", "media_type", "duration_s", "taken_at", "stored_at"}


@dataclass
class Gathered:
    """The rows of one dossier, as the reader sees them."""

    subject: str
    id: UUID
    inspections: list[Inspection] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many rows and photos that is."""
        return sum(len(rows) for rows in (self.inspections, self.findings, self.orders, self.photos))


async def of_inspection(tx: AsyncSession, actor: Actor, ring: Ring, inspection_id: UUID) -> Dossier:
    """An inspection with all its findings. Raises NotFound, NotInLogYet."""
    inspection = await get_for(tx, actor, Inspection, inspection_id)
    mine = sa.select(Finding).where(col(Finding.inspection_id) == inspection.id, sees(actor, Finding))
    rows = (await tx.scalars(mine.order_by(col(Finding.position), col(Finding.id)))).all()
    named = sa.or_(col(PhotoUse.inspection_id) == inspection.id, col(PhotoUse.finding_id).in_([row.id for row in rows]))
    gathered = Gathered("inspection", inspection.id, [inspection], list(rows))
    return await _made(tx, actor, ring, gathered, named)


async def of_finding(tx: AsyncSession, actor: Actor, ring: Ring, finding_id: UUID) -> Dossier:
    """A finding with the inspection that found it, where the reader sees that too. Raises NotFound, NotInLogYet."""
    finding = await get_for(tx, actor, Finding, finding_id)
    seen = sa.select(Inspection).where(col(Inspection.id) == finding.inspection_id, sees(actor, Inspection))
    found = (await tx.scalars(seen)).all()
    gathered = Gathered("finding", finding.id, list(found), [finding])
    return await _made(tx, actor, ring, gathered, col(PhotoUse.finding_id) == finding.id)


async def _made(
    tx: AsyncSession, actor: Actor, ring: Ring, gathered: Gathered, named: sa.ColumnElement[bool]
) -> Dossier:
    head = await log.checkpoint(tx)
    ids = [finding.id for finding in gathered.findings]
    printed = sa.select(col(OrderedFinding.order_id)).where(col(OrderedFinding.finding_id).in_(ids))
    issued = sa.select(Order).where(col(Order.id).in_(printed), sees(actor, Order))
    gathered.orders = list((await tx.scalars(issued.order_by(col(Order.issued_at), col(Order.id)))).all())
    of_these = sa.exists().where(col(PhotoUse.photo_id) == col(Photo.id), named)
    pictures = sa.select(Photo).where(of_these, sees_photo(actor)).order_by(col(Photo.id))
    gathered.photos = list((await tx.scalars(pictures)).all())
    tell(tx, gathered.records)
    records = await _records(tx, actor, gathered, head)
    papers = await _papers(tx, gathered.orders)  # before their events: a paper of this very moment is not untold
    events = await _events(tx, actor, gathered, head)
    originals = tuple(_original(photo) for photo in gathered.photos)
    keys = "".join(f"{key}\n" for key in await keys_of(tx, ring))
    parts = {
        "checkpoint.txt": head.note.encode(),
        "events.json": (_rows(events) + "\n").encode(),
        "index.html": page(gathered.subject, records, events, head, originals),
        "keys.txt": keys.encode(),
        "records.json": _json(records),
        **papers,
        **await _reports(tx, actor, gathered.inspections),
    }
    manifest = _manifest(ring, gathered, head, parts, originals)
    name = f"{gathered.subject}-{gathered.id}.zip"
    return Dossier(name, (("manifest.json", manifest), *sorted(parts.items())), originals)


async def _records(tx: AsyncSession, actor: Actor, gathered: Gathered, head: CheckpointRead) -> dict[str, Any]:
    """As the API shows them. What depends on the day is told for the day of the signed head."""
    today = local_date(head.at)
    shown: dict[str, Iterable[BaseModel]] = {
        "inspections": [await inspections.shown(tx, actor, row) for row in gathered.inspections],
        "findings": await findings.shown_all(tx, gathered.findings, today=today),
        "orders": [await orders.shown(tx, row) for row in gathered.orders],
    }
    records: dict[str, Any] = {name: [row.model_dump(mode="json") for row in rows] for name, rows in shown.items()}
    records["photos"] = [photo.model_dump(mode="json", include=TOLD_OF_A_PHOTO) for photo in gathered.photos]
    return records


async def _events(tx: AsyncSession, actor: Actor, gathered: Gathered, head: CheckpointRead) -> list[dict[str, Any]]:
    """Every event of these records with its proof, and what it says, as far as the reader may know."""
    rows: list[Any] = [*gathered.inspections, *gathered.findings, *gathered.orders, *gathered.photos]
    query = sa.select(Event).where(col(Event.subject_id).in_([row.id for row in rows]))
    events = list((await tx.scalars(query.order_by(col(Event.at), col(Event.id)))).all())
    shown = await timeline.shown(tx, actor, events)
    proofs = await log.paths(tx, [event.id for event in events], head.size)
    told = []
    for event, read, (position, path) in zip(events, shown, proofs, strict=True):
        if position is None:
            raise NotInLogYet
        is_whole = _may_read_whole(actor, event)
        told.append(
            {
                **_told_to(actor, event, read),
                "subject": event.subject,
                "subject_id": str(event.subject_id),
                "position": position,
                "path": path,
                "body": event.body if is_whole else None,
                "nonce": event.nonce.hex() if is_whole else None,
            }
        )
    return told


OF_A_TIMELINE = {str(Finding.__tablename__), str(Order.__tablename__)}
"""Subjects whose changes an enterprise reads in getFindingTimeline; of an inspection's it is told the fact alone."""


def _told_to(actor: Actor, event: Event, read: EventRead) -> dict[str, Any]:
    told = read.model_dump(mode="json")
    told["changes"] = [change for change in told["changes"] if change["field"] != "held_region"]
    if actor.role is Role.ENTERPRISE and event.subject not in OF_A_TIMELINE:
        told |= {"changes": [], "note": None}
    return told


def _may_read_whole(actor: Actor, event: Event) -> bool:
    """An enterprise is not told who of the office acted; a held report's region is the office's alone to know."""
    if actor.role is Role.ENTERPRISE:
        return False
    body = json.loads(event.body)
    held = (body["before"] or {}).get("held_region"), body["after"].get("held_region")
    return held == (None, None) or actor.may(Deed.RESOLVE_HELD)


async def _papers(tx: AsyncSession, issued: Sequence[Order]) -> dict[str, bytes]:
    """The papers that were made; one that was not yet is no part of the past."""
    query = sa.select(OrderDocument).where(col(OrderDocument.order_id).in_([order.id for order in issued]))
    return {f"papers/{paper.order_id}.pdf": paper.pdf for paper in (await tx.scalars(query)).all()}


async def _reports(tx: AsyncSession, actor: Actor, seen: Sequence[Inspection]) -> dict[str, bytes]:
    """The reports exactly as they were sent, for whom may read them (getInspection with `version`)."""
    if not any(actor.may(deed) for deed in (Deed.REPORT_INSPECTION, Deed.PATROL, Deed.RESOLVE_HELD)):
        return {}
    query = sa.select(InspectionVersion).where(col(InspectionVersion.inspection_id).in_([row.id for row in seen]))
    versions = (await tx.scalars(query)).all()
    return {f"reports/{row.inspection_id}-{row.version}.json": row.raw for row in versions}


def _original(photo: Photo) -> Original:
    path = f"photos/{photo.id}.{ending(photo.media_type)}"
    return Original(path, photo.sha256, photo.bytes, photo.duration_s)


def _manifest(
    ring: Ring, gathered: Gathered, head: CheckpointRead, parts: dict[str, bytes], originals: Sequence[Original]
) -> bytes:
    """Every file with its hash, signed: what is in the dossier is what the office put there."""
    files = [
        {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for path, content in sorted(parts.items())
    ]
    files += [{"path": one.path, "bytes": one.bytes, "sha256": one.sha256} for one in originals]
    signer = Signer(OFFICE, ring)
    content: dict[str, Any] = {
        "form": FORM,
        "subject": {"table": gathered.subject, "id": str(gathered.id)},
        "checkpoint": head.model_dump(mode="json"),
        "files": files,
        "signed_by": signer.current.public.hex(),
    }
    return _json({**content, "signature": signer.seal(DOSSIER, content)})


def _json(members: Mapping[str, object]) -> bytes:
    """Readable, and of one order: a member a line, and of a list a row a line. Indented, the proofs alone would be
    thousands of lines, and Python's slow encoder would write them.
    """
    told = ",\n".join(f"{_plain(name)}: {_rows(value)}" for name, value in sorted(members.items()))
    return f"{{\n{told}\n}}\n".encode()


def _rows(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _plain(value)
    return "[\n" + ",\n".join(map(_plain, value)) + "\n]"


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)

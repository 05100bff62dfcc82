"""The field pack 离线包: what changed is found by comparing records, not times (decision 0017).

Each answer leaves a manifest: which records the phone holds now, and the hash of each. The next call works out the
pack anew as its caller sees it this moment and tells the difference, so what was committed late, moved out of
sight or taken away by another trade needs no mark of its own anywhere.
"""

import json
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.field_pack import FieldPack, FieldPackRead, GoneRead, PackSection
from models.shapes import Read
from services import field_records
from services.access import Actor, Deed
from services.chance import chance
from services.readings import tell
from services.rules.clocks import local_date

KEPT_EACH_SESSION = 4
FORGOTTEN_AFTER = timedelta(days=60)
HASH_HEX = 16
COUNTED = (PackSection.ENTERPRISES, PackSection.FINDINGS)
"""What is the office's own to know; the rest is the catalogue, and names of places."""

Manifest = Mapping[str, Mapping[str, str]]
Records = dict[PackSection, dict[str, Read]]


@dataclass(frozen=True)
class Given:
    """What a phone holds by an earlier answer."""

    id: UUID
    manifest: Manifest


async def read(tx: AsyncSession, actor: Actor, *, cursor: str | None, at: datetime) -> FieldPackRead:
    """The whole pack, or what changed since `cursor`; one that is not known (any more) is answered with all.

    Raises NotAllowed.
    """
    actor.require(Deed.READ)
    given = await _given(tx, actor, cursor)
    records: Records = {section: {} for section in PackSection}
    async for section, key, record in _all(tx, actor, at):
        records[section][key] = record
    manifest = {section.value: {key: _hash(record) for key, record in of.items()} for section, of in records.items()}
    if given is not None and given.manifest == manifest:
        return _told(tx, given.id, records, given.manifest, manifest, complete=False, at=at)
    pack_id = chance(tx).new_id()
    packed = zlib.compress(json.dumps(manifest, separators=(",", ":")).encode())
    tx.add(FieldPack(id=pack_id, user_id=actor.id, session_id=actor.session_id, made_at=at, manifest=packed))
    await tx.flush()
    await _forget(tx, actor, {pack_id} if given is None else {pack_id, given.id}, at)
    was = {} if given is None else given.manifest
    return _told(tx, pack_id, records, was, manifest, complete=given is None, at=at)


def _told(
    tx: AsyncSession, cursor: UUID, records: Records, was: Manifest, now: Manifest, *, complete: bool, at: datetime
) -> FieldPackRead:
    changed = {
        section.value: [
            record for key, record in of.items() if was.get(section.value, {}).get(key) != now[section.value][key]
        ]
        for section, of in records.items()
    }
    gone = [
        GoneRead(section=section, key=key)
        for section in PackSection
        for key in sorted(was.get(section.value, {}).keys() - now[section.value].keys())
    ]
    tell(tx, sum(len(changed[section.value]) for section in COUNTED))
    told = {"cursor": cursor, "complete": complete, "made_at": at, "gone": gone}
    return FieldPackRead.model_validate({**told, **changed})


async def _all(tx: AsyncSession, actor: Actor, at: datetime) -> AsyncIterator[tuple[PackSection, str, Read]]:
    today = local_date(at)
    async for enterprise in field_records.enterprises_of(tx, actor):
        yield PackSection.ENTERPRISES, str(enterprise.id), enterprise
    for finding in await field_records.findings_of(tx, actor):
        yield PackSection.FINDINGS, str(finding.id), finding
    for gate_code in await field_records.gate_codes_of(tx, actor):
        yield PackSection.GATE_CODES, str(gate_code.id), gate_code
    for checklist in await field_records.checklists_of(tx, today):
        yield PackSection.CHECKLISTS, checklist.code, checklist
    for industry in await field_records.industries_of(tx):
        yield PackSection.INDUSTRIES, industry.code, industry
    for region in await field_records.regions_of(tx, actor):
        yield PackSection.REGIONS, region.code, region
    for limit in await field_records.limits_of(tx):
        yield PackSection.LIMITS, limit.key, limit
    for calendar in await field_records.calendars_of(tx):
        yield PackSection.CALENDARS, str(calendar.year), calendar
    for labels in field_records.LABELS:
        yield PackSection.LABELS, labels.name, labels


async def _given(tx: AsyncSession, actor: Actor, cursor: str | None) -> Given | None:
    try:
        pack_id = UUID(cursor or "")
    except ValueError:
        return None
    own = sa.and_(col(FieldPack.id) == pack_id, col(FieldPack.user_id) == actor.id)
    packed = await tx.scalar(sa.select(col(FieldPack.manifest)).where(own))
    return None if packed is None else Given(pack_id, json.loads(zlib.decompress(packed)))


async def _forget(tx: AsyncSession, actor: Actor, keep: set[UUID], at: datetime) -> None:
    """The last few of this session stay, for an answer may get lost on its way; others for as long as a leave lasts."""
    mine = col(FieldPack.user_id) == actor.id
    session = col(FieldPack.session_id).is_not_distinct_from(actor.session_id)
    newest = sa.select(col(FieldPack.id)).where(mine, session).order_by(col(FieldPack.made_at).desc())
    old = sa.or_(
        sa.and_(session, col(FieldPack.id).not_in(newest.limit(KEPT_EACH_SESSION))),
        col(FieldPack.made_at) < at - FORGOTTEN_AFTER,
    )
    await tx.execute(sa.delete(FieldPack).where(mine, old, col(FieldPack.id).not_in(keep)))


def _hash(record: Read) -> str:
    return sha256(record.model_dump_json().encode()).hexdigest()[:HASH_HEX]

"""Codes at gates 扫码入企: an upper system's is read first, ours second; both open an enterprise for who sees it.

What hangs at a gate is public by its place, so a code is no password: it opens the public's few words without signing
in, and the brief to whoever may read that anyway. It has random bits enough that nobody finds the others by trying, and
it is replaced once it was taken down (decision 0020).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.briefs import EnterpriseBriefRead
from models.enterprises import Enterprise
from models.gate_codes import (
    OURS,
    GateCode,
    GateCodeIssue,
    GateCodeRead,
    GateCodeWithdrawal,
    ScannedCode,
    UpperCodeWrite,
)
from models.organs import Organ
from models.words import EnterpriseStatus, EventKind
from services import acts, events
from services.access import Actor, Deed, get_for, sees, sees_gate_code
from services.auth import throttle
from services.auth.signing_in import Door
from services.auth.throttle import Charge
from services.chance import chance
from services.enterprises import expect_unmerged, kept_ids
from services.enterprises.brief import brief
from services.errors import Conflict, IdTaken, InputError, InvalidInput, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.gate_codes import WORDS, Scan, fingerprint, scanned
from services.rules.guesses import AT_THE_GATE
from services.rules.spelt_codes import BYTES, spelt
from services.wall import beyond_sight

NEWEST_FIRST = Order((col(GateCode.issued_at), col(GateCode.id)), descending=True)
IN_FORCE = col(GateCode.ended_at).is_(None)


@dataclass(eq=False)
class UpperCodeTaken(Conflict):
    """This code stands for another enterprise, which you need not see; scan it again, or withdraw it there first."""

    code: ClassVar[str] = "upper_code_taken"
    title: ClassVar[str] = "该码已登记在另一家企业名下"


@dataclass(eq=False)
class GateCodeEnded(Conflict):
    """The code was replaced or withdrawn before."""

    code: ClassVar[str] = "gate_code_ended"
    title: ClassVar[str] = "该码已停用"


@dataclass(eq=False)
class NoGateCode(Conflict):
    """The enterprise has no code of this office in force: issue one, or print a sheet, which does it too."""

    code: ClassVar[str] = "no_gate_code"
    title: ClassVar[str] = "该企业还没有本办公室的门口码"


@dataclass(frozen=True)
class PublicWords:
    """What anybody may know of an enterprise; `organ` is the nearest one above it, if the office named any."""

    enterprise: str
    organ: str | None


async def issue(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: GateCodeIssue, *, at: datetime
) -> tuple[GateCode, bool]:
    """A code of ours, the first or a new one; the old one is then unknown.

    Raises NotFound, NotAllowed, InvalidInput, EnterpriseMerged, and what acts.begin raises.
    """
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id, lock=True)
    actor.require(Deed.KEEP_GATE_CODES)
    begun = await acts.begin(tx, actor, "issueGateCode", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        return await _known(tx, actor, begun.id), False
    expect_unmerged(enterprise)
    former = await _of_system(tx, enterprise.id, OURS)
    if former is not None and body.reason is None:
        raise InvalidInput.at("/reason", "reason_missing", "a code is in force: say why it is replaced")
    if former is not None:
        await _end(tx, actor, former, body.reason, at)
    row = _ours(tx, actor, enterprise.id, begun.id, at)
    await tx.flush()
    return row, True


async def set_upper(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: UpperCodeWrite, *, at: datetime
) -> tuple[GateCode, bool]:
    """An upper system's code for this enterprise, in the place of the one that it gave before.

    Raises NotFound, NotAllowed, InvalidInput, EnterpriseMerged, UpperCodeTaken, and what acts.begin raises.
    """
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id, lock=True)
    actor.require(Deed.KEEP_GATE_CODES, Deed.IMPORT_ENTERPRISES)
    scan = scanned(body.code)
    _check_upper(body, scan)
    begun = await acts.begin(tx, actor, "setUpperCode", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        return await _known(tx, actor, begun.id), False
    expect_unmerged(enterprise)
    former = await _of_system(tx, enterprise.id, body.system)
    if former is not None:
        await _end(tx, actor, former, None, at)
    if await _is_ours(tx, scan):
        raise UpperCodeTaken
    row = GateCode(
        id=begun.id,
        enterprise_id=enterprise.id,
        system=body.system,
        qr_text=scan.whole,
        qr_sha256=fingerprint(scan.whole),
        issued_by=actor.id,
        issued_at=at,
    )
    tx.add(row)
    events.record(tx, actor, EventKind.GATE_CODE_SET, row, at=at)
    try:
        await tx.flush()
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) == "uq_gate_code_system":
            raise UpperCodeTaken from None
        raise
    return row, True


async def withdraw(
    tx: AsyncSession, actor: Actor, gate_code_id: UUID, body: GateCodeWithdrawal, *, at: datetime
) -> tuple[GateCode, bool]:
    """The code opens nothing any more. Raises NotFound, NotAllowed, GateCodeEnded, and what acts.begin raises."""
    query = sa.select(GateCode).where(col(GateCode.id) == gate_code_id, sees_gate_code(actor))
    row = await tx.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    actor.require(Deed.KEEP_GATE_CODES)
    begun = await acts.begin(tx, actor, "withdrawGateCode", body, at=at, subject_id=row.id)
    if not begun.is_new:
        return row, False
    if row.ended_at is not None:
        raise GateCodeEnded
    await _end(tx, actor, row, body.reason, at)
    return row, True


async def list_gate_codes(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, *, after: Key | None, limit: int
) -> Slice[GateCode]:
    """The enterprise's, former ones too, the latest first. Raises NotFound, NotAllowed."""
    await get_for(tx, actor, Enterprise, enterprise_id)
    actor.require(Deed.KEEP_GATE_CODES)
    query = sa.select(GateCode).where(col(GateCode.enterprise_id) == enterprise_id)
    return await slice_of(tx, query, NEWEST_FIRST, lambda row: (row.issued_at, row.id), after=after, limit=limit)


async def own_code(tx: AsyncSession, actor: Actor, enterprise_id: UUID) -> str:
    """The code of ours that is in force, to make a picture of. Raises NotFound, NotAllowed, NoGateCode."""
    await get_for(tx, actor, Enterprise, enterprise_id)
    actor.require(Deed.KEEP_GATE_CODES)
    row = await _of_system(tx, enterprise_id, OURS)
    if row is None:
        raise NoGateCode
    return row.qr_text


async def codes_to_print(
    tx: AsyncSession, actor: Actor, enterprise_ids: Sequence[UUID], *, at: datetime
) -> list[tuple[Enterprise, GateCode]]:
    """Each enterprise once, in the order asked, with its code of ours; who has none gets one.

    Raises NotAllowed, InvalidInput, EnterpriseMerged.
    """
    actor.require(Deed.KEEP_GATE_CODES)
    asked = list(dict.fromkeys(enterprise_ids))
    seen = sa.select(Enterprise).where(col(Enterprise.id).in_(asked), sees(actor, Enterprise))
    enterprises = {row.id: row for row in await tx.scalars(seen)}
    unknown = [place for place, asked_id in enumerate(enterprise_ids) if asked_id not in enterprises]
    if unknown:
        pointers = [f"/enterprise_ids/{place}" for place in unknown]
        raise InvalidInput([InputError(pointer, "enterprise_unknown", "no such enterprise") for pointer in pointers])
    for enterprise in enterprises.values():
        expect_unmerged(enterprise)
    codes = await _own_codes(tx, asked)
    missing = sorted(enterprises.keys() - codes.keys())
    if missing:
        bare = sa.select(col(Enterprise.id)).where(col(Enterprise.id).in_(missing)).order_by(col(Enterprise.id))
        await tx.execute(bare.with_for_update(key_share=True))
        codes |= await _own_codes(tx, missing)  # what somebody else printed meanwhile
        codes |= {one: _ours(tx, actor, one, chance(tx).new_id(), at) for one in missing if one not in codes}
        await tx.flush()
    return [(enterprises[one], codes[one]) for one in asked]


async def open_by_code(tx: AsyncSession, actor: Actor, body: ScannedCode, *, at: datetime) -> EnterpriseBriefRead:
    """The brief of the enterprise that a code stands for. Raises NotFound, also for what is out of sight."""
    scan = scanned(body.code)
    known: list[ColumnElement[bool]] = [col(GateCode.qr_sha256).in_(scan.fingerprints)]
    if scan.short is not None:
        known.append(col(GateCode.short) == scan.short)
    query = sa.select(GateCode).where(sa.or_(*known), IN_FORCE, sees_gate_code(actor))
    rows = (await tx.scalars(query.order_by(col(GateCode.issued_at).desc()))).all()
    upper, ours = [row for row in rows if row.system != OURS], [row for row in rows if row.system == OURS]
    # Of two enterprises whose short numbers chance made the same, neither is meant.
    meant = upper[:1] or (ours if len(ours) == 1 else [])
    if not meant:
        raise NotFound
    stood_for = meant[0].enterprise_id
    now = (await kept_ids(tx, [stood_for])).get(stood_for, stood_for)  # an old label leads to what it was merged into
    return await brief(tx, actor, now, body.kind, at=at)


async def public_words(door: Door, key: bytes, text: str, network: str, *, at: datetime) -> PublicWords | None:
    """What the public may know of whom a code of ours stands for, or None: replaced or never made are one answer.

    A code that opens nothing is counted against its network, and once those are many the network waits before any
    is looked up. Raises TooManySignIns.
    """
    scan = scanned(text)
    charged = Charge(throttle.account_of(key, "gate code"), {network: AT_THE_GATE})
    was = aliased(Enterprise)
    nearest = (
        sa.select(col(Organ.name))
        .where(sa.func.starts_with(col(Enterprise.region), col(Organ.region)))
        .order_by(sa.func.length(col(Organ.region)).desc(), col(Organ.created_at))
        .limit(1)
        .correlate(Enterprise)
        .scalar_subquery()
    )
    query = (
        sa.select(col(Enterprise.name), nearest)
        .join(was, col(Enterprise.id) == sa.func.coalesce(col(was.merged_into), col(was.id)))
        .join(GateCode, col(GateCode.enterprise_id) == col(was.id))
        .where(
            col(GateCode.system) == OURS,
            col(GateCode.qr_sha256) == fingerprint(scan.own or ""),
            IN_FORCE,
            col(Enterprise.status) == EnterpriseStatus.ACTIVE,
        )
    )
    async with door() as tx, beyond_sight(tx):
        await throttle.expect_turn(tx, charged, at=at)
        row = (await tx.execute(query)).one_or_none()
    if row is None:
        async with door() as tx:
            await throttle.charge(tx, charged, at=at)
        return None
    return PublicWords(row[0], row[1])


def shown(rows: Sequence[GateCode]) -> list[GateCodeRead]:
    """Codes as those who keep them see them."""
    return [
        GateCodeRead(
            **row.model_dump(exclude={"qr_text", "qr_sha256"}),
            is_ours=row.system == OURS,
            code=None if row.system == OURS else row.qr_text,
        )
        for row in rows
    ]


def _check_upper(body: UpperCodeWrite, scan: Scan) -> None:
    if body.system.strip() == OURS:
        raise InvalidInput.at("/system", "system_is_ours", "this office's own codes are made by issueGateCode")
    if not scan.whole:
        raise InvalidInput.at("/code", "code_empty", "the code has no visible character")


async def _is_ours(tx: AsyncSession, scan: Scan) -> bool:
    """Whether it is a sticker of this office: an upper system's code is read first, and would take it over."""
    if scan.own is None:
        return False
    same = sa.exists().where(col(GateCode.system) == OURS, col(GateCode.qr_sha256) == fingerprint(scan.own))
    async with beyond_sight(tx):
        return bool(await tx.scalar(sa.select(same)))


async def _of_system(tx: AsyncSession, enterprise_id: UUID, system: str) -> GateCode | None:
    own = sa.select(GateCode).where(
        col(GateCode.enterprise_id) == enterprise_id, col(GateCode.system) == system, IN_FORCE
    )
    return await tx.scalar(own)


async def _own_codes(tx: AsyncSession, enterprise_ids: Sequence[UUID]) -> dict[UUID, GateCode]:
    own = sa.select(GateCode).where(
        col(GateCode.enterprise_id).in_(enterprise_ids), col(GateCode.system) == OURS, IN_FORCE
    )
    return {row.enterprise_id: row for row in await tx.scalars(own)}


def _ours(tx: AsyncSession, actor: Actor, enterprise_id: UUID, code_id: UUID, at: datetime) -> GateCode:
    text = "".join(spelt(chance(tx).bytes(BYTES)) for _ in range(WORDS))
    row = GateCode(
        id=code_id,
        enterprise_id=enterprise_id,
        system=OURS,
        qr_text=text,
        qr_sha256=fingerprint(text),
        short=spelt(chance(tx).bytes(BYTES)),
        issued_by=actor.id,
        issued_at=at,
    )
    tx.add(row)
    events.record(tx, actor, EventKind.GATE_CODE_SET, row, at=at)
    return row


async def _end(tx: AsyncSession, actor: Actor, row: GateCode, reason: str | None, at: datetime) -> None:
    """Flushed before another takes its place: of a system one is in force."""
    before = events.snapshot(row)
    row.ended_at = at
    row.version += 1
    events.record(tx, actor, EventKind.GATE_CODE_ENDED, row, before=before, at=at, note=reason)
    await tx.flush()


async def _known(tx: AsyncSession, actor: Actor, gate_code_id: UUID) -> GateCode:
    row = await tx.scalar(sa.select(GateCode).where(col(GateCode.id) == gate_code_id, sees_gate_code(actor)))
    if row is None:
        raise IdTaken
    return row

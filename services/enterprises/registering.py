"""An enterprise enters the register: by a call, with a report, or as a row of a file."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseIndustry, EnterpriseWrite
from models.shapes import Location
from models.words import EnterpriseStatus, EventKind
from services import acts, events
from services.access import Actor, Deed, sees
from services.chance import chance
from services.enterprises.checks import input_errors, known_industries, links
from services.enterprises.duplicates import core_of
from services.enterprises.indexing import index
from services.errors import IdTaken, InputError, InvalidInput
from services.rules.codes import office_code, read_uscc
from services.rules.names import normalise_name
from services.wall import is_an_enterprise

OFFICE_CODE_TRIES = 5
OFFICE_CODE_BYTES = 12
OFFICE_CODE_UNIQUE = "uq_enterprise_office_code"


class Entry(NamedTuple):
    """An enterprise to add, checked by `input_errors`, under the id it will have."""

    id: UUID
    write: EnterpriseWrite


async def create(tx: AsyncSession, actor: Actor, body: EnterpriseWrite, *, at: datetime) -> tuple[Enterprise, bool]:
    """A new enterprise, or the one this id made before.

    Raises NotAllowed, InvalidInput, IdConflict, IdTaken, InProgress.
    """
    actor.require(Deed.REGISTER_ENTERPRISE, Deed.PROPOSE_ENTERPRISE)
    begun = await acts.begin(tx, actor, "createEnterprise", body, at=at)
    if begun.is_new:
        await _check(tx, actor, body, under="")
        return await _add_one(tx, actor, Entry(begun.id, body), at), True
    seen = sa.select(Enterprise).where(col(Enterprise.id) == begun.id, sees(actor, Enterprise))
    known = await tx.scalar(seen)
    if known is None:
        raise IdTaken
    return known, False


async def register(
    tx: AsyncSession, actor: Actor, write: EnterpriseWrite, enterprise_id: UUID, at: datetime, *, under: str = ""
) -> Enterprise:
    """An enterprise that comes with another record, whose act makes a repeat known.

    `under` is the pointer of the enterprise in that record's body. Nothing is written when it raises NotAllowed,
    InvalidInput or IdTaken.
    """
    actor.require(Deed.REGISTER_ENTERPRISE, Deed.PROPOSE_ENTERPRISE)
    await _check(tx, actor, write, under=under)
    return await _add_one(tx, actor, Entry(enterprise_id, write), at)


async def add_all(tx: AsyncSession, actor: Actor, entries: Sequence[Entry], at: datetime) -> list[Enterprise]:
    """Add enterprises that the caller has checked: deed, input and ids."""
    rows = [_row(actor, entry, at) for entry in entries]
    await keep_with_code(tx, rows)
    trades = [links(entry.write.main_industry, entry.write.industries) for entry in entries]
    if rows:
        linked = [
            {"enterprise_id": row.id, "industry": code}
            for row, codes in zip(rows, trades, strict=True)
            for code in sorted(codes)
        ]
        await tx.execute(sa.insert(EnterpriseIndustry), linked)
        await index(tx, rows)
    for row, codes in zip(rows, trades, strict=True):
        events.record(tx, actor, EventKind.ENTERPRISE_REGISTERED, row, at=at, beside={"industries": sorted(codes)})
    await tx.flush()
    return rows


async def keep_with_code(tx: AsyncSession, rows: Sequence[Enterprise]) -> None:
    """Flush the rows, those without USCC under an office code that nobody else has.

    Codes of out-of-sight places count too, so only the constraint can tell; it is asked inside a savepoint.
    """
    nameless = [row for row in rows if row.uscc is None and row.office_code is None]
    tx.add_all([row for row in rows if row.uscc is not None or row.office_code is not None])
    if not nameless:
        await tx.flush()
        return
    for tries_left in reversed(range(OFFICE_CODE_TRIES)):
        try:
            async with tx.begin_nested():
                for row in nameless:
                    row.office_code = office_code(row.region, chance(tx).bytes(OFFICE_CODE_BYTES))
                tx.add_all(nameless)
            return
        except IntegrityError as error:
            diagnosis = getattr(error.orig, "diag", None)
            if getattr(diagnosis, "constraint_name", None) != OFFICE_CODE_UNIQUE or not tries_left:
                raise
        for row in nameless:
            if sa.inspect(row).persistent:  # the savepoint took back what the row was known to be
                await tx.refresh(row)


def place(row: Enterprise, location: Location | None) -> None:
    """Set the columns of the place, raw as the device gave it, or empty them."""
    row.lon = None if location is None else location.lon
    row.lat = None if location is None else location.lat
    row.accuracy_m = None if location is None else location.accuracy_m
    row.crs = None if location is None else location.crs
    row.location_source = None if location is None else location.source
    row.mocked = None if location is None else location.mocked


async def _check(tx: AsyncSession, actor: Actor, write: EnterpriseWrite, *, under: str) -> None:
    errors = input_errors(actor, write, await known_industries(tx))
    if errors:
        raise InvalidInput([InputError(under + wrong.pointer, wrong.code, wrong.detail) for wrong in errors])


async def _add_one(tx: AsyncSession, actor: Actor, entry: Entry, at: datetime) -> Enterprise:
    if await is_an_enterprise(tx, entry.id):
        raise IdTaken
    [row] = await add_all(tx, actor, [entry], at)
    return row


def _row(actor: Actor, entry: Entry, at: datetime) -> Enterprise:
    """A village proposes (an office confirms); everybody else who registers does it for good."""
    write = entry.write
    confirmed = actor.may(Deed.REGISTER_ENTERPRISE)
    row = Enterprise(
        **write.model_dump(exclude={"id", "uscc", "location", "industries"}),
        id=entry.id,
        name_normal=normalise_name(write.name),
        name_core=core_of(write.name),
        uscc=None if write.uscc is None else read_uscc(write.uscc).code,
        status=EnterpriseStatus.ACTIVE if confirmed else EnterpriseStatus.PROPOSED,
        registered_by=actor.id,
        created_at=at,
    )
    place(row, write.location)
    return row

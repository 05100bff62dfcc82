"""An enterprise changes: its contacts by itself, the rest by who registers; its records follow it to another region."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.enterprises import Enterprise, EnterprisePatch
from models.words import EnterpriseStatus, EventKind
from services import events
from services.access import Actor, Deed, get_for
from services.enterprises.checks import input_errors, known_industries, links, of_trades
from services.enterprises.duplicates import core_of
from services.enterprises.following import relink, take_in_along, take_records_along
from services.enterprises.indexing import findable, index_again
from services.enterprises.queries import expect_unmerged, industries_of
from services.enterprises.registering import keep_with_code, place
from services.errors import InputError, InvalidInput, NotAllowed
from services.rules.codes import read_uscc
from services.rules.names import normalise_name
from services.tallies import Trade, take_along
from services.versions import expect

CONTACTS = frozenset({"principal_name", "principal_phone", "safety_manager_name", "safety_manager_phone"})


async def update(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: EnterprisePatch, *, version: int | None, at: datetime
) -> Enterprise:
    """Change what the patch names; absent is unchanged, null empties.

    Raises NotFound, NotAllowed, EnterpriseMerged, VersionRequired, VersionMismatch, InvalidInput.
    """
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id, lock=True)
    actor.require(Deed.REGISTER_ENTERPRISE, Deed.EDIT_OWN_CONTACTS)
    if not actor.may(Deed.REGISTER_ENTERPRISE) and body.model_fields_set - CONTACTS:
        raise NotAllowed(Deed.REGISTER_ENTERPRISE)
    expect_unmerged(enterprise)
    expect(enterprise, version)
    trades = frozenset((await industries_of(tx, [enterprise.id])).get(enterprise.id, ()))
    errors = change_errors(actor, enterprise, trades, body, await known_industries(tx))
    if errors:
        raise InvalidInput(errors)
    await change(tx, actor, enterprise, trades, body, at=at)
    return enterprise


def change_errors(
    actor: Actor, enterprise: Enterprise, trades: frozenset[str], body: EnterprisePatch, known: frozenset[str]
) -> list[InputError]:
    """All that the register refuses in a change; `trades` are the enterprise's industries as they are."""
    errors = input_errors(actor, body, known)
    errors += _of_status(enterprise.status, body.status)
    if not errors and {"main_industry", "industries"} & body.model_fields_set:
        errors += of_trades(actor, _trades_after(enterprise, trades, body), trades)
    return errors


def _of_status(now: EnterpriseStatus, asked: EnterpriseStatus | None) -> Iterator[InputError]:
    """A patch confirms a proposal; all else that a status may become is an operation of its own, with its reason."""
    if asked is None or asked is now or (now, asked) == (EnterpriseStatus.PROPOSED, EnterpriseStatus.ACTIVE):
        return
    if (now, asked) == (EnterpriseStatus.ACTIVE, EnterpriseStatus.PROPOSED):
        yield InputError("/status", "already_confirmed", "a confirmed enterprise is no proposal again")
    else:
        yield InputError("/status", "status_by_deed", "see closeEnterprise, reopenEnterprise and mergeEnterprises")


async def change(
    tx: AsyncSession,
    actor: Actor,
    enterprise: Enterprise,
    trades: frozenset[str],
    body: EnterprisePatch,
    *,
    at: datetime,
) -> None:
    """Apply a change that `change_errors` let through, on a row that is locked and whose version is raised."""
    before = {**events.snapshot(enterprise), "industries": sorted(trades)}
    was, counted = findable(enterprise), Trade.of(enterprise)
    after = _trades_after(enterprise, trades, body)
    moves = body.region is not None and body.region != enterprise.region
    _assign(enterprise, body)
    await keep_with_code(tx, [enterprise])
    await relink(tx, enterprise.id, trades, after)
    if findable(enterprise) != was:
        await index_again(tx, enterprise)
    if moves:
        await take_records_along(tx, enterprise.id, enterprise)
    await take_along(tx, enterprise.id, counted, Trade.of(enterprise))
    beside = {"industries": sorted(after)}
    events.record(tx, actor, EventKind.ENTERPRISE_CHANGED, enterprise, before=before, beside=beside, at=at)
    await tx.flush()
    if moves or after != trades:
        await take_in_along(tx, actor, enterprise, after, at=at)


def _trades_after(enterprise: Enterprise, trades: frozenset[str], body: EnterprisePatch) -> frozenset[str]:
    """Absent `industries` leaves those that are; a new main industry is one of them either way."""
    others = trades if body.industries is None else body.industries
    return links(body.main_industry or enterprise.main_industry, others)


def _assign(enterprise: Enterprise, body: EnterprisePatch) -> None:
    for name, value in body.model_dump(exclude_unset=True, exclude={"location", "industries", "uscc"}).items():
        setattr(enterprise, name, value)
    if "location" in body.model_fields_set:
        place(enterprise, body.location)
    if "uscc" in body.model_fields_set:
        enterprise.uscc = None if body.uscc is None else read_uscc(body.uscc).code
    enterprise.name_normal, enterprise.name_core = normalise_name(enterprise.name), core_of(enterprise.name)

"""合并: two enterprises of the register are one in truth. The one goes into the other for good (decision 0023).

Its visits, inspections, findings and photos go along, as to another region; events, papers and reports keep its name.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.avoidances import Avoidance
from models.enterprises import Enterprise, Merger
from models.invitations import Invitation
from models.users import User
from models.words import EventKind
from services import acts, events, tallies
from services.access import Actor, Deed, sees
from services.auth import sessions
from services.auth.sessions import Ended
from services.enterprises.checks import of_trades
from services.enterprises.errors import MergedIntoItself
from services.enterprises.following import put_with, take_records_along
from services.enterprises.queries import expect_unmerged, industries_of
from services.errors import InputError, InvalidInput, NotFound
from services.tallies import Trade
from services.versions import refuse_stale
from services.wall import beyond_sight


async def merge(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: Merger, *, version: int | None, at: datetime
) -> tuple[Enterprise, bool]:
    """The enterprise that is now the past of another one, and whether this call merged it.

    Raises NotFound, NotAllowed, InvalidInput, VersionMismatch, EnterpriseMerged, MergedIntoItself, and what acts.begin
    raises.
    """
    rows = await _locked(tx, actor, enterprise_id, body.into_id)
    enterprise, keeper = rows.get(enterprise_id), rows.get(body.into_id)
    if enterprise is None:
        raise NotFound
    actor.require(Deed.REGISTER_ENTERPRISE)
    if keeper is None:
        raise InvalidInput.at("/into_id", "enterprise_unknown", "no such enterprise")
    begun = await acts.begin(tx, actor, "mergeEnterprises", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        return enterprise, False
    if enterprise.id == keeper.id:
        raise MergedIntoItself
    for row in (enterprise, keeper):
        expect_unmerged(row)
    refuse_stale(enterprise, version)
    trades = await industries_of(tx, [enterprise.id, keeper.id])
    after = frozenset(trades.get(keeper.id, ()))
    lost = list(of_trades(actor, after, frozenset(trades.get(enterprise.id, ()))))
    if lost:
        raise InvalidInput([InputError("/into_id", one.code, one.detail) for one in lost])
    async with beyond_sight(tx):  # all that hangs on it goes along, whoever may see it
        await _join(tx, actor, enterprise, keeper, after, body.reason, at)
    return enterprise, True


async def _locked(tx: AsyncSession, actor: Actor, *ids: UUID) -> dict[UUID, Enterprise]:
    """Both, in one order of locks, so that two mergers never wait in a ring; reports that name one of them wait."""
    seen = (
        sa.select(Enterprise).where(col(Enterprise.id).in_(ids), sees(actor, Enterprise)).order_by(col(Enterprise.id))
    )
    locked = seen.with_for_update(of=Enterprise, key_share=True).execution_options(populate_existing=True)
    return {row.id: row for row in (await tx.scalars(locked)).all()}


async def _join(
    tx: AsyncSession,
    actor: Actor,
    enterprise: Enterprise,
    keeper: Enterprise,
    trades: frozenset[str],
    reason: str,
    at: datetime,
) -> None:
    earlier = sa.select(Enterprise).where(col(Enterprise.merged_into) == enterprise.id).order_by(col(Enterprise.id))
    past = (await tx.scalars(earlier.with_for_update(key_share=True))).all()
    await tallies.take_along(tx, enterprise.id, Trade.of(enterprise), Trade.of(keeper))
    await take_records_along(tx, enterprise.id, keeper)
    await _take_people_along(tx, actor, enterprise.id, keeper.id, at)
    was = events.snapshot(keeper)
    keeper.version += 1
    events.record(
        *(tx, actor, EventKind.ENTERPRISE_TOOK_IN, keeper),
        before={**was, "took_in": None}, beside={"took_in": enterprise.id}, at=at, note=reason,
    )  # fmt: skip
    kind = EventKind.ENTERPRISE_MERGED
    await put_with(tx, actor, keeper, trades, [enterprise, *past], kind, at=at, note=reason)


async def _take_people_along(tx: AsyncSession, actor: Actor, enterprise_id: UUID, into: UUID, at: datetime) -> None:
    """Its contacts are the other's from now on; who may not inspect the one may not inspect the other."""
    contacts = sa.select(User).where(col(User.enterprise_id) == enterprise_id).order_by(col(User.id))
    for user in (await tx.scalars(contacts.with_for_update(key_share=True))).all():
        before = events.snapshot(user)
        user.enterprise_id = into
        user.version += 1
        events.record(tx, actor, EventKind.USER_CHANGED, user, before=before, at=at)
        await sessions.end(tx, actor, user.id, Ended.ACCOUNT_CHANGED, at=at)
    for table in (Invitation, Avoidance):
        moved = sa.update(table).where(col(table.enterprise_id) == enterprise_id).values(enterprise_id=into)
        await tx.execute(moved.execution_options(synchronize_session=False))

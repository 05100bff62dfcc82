"""A draw is made in silence with all its visits, released before its time, or called off as if it had never been."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.draws import Draw, DrawCancellation, DrawRelease, DrawWrite
from models.enterprises import Enterprise
from models.visits import Visit, VisitFacts
from models.words import DrawState, EventKind, VisitBasis, VisitState
from services import acts, events
from services.access import Actor, Deed, sees_draw
from services.acts import IDEMPOTENCY_KEY
from services.chance import chance
from services.draws.box import Content, box_told, close, opened, state_of
from services.draws.errors import DrawCalledOff, DrawSettled
from services.draws.pool import COUNTED, Found, pool_for
from services.draws.reading import get
from services.enterprises.checks import known_industries
from services.errors import IdTaken, InvalidInput, NotAllowed
from services.rules.draws import METHOD, SEED_BYTES, Drawn, Setting
from services.visits.planning import add, cancelled
from services.wall import say_time


async def make(tx: AsyncSession, actor: Actor, body: DrawWrite, *, at: datetime) -> tuple[Draw, bool]:
    """A new draw with its visits, or the one this id made before.

    The plan that the draw carries out was approved; who is drawn, nobody approves, for nobody may know. Raises
    NotAllowed, InvalidInput, IdConflict, IdTaken, InProgress, DrawCalledOff.
    """
    actor.require(Deed.MAKE_DRAW)
    await say_time(tx, at)
    known = body.id or tx.info.get(IDEMPOTENCY_KEY) or chance(tx).secret_id()
    begun = await acts.begin(tx, actor, "createDraw", body, at=at, act_id=known, blinded=True)
    if not begun.is_new:
        return await _made(tx, actor, begun.id, at=at), False
    await _check(tx, actor, body)
    found = await pool_for(tx, actor, body, at=at)
    setting = Setting(chance(tx).bytes(SEED_BYTES), found.pool, _rules(actor, body, found), at)
    drawn = setting.drawn()
    visits = [chance(tx).secret_id() for _ in drawn]
    draw = Draw(
        id=begun.id,
        region=actor.region or "",
        made_by=actor.id,
        made_at=at,
        release_at=body.release_at,
        commitment=setting.commitment().hex(),
        sealed=b"",
    )
    close(tx, draw, Content(setting, tuple(drawn), tuple(visits), found.left_out))
    tx.add(draw)
    await tx.flush()
    events.record(tx, actor, EventKind.DRAW_MADE, draw, at=at, beside=box_told(draw))
    await _make_visits(tx, actor, draw, body, list(zip(visits, drawn, strict=True)), at=at)
    return draw, True


async def release(
    tx: AsyncSession, actor: Actor, draw_id: UUID, body: DrawRelease, *, at: datetime
) -> tuple[Draw, bool]:
    """Before its time, by its maker: its officers see their visits from now on.

    Raises NotFound, NotAllowed, DrawSettled, DrawCalledOff, and what acts.begin raises.
    """
    draw = await _own(tx, actor, draw_id, at=at)
    begun = await acts.begin(tx, actor, "releaseDraw", body, at=at, subject_id=draw.id, blinded=True)
    if not begun.is_new:
        return draw, False
    _expect_sealed(draw, at)
    before = {**events.snapshot(draw), **box_told(draw)}
    draw.release_at = at
    draw.version += 1
    events.record(tx, actor, EventKind.DRAW_RELEASED, draw, before=before, beside=box_told(draw), at=at)
    for visit in await _waiting(tx, draw):
        was = events.snapshot(visit)
        visit.release_at = at
        visit.version += 1
        events.record(tx, actor, EventKind.VISIT_RELEASED, visit, before=was, at=at)
    await tx.flush()
    return draw, True


async def cancel(
    tx: AsyncSession, actor: Actor, draw_id: UUID, body: DrawCancellation, *, at: datetime
) -> tuple[Draw, bool]:
    """Before its release, by its maker: it and its visits stay unknown for ever; the commitment stays public.

    Raises NotFound, NotAllowed, DrawSettled, DrawCalledOff, and what acts.begin raises.
    """
    draw = await _own(tx, actor, draw_id, at=at)
    begun = await acts.begin(tx, actor, "cancelDraw", body, at=at, subject_id=draw.id, blinded=True)
    if not begun.is_new:
        return draw, False
    _expect_sealed(draw, at)
    before = {**events.snapshot(draw), **box_told(draw)}
    content = opened(tx, draw)
    close(tx, draw, Content(content.setting, content.drawn, content.visits, content.left_out, body.reason))
    draw.cancelled_at = at
    draw.version += 1
    events.record(tx, actor, EventKind.DRAW_CANCELLED, draw, before=before, beside=box_told(draw), at=at)
    for visit in await _waiting(tx, draw):
        await cancelled(tx, actor, visit, body.reason, at=at)
    await tx.flush()
    return draw, True


async def _check(tx: AsyncSession, actor: Actor, body: DrawWrite) -> None:
    if body.kind not in COUNTED:
        raise InvalidInput.at("/kind", "kind_not_drawn", "a draw plans spot checks, routine, joint or campaign visits")
    if body.region is not None and not actor.covers(body.region):
        raise InvalidInput.at("/region", "region_unknown", "no such region")
    known = await known_industries(tx)
    unknown = [place for place, code in enumerate(body.industries) if code not in known]
    if unknown:
        raise InvalidInput.at(f"/industries/{unknown[0]}", "industry_unknown", "no such industry")


def _rules(actor: Actor, body: DrawWrite, found: Found) -> dict[str, object]:
    asked = body.model_dump(mode="json", include={"plan", "legal_basis", "kind", "count", "per_year"})
    return {
        "method": METHOD,
        **asked,
        "region": body.region or actor.region,
        "industries": sorted(set(body.industries)),
        "avoid_last_officers": body.avoid_last_officers,
        "weights": dict(found.weights.rows),
        "caps": dict(found.caps.rows),
    }


async def _make_visits(
    tx: AsyncSession, actor: Actor, draw: Draw, body: DrawWrite, drawn: Sequence[tuple[UUID, Drawn]], *, at: datetime
) -> None:
    ids = [one.enterprise_id for _, one in drawn]
    places = sa.select(col(Enterprise.id), col(Enterprise.region)).where(col(Enterprise.id).in_(ids))
    regions = {row.id: row.region for row in await tx.execute(places)}
    for visit_id, one in drawn:
        facts = VisitFacts(
            enterprise_id=one.enterprise_id,
            region=regions[one.enterprise_id],
            kind=body.kind,
            basis=VisitBasis.YEARLY_PLAN,
            legal_basis=body.legal_basis,
            task_source=body.plan,
            content=body.content,
        )
        visit = Visit(
            id=visit_id,
            draw_id=draw.id,
            release_at=draw.release_at,
            state=VisitState.APPROVED,
            made_by=actor.id,
            made_at=at,
            approved_at=at,
        )
        await add(tx, actor, visit, facts, one.officers, at=at)


async def _made(tx: AsyncSession, actor: Actor, draw_id: UUID, *, at: datetime) -> Draw:
    draw = await tx.scalar(sa.select(Draw).where(col(Draw.id) == draw_id, sees_draw(actor, at=at)))
    if draw is None:
        raise IdTaken
    if draw.cancelled_at is not None:
        raise DrawCalledOff
    return draw


async def _own(tx: AsyncSession, actor: Actor, draw_id: UUID, *, at: datetime) -> Draw:
    draw = await get(tx, actor, draw_id, at=at, lock=True)
    if draw.made_by != actor.id:
        raise NotAllowed(Deed.MAKE_DRAW)
    return draw


def _expect_sealed(draw: Draw, at: datetime) -> None:
    state = state_of(draw, at)
    if state is DrawState.CANCELLED:
        raise DrawCalledOff
    if state is DrawState.RELEASED:
        raise DrawSettled(state)


async def _waiting(tx: AsyncSession, draw: Draw) -> Sequence[Visit]:
    """Its visits that nobody called off or made, locked in the order of their ids."""
    waits = sa.and_(col(Visit.state) == VisitState.APPROVED, col(Visit.arrived_at).is_(None))
    of_it = sa.select(Visit).where(col(Visit.draw_id) == draw.id, waits).order_by(col(Visit.id))
    locked = of_it.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await tx.scalars(locked)).all()

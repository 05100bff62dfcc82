"""Draws as those who may know of them see them; each look is an event, of the draw and of its visits to come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.draws import Draw, DrawnRead, DrawProofRead, DrawRead
from models.visits import Visit
from models.words import DrawState, EventKind, InspectionKind
from services import events
from services.access import Actor, sees_draw, sees_visit
from services.draws.box import Content, is_open, opened, opens_on, state_of
from services.draws.errors import DrawClosed
from services.errors import NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.canonical import canonical_json
from services.rules.draw_files import told
from services.visits.sealed import note_look
from services.wall import say_time

NEWEST_FIRST = Order((col(Draw.made_at), col(Draw.id)), descending=True)


async def get(tx: AsyncSession, actor: Actor, draw_id: UUID, *, at: datetime, lock: bool = False) -> Draw:
    """One draw. Raises NotFound for absent, unreleased and unseen alike."""
    await say_time(tx, at)
    query = sa.select(Draw).where(col(Draw.id) == draw_id, sees_draw(actor, at=at))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    draw = await tx.scalar(locked if lock else query)
    if draw is None:
        raise NotFound
    return draw


async def list_draws(tx: AsyncSession, actor: Actor, *, at: datetime, after: Key | None, limit: int) -> Slice[Draw]:
    """Draws the actor may know of, the latest first."""
    await say_time(tx, at)
    query = sa.select(Draw).where(sees_draw(actor, at=at))
    return await slice_of(tx, query, NEWEST_FIRST, lambda draw: (draw.made_at, draw.id), after=after, limit=limit)


async def shown(
    tx: AsyncSession, actor: Actor, draws: Sequence[Draw], *, at: datetime, is_own_act: bool = False
) -> list[DrawRead]:
    """Draws as clients see them; of the visits, those that the reader may know of by themselves."""
    return [await _shown(tx, actor, draw, at=at, is_own_act=is_own_act) for draw in draws]


async def proof(tx: AsyncSession, actor: Actor, draw_id: UUID, *, at: datetime) -> DrawProofRead:
    """All that the draw follows from, once the month of its release is over.

    Raises NotFound, DrawClosed; of one that was called off nothing opens, ever.
    """
    draw = await get(tx, actor, draw_id, at=at)
    if draw.cancelled_at is not None or not is_open(draw, at):
        raise DrawClosed(opens_on(draw))
    content = opened(tx, draw)
    events.record(tx, actor, EventKind.DRAW_LOOKED_AT, draw, at=at, before=events.snapshot(draw))
    return DrawProofRead.model_validate_json(canonical_json(told(content.setting, content.drawn)))


async def _shown(tx: AsyncSession, actor: Actor, draw: Draw, *, at: datetime, is_own_act: bool) -> DrawRead:
    content = opened(tx, draw)
    known = sa.select(Visit).where(col(Visit.draw_id) == draw.id, sees_visit(actor, at=at))
    visits = {visit.id: visit for visit in await tx.scalars(known)}
    if not is_own_act:
        events.record(tx, actor, EventKind.DRAW_LOOKED_AT, draw, at=at, before=events.snapshot(draw))
        for visit in visits.values():
            if visit.is_sealed:
                note_look(tx, actor, visit, at=at)
    return _read(draw, content, visits.keys(), state_of(draw, at))


def _read(draw: Draw, content: Content, known: Collection[UUID], state: DrawState) -> DrawRead:
    rules, pool = content.rules, content.setting.pool
    kind = InspectionKind(rules["kind"])
    return DrawRead(
        **draw.model_dump(include={"id", "region", "made_by", "made_at", "release_at", "cancelled_at", "version"}),
        state=state,
        state_label=state.label,
        commitment=draw.commitment,
        opens_on=opens_on(draw),
        plan=rules["plan"],
        legal_basis=rules["legal_basis"],
        kind=kind,
        kind_label=kind.label,
        count=rules["count"],
        pool_enterprises=len(pool.candidates),
        pool_officers=len(pool.officers),
        over_cap=content.left_out.over_cap,
        without_pair=content.left_out.without_pair,
        drawn_count=len(content.drawn),
        drawn=[
            DrawnRead(visit_id=visit_id, enterprise_id=one.enterprise_id, inspectors=list(one.officers))
            for visit_id, one in zip(content.visits, content.drawn, strict=True)
            if visit_id in known
        ],
        cancel_reason=content.cancel_reason,
    )

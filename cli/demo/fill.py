"""Fills an empty office with the demo town: planned whole, written in batches, each a transaction by itself.

A filling that was cut goes on where it stopped: the plan is the same again, and the office remembers every step.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from cli.demo.founding import everybody, found
from cli.demo.hazards import read_hazards
from cli.demo.history import plan_history
from cli.demo.pictures import all_scenes, chinese_font, past_picture
from cli.demo.steps import Stage, Step
from cli.demo.town import Size, Town, plan_town
from models.acts import Act
from services.access import Actor
from services.chance import SeededChance
from services.database import engine_for, job_sessions_for
from services.keys import Keys
from services.limits import rule_book
from services.photos.ingest import Picture, look_now
from services.photos.opening import open_store
from services.photos.store import Kept, Store
from services.rules.clocks import SHANGHAI
from services.sealing import SealRing, ring_of
from services.settings import Settings

BATCH = 40
PICTURE_MAX_BYTES, PICTURE_MAX_PIXELS = 1_000_000, 1_000_000

Progress = Callable[[int, int], None]
"""Told after each batch: steps that are done, and all."""


@dataclass(frozen=True)
class Order:
    """What to fill: the same order gives the same town, row by row."""

    seed: int
    on: date
    size: Size


@dataclass(frozen=True)
class _Filling:
    """What all batches share."""

    engine: AsyncEngine
    order: Order
    people: dict[UUID, Actor]
    pictures: dict[str, tuple[Kept, Picture]]
    others_reinspect: bool
    seals: SealRing


async def fill(settings: Settings, service_url: str, order: Order, password: str, told: Progress) -> int:
    """Write what is not there yet; how many steps were. The caller has made sure that this is no real office."""
    engine = engine_for(service_url, 1)
    try:
        town = plan_town(order.seed, order.on, order.size)
        await _found(engine, settings, order, town, password)
        async with job_sessions_for(engine, SeededChance.of(order.seed)).begin() as tx:
            people, hazards, book = await everybody(tx), await read_hazards(tx), await rule_book(tx)
        plan = plan_history(town, hazards, book.calendar, order.size.visits)
        pictures = await _pictures(settings)
        seals = ring_of(Keys.read(settings).sealing)
        filling = _Filling(engine, order, people, pictures, settings.reinspection_by_others, seals)
        written = 0
        for start in range(0, len(plan), BATCH):
            batch = plan[start : start + BATCH]
            written += await _write(filling, start, batch)
            told(start + len(batch), len(plan))
        return written
    finally:
        await engine.dispose()


async def _found(engine: AsyncEngine, settings: Settings, order: Order, town: Town, password: str) -> None:
    at = datetime.combine(town.began_on, time(9), SHANGHAI)
    async with job_sessions_for(engine, SeededChance.of(order.seed)).begin() as tx:
        if not await _is_done(tx, town.organ.id):
            await found(tx, town, password, policy=settings.password_policy, at=at)


async def _write(filling: _Filling, start: int, batch: list[Step]) -> int:
    """One transaction, with a chance of its own, so that a batch is the same whatever was written before it."""
    luck = SeededChance.of(filling.order.seed * 1_000_003 + start + 1)
    async with job_sessions_for(filling.engine, luck, filling.seals).begin() as tx:
        if await _is_done(tx, batch[0].act_id):
            return 0
        for one in batch:
            await one.act(Stage(tx, one.at, filling.people, filling.pictures, filling.others_reinspect))
    return len(batch)


async def _is_done(tx: AsyncSession, act_id: UUID | None) -> bool:
    return bool(await tx.scalar(sa.select(sa.exists().where(col(Act.id) == act_id))))


async def _pictures(settings: Settings) -> dict[str, tuple[Kept, Picture]]:
    """The past's photos, kept in the office's store; what a cut filling left there is taken again."""
    drawn = await asyncio.to_thread(_drawn)
    store = open_store(settings)
    try:
        return {scene: await _keep(store, data) for scene, data in drawn.items()}
    finally:
        store.close()


def _drawn() -> dict[str, bytes]:
    font = chinese_font()
    return {scene: past_picture(scene, font) for scene in all_scenes()}


async def _keep(store: Store, data: bytes) -> tuple[Kept, Picture]:
    async def chunks() -> AsyncIterator[bytes]:
        yield data

    async with store.receive(chunks(), max_bytes=PICTURE_MAX_BYTES) as incoming:
        picture = look_now(incoming.path, max_pixels=PICTURE_MAX_PIXELS)
        kept = await store.keep(incoming)
    assert kept.sha256 == sha256(data).hexdigest()
    return kept, picture

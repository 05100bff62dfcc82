"""A year's holidays are published after dates were computed: what moves, and who is told."""

import shutil
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col

from models.events import Event
from models.findings import Finding
from models.words import EventKind, FindingState
from services import catalog
from services.catalog_folders import CATALOG
from services.chance import TrueChance
from services.database import engine_for, sessions_for
from services.rules.clocks import Rule
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.world import World

FOURTH, SEVENTH = date(2027, 1, 4), date(2027, 1, 7)


def with_2027(tmp_path: Path) -> Path:
    """The catalogue with a year 2027 in which 4 to 6 January are off."""
    folder = Path(shutil.copytree(CATALOG, tmp_path / "catalog"))
    with (folder / "calendar_years.csv").open("a", encoding="utf-8") as years:
        years.write("2027,国务院办公厅关于2027年部分节假日安排的通知\n")
    with (folder / "calendar.csv").open("a", encoding="utf-8") as days:
        days.writelines(f"2027-01-0{day},holiday,元旦\n" for day in (4, 5, 6))
    return folder


async def test_a_calendar_that_arrives_moves_the_days_it_touches_and_tells_their_findings(
    world: World, database: TestDatabase, tmp_path: Path
) -> None:
    world.clock.forward(days=31)  # 25 December 2026: ten days on is Monday, 4 January
    reported = await finding(world, FindingState.REPORTED, deadline="2027-01-20")
    extended = await finding(world, deadline="2027-01-20")
    await extended.reach(FindingState.ORDERED)
    world.clock.forward(days=5)  # five days on is 4 January again
    asked = {"finding_id": extended.id, "until": "2027-02-20", "reason": "防火门定制需二十日"}
    assert (await extended.boss.post("/extensions", asked)).status_code == 201
    before = await reported.read()
    assert (before["reinspect_by"], before["reinspection_due"]["provisional"]) == (str(FOURTH), True)

    engine = engine_for(database.owner_url, 1)
    async with sessions_for(engine, TrueChance())() as tx:
        folder, at = with_2027(tmp_path), world.clock.now()
        _, moved = await catalog.renew(tx, folder, at=at)
        rules = (Rule.REINSPECTION_AFTER_REPORT, Rule.EXTENSION_ANSWER)
        told = [(str(one.finding_id), one.rule, one.was, one.now) for one in moved]
        assert told == [
            (life.id, rule, FOURTH, SEVENTH) for life, rule in zip((reported, extended), rules, strict=True)
        ]
        kept = sa.select(col(Finding.reinspect_by)).where(col(Finding.id) == moved[0].finding_id)
        assert await tx.scalar(kept) == SEVENTH
        of_kind = sa.select(sa.func.count()).where(col(Event.kind) == EventKind.FINDING_DATES_RECOMPUTED.value)
        assert await tx.scalar(of_kind) == 2
        again, nothing = await catalog.renew(tx, folder, at=at)
        assert (again.written, nothing) == (0, [])
        await tx.rollback()
    await engine.dispose()

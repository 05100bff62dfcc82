"""Statistics: counts within sight, the office's own lateness apart."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from models.statistics import FindingDelta
from models.words import FindingState, Grade, Role
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, World

TODAY = date(2026, 11, 24)
STATISTICS = "/statistics"

CELLS = "month, region, industry, grade, state, due, late"
ROLLUP = f"""
    SELECT {CELLS}, sum(findings) FROM finding_delta GROUP BY {CELLS} HAVING sum(findings) <> 0 ORDER BY {CELLS}
"""
RAW = f"""
    SELECT {CELLS}, count(*) FROM (
        SELECT date_trunc('month', found_on)::date AS month, region, industry, grade, state, reported_late AS late,
            CASE WHEN state IN ('registered', 'ordered', 'rectifying') THEN deadline
                WHEN state = 'reported' THEN reinspect_by END AS due
        FROM finding
    ) AS counted GROUP BY {CELLS} ORDER BY {CELLS}
"""


def counted(state: FindingState, findings: int = 1, **more: Any) -> FindingDelta:
    """So many findings in one cell."""
    cell: dict[str, Any] = {
        "month": date(2026, 11, 1),
        "region": VILLAGE,
        "industry": "MECH",
        "grade": Grade.GENERAL,
        "late": False,
    }
    return FindingDelta(id=uuid4(), **{**cell, "state": state, "due": None, "findings": findings, **more})


async def test_a_deadline_of_today_is_not_overdue_and_yesterday_is(world: World) -> None:
    officer = await world.officer()
    await world.add(
        counted(FindingState.ORDERED, due=TODAY), counted(FindingState.ORDERED, due=TODAY - timedelta(days=1))
    )
    total = (await officer.get(STATISTICS)).json()["total"]
    assert (total["findings"], total["open"], total["overdue"]) == (2, 2, 1)
    assert total["rates"]["overdue"] == 0.5


async def test_the_offices_own_lateness_is_no_lateness_of_the_enterprise(world: World) -> None:
    officer = await world.officer()
    await world.add(counted(FindingState.REPORTED, due=TODAY - timedelta(days=3)))
    total = (await officer.get(STATISTICS)).json()["total"]
    assert (total["overdue"], total["reinspection_overdue"]) == (0, 1)
    assert total["rates"]["reinspection_overdue"] == 1.0


async def test_withdrawn_and_transferred_findings_count_in_no_rate(world: World) -> None:
    officer = await world.officer()
    await world.add(
        counted(FindingState.CLOSED, 3),
        counted(FindingState.ORDERED),
        counted(FindingState.WITHDRAWN, 5),
        counted(FindingState.TRANSFERRED, 2),
    )
    total = (await officer.get(STATISTICS)).json()["total"]
    assert total["rates"]["rectification"] == 0.75


async def test_a_village_counts_its_own_findings_and_none_of_its_neighbours(world: World) -> None:
    village = await world.village(VILLAGE)
    await world.add(
        counted(FindingState.ORDERED), counted(FindingState.ORDERED, 7, region=OTHER_VILLAGE, industry="CHEM")
    )
    answer = (await village.get(STATISTICS, params={"by": ["region", "industry"]})).json()
    assert answer["total"]["findings"] == 1
    assert [row["region"] for row in answer["rows"]] == [VILLAGE]


async def test_a_department_counts_findings_of_its_own_trades_alone(world: World) -> None:
    department = await world.person(Role.DEPARTMENT, industries=["CHEM"])
    await world.add(counted(FindingState.ORDERED), counted(FindingState.ORDERED, 2, industry="CHEM"))
    assert (await department.get(STATISTICS)).json()["total"]["findings"] == 2


async def test_an_administrator_counts_no_finding_at_all(world: World) -> None:
    admin = await world.admin()
    assert (await admin.get(STATISTICS)).status_code == 403


async def test_villages_are_summed_up_to_their_town_when_asked(world: World) -> None:
    leader = await world.leader(region="420582")
    await world.add(
        counted(FindingState.ORDERED),
        counted(FindingState.CLOSED, 2, region=OTHER_VILLAGE),
        counted(FindingState.CLOSED, region=f"{OTHER_TOWN}201"),
    )
    rows = (await leader.get(STATISTICS, params={"by": "region", "region_level": 9})).json()["rows"]
    assert {row["region"]: row["findings"] for row in rows} == {TOWN: 3, OTHER_TOWN: 1}


async def test_months_outside_the_range_are_left_out_and_a_bad_month_is_refused(world: World) -> None:
    officer = await world.officer()
    await world.add(counted(FindingState.CLOSED), counted(FindingState.CLOSED, month=date(2026, 9, 1)))
    answer = await officer.get(STATISTICS, params={"from_month": "2026-10", "by": ["month", "state", "grade"]})
    assert [(row["month"], row["findings"]) for row in answer.json()["rows"]] == [("2026-11", 1)]
    refused = await officer.get(STATISTICS, params={"from_month": "2026-13"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/query/from_month"


async def test_the_rollup_equals_a_raw_count_after_every_kind_of_move(world: World, database: TestDatabase) -> None:
    for state in FindingState:
        await finding(world, state=state)
    failed = await finding(world, state=FindingState.REPORTED)
    await failed.reinspect(False)
    async with world.rows.begin() as tx:
        rollup = (await tx.execute(sa.text(ROLLUP))).all()
        raw = (await tx.execute(sa.text(RAW))).all()
    assert rollup == raw
    total = (await failed.officer.get(STATISTICS)).json()["total"]
    assert total["findings"] == len(FindingState) + 1


async def test_an_enterprise_counts_its_own_findings_as_the_office_does(world: World) -> None:
    life = await finding(world, state=FindingState.ORDERED)
    await finding(world, enterprise={"name": "别的厂"})
    world.clock.forward(days=20)
    own = (await life.boss.get(STATISTICS)).json()["total"]
    assert (own["findings"], own["overdue"]) == (1, 1)
    assert (await life.officer.get(STATISTICS)).json()["total"]["findings"] == 2

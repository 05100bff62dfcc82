"""The check of the log: silent about honest histories, and naming whatever was done straight to the database."""

import pytest
import sqlalchemy as sa

from models.words import FindingState, Grade
from tests.checked import faults, tell_of_what_tests_made
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.makers_town import town
from tests.makers_visits import planned
from tests.sequencing import sequence_all
from tests.worker import working
from tests.world import World


async def test_of_an_honest_town_the_check_says_nothing(world: World, database: TestDatabase) -> None:
    async with working(world, database) as worker:
        await town(world)
        await worker.run()
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


@pytest.mark.parametrize("grade", [Grade.GENERAL, Grade.MAJOR])
async def test_of_a_whole_life_the_check_says_nothing(world: World, database: TestDatabase, grade: Grade) -> None:
    await finding(world, FindingState.CLOSED, grade)
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


async def test_another_box_under_a_sealed_visit_is_named(world: World, database: TestDatabase) -> None:
    """Whoever swaps the plan for one that suits them, in the database, closes no box that the events tell of."""
    people = [await world.inspector(), await world.inspector()]
    await world.regions()
    officer = await world.officer()
    visit_id = await planned(world, officer, await world.enterprise(by=officer), people, await world.leader())
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []
    async with world.rows.begin() as tx:
        await tx.execute(sa.text("UPDATE visit SET sealed = sealed || '\\x00' WHERE id = :id"), {"id": visit_id})
    [fault] = await faults(world)
    assert str(fault) == f"visit {visit_id}: column sealed_sha256 is not what its events say"

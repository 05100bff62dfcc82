"""PostgreSQL dies or ends sessions under the service: 503 with Retry-After meanwhile, then all is well by itself (F6).

That the head starts it again is in test_serve.py; here what the phones are told.
"""

import asyncio
import time
from pathlib import Path

import pytest

from cli.embedded import ready_port
from tests.database import TestDatabase
from tests.system.faults import EndedSession, admin_of, end_sessions, kill_parts
from tests.system.kept import is_try_again, repeated, stands_once
from tests.system.phones import Form, Town, heard_again, phones_of, town_of
from tests.system.served import ServedOffice, serving, until, world_of
from tests.world import World

HEALED_SECONDS = 5.0


@pytest.fixture
async def town(world: World) -> Town:
    """An office in this process."""
    return await town_of(world)


@pytest.mark.parametrize("form", Form)
async def test_a_session_that_is_ended_in_the_middle_of_a_request_is_told_as_try_again_and_leaves_nothing(
    town: Town, database: TestDatabase, form: Form
) -> None:
    trip, send = town.trip(form)
    with admin_of(database) as admin:
        admin.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        sending = asyncio.create_task(send())
        while not await asyncio.to_thread(end_sessions, database, waiting_for_a_lock=True):
            assert not sending.done(), sending.result().text
        is_try_again(await sending)
        admin.rollback()
    assert (await repeated(send)).status_code == 201
    await stands_once(town, database, trip, form)


@pytest.mark.parametrize("form", Form)
async def test_a_session_that_ends_before_any_one_of_a_calls_statements_is_told_as_try_again_and_leaves_nothing(
    town: Town, database: TestDatabase, form: Form
) -> None:
    with EndedSession(database).under(town.world.office.engine) as ended:
        nth = 1
        while True:
            trip, send = town.trip(form)
            ended.before(nth)
            answer = await send()
            if not ended.fell:
                break
            is_try_again(answer)
            assert (await repeated(send)).status_code == 201
            await stands_once(town, database, trip, form)
            nth += 1
    assert (answer.status_code, nth > 5) == (201, True)  # it ended before each of them in turn


@pytest.mark.parametrize("form", Form)
async def test_sessions_that_were_ended_between_requests_cost_one_repeat_at_most(
    town: Town, database: TestDatabase, form: Form
) -> None:
    await asyncio.gather(*(town.owner.get("/findings") for _ in range(5)))  # several sessions wait in the pool
    assert end_sessions(database) > 1
    trip, send = town.trip(form)
    answer = await send()
    if answer.status_code != 201:
        is_try_again(answer)
        assert (await repeated(send)).status_code == 201
    await stands_once(town, database, trip, form)


async def test_while_postgresql_is_down_phones_are_told_to_try_again_and_it_heals_within_five_seconds(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "data") as office:
        async with world_of(office) as world:
            phones = await phones_of(world, seed=1)
            home = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                for phone in phones:
                    tasks.create_task(phone.work(home))
                await asyncio.sleep(1)
                await asyncio.to_thread(kill_parts, office, "postgres")
                back = await asyncio.to_thread(is_back_at, office)
                await heard_again(phones, all_of_them=True)
                assert time.monotonic() - back < HEALED_SECONDS
                home.set()
            assert sum(phone.refused for phone in phones) > 0
            assert sum(phone.unheard for phone in phones) == 0  # the service itself answered all the time


def is_back_at(office: ServedOffice) -> float:
    """When the new PostgreSQL takes connections."""
    until(lambda: ready_port(office.data / "pg", office.part("postgres")), 20, office.said)
    return time.monotonic()

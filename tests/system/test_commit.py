"""A COMMIT that fails, or of which nobody knows whether it failed, is never a 2xx; the repeat finds the one truth (F7).

That a deferred constraint makes it fail is in tests/api/test_promise.py; here the session or the line dies.
"""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from services.settings import Settings
from tests.database import TestDatabase
from tests.system.faults import Loss, Proxy, backends_die_at_commit
from tests.system.kept import is_try_again, repeated, stands_once
from tests.system.phones import Form, Town, town_of
from tests.world import Clock, World


@pytest.fixture
async def proxy(database: TestDatabase) -> AsyncIterator[Proxy]:
    """Between the service and its database."""
    async with Proxy(database.service_url).open() as opened:
        yield opened


@pytest.fixture
async def town(database: TestDatabase, settings: Settings, clock: Clock, proxy: Proxy) -> AsyncIterator[Town]:
    """An office that knows its database through the proxy alone."""
    database.empty()
    clock.reset()
    app = create_app(settings, proxy.url, now=clock.now)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://office.test") as client,
    ):
        yield await town_of(World(client, clock, app.state.office))


@pytest.mark.parametrize("form", Form)
async def test_whichever_commit_is_lost_on_its_way_nothing_is_acknowledged_and_the_repeat_is_new(
    town: Town, database: TestDatabase, proxy: Proxy, form: Form
) -> None:
    nth = 1
    while True:
        trip, send = town.trip(form)
        proxy.lose(Loss.QUESTION, nth)
        answer = await send()
        if not proxy.broke:
            break
        is_try_again(answer)
        assert (await repeated(send)).status_code == 201
        await stands_once(town, database, trip, form)
        nth += 1
    assert (answer.status_code, nth > 1) == (201, True)  # all commits of a call were lost in turn


@pytest.mark.parametrize("form", Form)
async def test_a_commit_whose_answer_is_lost_is_not_acknowledged_and_the_repeat_finds_what_was_done(
    town: Town, database: TestDatabase, proxy: Proxy, form: Form
) -> None:
    repeats: list[int] = []
    while True:
        trip, send = town.trip(form)
        proxy.lose(Loss.ANSWER, len(repeats) + 1)
        answer = await send()
        if not proxy.broke:
            break
        is_try_again(answer)
        repeats.append((await repeated(send)).status_code)
        assert (await send()).status_code == 200
        await stands_once(town, database, trip, form)
    assert answer.status_code == 201
    assert repeats == [*[201] * (len(repeats) - 1), 200]  # the last commit, and no other, had done it


@pytest.mark.parametrize("form", Form)
async def test_a_session_that_dies_in_its_commit_acknowledges_nothing_and_leaves_nothing(
    town: Town, database: TestDatabase, form: Form
) -> None:
    trip, send = town.trip(form)
    with backends_die_at_commit(database):
        is_try_again(await send())
        is_try_again(await repeated(send))
    assert (await repeated(send)).status_code == 201
    await stands_once(town, database, trip, form)

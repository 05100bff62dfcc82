"""Every answer that any of these tests gets is held against the OpenAPI document."""

import httpx
import pytest
from fastapi import FastAPI

from tests.contract import Contract
from tests.world import World


@pytest.fixture(scope="session")
def contract(app: FastAPI) -> Contract:
    """The document of the tests' office."""
    return Contract(app.openapi())


@pytest.fixture(autouse=True)
def _nothing_undeclared(request: pytest.FixtureRequest) -> None:
    """An answer that the document does not tell fails the test that got it; 500 is told nowhere, it is provoked."""
    if "world" not in request.fixturenames:
        return
    world: World = request.getfixturevalue("world")
    contract: Contract = request.getfixturevalue("contract")

    async def hold(answer: httpx.Response) -> None:
        if answer.status_code != 500:
            await answer.aread()
            assert list(contract.faults(answer)) == []

    world.client.event_hooks["response"].append(hold)

"""A stranger with nothing but the generated client plays a finding's whole life against a served office."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from models.words import Role
from services.clock import wall_clock
from services.settings import Settings
from tests.database import TestDatabase
from tests.document.toolbox import BIN, HERE, run
from tests.makers_accounts import PASSWORD, account
from tests.makers_photos import snapped
from tests.world import CARD, Person, World

PATIENCE_SECONDS = 20


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The app behind a real socket, in a thread with a loop of its own; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


async def cast_of(world: World, officer: Person, photos: Path) -> dict[str, Any]:
    """Everybody with a password, and what the stranger is told of the town."""
    card = {"card_from": CARD[0], "card_to": CARD[1]}
    enterprise_id = await world.enterprise(by=officer)
    await account(world, "first", name="林检查", card_number="鄂1", **card)
    await account(world, "second", name="王检查", card_number="鄂2", **card)
    await account(world, "office", name="周主任", role=Role.OFFICE, card_number="鄂3", **card)
    await account(world, "leader", name="李镇长", role=Role.LEADER)
    boss = {"role": Role.ENTERPRISE, "region": None, "enterprise_id": enterprise_id}
    await account(world, "boss", name="张三", **boss)
    for number in range(3):
        (photos / f"{number}.jpg").write_bytes(snapped())
    return {
        "password": PASSWORD,
        "usernames": ["first", "second", "office", "leader", "boss"],
        "enterprise_id": enterprise_id,
        "organ_id": str(await world.organ()),
        "photos": [str(photos / f"{number}.jpg") for number in range(3)],
    }


async def test_a_stranger_with_the_generated_client_reports_orders_cures_looks_again_and_writes_off(
    world: World, database: TestDatabase, settings: Settings, python_client: Path, tmp_path: Path
) -> None:
    world.clock.set(wall_clock())
    officer = await world.officer()
    told = await cast_of(world, officer, tmp_path)
    script = tmp_path / "stranger.py"
    script.write_text((HERE / "stranger.py").read_text(encoding="utf-8"), encoding="utf-8")
    with served(create_app(settings, database.service_url)) as base_url:
        (tmp_path / "told.json").write_text(json.dumps({**told, "base_url": base_url}), encoding="utf-8")
        said = run(BIN / "python", script, tmp_path / "told.json", env={"PYTHONPATH": str(python_client)})
    saw = json.loads(said.splitlines()[-1])
    assert saw["states"] == ["reported", "verified", "closed"]
    assert "责改" in saw["number"]
    assert saw["kinds"][0] == "finding.registered"
    assert saw["kinds"][-1] == "finding.written_off"
    assert (saw["before"], saw["after"]) == ({}, {"closed": 1})
    assert (await officer.get(f"/findings/{saw['finding_id']}")).json()["state"] == "closed"

"""Dossiers: all that proves a finding or an inspection in one file, the same each time, checked without the office."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from cli.main import app as command_line
from models.log import CheckpointRead
from models.words import FindingState, Grade
from services.dossiers.page import page
from tests.database import TestDatabase
from tests.makers_findings import Life, finding
from tests.makers_photos import on_disk, put, snapped
from tests.makers_reports import finding_body, report_body, shot
from tests.sequencing import sequence_all
from tests.worker import working
from tests.world import OTHER_TOWN, Person, World


async def dossier(by: Person, path: str) -> bytes:
    answer = await by.get(f"{path}/dossier.zip")
    assert answer.status_code == 200, answer.text
    return answer.content


def inside(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """`zhicha check dossier`: exit code and what was said."""

    def run(data: bytes, key: str) -> tuple[int, str]:
        file = tmp_path / "dossier.zip"
        file.write_bytes(data)
        result = CliRunner().invoke(command_line, ["check", "dossier", str(file), "--key", key])
        return result.exit_code, result.output

    return run


async def key_of(world: World) -> str:
    return str((await (await world.admin()).get("/log")).json()["keys"][0]["verifier"])


@pytest.fixture
async def life(world: World, database: TestDatabase) -> Life:
    """A whole life with its paper, in the log."""
    async with working(world, database) as worker:
        life = await finding(world, FindingState.CLOSED, Grade.MAJOR)
        await life.officer.get(f"/orders/{life.order_id}/document.pdf")
        await worker.run()
    await sequence_all(world, database)
    return life


async def test_before_its_events_are_in_the_log_there_is_no_dossier(world: World, database: TestDatabase) -> None:
    life = await finding(world, FindingState.REGISTERED)
    answer = await life.officer.get(f"/findings/{life.id}/dossier.zip")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_in_log_yet")
    await sequence_all(world, database)
    assert inside(await dossier(life.officer, f"/findings/{life.id}"))


async def test_the_same_state_gives_the_same_bytes_and_they_are_proven_offline(
    world: World, life: Life, check: Any
) -> None:
    first = await dossier(life.officer, f"/findings/{life.id}")
    world.clock.forward(days=40)
    assert await dossier(life.officer, f"/findings/{life.id}") == first
    files, key = inside(first), await key_of(world)
    code, said = check(first, key)
    assert code == 0, said
    kinds = [event["kind"] for event in json.loads(files["events.json"])]
    assert {"inspection.reported", "finding.registered", "order.issued", "finding.written_off"} <= set(kinds)
    assert files[f"papers/{life.order_id}.pdf"].startswith(b"%PDF")
    assert [name for name in files if name.startswith("reports/")] != []
    [record] = json.loads(files["records.json"])["findings"]
    assert record["state"] == "closed"


async def test_an_inspections_dossier_holds_its_photos_byte_for_byte(
    world: World, database: TestDatabase, check: Any
) -> None:
    author, mate, taken = await world.inspector(), await world.inspector(), shot()
    found = [finding_body(photo_ids=[taken.id]), finding_body()]
    body = report_body(world, await world.enterprise(), [author, mate], findings=found, photos=[taken.declared()])
    assert (await author.post("/inspections", body)).status_code == 201
    assert (await put(author, taken.data, taken.id)).status_code == 201
    await sequence_all(world, database)
    data = await dossier(author, f"/inspections/{body['id']}")
    files = inside(data)
    assert files[f"photos/{taken.id}.jpeg"] == taken.data
    assert len(json.loads(files["records.json"])["findings"]) == 2
    assert f'src="photos/{taken.id}.jpeg"'.encode() in files["index.html"]
    assert check(data, await key_of(world))[0] == 0


async def test_a_dossier_of_twenty_findings_asks_the_database_no_more_than_one_of_one(
    world: World, database: TestDatabase
) -> None:
    author, mate = await world.inspector(), await world.inspector()
    asked: list[list[str]] = []

    def hear(_connection: object, _cursor: object, text: str, *_: object) -> None:
        asked[-1].append(text)

    for count in (1, 20):
        found = [finding_body(description=f"第{number}处") for number in range(count)]
        body = report_body(world, await world.enterprise(), [author, mate], findings=found)
        assert (await author.post("/inspections", body)).status_code == 201
        await sequence_all(world, database)
        asked.append([])
        engine = world.office.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", hear)
        files = inside(await dossier(author, f"/inspections/{body['id']}"))
        sa.event.remove(engine, "before_cursor_execute", hear)
        told = json.loads(files["records.json"])["findings"]
        assert [one["description"] for one in told] == [one["description"] for one in found]
    assert len(asked[1]) <= len(asked[0]), asked[1]


async def test_any_file_that_was_changed_taken_away_or_added_is_named(world: World, life: Life, check: Any) -> None:
    files, key = inside(await dossier(life.officer, f"/findings/{life.id}")), await key_of(world)
    assert check(packed(files), key)[0] == 0, "packed anew it is the same"
    for name in files:
        data = files[name]
        for forged in (data[:-2], bytes([data[0] ^ 1]) + data[1:], None):
            changed = {**files, name: forged} if forged is not None else {k: v for k, v in files.items() if k != name}
            code, said = check(packed(changed), key)
            assert code == 1, name
            assert name in said or "dossier" in said
    code, said = check(packed({**files, "photos/more.jpeg": snapped()}), key)
    assert (code, "photos/more.jpeg: it is not in the manifest" in said) == (1, True)
    code, said = check(packed(files), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert (code, "no known key" in said) == (1, True)


async def test_a_dossier_holds_what_its_reader_sees_and_no_more(world: World, life: Life, check: Any) -> None:
    for stranger in (await world.officer(region=OTHER_TOWN), await world.admin()):
        for path in (f"/findings/{life.id}", f"/inspections/{life.inspection_id}"):
            assert (await stranger.get(f"{path}/dossier.zip")).status_code == 404
    data = await dossier(life.boss, f"/findings/{life.id}")
    files = inside(data)
    told = b"".join(files.values())
    assert life.finder.user.name.encode() not in files["events.json"]
    assert [name for name in files if name.startswith("reports/")] == []
    assert {event["body"] for event in json.loads(files["events.json"])} == {None}
    assert b"warnings" not in told
    assert check(data, await key_of(world))[0] == 0


async def test_whoever_may_not_read_why_a_report_was_held_has_a_dossier_of_it_that_checks(
    world: World, database: TestDatabase, check: Any
) -> None:
    await world.regions()
    people, officer = [await world.inspector(), await world.inspector()], await world.officer()
    held = report_body(world, str(uuid4()), people)
    await people[0].post("/inspections", held)
    decision = {"decision": "release", "enterprise_id": await world.enterprise(by=officer)}
    released = (await officer.post(f"/inspections/{held['id']}/resolution", decision)).json()
    amendment = {"reason": "补充", "unit_signed": True}
    amended = await people[0].patch(f"/inspections/{held['id']}", amendment, version=released["version"])
    assert amended.status_code == 200, amended.text
    await sequence_all(world, database)
    for reader in (people[0], officer):
        data = await dossier(reader, f"/inspections/{held['id']}")
        assert len([name for name in inside(data) if name.startswith("reports/")]) == 2
        assert check(data, await key_of(world))[0] == 0


async def test_an_original_that_rotted_ends_the_file_before_its_end(world: World, database: TestDatabase) -> None:
    author, mate, taken = await world.inspector(), await world.inspector(), shot()
    body = report_body(
        world, await world.enterprise(), [author, mate],
        findings=[finding_body(photo_ids=[taken.id])], photos=[taken.declared()],
    )  # fmt: skip
    assert (await author.post("/inspections", body)).status_code == 201
    assert (await put(author, taken.data, taken.id)).status_code == 201
    await sequence_all(world, database)
    path = on_disk(world, taken.data)
    path.unlink()
    path.write_bytes(taken.data[:-1] + b"\0")
    answer = await author.get(f"/inspections/{body['id']}/dossier.zip")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(answer.content))


def test_the_page_shows_every_text_as_text() -> None:
    evil = "<script>alert(1)</script>"
    record = {"id": evil, "description": f'"><img src=x onerror=alert(1)>{evil}', "n": 1}
    change = {"field": evil, "before": None, "after": evil}
    event = {"at": evil, "kind_label": evil, "actor_name": evil, "changes": [change], "hash": evil}
    records = {"inspections": [record], "findings": [record], "orders": [record]}
    head = CheckpointRead(epoch=1, origin=evil, size=1, root="", at=datetime(2026, 1, 1, tzinfo=UTC), note="")
    shown = page("finding", records, [event], head, []).decode()
    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.count("&lt;script&gt;") > 8

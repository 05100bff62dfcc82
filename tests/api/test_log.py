"""The log as clients see it: signed heads, proofs, and receipts that every phone can hold the office to."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app as command_line
from models.words import FindingState
from tests import second_verifier
from tests.database import TestDatabase
from tests.makers_findings import Life, finding
from tests.makers_photos import put, snapped
from tests.makers_reports import finding_body, report_body, shot
from tests.sequencing import sequence_all
from tests.world import OTHER_TOWN, Person, World


async def told(by: Person, path: str) -> dict[str, Any]:
    answer = await by.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def vkey(by: Person) -> str:
    return str((await told(by, "/log"))["keys"][0]["verifier"])


async def first_event(life: Life) -> dict[str, Any]:
    return dict((await told(life.officer, f"/findings/{life.id}/timeline"))["items"][0])


async def test_before_the_sequencer_came_the_log_says_not_yet(world: World) -> None:
    officer = await world.officer()
    for path in ("/log", "/log/checkpoint", "/log/consistency"):
        answer = await officer.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_in_log_yet")
        assert "Retry-After" in answer.headers


async def test_an_event_of_a_timeline_is_proven_to_stand_under_the_signed_head(
    world: World, database: TestDatabase
) -> None:
    life = await finding(world, FindingState.ORDERED)
    event = await first_event(life)
    answer = await life.officer.get(f"/log/events/{event['id']}/proof")
    assert answer.status_code == 503, "it has no leaf yet"
    await sequence_all(world, database)
    proof = await told(life.officer, f"/log/events/{event['id']}/proof")
    assert proof["event_hash"] == event["hash"]
    size, root = second_verifier.checkpoint_of(proof["checkpoint"]["note"], await vkey(life.officer))
    leaf = second_verifier.sha(b"\0" + bytes.fromhex(event["hash"]))
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert second_verifier.accepts_inclusion(leaf, proof["position"], size, path, root)


async def test_who_does_not_see_the_record_gets_no_proof_that_it_is_there(world: World, database: TestDatabase) -> None:
    life = await finding(world, FindingState.ORDERED)
    event = await first_event(life)
    await sequence_all(world, database)
    for stranger in (await world.officer(region=OTHER_TOWN), await world.admin()):
        answer = await stranger.get(f"/log/events/{event['id']}/proof")
        assert answer.status_code == 404
    assert (await life.boss.get(f"/log/events/{event['id']}/proof")).status_code == 200


async def test_a_later_head_is_proven_to_begin_with_an_earlier_one(world: World, database: TestDatabase) -> None:
    life = await finding(world, FindingState.REGISTERED)
    await sequence_all(world, database)
    early = await told(life.officer, "/log/checkpoint")
    await life.order()
    await sequence_all(world, database)
    late = await told(life.officer, "/log/checkpoint")
    proof = await told(life.officer, f"/log/consistency?from_size={early['size']}")
    assert (proof["from_root"], proof["to_root"]) == (early["root"], late["root"])
    roots = bytes.fromhex(early["root"]), bytes.fromhex(late["root"])
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert second_verifier.accepts_consistency(early["size"], late["size"], *roots, path)


@pytest.mark.parametrize("asked", ["from_size=1000000", "from_size=2&to_size=1", "to_size=1000000"])
async def test_a_tree_that_was_never_signed_has_no_proof(world: World, database: TestDatabase, asked: str) -> None:
    await sequence_all(world, database)
    officer = await world.officer()
    answer = await officer.get(f"/log/consistency?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (409, "size_not_in_log")
    assert answer.json()["size"] == (await told(officer, "/log/checkpoint"))["size"]


class Reported:
    """A report with a finding and a photo, and what its author can ask for."""

    def __init__(self, world: World, database: TestDatabase, author: Person, inspection_id: str) -> None:
        self.world, self.database, self.author, self.id = world, database, author, inspection_id

    async def receipt(self, **asked: int) -> dict[str, Any]:
        query = "".join(f"?{name}={value}" for name, value in asked.items())
        return await told(self.author, f"/inspections/{self.id}/receipt{query}")


@pytest.fixture
async def reported(world: World, database: TestDatabase) -> Reported:
    author, mate, taken = await world.inspector(), await world.inspector(), shot()
    found = finding_body(photo_ids=[taken.id])
    body = report_body(world, await world.enterprise(), [author, mate], findings=[found], photos=[taken.declared()])
    answer = await author.post("/inspections", body)
    assert answer.status_code == 201, answer.text
    assert (await put(author, taken.data, taken.id)).status_code == 201
    return Reported(world, database, author, body["id"])


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """`zhicha check receipt`: exit code and what was said."""

    def run(receipt: dict[str, Any], key: str, earlier: dict[str, Any] | None = None) -> tuple[int, str]:
        file = tmp_path / "receipt.json"
        file.write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
        more = []
        if earlier is not None:
            (tmp_path / "earlier.json").write_text(json.dumps(earlier), "utf-8")
            more = ["--earlier", str(tmp_path / "earlier.json")]
        result = CliRunner().invoke(command_line, ["check", "receipt", str(file), "--key", key, *more])
        return result.exit_code, result.output

    return run


async def test_a_receipt_names_the_reports_own_events_and_proves_them_once_they_are_in_the_log(
    reported: Reported, check: Any
) -> None:
    early = await reported.receipt()
    kinds = ["finding.registered", "inspection.reported", "photo.stored"]
    assert sorted(event["kind"] for event in early["events"]) == kinds
    assert [event["position"] for event in early["events"]] == [None] * 3
    await sequence_all(reported.world, reported.database)
    late, key = await reported.receipt(), await vkey(reported.author)
    assert [event["hash"] for event in late["events"]] == [event["hash"] for event in early["events"]]
    assert None not in [event["position"] for event in late["events"]]
    for receipt in (early, late):
        code, said = check(receipt, key)
        assert code == 0, said
    assert "3 of 3 records are in the log" in check(late, key)[1]


async def test_any_changed_field_of_a_receipt_is_noticed_offline(reported: Reported, check: Any) -> None:
    await sequence_all(reported.world, reported.database)
    receipt, key = await reported.receipt(known=1), await vkey(reported.author)
    assert check(receipt, key)[0] == 0

    def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, dict | list):
            for name in value if isinstance(value, dict) else range(len(value)):
                yield from places(value[name], (*way, name))
        else:
            yield way

    tried = 0
    for *way, last in places(receipt):
        forged = copy.deepcopy(receipt)
        inside = forged
        for step in way:
            inside = inside[step]
        inside[last] = "0" if inside[last] != "0" else "1"
        assert check(forged, key)[0] == 1, [*way, last]
        tried += 1
    assert tried > 40


async def test_a_receipt_of_another_office_is_not_ours(reported: Reported, check: Any) -> None:
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    code, said = check(await reported.receipt(), key)
    assert code == 1
    assert "no known key signed" in said


async def test_an_event_that_never_came_into_the_log_breaks_the_promise_of_its_receipt(
    reported: Reported, check: Any
) -> None:
    await sequence_all(reported.world, reported.database)
    key = await vkey(reported.author)
    reported.database.execute("DELETE FROM log_leaf")
    reported.database.execute("DELETE FROM log_node")
    reported.world.clock.forward(seconds=59)
    assert check(await reported.receipt(), key)[0] == 0
    reported.world.clock.forward(seconds=2)
    code, said = check(await reported.receipt(), key)
    assert code == 1
    assert "promised a place in the log within 60 s" in said


async def test_a_phone_that_names_the_checkpoint_it_knows_gets_the_proof_that_nothing_was_rewritten(
    reported: Reported, check: Any
) -> None:
    await sequence_all(reported.world, reported.database)
    early, key = await reported.receipt(), await vkey(reported.author)
    await reported.world.enterprise()
    await sequence_all(reported.world, reported.database)
    late = await reported.receipt(known=early["checkpoint"]["size"])
    assert late["consistency"]["from_root"] == early["checkpoint"]["root"]
    assert late["consistency"]["to_root"] == late["checkpoint"]["root"]
    assert check(late, key, early)[0] == 0
    code, said = check(await reported.receipt(), key, early)
    assert (code, "known=" in said) == (1, True), "without the proof nothing is proven"


async def test_a_phone_that_saw_a_larger_log_sees_that_it_was_cut_off(reported: Reported, check: Any) -> None:
    await sequence_all(reported.world, reported.database)
    before = await told(reported.author, "/log/checkpoint")
    await reported.world.enterprise()
    await sequence_all(reported.world, reported.database)
    early, key = await reported.receipt(), await vkey(reported.author)
    for table in (
        "log_checkpoint WHERE size > %s",
        "log_leaf WHERE position >= %s",
        "log_node WHERE place << level >= %s",
    ):
        reported.database.execute(f"DELETE FROM {table}", before["size"])
    late = await reported.receipt(known=early["checkpoint"]["size"])
    assert late["consistency"] is None
    code, said = check(late, key, early)
    assert (code, "the log has shrunk" in said) == (1, True)


async def test_a_photo_that_came_later_joins_the_next_receipt(reported: Reported) -> None:
    before = await reported.receipt()
    officer = await reported.world.officer()
    assert (await put(officer, snapped())).status_code == 201, "of no report"
    assert len((await reported.receipt())["events"]) == len(before["events"])
    reported.world.clock.forward(hours=1)
    assert (await reported.receipt())["signature"] != before["signature"]

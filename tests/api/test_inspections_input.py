"""What is not a report is refused with a pointer, and nothing of it is stored."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from models.reports import REPORT_EXAMPLE
from models.words import AnswerResult
from tests.makers_reports import finding_body, report_body
from tests.world import Person, World


@dataclass
class Town:
    world: World
    first: Person
    second: Person
    enterprise_id: str

    def body(self, **more: Any) -> dict[str, Any]:
        return {**report_body(self.world, self.enterprise_id, [self.first, self.second]), **more}

    async def send(self, raw: bytes | str, media_type: str = "application/json") -> httpx.Response:
        return await self.first.call("POST", "/inspections", content=raw, headers={"Content-Type": media_type})

    async def refused(self, raw: bytes | str) -> list[tuple[str, str]]:
        """Pointers and codes; nothing is stored."""
        answer = await self.send(raw)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await self.first.get("/inspections")).json()["items"] == []
        return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    return Town(world, await world.inspector(), await world.inspector(), enterprise_id)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b"\xff\xfe{}", "json_not_utf8"),
        (b"\xef\xbb\xbf{}", "json_invalid"),
        (b"[]", "object_needed"),
        (b'{"kind": NaN}', "json_number"),
        (b'{"kind": 1e999}', "json_number"),
        (b'{"kind": ' + b"9" * 5000 + b"}", "json_number"),
        (b'{"kind": "routine", "kind": "joint"}', "json_key_twice"),
        (b"[" * 100_000, "json_too_deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "json_too_deep"),
    ],
)
async def test_what_is_no_strict_json_is_refused_by_its_kind(town: Town, raw: bytes, code: str) -> None:
    assert [found for _, found in await town.refused(raw)] == [code]


async def test_nul_and_half_surrogates_are_refused_wherever_they_are(town: Town) -> None:
    raw = json.dumps(town.body(note="a"))
    assert await town.refused(raw.replace('"note": "a"', '"note": "\\u0000"')) == [("/note", "text_unstorable")]
    assert await town.refused(raw.replace('"note": "a"', '"note": "\\ud800"')) == [("/note", "text_unstorable")]
    assert await town.refused(raw.replace('"note": "a"', '"new": {"x": ["\\udfff"]}')) == [
        ("/new/x/0", "text_unstorable")
    ]
    assert await town.refused(raw.replace('"note": "a"', '"n\\u0000": 1')) == [("", "text_unstorable")]


async def test_a_full_pair_of_surrogates_and_every_other_text_come_back_exactly_as_sent(town: Town) -> None:
    text = " 𠮷野家\u200b\r\n\t“”é e\u0301 \U0001f525 "
    shown = (await town.send(json.dumps(town.body(note=text)))).json()
    assert shown["note"] == text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"findings": [finding_body(deadline=0)]}, "/findings/0/deadline"),
        ({"findings": [finding_body(deadline="2026-12-01T00:00:00Z")]}, "/findings/0/deadline"),
        ({"findings": [finding_body(description="")]}, "/findings/0/description"),
        ({"findings": [finding_body(grade="huge")]}, "/findings/0/grade"),
        ({"findings": [finding_body(id="0198f3a0-0000-1000-8000-000000000001")]}, "/findings/0/id"),
        ({"reinspections": [{"finding_id": str(uuid4()), "passed": "off"}]}, "/reinspections/0/passed"),
        ({"credentials_shown": "yes"}, "/credentials_shown"),
        ({"credentials_shown": 1}, "/credentials_shown"),
        ({"arrived_at": "2026-11-24T09:12:31"}, "/arrived_at"),
        ({"arrived_at": 1795482751}, "/arrived_at"),
        ({"arrived_at": None}, "/arrived_at"),
        ({"inspectors": "all"}, "/inspectors"),
        ({"inspectors": [str(uuid4())] * 51}, "/inspectors"),
        ({"location": {"lon": "111", "lat": 30}}, "/location/lon"),
        ({"kind": "raid"}, "/kind"),
        ({"answers": [{"item": "a b", "result": "pass"}]}, "/answers/0/item"),
        ({"photos": [{"id": str(uuid4()), "sha256": "xyz"}]}, "/photos/0/sha256"),
        ({"note": "长" * 4001}, "/note"),
    ],
)
async def test_a_wrong_value_is_refused_with_its_pointer_and_never_repeated(
    town: Town, change: dict[str, Any], pointer: str
) -> None:
    refused = await town.refused(json.dumps(town.body(**change)))
    assert refused[0][0] == pointer


async def test_a_body_of_forty_megabytes_is_too_large(town: Town) -> None:
    answer = await town.send(json.dumps(town.body(note="长" * 7_000_000)))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_another_media_type_is_not_taken_for_a_report(town: Town) -> None:
    answer = await town.send(json.dumps(town.body()), "text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unknown")


async def test_nobody_without_a_session_has_their_report_read(town: Town) -> None:
    answer = await town.world.client.post("/api/v1/inspections", json=town.body())
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


async def test_the_example_of_the_docs_is_a_report_that_a_phone_may_send(town: Town) -> None:
    answer = await town.send(json.dumps(REPORT_EXAMPLE))
    assert answer.status_code == 201
    assert answer.json()["held_reasons"] == ["inspector_unknown", "not_an_inspector", "enterprise_unknown"]
    document = (await town.world.client.get("/api/v1/openapi.json")).json()
    assert document["components"]["schemas"]["Report"]["examples"] == [REPORT_EXAMPLE]
    body = document["paths"]["/api/v1/inspections"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}


def test_every_reason_and_warning_of_the_code_has_its_row_in_the_docs() -> None:
    root = Path(__file__).parents[2]
    code = "".join(path.read_text() for path in (root / "services/inspections").glob("*.py"))
    docs = (root / "docs/reports.md").read_text()
    rows = set(re.findall(r"^\| ([a-z_]+) \|", docs, re.MULTILINE)) - {"reason", "warning", "result", *AnswerResult}
    said = set(re.findall(r'(?:yield|append\(|insert\(0,|_of\(due,|NotApplicable\(\[) ?f?"([a-z_]+)', code))
    also = {"fewer_than_two_cards", "patrol_only", "unknown_item", "duplicate_answer", "enterprise_merged"}
    assert said | also == rows

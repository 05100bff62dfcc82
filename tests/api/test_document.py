"""The OpenAPI document: calls that are really sent, answers that are declared, bytes that are called bytes."""

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.answers import RECORDED, recorded
from api.document import TAGS
from api.json_bodies import JsonRoute
from api.samples import MEMBERS
from tests.api.test_bad_input import DOCUMENTED
from tests.api.test_every_route_names_its_caller import routes
from tests.checked import record_faults, tell_of_what_tests_made
from tests.contract import PROBLEM, Contract
from tests.database import TestDatabase
from tests.documented import SENT, as_documented, shape, told
from tests.error_page import domain_errors
from tests.makers_town import reads, town
from tests.sequencing import sequence_all
from tests.worker import working
from tests.world import World

BYTES = ("image/", "application/octet-stream", "application/pdf", "application/zip")
BEGUN_BY_HEADERS = {"/api/v1/uploads"}
"""Where the answer is in the headers (tus 1.0)."""
NOTHING_TO_READ = {"204", "304"}
CHINESE = re.compile("[一-鿿]")
RECORDING = "RECORD_ANSWERS" in os.environ


@pytest.fixture(scope="session")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1"):
            yield from ((path, method, operation) for method, operation in methods.items())


def named(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {operation["operationId"]: operation for _, _, operation in operations(document)}


def hold(contract: Contract, name: str, answer: httpx.Response) -> None:
    """The call succeeded and was answered as the document shows; with RECORD_ANSWERS the document learns it anew."""
    assert answer.is_success, f"{name}: {answer.text}"
    assert list(contract.faults(answer)) == []
    really = told(contract, answer)
    if RECORDING:
        known = json.loads(RECORDED.read_text(encoding="utf-8")) | {name: really}
        RECORDED.write_text(json.dumps(dict(sorted(known.items())), ensure_ascii=False, indent=1) + "\n", "utf-8")
    else:
        assert shape(recorded()[name]) == shape(really), f"{name}: record the answers anew (tests/documented.py)"


CHANGED_BEFORE = {"revealIdentityNumber"}
"""A call has changed what the test made, before its making could be told as an event."""


@pytest.mark.parametrize("name", SENT)
async def test_what_the_document_shows_is_sent_as_it_stands_and_succeeds_with_the_answer_that_it_shows(
    world: World, document: dict[str, Any], contract: Contract, name: str
) -> None:
    call = await as_documented(world, document, name, named(document)[name])
    await tell_of_what_tests_made(world)
    hold(contract, name, await call.honestly(world))
    found = [] if name in CHANGED_BEFORE else await record_faults(world)
    assert [str(fault) for fault in found] == [], "the check of the log cries wolf"


async def test_every_reading_call_that_the_document_shows_succeeds_with_the_answer_that_it_shows(
    world: World, database: TestDatabase, document: dict[str, Any], contract: Contract
) -> None:
    async with working(world, database) as worker:
        calls = reads(await town(world))
        await worker.run()
        await sequence_all(world, database)
        for name, call in calls.items():
            hold(contract, name, await call.send(world, call.by))
    assert {*calls, *SENT} == set(named(document))


def test_every_operation_has_a_name_of_its_own_a_known_tag_and_says_in_chinese_what_it_is_for(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names) >= 64
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)] == []
    assert {tag["name"] for tag in document["tags"]} == set(TAGS)
    for path, method, operation in operations(document):
        assert set(operation["tags"]) <= set(TAGS), f"{method} {path}"
        for text in (operation["summary"], operation["description"], *operation["tags"]):
            assert CHINESE.search(text), f"{method} {path}: {text}"


def test_every_parameter_that_a_call_needs_is_shown_with_an_example(document: dict[str, Any]) -> None:
    bare = [
        f"{operation['operationId']} {parameter['name']}"
        for _, _, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["required"] and "example" not in parameter
    ]
    assert bare == []


def test_every_refusal_shows_each_of_its_codes_and_nothing_is_left_to_a_default(document: dict[str, Any]) -> None:
    shown = document["components"]["examples"]
    used = set()
    for path, method, operation in operations(document):
        assert all(re.fullmatch("[2-5][0-9][0-9]", status) for status in operation["responses"]), f"{method} {path}"
        for status, answer in operation["responses"].items():
            if status >= "400" and method != "head":
                assert set(answer["content"]) == {PROBLEM}
                codes = answer["content"][PROBLEM]["examples"]
                used |= set(codes)
                assert codes
                assert {shown[code]["value"]["status"] for code in codes} == {int(status)}
                assert all(code in answer["description"] for code in codes)
    assert used == set(shown) <= DOCUMENTED
    errors = [kind for kind in domain_errors() if kind.code in shown]
    members = {kind.code: {field.name for field in dataclasses.fields(kind)} for kind in errors}
    assert {code: set(MEMBERS.get(code, ())) for code in members} == members


def test_a_call_that_needs_somebody_says_so_and_so_does_one_that_needs_nobody(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        refusals = {status for status in operation["responses"] if status >= "400"}
        if operation["security"]:
            assert {"401", "403", "404", "503"} <= refusals, f"{method} {path}"
        if "requestBody" in operation:
            assert {"400", "408", "413", "422", "423"} <= refusals, f"{method} {path}"


def test_bytes_are_called_binary_and_what_is_answered_with_content_has_a_schema(document: dict[str, Any]) -> None:
    unnamed = []
    for path, method, operation in operations(document):
        contents = [("sent", operation.get("requestBody", {}).get("content", {}))]
        contents += [(status, answer.get("content", {})) for status, answer in operation["responses"].items()]
        for where, content in contents:
            is_read = where not in {*NOTHING_TO_READ, "sent"} and method != "head" and path not in BEGUN_BY_HEADERS
            if not content and is_read:
                unnamed.append(f"{method} {path} {where}: no content")
            for media_type, inside in content.items():
                schema = inside.get("schema", {})
                if media_type.startswith(BYTES) and schema.get("format") != "binary":
                    unnamed.append(f"{method} {path} {where}: {media_type}")
                if not schema:
                    unnamed.append(f"{method} {path} {where}: {media_type} without schema")
    assert unnamed == []


def test_a_body_that_the_framework_reads_is_read_as_strict_json(app: FastAPI) -> None:
    lax = [
        route.operation_id
        for route in routes(app)
        if route.body_field is not None and not isinstance(route.original_route, JsonRoute)
    ]
    assert lax == []

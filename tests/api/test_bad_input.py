"""Bad input, made from the app's own OpenAPI document: a clear problem, nothing stored, and the next call works.

An operation with a body that has no honest call in tests/makers_calls.py fails here.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from time import perf_counter
from typing import Any, get_args
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI
from psycopg import sql
from pydantic_core.core_schema import ErrorType
from sqlmodel import SQLModel

from models.words import Role
from services.database import JOBS_SCHEMA
from tests.bad_bodies import (
    MARK,
    Bad,
    Shapes,
    dumped,
    of_a_file,
    of_a_form,
    of_a_multipart,
    of_a_photo,
    of_a_piece,
    of_a_place,
    of_a_report_in_parts,
    of_the_whole,
)
from tests.database import CATALOGUE, TestDatabase
from tests.makers_calls import HONEST, Call
from tests.sequencing import sequence_all
from tests.world import TOWN, Person, World

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
OTHER_FORMATS: dict[str, Callable[[Any], Iterator[Bad]]] = {
    FORM: of_a_form,
    "text/csv": of_a_file,
    "application/octet-stream": of_a_photo,
    "application/offset+octet-stream": of_a_piece,
}
BEGUN = {"createUpload": {"upload"}}
"""What stands although the body was refused: an upload has begun before its first byte, and expires by itself."""
MAKES_NO_ROW = ("revokeToken", "refreshToken", "updateOrgan", "updateRegion", "planUpload", "openByCode")
KEPT_UNKNOWN = {"submitInspection"}  # a newer phone is never turned away (design 5)
HUGE = b'{"name": "' + b"a" * 40_000_000 + b'"}'
PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
DOCUMENTED = set(re.findall(r"^\| ([a-z0-9_]+) \|", PAGE, re.MULTILINE))
INPUT_CODES = DOCUMENTED | set(get_args(ErrorType))


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {o["operationId"]: o for path in document["paths"].values() for o in path.values() if "operationId" in o}


@pytest.fixture(scope="session")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


class Tables:
    """How many rows each table has."""

    def __init__(self, database: TestDatabase) -> None:
        self._database = database
        self._names = [("public", name) for name in sorted(SQLModel.metadata.tables.keys() - CATALOGUE)]
        self._names.append((JOBS_SCHEMA, "procrastinate_jobs"))

    def counts(self) -> dict[str, int]:
        """By table; a refused sign-in is rightly counted and noted, so what does that is left out."""
        one = sql.SQL("SELECT {}, count(*) FROM {}")
        parts = [one.format(sql.Literal(name), sql.Identifier(schema, name)) for schema, name in self._names]
        rows = dict(self._database.rows(sql.SQL(" UNION ALL ").join(parts)))
        rows.pop("sign_in_failure")
        rows.pop("sign_in")
        return rows


@pytest.fixture
def tables(database: TestDatabase) -> Tables:
    return Tables(database)


def faults(answer: httpx.Response, bad: Bad) -> Iterator[str]:
    """What is wrong with the answer to a bad call."""
    if not 400 <= answer.status_code < 500:
        yield f"answered {answer.status_code}"
        return
    if answer.headers["content-type"] != "application/problem+json":
        yield f"is {answer.headers['content-type']}"
        return
    problem = answer.json()
    if problem["code"] not in DOCUMENTED:
        yield f"has the unknown code {problem['code']}"
    if MARK in answer.text:
        yield "repeats what was sent"
    errors = problem.get("errors", [])
    if answer.status_code == 422 and problem["code"] == "invalid_input":
        if not errors:
            yield "names no error"
        if not all(error["code"] in INPUT_CODES for error in errors):
            yield f"has unknown codes in {errors}"
        if not all(re.fullmatch(r"|#?/.+", error["pointer"]) for error in errors):
            yield f"points nowhere: {errors}"
        strayed = [error for error in errors if not points_at(bad, error)]
        if len(strayed) == len(errors):
            yield f"points elsewhere: {errors}"


def points_at(bad: Bad, error: dict[str, str]) -> bool:
    """At the place of the fault or an object around it; the reader of JSON alone does not always know where it is."""
    if bad.pointer is None or error["code"].startswith("json_"):
        return True
    return error["pointer"] != "" and bad.pointer.startswith(error["pointer"])


async def wrongly_answered(world: World, call: Call, by: Person | None, bads: Iterator[Bad]) -> list[str]:
    wrong = []
    for bad in bads:
        headers = {**bad.headers, **({} if bad.media_type is None else {"Content-Type": bad.media_type})}
        answer = await call.send(world, by, content=bad.raw, headers=headers)
        wrong += [f"{bad.why}: {fault}" for fault in faults(answer, bad)]
    return wrong


def body_schema(operation: dict[str, Any], media_type: str) -> dict[str, Any]:
    schema: dict[str, Any] = operation["requestBody"]["content"][media_type]["schema"]
    return schema


def test_every_operation_with_a_body_has_its_honest_call(document: dict[str, Any]) -> None:
    assert {name for name, one in operations(document).items() if "requestBody" in one} == set(HONEST)


@pytest.mark.parametrize("name", HONEST)
async def test_a_spoilt_body_is_a_clear_problem_stores_nothing_and_the_honest_one_still_works(
    world: World, tables: Tables, document: dict[str, Any], name: str
) -> None:
    call = await HONEST[name](world)
    before = tables.counts()
    wrong = await wrongly_answered(world, call, call.by, bad_bodies(document, name, call))
    for other in call.others:
        # The shape is checked before the role counts; who else may call meets each kind of fault once.
        wrong += await wrongly_answered(world, call, other, islice(bad_bodies(document, name, call), 40))
    assert wrong == []
    after = tables.counts()
    assert {kind for kind in after if after[kind] != before[kind]} <= BEGUN.get(name, set())
    honest = await call.honestly(world)
    assert honest.is_success, honest.text
    assert tables.counts() != before or name in MAKES_NO_ROW


def bad_bodies(document: dict[str, Any], name: str, call: Call) -> Iterator[Bad]:
    operation = operations(document)[name]
    shapes = Shapes(document["components"]["schemas"])
    yield Bad("40 MB", HUGE, call.media_type)
    if call.media_type == JSON:
        if "multipart/form-data" in operation["requestBody"]["content"]:
            yield from chain(of_a_multipart("report", dumped(call.body)), of_a_report_in_parts(dumped(call.body)))
        schema = body_schema(operation, JSON)
        assert list(shapes.untold(schema, call.body)) == []
        places = shapes.places(schema, call.body)
        yield from of_the_whole(call.body, takes_unknown=name in KEPT_UNKNOWN)
        yield from chain.from_iterable(of_a_place(call.body, place) for place in places)
    else:
        yield from OTHER_FORMATS[call.media_type](call.body)


@pytest.mark.parametrize(
    "body", [{f"x{number}": 1 for number in range(20_000)}, {"name": "x", "industries": [1] * 400_000}]
)
async def test_a_body_full_of_faults_gets_a_short_answer_soon(world: World, body: dict[str, Any]) -> None:
    admin = await world.admin()
    began = perf_counter()
    answer = await admin.post("/departments", body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) <= 100
    assert perf_counter() - began < 5


NAUGHTY = {
    "NUL": f"{MARK}%00",
    "half a pair": f"{MARK}%ED%A0%80",
    "10,000 characters": MARK * 1000,
    "negative": "-1",
    "quotes": f"{MARK}'%20OR%201=1--%22;",
    "wildcards": f"{MARK}%25_%5C",
    "a number past all": "9" * 400,
    "empty": "",
    "digits for a date": "1764547200",
    "a path": f"..%2f..%2f{MARK}",
    "template": f"%7B%7B{MARK}%7D%7D%24%7B7*7%7D",
    "line break": f"{MARK}%0D%0AX-Injected:%201",
}
SOME_ID = "0198f000-0000-7000-8000-000000000001"


def parameters(document: dict[str, Any], place: str) -> list[tuple[str, str, str, str]]:
    """Method, path, operation and name of every parameter of this kind; a header, read in one place, once."""
    found = [
        (method, path.removeprefix("/api/v1"), operation["operationId"], parameter["name"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == place and path.startswith("/api/v1") and method != "head"  # no body to judge
    ]
    return found if place != "header" else list({name: one for one in found for name in [one[3]]}.values())


async def people(world: World) -> list[Person]:
    """Somebody of every role."""
    await world.regions()
    enterprise_id = await world.enterprise()
    carded = [await world.officer(), await world.inspector()]
    by_desk = [await world.leader(), await world.admin(), await world.person(Role.INTEGRATOR)]
    near = [await world.village(), await world.boss(enterprise_id)]
    return [*carded, *by_desk, *near, await world.person(Role.DEPARTMENT, industries=["MECH"])]


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: TOWN if name[1] == "code" else SOME_ID, path)


async def mishandled(answer: httpx.Response, why: str) -> list[str]:
    """A good answer to odd input is allowed where it means something (a search), a bad one must be a clear problem."""
    if answer.is_success and why != "NUL":
        return []
    return [f"{why}: {fault}" for fault in faults(answer, Bad(why, b""))]


@pytest.mark.parametrize("place", ["query", "path", "header"])
async def test_a_naughty_parameter_is_answered_clearly_whoever_sends_it(
    world: World, database: TestDatabase, tables: Tables, document: dict[str, Any], place: str
) -> None:
    everybody = await people(world)
    await sequence_all(world, database)  # an office whose worker works has a checkpoint to prove against
    before, wrong, asked = tables.counts(), [], 0
    for method, path, operation, name in parameters(document, place):
        for why, value in NAUGHTY.items():
            if place == "header" and why == "NUL":
                continue  # no server passes it on
            by = everybody[asked % len(everybody)]  # eight roles and twelve values: every pair of both occurs
            asked += 1
            url, headers = filled(path), {}
            if place == "path":
                url = filled(path.replace(f"{{{name}}}", value))
            elif place == "query":
                url += f"?{name}={value}"
            else:
                headers = {name: unquote(value).replace("\r\n", " ").encode()}
            answer = await by.call(method.upper(), url, headers=headers)
            wrong += [f"{operation} {name}: {fault}" for fault in await mishandled(answer, why)]
    assert wrong == []
    assert asked > {"query": 600, "path": 300, "header": 50}[place]
    given = {"field_pack"}  # what a pack held is kept, so that the next one brings only what changed (decision 0017)
    after = tables.counts()
    assert {name for name in after if after[name] != before[name]} <= given


PACK = "/field-pack"
"""Its cursor is the id of the pack that a phone has; any other gets the whole: tests/api/test_field_pack.py."""


async def test_a_cursor_that_was_altered_or_is_of_another_list_is_refused(
    world: World, document: dict[str, Any]
) -> None:
    officer = (await people(world))[0]
    own = (await officer.get("/regions?limit=1")).json()["next_cursor"]
    lists = {path for _, path, _, name in parameters(document, "query") if name == "cursor"} - {PACK}
    altered = [own[:-1], own + "A", ("B" if own[0] == "A" else "A") + own[1:], own[:-2], "AAAA", "=", "é", f"{own}%00"]
    wrong = {("/regions", cursor) for cursor in altered} | {(path, own) for path in lists - {"/regions"}}
    for path, cursor in wrong:
        answer = await officer.get(f"{filled(path)}?cursor={cursor}")
        assert list(faults(answer, Bad(cursor, b""))) == [], f"{path} {cursor}"
        assert answer.json()["errors"][0]["code"] == "cursor_unreadable"
    assert (await officer.get(f"/regions?limit=1&cursor={own}")).status_code == 200
    assert len(lists) >= 10

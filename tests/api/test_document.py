"""The OpenAPI document: examples that are really taken, bytes that are called bytes, answers that are declared."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

import models
from api.json_bodies import JsonRoute
from services.rules.canonical import canonical_json
from tests.api.test_bad_input import DOCUMENTED
from tests.api.test_every_route_names_its_caller import routes
from tests.world import World

SHAPED = ("application/json", "application/x-www-form-urlencoded")
BYTES = ("image/", "application/octet-stream", "application/pdf")
NOTHING_TO_READ = {"204", "304"}


@pytest.fixture(scope="session")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1"):
            yield from ((path, method, operation) for method, operation in methods.items())


def shapes() -> dict[str, type[BaseModel]]:
    """Every shape of the models, by the name that the document gives it."""
    found: dict[str, type[BaseModel]] = {}
    for module in pkgutil.iter_modules(models.__path__, "models."):
        for name, kind in vars(importlib.import_module(module.name)).items():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found[name] = kind
    return found


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Path, method and shape of every operation that takes one."""
    for path, method, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        for media_type in SHAPED:
            if media_type in content:
                yield path, method, content[media_type]["schema"]["$ref"].rsplit("/", 1)[1]


def test_every_shape_that_is_sent_has_an_example_which_the_shape_itself_takes(document: dict[str, Any]) -> None:
    known = shapes()
    names = {name for _, _, name in bodies(document)}
    without = [name for name in names if not document["components"]["schemas"][name].get("examples")]
    assert without == []
    for name in names:
        for example in document["components"]["schemas"][name]["examples"]:
            known[name].model_validate_json(canonical_json(example))
    assert len(names) >= 25


async def test_every_example_is_taken_by_the_office_as_far_as_its_form_goes(
    world: World, document: dict[str, Any]
) -> None:
    """Its ids are of nobody, so that it may be answered 404 or name something unknown; never that it is malformed."""
    admin, officer = await world.admin(), await world.officer()
    for path, method, name in bodies(document):
        [example] = document["components"]["schemas"][name]["examples"]
        sent = {"data": example} if name == "TokenForm" else {"json": example}
        path = path.removeprefix("/api/v1").replace("{code}", "420582104")
        path = _with_absent_id(path) if "{" in path else path
        for by in (admin, officer):
            answer = await by.call(method.upper(), path, headers={"If-Match": '"1"'}, **sent)
            assert answer.status_code < 500, f"{name}: {answer.text}"
            codes = {error["code"] for error in answer.json().get("errors", [])} if answer.status_code == 422 else set()
            assert codes <= DOCUMENTED, f"{name}: {answer.text}"


def _with_absent_id(path: str) -> str:
    head, _, tail = path.partition("{")
    return f"{head}0198f000-0000-7000-8000-000000000001{tail.partition('}')[2]}"


def test_bytes_are_called_binary_and_what_is_answered_with_content_has_a_schema(document: dict[str, Any]) -> None:
    unnamed = []
    for path, method, operation in operations(document):
        contents = [("sent", operation.get("requestBody", {}).get("content", {}))]
        contents += [(status, answer.get("content", {})) for status, answer in operation["responses"].items()]
        for where, content in contents:
            if not content and where not in {*NOTHING_TO_READ, "sent"}:
                unnamed.append(f"{method} {path} {where}: no content")
            for media_type, told in content.items():
                schema = told.get("schema", {})
                if media_type.startswith(BYTES) and schema.get("format") != "binary":
                    unnamed.append(f"{method} {path} {where}: {media_type}")
                if not schema:
                    unnamed.append(f"{method} {path} {where}: {media_type} without schema")
    assert unnamed == []


def test_every_operation_says_what_it_is_for_in_chinese_and_what_it_refuses(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for text in (operation["summary"], operation["description"], *operation["tags"]):
            assert any("一" <= char <= "鿿" for char in text), f"{method} {path}: {text}"
        refusals = {status: told for status, told in operation["responses"].items() if status >= "400"}
        assert {"401", "404", "422"} <= set(refusals)
        for told in refusals.values():
            assert set(told["content"]) == {"application/problem+json"}


def test_a_body_that_the_framework_reads_is_read_as_strict_json(app: FastAPI) -> None:
    lax = [
        route.operation_id
        for route in routes(app)
        if route.body_field is not None and not isinstance(route.original_route, JsonRoute)
    ]
    assert lax == []

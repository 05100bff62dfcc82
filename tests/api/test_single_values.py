"""A query that gives a single value twice is refused by every operation; a list may come as often as it likes."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.single_values import SaidOnce, single_values
from tests.world import World


def with_queries(app: FastAPI) -> Iterator[tuple[str, str, dict[str, bool]]]:
    """Method and address of each operation, and of each name in its query whether it is a list."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            told = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
            if told:
                yield method, path, {one["name"]: is_list(one["schema"]) for one in told}


def is_list(schema: dict[str, Any]) -> bool:
    return any(one.get("type") == "array" for one in (schema, *schema.get("anyOf", ())))


async def test_every_operation_refuses_a_single_value_that_comes_twice_and_names_it(world: World, app: FastAPI) -> None:
    headers, tried = (await world.admin()).headers(), 0
    for method, path, names in with_queries(app):
        if method != "get":  # without its body it is refused for that
            continue
        address = re.sub(r"\{[^}]*\}", str(uuid4()), path)
        for name in (name for name, many in names.items() if not many):
            answer = await world.client.request(method, f"{address}?{name}=1&{name}=1", headers=headers)
            assert answer.status_code == 422, (method, path, name, answer.text)
            if name != "cursor":  # what is no cursor of ours may be found out earlier
                told = [(one["pointer"], one["code"]) for one in answer.json()["errors"]]
                assert told == [(f"#/query/{name}", "repeated")], (path, name)
            tried += 1
    assert tried > 100


def test_what_an_operation_takes_one_value_of_is_what_the_document_says(app: FastAPI) -> None:
    told = {path: {name for name, many in names.items() if not many} for _, path, names in with_queries(app)}
    found = [route for route in app.routes if isinstance(route, APIRoute) and single_values(route)]
    assert {route.path: set(single_values(route)) for route in found} == {
        p: names for p, names in told.items() if names
    }
    assert all(any(isinstance(one.call, SaidOnce) for one in route.dependant.dependencies) for route in found)


async def test_lists_and_names_that_nobody_knows_may_come_twice(world: World) -> None:
    inspector = await world.inspector()
    for query in ("by=grade&by=month", "by=grade&utm=1&utm=2", "by=grade&&"):
        assert (await inspector.get(f"/statistics?{query}")).status_code == 200, query


async def test_a_name_is_the_same_name_however_it_is_written(world: World) -> None:
    inspector = await world.inspector()
    for query in ("limit=1&%6Cimit=2", "limit&limit=2", "limit=1&cursor=&limit=1"):
        assert (await inspector.get(f"/findings?{query}")).status_code == 422, query


async def test_a_stranger_is_told_first_that_nobody_knows_them(world: World) -> None:
    assert (await world.client.get("/api/v1/findings?limit=1&limit=2")).status_code == 401

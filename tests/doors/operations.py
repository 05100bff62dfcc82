"""The operations as the OpenAPI document has them, each with every place where a caller may name a record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.bad_bodies import Schema, Shapes
from tests.doors.town import Reader

BASE = "/api/v1"
NAMES_A_RECORD = ("region", "q", "cursor", "code")
"""Parameters and fields that name records without being UUIDs."""


@dataclass(frozen=True)
class Raw:
    """A body that is no JSON."""

    data: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One operation; `places` are where ids go: `{finding_id}`, `?enterprise_id`, `/finding_ids/0`."""

    name: str
    method: str
    path: str
    takes_version: bool
    places: tuple[str, ...]

    @property
    def has_id(self) -> bool:
        """Whether the path names a record."""
        return "{" in self.path

    async def call(
        self,
        by: Reader,
        record_id: str = "",
        *,
        ask: str = "",
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The call with a record's id in its path, a query, and a body."""
        head, _, tail = self.path.partition("{")
        path = f"{head}{record_id}{tail.partition('}')[2]}{ask}"
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if isinstance(body, Raw):
            sent = {"content": body.data}
            headers = {**body.headers, **(headers or {})}
        return await by.call(self.method, path, headers=headers or {}, **sent)


def operations(document: dict[str, Any]) -> dict[str, Operation]:
    """All of them, by their id."""
    shapes = Shapes(document["components"]["schemas"])
    return {
        told["operationId"]: _operation(method, path, told, shapes)
        for path, methods in document["paths"].items()
        if path.startswith(BASE)
        for method, told in methods.items()
    }


def _operation(method: str, path: str, told: Schema, shapes: Shapes) -> Operation:
    asked = told.get("parameters", [])
    named = {"path": "{%s}", "query": "?%s"}
    places = [
        named[one["in"]] % one["name"]
        for one in asked
        if one["in"] in named and _names_a_record(one["name"], shapes.plain(one["schema"]))
    ]
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        places += [pointer for pointer, _ in _fields(shapes, content["schema"], "")]
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path.removeprefix(BASE),
        takes_version=any(one["name"] == "If-Match" for one in asked),
        places=tuple(places),
    )


def _fields(shapes: Shapes, schema: Schema, pointer: str) -> Iterator[tuple[str, Schema]]:
    """Every field of a body that names a record, with its pointer; of a list the first place stands for all."""
    plain = shapes.plain(schema)
    if plain.get("type") == "object":
        for name, below in plain.get("properties", {}).items():
            yield from _fields(shapes, below, f"{pointer}/{name}")
    elif plain.get("type") == "array":
        yield from _fields(shapes, plain["items"], f"{pointer}/0")
    elif _names_a_record(pointer.rsplit("/", 1)[1], plain):
        yield pointer, plain


def _names_a_record(name: str, schema: Schema) -> bool:
    return schema.get("format") == "uuid" or name in NAMES_A_RECORD


Told = tuple[int, bytes, list[tuple[str, str]]]
"""Status, body and headers."""


def told(answer: httpx.Response) -> Told:
    """All that a caller can tell two answers apart by, but for the id of the request."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in ("request-id", "date")]
    return answer.status_code, answer.content, headers


def difference(answer: Told, other: Told) -> str:
    """Where two answers part, short enough for a line."""
    if answer[1] == other[1]:
        return f"{answer[0]} {answer[2]} instead of {other[0]} {other[2]}"
    both = zip(answer[1], other[1], strict=False)
    at = next((at for at, (one, two) in enumerate(both) if one != two), min(len(answer[1]), len(other[1])))
    parts = [told[1][max(0, at - 60) : at + 60].decode(errors="replace") for told in (answer, other)]
    return f"{answer[0]} …{parts[0]}… instead of {other[0]} …{parts[1]}…"

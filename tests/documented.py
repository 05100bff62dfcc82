"""The calls that the OpenAPI document shows, sent as it shows them, and their answers as it shows those.

`python -m pytest tests/api/test_document.py` with RECORD_ANSWERS=1 writes api/answers.json anew.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.contract import Contract
from tests.makers_calls import HONEST, Call, Maker
from tests.makers_reports import report_body
from tests.world import World

AFTER_THE_REPORT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
"""When the examples are sent: the documented report tells of this morning in Shanghai."""

MOST_SHOWN_BYTES = 20_000

SHAPED = ("application/json", "application/x-www-form-urlencoded")
UNFORGEABLE = {"refresh_token", "code"}
"""What no document can show: it is worth something only where it was made."""

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOBODIES = re.compile(r"0198f[23]a0-0000-7000-.+")
"""Ids that only the document's own examples have."""
A_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HASH = re.compile(r"\b[0-9a-f]{64}\b")


async def plain_report(world: World) -> Call:
    """A report as most are: of a known enterprise, by two carded inspectors."""
    first, second = await world.inspector(), await world.inspector()
    body = report_body(world, await world.enterprise(), [first, second])
    return Call("POST", "/inspections", body, first)


SENT: dict[str, Maker] = {**HONEST, "submitInspection": plain_report}


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The one example of an operation's body; None where the body is bytes."""
    content = operation["requestBody"]["content"]
    if "text/csv" in content:
        return content["text/csv"]["example"]
    for media_type in SHAPED:
        if media_type in content:
            name = content[media_type]["schema"]["$ref"].rsplit("/", 1)[1]
            [example] = document["components"]["schemas"][name]["examples"]
            return example
    return None


async def as_documented(world: World, document: dict[str, Any], name: str, operation: dict[str, Any]) -> Call:
    """The operation's call with the document's own example as body; only ids of nobody become ids of this world."""
    call = await SENT[name](world)
    example = example_of(document, operation)
    world.clock.set(max(AFTER_THE_REPORT, world.clock.now()))
    if example is None:
        return call
    if call.media_type == "text/csv":
        return replace(call, body=example.encode())
    return replace(call, body=_with_ids_of(call.body, example))


def _with_ids_of(honest: Any, example: Any, place: str = "/") -> Any:
    if isinstance(example, dict):
        by_name = honest if isinstance(honest, dict) else {}
        return {key: _with_ids_of(by_name.get(key), value, f"{place}{key}/") for key, value in example.items()}
    if isinstance(example, list):
        in_turn = [*(honest if isinstance(honest, list) else []), *[None] * len(example)]
        return [_with_ids_of(there, one, place) for there, one in zip(in_turn, example, strict=False)]
    is_id = isinstance(example, str) and ID.fullmatch(example) and place not in ("/id/", "/device_id/")
    return honest if honest is not None and (is_id or place.strip("/") in UNFORGEABLE) else example


def told(contract: Contract, answer: httpx.Response) -> dict[str, Any]:
    """What the document says of a call and its answer: ids, hashes and secrets become such as belong to nobody."""
    plain = Nobodies()
    sent = plain.of(contract.parameters(answer.request))
    shown = {"parameters": sent} if sent else {}
    if answer.content and answer.headers["content-type"] == "application/json":
        body = answer.json()
        shown["answer"] = plain.of(body if len(answer.content) < MOST_SHOWN_BYTES else one_of_each(body))
    return shown


def one_of_each(value: Any) -> Any:
    """The same with one left of each list: of a hundred checklists' items nobody reads the second.

    It is the one that tells most, for what lies by ids that chance made begins with another each time.
    """
    if isinstance(value, dict):
        return {name: one_of_each(one) for name, one in value.items()}
    return [one_of_each(max(value, key=_told))] if isinstance(value, list) and value else value


def _told(value: Any) -> int:
    """How many values are there that are not null."""
    if isinstance(value, dict | list):
        return sum(_told(one) for one in (value.values() if isinstance(value, dict) else value))
    return value is not None


class Nobodies:
    """Ids in their order of appearance, so that the same id stays the same within one call."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, value: Any, key: str = "") -> Any:
        """The value without anything that is somebody's."""
        if isinstance(value, dict):
            return {name: self.of(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.of(one, key) for one in value]
        if not isinstance(value, str):
            return value
        if key in ("access_token", "refresh_token", "next_cursor", "key", "secret", "uri", "recovery_codes"):
            return f"{value[:12]}…"
        return HASH.sub(A_HASH, ID.sub(self._id, value))

    def _id(self, found: re.Match[str]) -> str:
        if NOBODIES.fullmatch(found[0]):
            return found[0]
        return self._known.setdefault(found[0], f"0198f3a0-0000-7000-9000-{len(self._known) + 1:012x}")


def shape(value: Any) -> Any:
    """Names and kinds of a JSON value, without its content."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value).__name__

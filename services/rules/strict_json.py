"""JSON as RFC 8259 means it, and nothing that two readers would read differently.

Python alone takes NaN, 1e999, the same key twice, half a surrogate pair, and any depth until the stack ends.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.rules.free_text import refuse_unstorable

DEEPEST = 32
MOST_DIGITS = 300

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


@dataclass(eq=False)
class NotStrictJson(ValueError):
    """Where (JSON pointer), a stable code, a sentence; never the value."""

    pointer: str
    code: str
    detail: str


def read_json(raw: bytes) -> Json:
    """The value of one JSON text. Raises NotStrictJson."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrictJson("", "json_not_utf8", f"not UTF-8 at byte {error.start}") from None
    try:
        value: Json = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, parse_int=_short, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise NotStrictJson("", "json_invalid", f"not JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise _too_deep("") from None
    _check(value, "", 0)
    return value


def pointer_to(parent: str, key: str | int) -> str:
    """One step further in a JSON pointer (RFC 6901)."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def pointer_along(path: Sequence[str | int], sent: Json) -> str:
    """A validator's path as a pointer: only steps that the value has, and the one that is missing.

    Pydantic's paths also name the member of a union, which is no place in what was sent.
    """
    pointer, here = "", sent
    for step in path:
        if isinstance(here, dict) and isinstance(step, str):
            pointer, here = pointer_to(pointer, step), here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            pointer, here = pointer_to(pointer, step), here[step]
        else:
            break
    return pointer


def _no_constant(_: str) -> float:
    raise NotStrictJson("", "json_number", "NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotStrictJson("", "json_number", "a number is too large to be kept")
    return number


def _short(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise NotStrictJson("", "json_number", "a number has too many digits")
    return int(text)


def _once(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    made: dict[str, Json] = {}
    for key, value in pairs:
        if key in made:
            raise NotStrictJson("", "json_key_twice", "an object names the same key twice")
        made[key] = value
    return made


def _check(value: Json, at: str, depth: int) -> None:
    if depth > DEEPEST:
        raise _too_deep(at)
    if isinstance(value, str):
        _check_text(value, at)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check(item, pointer_to(at, place), depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, at)
            _check(item, pointer_to(at, key), depth + 1)


def _check_text(text: str, at: str) -> None:
    try:
        refuse_unstorable(text)
    except ValueError as error:
        raise NotStrictJson(at, "text_unstorable", str(error)) from None


def _too_deep(at: str) -> NotStrictJson:
    return NotStrictJson(at, "json_too_deep", f"nested deeper than {DEEPEST}")

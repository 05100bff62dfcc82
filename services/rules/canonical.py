"""Canonical JSON: one value, one sequence of bytes, so that a hash made years ago can be made again.

The form, close to RFC 8785 and simpler to check by hand:
- UTF-8 without BOM; no blank outside strings; objects' keys sorted by code point (the order of their UTF-8 bytes);
- strings escaped as RFC 8785 3.2.2.2 says (only `"`, `\\` and below U+0020), never normalised;
- integers exact, of any size; floats as Python's shortest repr that reads back the same, so `1.0` is not `1`;
- a date is `YYYY-MM-DD`; a time is UTC with six decimals and `Z`; a UUID its lower-case form; an enum its value;
- NaN, infinities, times without offset, lone surrogates and every other type are refused.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256
from uuid import UUID

HASH_ALGORITHM = "sha-256"
NONCE_BYTES = 16

Plain = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None


class NotCanonicalError(ValueError):
    """The value has no canonical form; the text names the place by JSON pointer and the reason, never the value."""

    def __init__(self, reason: str, at: str = "") -> None:
        super().__init__(f"{at or '/'}: {reason}")
        self._reason, self._at = reason, at

    def below(self, key: str | int) -> "NotCanonicalError":
        """The same, of a value that lies under `key`: the place is told on the way up, where something is wrong."""
        return NotCanonicalError(self._reason, f"/{key}{self._at}")


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a value made of mappings, lists, tuples and the scalars of the list above.

    Raises NotCanonicalError for anything else in it.
    """
    return json.dumps(
        _plain(value), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def event_hash(body: bytes, nonce: bytes) -> bytes:
    """SHA-256 over nonce and body (`HASH_ALGORITHM`), 32 bytes.

    The nonce blinds it: the content of a sealed record has few possible values and could be guessed from a bare hash.
    Raises ValueError unless the nonce has NONCE_BYTES bytes: a nonce of any length would make the split ambiguous.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"the nonce must have {NONCE_BYTES} bytes")
    return sha256(nonce + body).digest()


def _plain(value: object) -> Plain:
    if isinstance(value, Mapping):
        return {_key(key): _under(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_under(place, item) for place, item in enumerate(value)]
    return _scalar(value)


def _under(key: str | int, value: object) -> Plain:
    try:
        return _plain(value)
    except NotCanonicalError as error:
        raise error.below(key) from None


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonicalError("a key is not a text")
    return _text(key.value if isinstance(key, Enum) else key)


def _scalar(value: object) -> bool | int | float | str | None:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonicalError("not a finite number")
        return value
    return _moment_or_id(value)


def _moment_or_id(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise NotCanonicalError("a time without offset")
        return _utc(value)
    if isinstance(value, date):
        return value.isoformat()
    raise NotCanonicalError(f"{type(value).__name__} has no canonical form")


def _utc(moment: datetime) -> str:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise NotCanonicalError("a time before year 1 or after 9999") from None
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotCanonicalError("a text with a lone surrogate") from None
    return text

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


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a value made of mappings, lists, tuples and the scalars of the list above.

    Raises NotCanonicalError for anything else in it.
    """
    plain = _plain(value, "")
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def event_hash(body: bytes, nonce: bytes) -> bytes:
    """SHA-256 over nonce and body (`HASH_ALGORITHM`), 32 bytes.

    The nonce blinds it: the content of a sealed record has few possible values and could be guessed from a bare hash.
    Raises ValueError unless the nonce has NONCE_BYTES bytes: a nonce of any length would make the split ambiguous.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"the nonce must have {NONCE_BYTES} bytes")
    return sha256(nonce + body).digest()


def _plain(value: object, at: str) -> Plain:
    if isinstance(value, Mapping):
        return {_key(key, at): _plain(item, f"{at}/{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{at}/{place}") for place, item in enumerate(value)]
    return _scalar(value, at)


def _key(key: object, at: str) -> str:
    if not isinstance(key, str):
        raise NotCanonicalError(f"{at or '/'}: a key is not a text")
    return _text(key.value if isinstance(key, Enum) else key, at)


def _scalar(value: object, at: str) -> bool | int | float | str | None:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonicalError(f"{at or '/'}: not a finite number")
        return value
    if isinstance(value, str):
        return _text(value, at)
    return _moment_or_id(value, at)


def _moment_or_id(value: object, at: str) -> str:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise NotCanonicalError(f"{at or '/'}: a time without offset")
        return _utc(value, at)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise NotCanonicalError(f"{at or '/'}: {type(value).__name__} has no canonical form")


def _utc(moment: datetime, at: str) -> str:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise NotCanonicalError(f"{at or '/'}: a time before year 1 or after 9999") from None
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(text: str, at: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotCanonicalError(f"{at or '/'}: a text with a lone surrogate") from None
    return text

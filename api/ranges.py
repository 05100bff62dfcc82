"""Bytes that are answered: private, conditional and partial reads (RFC 9110, 13 and 14)."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.headers import CONTENT_TAG, PRIVATE_CACHE

# Sight may end any day, so a browser asks each time; what it has is then confirmed without being sent again.
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
KNOWN = CONTENT_TAG | PRIVATE_CACHE
"""Headers of such an answer, as the document names them."""

BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
"""Bytes in the OpenAPI document; as `contentMediaType` generated clients would take them for text."""

ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})")


@dataclass(frozen=True)
class Span:
    """Some bytes of a whole."""

    start: int
    length: int
    whole: int

    @property
    def content_range(self) -> str:
        """The header's value."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.whole}"


def is_known(request: Request, etag: str) -> bool:
    """Whether the reader holds this very version already (If-None-Match)."""
    header = request.headers.get("if-none-match", "")
    return header.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}


def span_asked(request: Request, etag: str, whole: int) -> Span | None:
    """The one range asked for; None for the whole.

    Several ranges, what cannot be read, and an If-Range of another version give the whole, as the standard allows.
    Raises HTTPException 416 when the range begins behind the end.
    """
    asked = ONE_RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or request.headers.get("if-range", etag).strip() != etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    start = int(first) if first else max(0, whole - int(last))
    end = min(int(last), whole - 1) if first and last else whole - 1
    if first and last and int(last) < int(first):
        return None
    if start >= whole:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{whole}"})
    return Span(start, end - start + 1, whole)

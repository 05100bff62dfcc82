"""Lists: keyset pages, stable under inserts. A cursor is the signed sort key of the last row, opaque to clients."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from starlette.requests import Request

from api.deps import AtOffice
from models.shapes import Read
from services import keys
from services.errors import InvalidInput
from services.keys import Ring
from services.paging import Key, Slice

Item = TypeVar("Item")

SEAL_BYTES = 16


class Page(Read, Generic[Item]):
    """One page; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None


@dataclass(frozen=True)
class PageAsked:
    """Which page of which list: `after` is the key of the last row the caller has."""

    limit: int
    after: Key | None
    path: str
    ring: Ring

    def page(self, items: Sequence[Item], found: Slice[Any]) -> Page[Item]:
        """A page of items made from one slice of rows."""
        cursor = None if found.last is None else _write(self.ring.current, self.path, found.last)
        return Page(items=list(items), next_cursor=cursor)


async def page_asked(
    request: Request,
    office: AtOffice,
    limit: Annotated[int, Query(ge=1, le=200, description="一页最多几条")] = 50,
    cursor: Annotated[str | None, Query(max_length=800, description="上一页的 next_cursor")] = None,
) -> PageAsked:
    """Raises InvalidInput for a cursor that we did not make for this very list."""
    ring, path = office.keys.cursor, request.url.path
    return PageAsked(limit, None if cursor is None else _read(ring, path, cursor), path, ring)


Asked = Annotated[PageAsked, Depends(page_asked)]


def _write(key: keys.Key, path: str, last: Key) -> str:
    body = json.dumps(last, separators=(",", ":")).encode()
    return urlsafe_b64encode(_seal(key, path, body) + body).decode().rstrip("=")


def _read(ring: Ring, path: str, cursor: str) -> Key:
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (BadBase64, ValueError):
        raw = b""
    seal, body = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if not any(hmac.compare_digest(seal, _seal(key, path, body)) for key in ring.all):
        raise InvalidInput.at("#/query/cursor", "cursor_unreadable", "this is not a cursor of this list")
    return tuple(json.loads(body))


def _seal(key: keys.Key, path: str, body: bytes) -> bytes:
    return hmac.new(key.secret, path.encode() + b"\x00" + body, sha256).digest()[:SEAL_BYTES]

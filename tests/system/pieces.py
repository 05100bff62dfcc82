"""A phone that sends a photo in pieces over a link that drops, and asks before each try what is still wanted."""

from collections.abc import AsyncIterator

import httpx

from tests.makers_photos import put
from tests.makers_reports import Shot
from tests.makers_uploads import OFFSET_BYTES, TUS, Sending
from tests.world import Person

PIECES = 3
GONE, BUSY, ELSEWHERE = 410, 423, 409
DROPS_BELOW = 5
"""Of sixteen: so many photos meet a link that drops in their first piece."""
DROPPED: set[str] = set()
"""Photos that met it: what came in the very moment before a drop may be lost, and they would meet it for ever."""


async def in_pieces(sender: Person, taken: Shot) -> httpx.Response:
    """As far as it goes in one try; 200 says that all of it is here.

    Raises httpx.TransportError where the link drops. An upload that a dead process still holds is left to expire, and
    the photo sent whole beside it.
    """
    sending = Sending(sender, taken.data, taken.id)
    asked = await sender.post("/uploads/plan", {"photos": [sending.to_send]})
    if asked.status_code != 200:
        return asked
    told = asked.json()["photos"][0]
    if told["next"] == "here":  # under another id, maybe, but this phone's report names its own
        return asked if told["photo_id"] == taken.id else await put(sender, taken.data, taken.id)
    offset = 0
    if told["next"] == "resume":
        sending.path, offset = f"/uploads/{told['upload_id']}", told["offset"]
    else:
        begun = await sending.begin()
        if begun.status_code != 201:
            return begun
    while offset < len(taken.data):
        drops = taken.id not in DROPPED and int(taken.sha256[0], 16) < DROPS_BELOW
        DROPPED.add(taken.id)
        answer = await _piece(sending, offset, drops=drops)
        if answer.status_code in (BUSY, GONE, ELSEWHERE):
            return await put(sender, taken.data, taken.id)
        if answer.status_code != 204:
            return answer
        offset = int(answer.headers["upload-offset"])
    return await in_pieces(sender, taken)


async def _piece(sending: Sending, offset: int, *, drops: bool) -> httpx.Response:
    piece = sending.data[offset : offset + len(sending.data) // PIECES + 1]
    headers = {
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": OFFSET_BYTES,
        "Content-Length": str(len(piece)),
    }

    async def over_a_link_that_drops() -> AsyncIterator[bytes]:
        yield piece[: len(piece) // 2]
        raise httpx.WriteError("the link dropped")

    content = over_a_link_that_drops() if drops else piece
    return await sending.phone.call("PATCH", sending.path, content=content, headers=headers)

"""A photo on its way in, piece by piece, as a phone sends it."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.makers_photos import sha256, snapped
from tests.world import Person

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_BYTES = "application/offset+octet-stream"


def metadata(**pairs: str) -> str:
    """Upload-Metadata."""
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in pairs.items())


def path_of(begun: httpx.Response) -> str:
    """Where an upload is, below /api/v1; empty where none began."""
    return str(begun.headers.get("location", "")).partition("/api/v1")[2]


@dataclass
class Sending:
    """One photo of one phone; `path` is where its upload is, once it has begun."""

    phone: Person
    data: bytes = field(default_factory=lambda: snapped(width=400, height=300))
    photo_id: str = field(default_factory=lambda: str(uuid4()))
    path: str = ""

    @property
    def to_send(self) -> dict[str, Any]:
        """The photo as a plan names it."""
        return {"id": self.photo_id, "sha256": sha256(self.data), "bytes": len(self.data)}

    async def begin(self, *, content: bytes | None = None, **headers: str) -> httpx.Response:
        """POST; with `content` the first bytes come along."""
        named = {"Upload-Metadata": metadata(photo_id=self.photo_id, sha256=sha256(self.data))}
        sent = {**TUS, "Upload-Length": str(len(self.data)), **named, **headers}
        if content is not None:
            sent["Content-Type"] = OFFSET_BYTES
        answer = await self.phone.post("/uploads", content=content or b"", headers=sent)
        self.path = path_of(answer)
        return answer

    async def append(self, offset: int, end: int | None = None, **headers: str) -> httpx.Response:
        """PATCH with the bytes [offset, end)."""
        sent = {**TUS, "Upload-Offset": str(offset), "Content-Type": OFFSET_BYTES, **headers}
        return await self.phone.call("PATCH", self.path, content=self.data[offset:end], headers=sent)

    async def head(self) -> httpx.Response:
        """HEAD."""
        return await self.phone.call("HEAD", self.path, headers=TUS)

    async def is_at(self) -> int:
        """The offset that the office tells."""
        return int((await self.head()).headers["upload-offset"])

    async def planned(self) -> dict[str, Any]:
        """The plan's answer for this photo."""
        answer = await self.phone.post("/uploads/plan", {"photos": [self.to_send]})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["photos"][0])

"""Bodies come in within a size and a pace, whoever reads them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.tus import UPLOADS
from services.settings import Settings

DRAIN_BYTES = 64_000_000
"""How much of a body that is too large we still read and throw away, so that its sender sees the 413."""


async def drain(chunks: AsyncIterator[bytes]) -> None:
    """Read what is left of a refused body: its sender, in the middle of it, hears the answer and no reset line."""
    drained = 0
    async for chunk in chunks:
        drained += len(chunk)
        if drained > DRAIN_BYTES:
            return


@dataclass
class BodyLimits:
    """ASGI middleware: 413 over the size of the path, 408 when a chunk takes longer than the setting allows."""

    app: ASGIApp
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self._most(scope["method"], scope["path"])
        taken = 0
        complete = False

        async def receive_within() -> Message:
            nonlocal taken, complete
            if complete:
                return await receive()
            message = await self._next(receive)
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > most:
                await self._drain(receive, complete)
                complete = True
                raise HTTPException(413)
            return message

        await self.app(scope, receive_within, send)

    def _most(self, method: str, path: str) -> int:
        """Bytes that this call may bring; photos and multipart reports are counted by part where they are read."""
        if method == "PUT" and path.startswith("/api/v1/photos/") and path.endswith("/preview"):
            return self.settings.photo_preview_max_bytes
        if method == "PUT" and path.startswith("/api/v1/photos/"):
            return self.settings.photo_max_bytes
        if path.startswith(UPLOADS) and path != f"{UPLOADS}/plan":
            return self.settings.photo_max_bytes
        if method == "POST" and path == "/api/v1/inspections":
            return self.settings.multipart_max_bytes
        if method == "POST" and path.startswith("/api/v1/") and path.endswith("/imports"):
            return self.settings.import_max_bytes
        return self.settings.body_max_bytes

    async def _next(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self.settings.chunk_timeout_seconds):
                return await receive()
        except TimeoutError:
            raise HTTPException(408) from None

    async def _drain(self, receive: Receive, complete: bool) -> None:
        drained = 0
        while not complete and drained < DRAIN_BYTES:
            message = await self._next(receive)
            drained += len(message.get("body", b""))
            complete = not message.get("more_body", False)

"""A phone on one bar of signal: so many bytes a second, by hand over a socket, that no client library buffers ahead."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.pieces import OFFSET_BYTES, TUS, metadata, pieces
from benchmarks.shots import Shot

TICK_S = 0.25
PATIENCE_S = 120.0


class NotKept(Exception):
    """An answer that was not 2xx."""


@dataclass(frozen=True)
class SlowPhone:
    """One of many; a photo of its own, in memory only while it sends."""

    address: str
    token: str
    shoot: Callable[[], Shot]
    bytes_s: int

    async def puts(self) -> str:
        """The photo in one call; its id. Raises NotKept."""
        shot = self.shoot()
        digest = b64encode(bytes.fromhex(shot.sha256)).decode()
        await self._call("PUT", f"/api/v1/photos/{shot.id}", shot.data, {"Repr-Digest": f"sha-256=:{digest}:"})
        return shot.id

    async def sends_pieces(self) -> str:
        """The photo by tus, each piece in a call of its own; its id. Raises NotKept."""
        shot = self.shoot()
        told = {**TUS, "Upload-Length": str(len(shot.data)), "Upload-Metadata": metadata(shot)}
        place = await self._call("POST", "/api/v1/uploads", b"", told)
        for offset, piece in pieces(shot.data):
            headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": OFFSET_BYTES}
            await self._call("PATCH", urlsplit(place).path, piece, headers)
        return shot.id

    async def _call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> str:
        """The Location of the answer, if any."""
        host, port = urlsplit(self.address).hostname, urlsplit(self.address).port
        reader, writer = await asyncio.open_connection(host, port)
        try:
            lines = {
                **headers,
                "Host": f"{host}:{port}",
                "Authorization": f"Bearer {self.token}",
                "Content-Length": str(len(body)),
                "Connection": "close",
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
            await self._trickle(writer, body)
            async with asyncio.timeout(PATIENCE_S):
                answer = await reader.read()
        finally:
            writer.close()
        told, _, content = answer.partition(b"\r\n\r\n")
        if told[9:10] != b"2":
            raise NotKept(f"{method} {path}: {told[:40].decode()} {content[:300].decode('utf-8', 'replace')}")
        found = [line.partition(b": ")[2] for line in told.split(b"\r\n") if line.lower().startswith(b"location:")]
        return found[0].decode() if found else ""

    async def _trickle(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        began, sent, step = time.monotonic(), 0, int(self.bytes_s * TICK_S)
        while sent < len(body):
            writer.write(body[sent : sent + step])
            await writer.drain()
            sent += step
            await asyncio.sleep(max(0.0, began + sent / self.bytes_s - time.monotonic()))

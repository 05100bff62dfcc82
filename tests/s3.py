"""A real S3 service for the tests, and a liar that stands between it and the office."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import obstore
from moto.server import ThreadedMotoServer

from services.photos.bucket import Bucket
from services.settings import Settings

BUCKET = "office"
END_OF_HEAD = b"\r\n\r\n"


@contextmanager
def s3_service() -> Iterator[int]:
    """Its port. It holds one empty bucket."""
    service = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    service.start()
    try:
        _, port = service.get_host_and_port()
        assert httpx.put(f"http://127.0.0.1:{port}/{BUCKET}", trust_env=False).status_code == 200
        yield port
    finally:
        service.stop()


def in_s3(port: int, data: Path, prefix: str = "town", **more: Any) -> Settings:
    """Settings of an office whose photos lie in that service."""
    named = {"store": f"s3://{BUCKET}/{prefix}", "s3_endpoint": f"http://127.0.0.1:{port}", "s3_key_id": "key"}
    return Settings(**{"data": data, "public_url": "http://office.test", "s3_secret_key": "secret", **named, **more})


def names_in(settings: Settings, folder: str) -> list[str]:
    """All objects below a folder of the office's, past the liar if the settings are."""
    remote = Bucket(settings)._remote
    return [told["path"] for page in obstore.list(remote, prefix=folder) for told in page]


class Fault(StrEnum):
    """What S3 does instead of what it is asked."""

    BROKEN = "500"
    BUSY = "503"
    CUT_BEFORE = "cut before it is done"
    CUT_AFTER = "cut after it was done"
    SILENT = "silent"
    NOTHING_THERE = "200 but nothing there"
    OTHER_BYTES = "200 but other bytes there"


@dataclass
class LyingS3:
    """Passes on what it hears, but for calls of these methods."""

    port: int
    fault: Fault | None = None
    methods: tuple[str, ...] = ("PUT", "POST")
    lied: int = field(default=0, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port to call."""
        server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    @contextmanager
    def lying(self, fault: Fault, *methods: str) -> Iterator[None]:
        """As long as the context lasts; reset to honesty afterwards."""
        self.fault, self.methods, self.lied = fault, methods or ("PUT", "POST"), 0
        try:
            yield
        finally:
            self.fault = None

    async def _called(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(END_OF_HEAD)
        body = await reader.readexactly(_length(head))
        fault = self.fault if head.split(b" ")[0].decode() in self.methods else None
        self.lied += fault is not None
        if fault is Fault.SILENT:
            await reader.read(1)  # until whoever called gives up
        if fault in (Fault.SILENT, Fault.CUT_BEFORE):
            writer.transport.abort()
            return
        if fault in (Fault.BROKEN, Fault.BUSY):
            answer = f"HTTP/1.1 {fault.value} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        elif fault is Fault.NOTHING_THERE:
            answer = b'HTTP/1.1 200 OK\r\nETag: "0"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
        else:
            body = bytes(len(body)) if fault is Fault.OTHER_BYTES else body
            answer = await self._passed_on(head, body)
        if fault is Fault.CUT_AFTER:
            writer.transport.abort()
            return
        writer.write(answer)
        await writer.drain()

    async def _passed_on(self, head: bytes, body: bytes) -> bytes:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [line for line in head.removesuffix(END_OF_HEAD).split(b"\r\n") if not _is_of_connection(line)]
        back.write(b"\r\n".join([*lines, b"connection: close"]) + END_OF_HEAD + body)
        answer = await there.read(-1)
        back.close()
        status, _, rest = answer.partition(b"\r\n")
        return (
            status
            + b"\r\nconnection: close\r\n"
            + b"\r\n".join(
                line for line in rest.partition(END_OF_HEAD)[0].split(b"\r\n") if not _is_of_connection(line)
            )
            + END_OF_HEAD
            + rest.partition(END_OF_HEAD)[2]
        )


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)


def _is_of_connection(line: bytes) -> bool:
    return line.lower().startswith(b"connection:")

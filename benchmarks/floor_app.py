"""The least that the promise allows: a bare ASGI app that reads the body, hashes, fsyncs, and inserts the same rows.

It looks at nothing, checks nobody and answers nothing: what the office needs above it is what the office does.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import uvicorn

from benchmarks.phones import PHONES
from benchmarks.rows import Connection, Pattern, pattern
from cli.api_process import server_config

OPTIONS = "-c search_path=public,procrastinate -c zhicha.acts=job"  # past row security: the floor asks nobody

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class FloorPlan:
    """What the bench tells the floor by its standard input; the pattern's rows lie between two moments."""

    url: str
    folder: str
    port: int
    since: int
    until: int


class Floor:
    """POST takes a report, PATCH a piece of a photo; GET answers a file of the folder by its name."""

    def __init__(self, plan: FloorPlan) -> None:
        self._url, self._folder = plan.url, Path(plan.folder)
        self._pool = ThreadPoolExecutor(PHONES)
        self._local = threading.local()
        with psycopg.connect(plan.url, options=OPTIONS) as connection:
            self._pattern: Pattern = pattern(connection, plan.since, plan.until)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return None
        if scope["method"] == "GET":
            return await _answer(send, 200, (self._folder / str(scope["path"]).strip("/")).read_bytes())
        pieces = []
        more = True
        while more:
            message = await receive()
            pieces.append(message["body"])
            more = message["more_body"]
        loop, body = asyncio.get_running_loop(), b"".join(pieces)
        if scope["method"] == "PATCH":
            await loop.run_in_executor(self._pool, self._keep_photo, body)
        else:
            boundary = dict(scope["headers"])[b"content-type"].partition(b"boundary=")[2]
            await loop.run_in_executor(self._pool, self._keep, boundary, body)
        return await _answer(send, 201, b"{}")

    def _keep(self, boundary: bytes, body: bytes) -> None:
        parts = [part.partition(b"\r\n\r\n")[2] for part in body.split(b"\r\n--" + boundary)[1:-1]]
        sha256(parts[0])
        hashes = [self._keep_photo(part) for part in parts[1:]]
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        self._connection().execute(self._pattern.statement, self._pattern.again(hashes), prepare=True)

    def _keep_photo(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        part = self._folder / f"{uuid4()}.part"
        with part.open("wb", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
        part.rename(self._folder / name)
        return name

    def _connection(self) -> Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = psycopg.connect(
                self._url, autocommit=True, options=OPTIONS, cursor_factory=psycopg.RawCursor
            )
        connection: Connection = self._local.connection
        return connection


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until SIGTERM, under the uvicorn that the office has."""
    plan = FloorPlan(**json.loads(sys.stdin.readline()))
    config = server_config(Floor(plan))
    config.port = plan.port
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()

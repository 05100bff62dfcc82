"""A link that drops: a proxy on the phone's road that cuts connections after so many bytes."""

import asyncio
import random
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 16_384


@dataclass
class CutLink:
    """The first `most` connections that carry bytes enough are cut somewhere within `within` bytes; `cuts` counts."""

    port: int
    chance: random.Random
    most: int
    within: tuple[int, int]
    cuts: int = field(default=0, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port to send to."""
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _joined(self, reader: StreamReader, writer: StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        limit = self.chance.randint(*self.within)
        with suppress(ConnectionError):
            await asyncio.gather(self._carry(reader, back, limit), self._carry(there, writer, None))
        for end in (writer, back):
            end.close()

    async def _carry(self, source: StreamReader, target: StreamWriter, limit: int | None) -> None:
        carried = 0
        while data := await source.read(PIECE_BYTES):
            carried += len(data)
            if limit is not None and carried > limit and self.cuts < self.most:
                self.cuts += 1
                raise ConnectionAbortedError
            target.write(data)
            await target.drain()
        target.close()

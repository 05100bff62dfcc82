"""multipart/form-data as it arrives: part by part, never whole in memory, never a second copy on disk."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.errors import InvalidInput

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 600
LARGEST_HEADERS = 16


@dataclass
class Part:
    """A part's name, and its bytes as they come; ask for the next part only after these."""

    name: str
    data: AsyncIterator[bytes]


@dataclass
class _Marks:
    """What the parser met since it was last asked, in order."""

    met: deque[tuple[str, bytes]] = field(default_factory=deque)

    def callbacks(self) -> "MultipartCallbacks":
        """For the parser."""
        return {
            "on_part_begin": self._plain("part_begin"),
            "on_header_field": self._text("header_field"),
            "on_header_value": self._text("header_value"),
            "on_header_end": self._plain("header_end"),
            "on_headers_finished": self._plain("headers_finished"),
            "on_part_data": self._text("part_data"),
            "on_part_end": self._plain("part_end"),
            "on_end": self._plain("end"),
        }

    def _plain(self, name: str) -> Callable[[], None]:
        return lambda: self.met.append((name, b""))

    def _text(self, name: str) -> Callable[[bytes, int, int], None]:
        return lambda data, start, end: self.met.append((name, bytes(data[start:end])))


class Multipart:
    """The parts of one body, in order."""

    def __init__(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        """Raises InvalidInput without a boundary."""
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary or len(boundary) > 70:
            raise _broken()
        self._chunks = chunks
        self._marks = _Marks()
        self._parser = MultipartParser(boundary, self._marks.callbacks(), max_header_count=LARGEST_HEADERS)

    async def parts(self) -> AsyncIterator[Part]:
        """Raises InvalidInput for what is not multipart, is cut off, or has parts without names."""
        count = 0
        while (mark := await self._next())[0] != "end":
            if mark[0] != "part_begin":
                continue  # what a reader left of the part before
            count += 1
            if count > MOST_PARTS:
                raise InvalidInput.at("", "too_many_parts", f"more than {MOST_PARTS} parts")
            yield Part(await self._name(), self._data())

    async def _name(self) -> str:
        header, value, disposition = b"", b"", b""
        while (mark := await self._next())[0] != "headers_finished":
            kind, data = mark
            if kind == "header_field":
                header += data
            elif kind == "header_value":
                value += data
            elif kind == "header_end":
                disposition = value if header.lower() == b"content-disposition" else disposition
                header, value = b"", b""
        _, options = parse_options_header(disposition)
        name = options.get(b"name")
        if not name:
            raise InvalidInput.at("", "part_without_name", "every part needs a name")
        return name.decode("utf-8", "replace")

    async def _data(self) -> AsyncIterator[bytes]:
        while (mark := await self._next())[0] != "part_end":
            yield mark[1]

    async def _next(self) -> tuple[str, bytes]:
        while not self._marks.met:
            try:
                self._parser.write(await anext(self._chunks))
            except (StopAsyncIteration, MultipartParseError):
                raise _broken() from None
        return self._marks.met.popleft()


def _broken() -> InvalidInput:
    return InvalidInput.at("", "multipart_broken", "not multipart/form-data, or cut off")

"""The rows of a PNG, some at a time: Pillow alone holds all of them, 440 MB of a picture of 110 megapixels.

Each strip is made a PNG of its own, which Pillow decodes: its rows as they stand in the file, behind the last row of
the strip before, from which the first one's filter counts (PNG specification, 9.2).
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from services.photos.errors import PhotoDamaged
from services.photos.headers import PNG_SIGNATURE, comes_in_strips, exactly

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Bytes of a pixel by colour type, at eight bits a sample."""
KEPT = (b"PLTE", b"tRNS")
PIECE = 64 * 1024
ZLIB_HEAD = 2


@dataclass(frozen=True)
class Strips:
    """A PNG of eight bits a sample whose rows follow each other; `head` is what each strip begins with."""

    file: BinaryIO
    width: int
    height: int
    colour: bytes
    palette: bytes
    first_data: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def bands(self, rows: int) -> Iterator[Image.Image]:
        """From top to bottom, each of so many rows but the last. Raises PhotoDamaged, and what Pillow raises."""
        length = 1 + self.width * SAMPLES[self.colour[1]]
        data = _Inflated(self.file, self.first_data)
        before = b""
        for top in range(0, self.height, rows):
            high = min(rows, self.height - top)
            picture = self._decoded(before + data.take(high * length), high + bool(before))
            if before:
                picture = picture.crop((0, 1, self.width, high + 1))
            before = b"\0" + picture.crop((0, high - 1, self.width, high)).tobytes()
            yield picture

    def _decoded(self, rows: bytes, high: int) -> Image.Image:
        header = struct.pack(">II", self.width, high) + self.colour
        parts = _chunk(b"IHDR", header), self.palette, _chunk(b"IDAT", zlib.compress(rows, 0)), _chunk(b"IEND", b"")
        picture = Image.open(io.BytesIO(PNG_SIGNATURE + b"".join(parts)), formats=("PNG",))
        picture.load()
        return picture


def strips_of(file: BinaryIO) -> Strips | None:
    """None for another PNG: interlaced, or of fewer or more bits. Raises PhotoDamaged."""
    file.seek(len(PNG_SIGNATURE))
    header, palette = b"", b""
    for name, length in _chunks(file):
        if name == b"IDAT":
            width, height = struct.unpack(">II", header[:8])
            return Strips(file, width, height, header[8:], palette, file.tell() - 8)
        if name == b"IHDR":
            header = exactly(file, length)
            if length != 13 or not comes_in_strips(header) or header[9] not in SAMPLES:
                return None
        elif name in KEPT:
            palette += _chunk(name, exactly(file, length))
        else:
            file.seek(length, 1)
        file.seek(4, 1)
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and length of each; whoever asks for the next one stands behind the last one's checksum."""
    while True:
        length, name = struct.unpack(">I4s", exactly(file, 8))
        yield name, length


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


class _Inflated:
    """What the IDAT chunks hold, as one stream. Its checksum is not looked at: Pillow doesn't, too."""

    def __init__(self, file: BinaryIO, first: int) -> None:
        file.seek(first)
        self._packed = self._pieces(file)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting, self._has_more = b"", False
        while len(self._waiting) < ZLIB_HEAD:
            self._waiting += next(self._packed)
        self._waiting = self._waiting[ZLIB_HEAD:]

    def take(self, length: int) -> bytes:
        """Exactly so many bytes. Raises PhotoDamaged."""
        found = bytearray()
        while len(found) < length:
            packed = self._waiting or (b"" if self._has_more else next(self._packed))
            piece = self._inflate.decompress(packed, length - len(found))
            found += piece
            self._has_more = len(found) == length
            self._waiting = self._inflate.unconsumed_tail
            if self._inflate.eof and len(found) < length:
                raise PhotoDamaged("cut_off")
        return bytes(found)

    @staticmethod
    def _pieces(file: BinaryIO) -> Iterator[bytes]:
        for name, length in _chunks(file):
            if name != b"IDAT":
                break
            left = length
            while left:
                piece = exactly(file, min(left, PIECE))
                left -= len(piece)
                yield piece
            file.seek(4, 1)
        raise PhotoDamaged("cut_off")

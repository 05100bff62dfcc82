"""What a picture file says about itself, read by pure Python from as few bytes as will do: no decoder sees them here.

Each reader also walks to the end of the picture, so that a file cut off on its way is told from a whole one.
Why not a library: docs/decisions/0006-photo-headers-without-a-decoder.md.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from services.photos.errors import PhotoDamaged
from services.photos.kinds import Derivative, ImageKind

EXIF_MAX = 1_000_000  # JPEG can hold 64 kB; more than this elsewhere is no camera's
SEGMENTS_MAX = 5_000  # markers of a JPEG or chunks of a WebP: a few dozen in life
CHUNKS_MAX = 50_000  # of a PNG: 8 kB each is common, 30 MB then have 3,700
STRAY_MAX = 100_000  # bytes between the segments of a JPEG, which libjpeg skips too
SCAN_STEP = 256 * 1024
SOF = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # ITU T.81 table B.1
BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
ONE_PASS = {0xC0, 0xC1}  # sequential, Huffman: of one scan, rows are decoded as they come; all others are held whole
COEFFICIENT_BYTES = 2
WEBP_BYTES = 16  # a pixel: two canvases, Pillow's copy and its picture
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # stuffed FF 00 and restarts belong to the scan


@dataclass(frozen=True)
class Header:
    """Sizes as shown, before any turn that `exif` asks for; `largest` is the largest picture inside the file.

    `held` is how many bytes its decoder must hold at once, as measured: 0 where it gives rows, or a scaled picture.
    """

    kind: ImageKind
    width: int
    height: int
    largest: tuple[int, int]
    exif: bytes | None
    held: int


def exactly(file: BinaryIO, length: int) -> bytes:
    """`length` bytes or PhotoDamaged."""
    data = file.read(length)
    if len(data) != length:
        raise PhotoDamaged("cut_off")
    return data


def file_size(file: BinaryIO) -> int:
    """Bytes of the file; the position stays."""
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size


def _sized(kind: ImageKind, width: int, height: int, exif: bytes | None, held: float) -> Header:
    if width == 0 or height == 0:
        raise PhotoDamaged("no_size")
    return Header(kind, width, height, (width, height), exif, int(held))


def read_jpeg(file: BinaryIO) -> Header:
    """From SOI to the EOI of the first picture.

    What follows is left alone: further MPO frames, HDR gain maps, makers' trailers. A cut there costs no evidence.
    """
    file.seek(2)
    width = height = 0
    exif: bytes | None = None
    scans, samples, in_one_pass = 0, 0.0, False
    for marker in _jpeg_markers(file):
        if marker == 0xD9:
            break
        if marker in BARE:
            continue
        length = struct.unpack(">H", exactly(file, 2))[0] - 2
        if length < 0:
            raise PhotoDamaged("bad_segment")
        if marker in SOF and not width:
            _, height, width, components = struct.unpack(">BHHB", exactly(file, 6))
            length -= 6 + 3 * components
            if length < 0:
                raise PhotoDamaged("bad_segment")
            samples, in_one_pass = _samples(exactly(file, 3 * components)), marker in ONE_PASS
        elif marker == 0xE1 and exif is None:
            segment = exactly(file, length)
            exif = segment[6:] if segment[:6] == b"Exif\0\0" else None
            length = 0
        file.seek(max(length, 0), 1)
        if marker == 0xDA:
            scans += 1
            _skip_scan(file)
    if not scans:
        raise PhotoDamaged("no_picture")
    held = 0 if in_one_pass and scans == 1 else COEFFICIENT_BYTES * samples * width * height
    return _sized(ImageKind.JPEG, width, height, exif, held)


def _samples(components: bytes) -> float:
    """Of a pixel: 3 where each colour has one, 1.5 where four pixels share theirs (T.81, A.1.1)."""
    shares = [(factors >> 4) * (factors & 15) for factors in components[1::3]]
    return sum(shares) / max(max(shares, default=1), 1)


def _jpeg_markers(file: BinaryIO) -> Iterator[int]:
    stray = 0
    for _ in range(SEGMENTS_MAX):
        before, marker = b"", exactly(file, 1)
        while before != b"\xff" or marker == b"\xff":
            before, marker = marker, exactly(file, 1)
            stray += 1
            if stray > STRAY_MAX:
                raise PhotoDamaged("bad_segment")
        yield marker[0]
    raise PhotoDamaged("too_many_segments")


def _skip_scan(file: BinaryIO) -> None:
    """Leave the file at the next real marker after a scan's entropy-coded bytes."""
    position = file.tell()
    carried = b""
    while True:
        data = file.read(SCAN_STEP)
        if not data:
            raise PhotoDamaged("cut_off")
        window = carried + data
        found = MARKER_IN_SCAN.search(window)
        if found:
            file.seek(position + found.start())
            return
        carried = window[-1:]
        position += len(window) - 1


def read_png(file: BinaryIO) -> Header:
    """Through all chunks to IEND (PNG specification, 5.3)."""
    file.seek(8)
    header = b""
    exif: bytes | None = None
    data_seen = False
    size = file_size(file)
    for number in range(CHUNKS_MAX):
        length, name = struct.unpack(">I4s", exactly(file, 8))
        end = file.tell() + length + 4
        if number == 0:
            if name != b"IHDR" or length != 13:
                raise PhotoDamaged("bad_segment")
            header = exactly(file, 13)
        elif name == b"eXIf" and length <= EXIF_MAX:
            exif = exactly(file, length)
        elif name == b"IDAT":
            data_seen = True
        if end > size:
            raise PhotoDamaged("cut_off")
        if name == b"IEND":
            if not data_seen:
                raise PhotoDamaged("no_picture")
            width, height = struct.unpack(">II", header[:8])
            return _sized(ImageKind.PNG, width, height, exif, _held_of_png(header, width, height))
        file.seek(end)
    raise PhotoDamaged("too_many_segments")


def comes_in_strips(header: bytes) -> bool:
    """Whether strips.py decodes a PNG of this IHDR: eight bits a sample, not interlaced."""
    return header[8] == 8 and header[12] == 0


def _held_of_png(header: bytes, width: int, height: int) -> int:
    """One pixel of Pillow's takes four bytes, one in grey or with a palette, two in 16 bits of grey."""
    depth, colour = header[8], header[9]
    a_pixel = (2 if depth == 16 else 1) if colour in (0, 3) else 4
    rows = max(1, max(width, height) // Derivative.SCREEN.box) if comes_in_strips(header) else height
    return a_pixel * width * min(rows, height)


def read_webp(file: BinaryIO) -> Header:
    """Through all chunks of the RIFF (WebP container specification)."""
    file.seek(4)
    end = 8 + struct.unpack("<I", exactly(file, 4))[0]
    if end > file_size(file):
        raise PhotoDamaged("cut_off")
    file.seek(12)
    size: tuple[int, int] | None = None
    exif: bytes | None = None
    picture_seen = False
    for _ in range(SEGMENTS_MAX):
        if file.tell() + 8 > end:
            break
        name, length = struct.unpack("<4sI", exactly(file, 8))
        after = file.tell() + length + length % 2
        if file.tell() + length > end:
            raise PhotoDamaged("cut_off")
        if name in (b"VP8 ", b"VP8L", b"VP8X"):
            size = size or _webp_size(name, exactly(file, 10))
        elif name == b"EXIF" and length <= EXIF_MAX:
            exif = exactly(file, length).removeprefix(b"Exif\0\0")
        picture_seen |= name in (b"VP8 ", b"VP8L", b"ANMF")
        file.seek(after)
    else:
        raise PhotoDamaged("too_many_segments")
    if size is None or not picture_seen:
        raise PhotoDamaged("no_picture")
    return _sized(ImageKind.WEBP, *size, exif, WEBP_BYTES * size[0] * size[1])


def _webp_size(name: bytes, start: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return 1 + int.from_bytes(start[4:7], "little"), 1 + int.from_bytes(start[7:10], "little")
    if name == b"VP8L":
        if start[0] != 0x2F:
            raise PhotoDamaged("bad_segment")
        bits = int.from_bytes(start[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if start[3:6] != b"\x9d\x01\x2a":
        raise PhotoDamaged("bad_segment")
    width, height = struct.unpack("<HH", start[6:10])
    return width & 0x3FFF, height & 0x3FFF

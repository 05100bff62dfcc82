"""Pictures made for tests: four coloured quarters tell whether one stands upright, EXIF as phones write it."""

import io
import struct
import zlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from PIL import ExifTags, Image

RED, GREEN, BLUE, WHITE = (230, 20, 20), (20, 180, 20), (20, 20, 230), (250, 250, 250)
UPRIGHT = (RED, GREEN, BLUE, WHITE)  # top left, top right, bottom left, bottom right
REAL_PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "photos"

# How a camera held that way has the upright scene in its memory: the inverse of the turn the tag asks for.
HELD = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Tags:
    """EXIF to write; None leaves a tag out."""

    orientation: int | None = None
    taken: str | None = None
    offset: str | None = None
    lat: tuple[float, str] | None = None
    lon: tuple[float, str] | None = None
    make: str | None = None
    model: str | None = None


def scene(width: int = 80, height: int = 60) -> Image.Image:
    """The upright scene."""
    picture = Image.new("RGB", (width, height))
    for index, colour in enumerate(UPRIGHT):
        x, y = index % 2 * (width // 2), index // 2 * (height // 2)
        picture.paste(colour, (x, y, x + width - width // 2, y + height - height // 2))
    return picture


def corners(picture: Image.Image) -> tuple[tuple[int, int, int], ...]:
    """The named colour nearest to each quarter's middle."""
    plain = picture.convert("RGB")
    found = []
    for x, y in ((1, 1), (3, 1), (1, 3), (3, 3)):
        pixel = plain.getpixel((plain.width * x // 4, plain.height * y // 4))
        assert isinstance(pixel, tuple)
        found.append(min(UPRIGHT, key=lambda named: sum((a - b) ** 2 for a, b in zip(named, pixel, strict=True))))
    return tuple(found)


def exif(tags: Tags) -> Image.Exif:
    """Pillow's EXIF of these tags."""
    block = Image.Exif()
    for number, value in (
        (ExifTags.Base.Orientation, tags.orientation),
        (ExifTags.Base.Make, tags.make),
        (ExifTags.Base.Model, tags.model),
    ):
        if value is not None:
            block[number] = value
    inner = block.get_ifd(ExifTags.IFD.Exif)
    if tags.taken is not None:
        inner[ExifTags.Base.DateTimeOriginal] = tags.taken
    if tags.offset is not None:
        inner[ExifTags.Base.OffsetTimeOriginal] = tags.offset
    gps = block.get_ifd(ExifTags.IFD.GPSInfo)
    if tags.lat is not None and tags.lon is not None:
        gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] = _dms(tags.lat[0]), tags.lat[1]
        gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] = _dms(tags.lon[0]), tags.lon[1]
    return block


def _dms(degrees: float) -> tuple[Fraction, Fraction, Fraction]:
    seconds = Fraction(round(degrees * 3600 * 10_000), 10_000)
    return Fraction(seconds // 3600), Fraction(seconds % 3600 // 60), seconds % 60


def photo(form: str = "JPEG", tags: Tags | None = None, width: int = 80, height: int = 60) -> bytes:
    """The scene as a file of Pillow's format `form`, stored as a camera held as `tags.orientation` says would."""
    tags = tags or Tags()
    picture = scene(width, height)
    if tags.orientation in HELD:
        picture = picture.transpose(HELD[tags.orientation])
    out = io.BytesIO()
    if form == "HEIF":
        import pillow_heif  # a test may: in the service only the confined child does

        pillow_heif.register_heif_opener()
        picture.save(out, "HEIF", exif=exif(tags).tobytes(), quality=90)
    else:
        picture.save(out, form, exif=exif(tags).tobytes(), quality=95)
    return out.getvalue()


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The seven passes of an interlaced PNG: first column, first row, and the steps (PNG specification, 8.2)."""


def interlaced(picture: Image.Image) -> bytes:
    """A PNG as browsers and old tools save it, coarse first; Pillow reads such files and writes none."""
    rows = b"".join(
        b"\0"
        + b"".join(bytes(cast("tuple[int, ...]", picture.getpixel((x, y)))) for x in range(left, picture.width, right))
        for left, top, right, down in ADAM7
        for y in range(top, picture.height, down)
        if left < picture.width
    )
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )

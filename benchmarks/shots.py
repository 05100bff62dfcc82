"""Photos as phones make them: one exposure, and prints of it that no two share their bytes."""

import io
import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from PIL import ExifTags, Image

from cli.demo.scenes import draw_scene

COMMENT, COMMENT_BYTES = b"\xff\xfe", 16
TILE = (1000, 750)
CLOSE_ENOUGH = 0.03


@dataclass(frozen=True)
class Shot:
    """A photo on a phone."""

    id: str
    data: bytes
    sha256: str


def printed(exposure: bytes) -> Shot:
    """The same picture in other bytes: a comment behind the first marker differs."""
    comment = COMMENT + struct.pack(">H", COMMENT_BYTES + 2) + os.urandom(COMMENT_BYTES)
    data = exposure[:2] + comment + exposure[2:]
    return Shot(str(uuid4()), data, sha256(data).hexdigest())


def exposure(width: int, height: int, wanted_bytes: int) -> bytes:
    """A JPEG with a scene, the grain of a small sensor and EXIF, of about so many bytes."""
    picture = _grained(draw_scene("exit", cured=False, width=width, captions=[], font=None).resize((width, height)))
    low, high = 30, 97
    while True:
        quality = (low + high) // 2
        data = _jpeg(picture, quality)
        if abs(len(data) / wanted_bytes - 1) < CLOSE_ENOUGH or high - low < 2:
            return data
        low, high = (quality, high) if len(data) < wanted_bytes else (low, quality)


def _grained(picture: Image.Image) -> Image.Image:
    """Real photos are not smooth: it is the grain that makes them large and slow to decode."""
    grain = Image.new("L", picture.size)
    tile = Image.effect_noise(TILE, 48)
    for left in range(0, picture.width, TILE[0]):
        for top in range(0, picture.height, TILE[1]):
            grain.paste(tile, (left, top))
    return Image.blend(picture.convert("RGB"), grain.convert("RGB"), 0.2)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    block = Image.Exif()
    block[ExifTags.Base.Make], block[ExifTags.Base.Model] = "Zhicha", "Bench phone"
    inner = block.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.DateTimeOriginal], inner[ExifTags.Base.OffsetTimeOriginal] = "2026:11:24 09:12:31", "+08:00"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=block.tobytes())
    return out.getvalue()

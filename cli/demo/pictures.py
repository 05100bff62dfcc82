"""JPEG files of the drawn scenes: with a caption, and with the EXIF that a phone would have written."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from PIL import ExifTags, Image, ImageFont

from cli.demo.scenes import SCENES, draw_scene

FONT_PACKAGE, FONT_FILE, SIMPLIFIED = "manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", 2


@dataclass(frozen=True)
class Taken:
    """Where and when a photo was taken, and what for."""

    at: datetime
    lon: float
    lat: float
    captions: Sequence[str]


def chinese_font() -> ImageFont.FreeTypeFont | None:
    """The font of the papers, where it is installed; a picture without captions is a picture still."""
    found = find_spec(FONT_PACKAGE)
    folders = found.submodule_search_locations if found else None
    if not folders:
        return None
    return ImageFont.truetype(Path(folders[0]) / FONT_FILE, 20, index=SIMPLIFIED)


def all_scenes() -> list[str]:
    """`exit-before`, `exit-after`, …: every picture that the past knows."""
    return [f"{scene}-{stage}" for scene in SCENES for stage in ("before", "after")]


def past_picture(scene: str, font: ImageFont.FreeTypeFont | None) -> bytes:
    """A photo as chat programs pass it on: small, without time and place."""
    name, _, stage = scene.partition("-")
    picture = draw_scene(name, cured=stage == "after", width=640, captions=["演示图片"], font=font)
    return _jpeg(picture, None)


def phone_picture(scene: str, taken: Taken, font: ImageFont.FreeTypeFont | None) -> bytes:
    """A photo as it comes out of a phone's camera."""
    name, _, stage = scene.partition("-")
    picture = draw_scene(name, cured=stage == "after", width=1600, captions=taken.captions, font=font)
    return _jpeg(picture, _exif(taken))


def _jpeg(picture: Image.Image, exif: Image.Exif | None) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, **({"exif": exif.tobytes()} if exif else {}))
    return out.getvalue()


def _exif(taken: Taken) -> Image.Exif:
    block = Image.Exif()
    block[ExifTags.Base.Make], block[ExifTags.Base.Model] = "Zhicha", "Demo phone"
    inner = block.get_ifd(ExifTags.IFD.Exif)
    offset = taken.at.strftime("%z")
    inner[ExifTags.Base.DateTimeOriginal] = taken.at.strftime("%Y:%m:%d %H:%M:%S")
    inner[ExifTags.Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:5]}"
    gps = block.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] = _dms(taken.lat), "N"
    gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] = _dms(taken.lon), "E"
    return block


def _dms(degrees: float) -> tuple[Fraction, Fraction, Fraction]:
    seconds = Fraction(round(degrees * 3600 * 100), 100)
    return Fraction(seconds // 3600), Fraction(seconds % 3600 // 60), seconds % 60

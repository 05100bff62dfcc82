"""When, where and with what a photo says it was taken. Claims of a device: shown and compared, never believed."""

import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from PIL import ExifTags, Image

Got = TypeVar("Got")

CHINA = timezone(timedelta(hours=8))  # EXIF has no zone of its own; the office's phones are on this one
TEXT_MAX = 100
# Pillow warns of each corrupt tag and nobody can do anything about it. Once here: catch_warnings is not for threads.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\..*")

WHEN = re.compile(r"(\d{4})\D(\d\d)\D(\d\d)\D(\d\d)\D(\d\d)\D(\d\d)")
OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True)
class Exif:
    """What could be read; degrees are WGS 84 as the device says.

    `offset_assumed`: no zone was given and +08:00 taken. `place_impossible`: a place was given that cannot be
    (off the globe, or 0,0 as devices write without a fix) and is left out.
    """

    taken_at: datetime | None = None
    offset_assumed: bool = False
    lon: float | None = None
    lat: float | None = None
    place_impossible: bool = False
    make: str | None = None
    model: str | None = None
    orientation: int = 1


def read_exif(block: bytes | None) -> Exif:
    """Never raises: what is broken is absent."""
    if not block:
        return Exif()
    tags = Image.Exif()
    with suppress(Exception):  # what it had read before it stumbled is used
        tags.load(block)
    found = Exif(
        make=_try(lambda: _text(tags.get(ExifTags.Base.Make))),
        model=_try(lambda: _text(tags.get(ExifTags.Base.Model))),
        orientation=_try(lambda: _orientation(tags.get(ExifTags.Base.Orientation))) or 1,
    )
    found = _try(lambda: _with_time(found, tags)) or found
    return _try(lambda: _with_place(found, tags)) or found


def _try(read: Callable[[], Got]) -> Got | None:
    try:
        return read()
    except Exception:  # a TIFF parser on bytes from anywhere raises whatever it likes; a photo is not lost for it
        return None


def _text(value: object) -> str | None:
    """Without NULs and other control characters, at most 100 characters; UTF-8 where the bytes are that."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return "".join(c for c in value if c.isprintable()).strip()[:TEXT_MAX] or None


def _orientation(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _with_time(found: Exif, tags: Image.Exif) -> Exif:
    inner = tags.get_ifd(ExifTags.IFD.Exif)
    for when, offset in (
        (inner.get(ExifTags.Base.DateTimeOriginal), inner.get(ExifTags.Base.OffsetTimeOriginal)),
        (inner.get(ExifTags.Base.DateTimeDigitized), inner.get(ExifTags.Base.OffsetTimeDigitized)),
        (tags.get(ExifTags.Base.DateTime), inner.get(ExifTags.Base.OffsetTime)),
    ):
        local = _local_time(when)
        if local is not None:
            zone = _zone(offset) or _zone(inner.get(ExifTags.Base.OffsetTime))
            return replace(found, taken_at=local.replace(tzinfo=zone or CHINA), offset_assumed=zone is None)
    return found


def _local_time(value: object) -> datetime | None:
    match = WHEN.match(_text(value) or "")
    if match is None:
        return None
    try:
        moment = datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:  # 0000:00:00 of a clock never set
        return None
    return moment if moment.year >= 1970 else None


def _zone(value: object) -> timezone | None:
    text = _text(value) or ""
    if text == "Z":
        return timezone(timedelta(0))
    match = OFFSET.fullmatch(text)
    if match is None or int(match[3]) > 59 or int(match[2]) > 14:
        return None
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(ahead if match[1] == "+" else -ahead)


def _with_place(found: Exif, tags: Image.Exif) -> Exif:
    gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
    raw_lat, raw_lon = gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLongitude)
    if raw_lat is None or raw_lon is None:
        return found
    lat = _try(lambda: _degrees(raw_lat, gps.get(ExifTags.GPS.GPSLatitudeRef), "S"))
    lon = _try(lambda: _degrees(raw_lon, gps.get(ExifTags.GPS.GPSLongitudeRef), "W"))
    if lat is None or lon is None or not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0):
        return replace(found, place_impossible=True)
    return replace(found, lon=round(lon, 7), lat=round(lat, 7))


def _degrees(value: object, ref: object, negative: str) -> float:
    parts = [float(part) for part in value] if isinstance(value, tuple | list) else []
    if len(parts) != 3 or not all(0 <= part < 1e6 for part in parts):  # also sorts out NaN of 0/0
        raise ValueError
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -degrees if (_text(ref) or "").upper().startswith(negative) else degrees

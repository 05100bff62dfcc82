"""The look at a photo or a voice note before it is kept: what it is, how big or long, what it says of itself."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from services.photos.errors import NotAnImage, PhotoTooManyPixels
from services.photos.exif import Exif, read_exif
from services.photos.headers import PNG_SIGNATURE, Header, read_jpeg, read_png, read_webp
from services.photos.heif import read_heif
from services.photos.kinds import ImageKind
from services.photos.voice import Voice, read_voice

TURNED = {5, 6, 7, 8}  # EXIF orientations that swap width and height


@dataclass(frozen=True)
class Picture:
    """Facts for the photo's row; width and height as a person sees it, upright; what a decoder holds of it at once."""

    kind: ImageKind
    width: int
    height: int
    exif: Exif
    held: int

    @property
    def media_type(self) -> str:
        """What the content is, whatever the sender called it."""
        return self.kind.media_type


Content = Picture | Voice


async def look(path: Path, *, max_pixels: int) -> Content:
    """Some 10 ms in a thread for a phone's photo, no decoder involved.

    Raises NotAnImage, PhotoDamaged (header fine, data cut off), PhotoTooManyPixels, NotAVoiceNote, VoiceTooLong.
    """
    return await asyncio.to_thread(_content, path, max_pixels)


def _content(path: Path, max_pixels: int) -> Content:
    with path.open("rb") as file:
        return read_voice(file) or look_into(file, max_pixels=max_pixels)


def look_now(path: Path, *, max_pixels: int) -> Picture:
    """A picture, in this thread."""
    with path.open("rb") as file:
        return look_into(file, max_pixels=max_pixels)


def look_into(file: BinaryIO, *, max_pixels: int) -> Picture:
    """The same, of bytes that are read already."""
    header = read_header(file)
    if header.largest[0] * header.largest[1] > max_pixels:
        raise PhotoTooManyPixels(*header.largest, max_pixels)
    exif = read_exif(header.exif)
    width, height = header.width, header.height
    if turn_of(header.kind, exif) in TURNED:
        width, height = height, width
    return Picture(header.kind, width, height, exif, header.held)


def read_header(file: BinaryIO) -> Header:
    """Kind by content, sizes, and the EXIF block as it stands.

    Raises NotAnImage for anything but the five kinds, PhotoDamaged when the file ends before its picture does.
    """
    file.seek(0)
    start = file.read(16)
    if start[:3] == b"\xff\xd8\xff":
        return read_jpeg(file)
    if start[:8] == PNG_SIGNATURE:
        return read_png(file)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return read_webp(file)
    if start[4:8] == b"ftyp":
        return read_heif(file)
    raise NotAnImage


def turn_of(kind: ImageKind, exif: Exif) -> int:
    """The EXIF orientation still to be applied; HEIC and AVIF turn by a box of their own and EXIF only repeats it."""
    return 1 if kind in (ImageKind.HEIC, ImageKind.AVIF) else exif.orientation

"""Thumb and screen pictures: upright, small, without any metadata, always JPEG."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from PIL import Image

from services.photos.errors import PhotoDamaged
from services.photos.kinds import Derivative, ImageKind
from services.photos.strips import strips_of

# Only the decoders asked for are ever tried: the holes of 2026 were in FITS, PSD and McIdas.
FORMATS: dict[ImageKind, tuple[str, ...]] = {
    ImageKind.JPEG: ("JPEG",),  # MPO too
    ImageKind.PNG: ("PNG",),
    ImageKind.WEBP: ("WEBP",),
    ImageKind.HEIC: ("HEIF",),
    ImageKind.AVIF: ("AVIF",),
}
BAND_PIXELS = 500_000
QUALITY = {Derivative.THUMB: 75, Derivative.SCREEN: 80}
TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Pictures = dict[Derivative, bytes]


def make_pictures(
    file: BinaryIO, kind: ImageKind, orientation: int, wanted: Sequence[Derivative], *, max_pixels: int
) -> Pictures:
    """Decode once at the smallest scale that serves the largest picture wanted, and make the others from that one.

    `orientation` is the EXIF turn still to be applied (1 = none). The embedded colour profile goes with the rest of
    the metadata: a wide-gamut photo looks a little duller, the original keeps it.
    Raises PhotoDamaged when the decoder gives up.
    """
    Image.MAX_IMAGE_PIXELS = max_pixels  # a second wall behind the header check; Pillow's own would be 89 megapixels
    with damage_told():
        strips = strips_of(file) if kind is ImageKind.PNG else None
        if strips is not None:
            if strips.width * strips.height > max_pixels:
                raise PhotoDamaged("cannot_be_decoded")
            return pictures_of(strips, orientation, wanted)
        file.seek(0)
        with Image.open(file, formats=FORMATS[kind]) as opened:
            # JPEG decodes at 1/2, 1/4, 1/8; with a square box instead it silently does nothing
            opened.draft(None, fitted(*opened.size, _largest(wanted)))
            opened.load()
            return pictures_of(Whole(opened), orientation, wanted)


@contextmanager
def damage_told() -> Iterator[None]:
    """Decoders on bytes from anywhere raise what they like, struct.error to SyntaxError: it becomes PhotoDamaged."""
    try:
        yield
    except (MemoryError, PhotoDamaged):
        raise
    except Exception as error:
        raise PhotoDamaged("cannot_be_decoded") from error


class Bands(Protocol):
    """A picture that comes in bands, so that no second one of its size is needed to make it plain and small."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""

    def bands(self, rows: int) -> Iterator[Image.Image]:
        """From top to bottom, each of so many rows but the last."""


@dataclass(frozen=True)
class Whole:
    """One that its decoder holds whole."""

    picture: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.picture.size

    def bands(self, rows: int) -> Iterator[Image.Image]:
        """Cut out one after the other."""
        for top in range(0, self.picture.height, rows):
            yield self.picture.crop((0, top, self.picture.width, min(top + rows, self.picture.height)))


def pictures_of(source: Bands, orientation: int, wanted: Sequence[Derivative]) -> Pictures:
    """The pictures wanted of what has been opened."""
    picture = _shrunk(source, _largest(wanted))
    if orientation in TURNS:
        picture = picture.transpose(TURNS[orientation])
    made: Pictures = {}
    for derivative in sorted(wanted, key=lambda derivative: derivative.box, reverse=True):
        picture.thumbnail((derivative.box, derivative.box), Image.Resampling.BICUBIC)
        made[derivative] = _jpeg(picture, QUALITY[derivative])
    return made


def _largest(wanted: Sequence[Derivative]) -> int:
    return max(derivative.box for derivative in wanted)


def fitted(width: int, height: int, box: int) -> tuple[int, int]:
    """The size that fits the box and keeps the proportions; never larger than the picture."""
    scale = min(1.0, box / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrunk(source: Bands, box: int) -> Image.Image:
    """Plain, and by a whole number smaller: as small as it may be while it is not smaller than the box."""
    width, height = source.size
    times = max(1, max(width, height) // box)
    if times == 1 and isinstance(source, Whole):  # as most JPEG come out of their decoder: no copy of it
        return _plain(source.picture)
    shrunk: Image.Image | None = None
    top = 0
    for band in source.bands(times * max(1, BAND_PIXELS // (width * times))):
        small = _plain(band)
        small = small.reduce(times) if times > 1 else small
        if shrunk is None:
            shrunk = Image.new(small.mode, (-(-width // times), -(-height // times)))
        shrunk.paste(small, (0, top))
        top += small.height
    assert shrunk is not None
    return shrunk


def _plain(picture: Image.Image) -> Image.Image:
    """Grey or RGB; what is transparent becomes white, as on paper."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")  # 16 bits; convert alone clips
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered.getchannel("A"))
        return paper
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    picture.info = {}  # Pillow's writer takes comments from here
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()

"""Thumb and screen pictures: upright, small, without any metadata, always JPEG."""

import io
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image

from services.photos.errors import PhotoDamaged
from services.photos.kinds import Derivative, ImageKind

# Only the decoders asked for are ever tried: the holes of 2026 were in FITS, PSD and McIdas.
FORMATS: dict[ImageKind, tuple[str, ...]] = {
    ImageKind.JPEG: ("JPEG",),  # MPO too
    ImageKind.PNG: ("PNG",),
    ImageKind.WEBP: ("WEBP",),
    ImageKind.HEIC: ("HEIF",),
    ImageKind.AVIF: ("AVIF",),
}
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
    sizes = sorted(wanted, key=lambda derivative: derivative.box, reverse=True)
    made: Pictures = {}
    try:
        with Image.open(file, formats=FORMATS[kind]) as opened:
            picture = _shrunk(opened, sizes[0].box)
            picture.load()  # a small one is not yet: an interlaced PNG needs its `info`, which _jpeg empties
            picture = _plain(picture)
            if orientation in TURNS:
                picture = picture.transpose(TURNS[orientation])
            for derivative in sizes:
                picture.thumbnail((derivative.box, derivative.box), Image.Resampling.BICUBIC)
                made[derivative] = _jpeg(picture, QUALITY[derivative])
    except MemoryError:
        raise
    except Exception as error:  # decoders on bytes from anywhere raise what they like, struct.error to SyntaxError
        raise PhotoDamaged("cannot_be_decoded") from error
    return made


def fitted(width: int, height: int, box: int) -> tuple[int, int]:
    """The size that fits the box and keeps the proportions; never larger than the picture."""
    scale = min(1.0, box / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrunk(opened: Image.Image, box: int) -> Image.Image:
    target = fitted(*opened.size, box)
    opened.draft(None, target)  # JPEG decodes at 1/2, 1/4, 1/8; with a square box instead it silently does nothing
    if opened.mode in ("P", "1") or opened.mode.startswith("I"):
        return opened  # resampling palette numbers or 16 bits makes no sense: _plain first
    opened.thumbnail(target, Image.Resampling.BICUBIC)
    return opened


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

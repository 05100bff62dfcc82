"""Confined work: the pictures of a HEIC or AVIF original, or of one whose decoding is too heavy for the service itself.

pillow-heif is imported here and nowhere else: in a child that can open nothing and reach nobody.
"""

import io
from collections.abc import Iterator

from PIL import ExifTags, Image

from services.confined.protocol import Answer, Fact, Refused
from services.photos.errors import PhotoDamaged
from services.photos.imaging import damage_told, make_pictures, pictures_of
from services.photos.kinds import Derivative, ImageKind


def prepare(options: dict[str, Fact]) -> None:  # noqa: ARG001  (each work has this shape)
    """All decoders and the encoder loaded before the doors close."""
    import pillow_heif
    from PIL import AvifImagePlugin

    pillow_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()


def work(data: bytes, options: dict[str, Fact]) -> Answer:
    """Options: kind, orientation, max_pixels, sizes (names joined by a comma)."""
    kind = ImageKind(str(options["kind"]))
    wanted = [Derivative(name) for name in str(options["sizes"]).split(",")]
    orientation, max_pixels = int(options["orientation"] or 1), int(options["max_pixels"] or 0)
    try:
        if kind is ImageKind.HEIC:
            with damage_told():
                made = pictures_of(_HeicRows(data), orientation, wanted)
        else:
            turn = _turn_of_avif(data) if kind is ImageKind.AVIF else orientation
            made = make_pictures(io.BytesIO(data), kind, turn, wanted, max_pixels=max_pixels)
    except PhotoDamaged as error:
        raise Refused(error.why) from error
    return Answer(parts={derivative.value: picture for derivative, picture in made.items()})


class _HeicRows:
    """What the decoder gives, as it stands: Pillow's plugin makes a copy of all of it."""

    def __init__(self, data: bytes) -> None:
        import pillow_heif

        heic = pillow_heif.open_heif(data)
        self._rows, self._mode, self._stride = heic.data, heic.mode, heic.stride
        self.size: tuple[int, int] = heic.size  # after the decoding, which may find another one

    def bands(self, rows: int) -> Iterator[Image.Image]:
        """Slices of it."""
        width, height = self.size
        for top in range(0, height, rows):
            high = min(rows, height - top)
            band = self._rows[top * self._stride : (top + high) * self._stride]
            yield Image.frombuffer(self._mode, (width, high), band, "raw", self._mode, self._stride, 1)


def _turn_of_avif(data: bytes) -> int:
    """Pillow hands the turn box of an AVIF on as an EXIF orientation; pillow-heif has applied a HEIC's already."""
    with damage_told(), Image.open(io.BytesIO(data), formats=("AVIF",)) as opened:
        return int(opened.getexif().get(ExifTags.Base.Orientation, 1))

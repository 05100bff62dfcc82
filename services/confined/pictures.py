"""Confined work: the pictures of a HEIC or AVIF original, or of one whose decoding is too heavy for the service itself.

pillow-heif is imported here and nowhere else: in a child that can open nothing and reach nobody.
"""

import io

from services.confined.protocol import Answer, Fact, Refused
from services.photos.errors import PhotoDamaged
from services.photos.imaging import make_pictures
from services.photos.kinds import Derivative, ImageKind


def prepare(options: dict[str, Fact]) -> None:  # noqa: ARG001  (each work has this shape)
    """All decoders and the encoder loaded before the doors close."""
    import pillow_heif
    from PIL import AvifImagePlugin, Image

    pillow_heif.register_heif_opener()
    pillow_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()


def work(data: bytes, options: dict[str, Fact]) -> Answer:
    """Options: kind, orientation, max_pixels, sizes (names joined by a comma)."""
    kind = ImageKind(str(options["kind"]))
    wanted = [Derivative(name) for name in str(options["sizes"]).split(",")]
    orientation, max_pixels = int(options["orientation"] or 1), int(options["max_pixels"] or 0)
    if kind is ImageKind.AVIF:
        orientation = _turn_of_avif(data)
    try:
        made = make_pictures(io.BytesIO(data), kind, orientation, wanted, max_pixels=max_pixels)
    except PhotoDamaged as error:
        raise Refused(error.why) from error
    return Answer(parts={derivative.value: picture for derivative, picture in made.items()})


def _turn_of_avif(data: bytes) -> int:
    """Pillow hands the turn box of an AVIF on as an EXIF orientation; pillow-heif has applied a HEIC's already."""
    from PIL import ExifTags, Image

    try:
        with Image.open(io.BytesIO(data), formats=("AVIF",)) as opened:
            return int(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except MemoryError:
        raise
    except Exception as error:  # as in imaging: a decoder raises what it likes
        raise Refused("cannot_be_decoded") from error

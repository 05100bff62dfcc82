"""A PNG in strips is the picture that Pillow decodes whole, and what a decoder must hold is told by its header."""

import io
import struct
import zlib

import pytest
from PIL import Image

from services.photos.errors import PhotoDamaged
from services.photos.headers import PNG_SIGNATURE
from services.photos.imaging import make_pictures
from services.photos.ingest import read_header
from services.photos.kinds import Derivative, ImageKind
from services.photos.strips import strips_of
from tests.pictures import interlaced, photo, scene

WIDTH, HEIGHT = 211, 97


def saved(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def noisy(mode: str) -> Image.Image:
    """Lines that differ, so that each filter is used."""
    grain = Image.effect_noise((WIDTH, HEIGHT), 60)
    slope = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    return Image.merge("RGBA", (grain, slope, grain.rotate(180), slope.rotate(180))).convert(mode)


def whole(data: bytes, rows: int) -> Image.Image:
    strips = strips_of(io.BytesIO(data))
    assert strips is not None
    bands = list(strips.bands(rows))
    together = Image.new(bands[0].mode, strips.size)
    if palette := bands[0].getpalette():
        together.putpalette(palette)
    for number, band in enumerate(bands):
        together.paste(band, (0, number * rows))
    return together


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("rows", [1, 10, HEIGHT - 1, HEIGHT, HEIGHT + 1])
def test_the_strips_of_a_png_are_the_picture_that_pillow_decodes_whole(mode: str, rows: int) -> None:
    data = saved(noisy(mode))
    with Image.open(io.BytesIO(data)) as opened:
        assert whole(data, rows).tobytes() == opened.tobytes()


def test_its_data_may_come_in_chunks_of_any_length() -> None:
    data = saved(noisy("RGB"))
    rows = zlib.decompress(data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8])
    packed = zlib.compress(rows, 9)
    parts = [packed[:1], b"", packed[1:3], *(packed[at : at + 7] for at in range(3, len(packed), 7))]
    chunks = [(b"IHDR", data[16:29]), *((b"IDAT", part) for part in parts), (b"IEND", b"")]
    cut = PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part)) for name, part in chunks
    )
    assert whole(cut, 10).tobytes() == whole(data, 10).tobytes()


def test_what_is_transparent_by_a_palette_or_one_colour_stays_so_in_each_strip() -> None:
    red, listed = Image.new("RGB", (640, 480), (200, 0, 0)), Image.new("P", (640, 480), 1)
    listed.putpalette((0, 0, 0, 200, 0, 0))
    for data in (saved(red, transparency=(200, 0, 0)), saved(listed, transparency=1)):
        made = make_pictures(io.BytesIO(data), ImageKind.PNG, 1, [Derivative.THUMB], max_pixels=1_000_000)
        assert Image.open(io.BytesIO(made[Derivative.THUMB])).getpixel((50, 200)) == (255, 255, 255)


def test_a_png_whose_rows_end_too_soon_is_damaged() -> None:
    data = saved(noisy("RGB"))
    at = data.index(b"IDAT") - 4
    short = zlib.compress(bytes(100))
    cut = data[:at] + struct.pack(">I", len(short)) + b"IDAT" + short + bytes(4) + data[-12:]
    strips = strips_of(io.BytesIO(cut))
    assert strips is not None
    with pytest.raises(PhotoDamaged):
        list(strips.bands(10))


@pytest.mark.parametrize("data", [interlaced(scene()), saved(Image.new("1", (9, 9))), saved(Image.new("I;16", (9, 9)))])
def test_one_that_is_interlaced_or_of_other_bits_has_no_strips(data: bytes) -> None:
    assert strips_of(io.BytesIO(data)) is None


PIXELS = 640 * 480


@pytest.mark.parametrize(
    ("data", "a_pixel"),
    [
        (photo("JPEG", width=640, height=480), 0),
        (saved(scene(640, 480), "JPEG", progressive=True, subsampling=2), 3),
        (saved(scene(640, 480), "JPEG", progressive=True, subsampling=0), 6),
        (saved(scene(640, 480).convert("L"), "JPEG", progressive=True), 2),
        (interlaced(scene(640, 480)), 4),
        (saved(Image.new("I;16", (640, 480))), 2),
        (photo("WEBP", width=640, height=480), 16),
        (photo("HEIF", width=640, height=480), 4.5),
        (photo("AVIF", width=640, height=480), 8.5),
    ],
)
def test_a_header_tells_how_much_its_decoder_must_hold_at_once(data: bytes, a_pixel: float) -> None:
    assert read_header(io.BytesIO(data)).held == a_pixel * PIXELS


def test_of_a_png_in_strips_so_many_rows_are_held_as_make_one_of_the_screen_picture() -> None:
    assert read_header(io.BytesIO(saved(Image.new("RGB", (640, 480))))).held == 4 * 640
    assert read_header(io.BytesIO(saved(Image.new("RGBA", (16_000, 200))))).held == 4 * 16_000 * 10
    assert read_header(io.BytesIO(saved(Image.new("L", (160_000, 50))))).held == 160_000 * 50

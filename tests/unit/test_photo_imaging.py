"""Thumbs and screens: upright, bare of metadata, decoded small, in the colours of the original."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from services.photos.errors import PhotoDamaged
from services.photos.imaging import fitted, make_pictures
from services.photos.kinds import Derivative, ImageKind
from tests.pictures import UPRIGHT, Tags, corners, interlaced, photo, scene

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of the EXIF broken here on purpose

MAX_PIXELS = 110_000_000
THREAD_KINDS = {"JPEG": ImageKind.JPEG, "PNG": ImageKind.PNG, "WEBP": ImageKind.WEBP}


def made(data: bytes, kind: ImageKind, derivative: Derivative, orientation: int = 1) -> Image.Image:
    pictures = make_pictures(io.BytesIO(data), kind, orientation, [derivative], max_pixels=MAX_PIXELS)
    return Image.open(io.BytesIO(pictures[derivative]))


def saved(picture: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", THREAD_KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_way_of_holding_the_phone_comes_out_upright(form: str, orientation: int) -> None:
    data = photo(form, Tags(orientation=orientation), width=640, height=480)
    thumb = made(data, THREAD_KINDS[form], Derivative.THUMB, orientation)
    assert corners(thumb) == UPRIGHT
    assert thumb.size == (320, 240)
    assert thumb.format == "JPEG"


def test_nothing_of_the_metadata_is_left_in_a_derivative() -> None:
    tags = Tags(orientation=6, taken="2026:11:24 09:12:31", lat=(30.69, "N"), lon=(111.28, "E"), make="HUAWEI")
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo("JPEG", tags, 640, 480))) as source:
        source.save(out, "JPEG", exif=source.getexif(), comment=b"secret comment", icc_profile=b"secret profile")
    data = out.getvalue()
    assert b"HUAWEI" in data
    assert b"secret comment" in data
    for derivative in Derivative:
        pictures = make_pictures(io.BytesIO(data), ImageKind.JPEG, 6, [derivative], max_pixels=MAX_PIXELS)
        for trace in (b"Exif", b"HUAWEI", b"secret", b"2026:11:24", b"ICC_PROFILE", b"http"):
            assert trace not in pictures[derivative]


@pytest.mark.parametrize("width", [80, 640])
def test_an_interlaced_png_is_shown_also_when_it_is_smaller_than_the_picture_wanted(width: int) -> None:
    thumb = made(interlaced(scene(width, width * 3 // 4)), ImageKind.PNG, Derivative.THUMB)
    assert corners(thumb) == UPRIGHT


def test_text_in_a_png_does_not_travel_into_its_thumb() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret comment")
    out = io.BytesIO()
    scene(640, 480).save(out, "PNG", pnginfo=notes)
    pictures = make_pictures(io.BytesIO(out.getvalue()), ImageKind.PNG, 1, [Derivative.THUMB], max_pixels=MAX_PIXELS)
    assert b"secret" not in pictures[Derivative.THUMB]


@pytest.mark.parametrize(("derivative", "decoded"), [(Derivative.THUMB, (504, 378)), (Derivative.SCREEN, (2016, 1512))])
def test_a_twelve_megapixel_jpeg_is_never_decoded_whole(
    monkeypatch: pytest.MonkeyPatch, derivative: Derivative, decoded: tuple[int, int]
) -> None:
    sizes: list[tuple[int, int]] = []
    thumbnail = Image.Image.thumbnail

    def watched(picture: Image.Image, *args: object, **kwargs: object) -> None:
        sizes.append(picture.size)
        thumbnail(picture, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "thumbnail", watched)
    picture = made(photo("JPEG", width=4032, height=3024), ImageKind.JPEG, derivative)
    assert sizes[0] == decoded
    assert max(picture.size) == derivative.box


def test_both_sizes_come_from_one_decoding() -> None:
    both = make_pictures(
        io.BytesIO(photo("JPEG", width=4000, height=3000)), ImageKind.JPEG, 1, list(Derivative), max_pixels=MAX_PIXELS
    )
    assert {d: Image.open(io.BytesIO(p)).size for d, p in both.items()} == {
        Derivative.SCREEN: (1600, 1200),
        Derivative.THUMB: (320, 240),
    }


def test_a_small_photo_is_not_blown_up() -> None:
    assert made(photo("JPEG", width=100, height=80), ImageKind.JPEG, Derivative.SCREEN).size == (100, 80)


@given(st.integers(1, 65_000), st.integers(1, 65_000), st.sampled_from([320, 1600]))
def test_the_fitted_size_stays_in_the_box_and_has_no_empty_side(width: int, height: int, box: int) -> None:
    w, h = fitted(width, height, box)
    assert 1 <= w <= min(box, width)
    assert 1 <= h <= min(box, height)


def test_a_strip_one_pixel_high_still_gives_a_picture() -> None:
    assert made(saved(Image.new("RGB", (20_000, 1), "red"), "PNG"), ImageKind.PNG, Derivative.THUMB).size == (320, 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_each_colour_mode_becomes_a_plain_picture_with_its_lights_and_darks(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((640, 480))
    if mode == "I;16":
        source = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    else:
        source = grey.convert(mode)
    form = "JPEG" if mode == "CMYK" else "PNG"
    thumb = made(saved(source, form), THREAD_KINDS[form], Derivative.THUMB).convert("L")
    top, bottom = thumb.getpixel((160, 5)), thumb.getpixel((160, 235))
    assert isinstance(top, int | float)
    assert isinstance(bottom, int | float)
    assert top < 40
    assert bottom > 215


def test_what_is_transparent_is_shown_on_white_paper() -> None:
    picture = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    thumb = made(saved(picture, "PNG"), ImageKind.PNG, Derivative.THUMB)
    assert thumb.getpixel((100, 100)) == (255, 255, 255)


@pytest.mark.parametrize("form", THREAD_KINDS)
def test_a_cut_picture_is_damaged_and_no_half_picture_is_made(form: str) -> None:
    out = io.BytesIO()
    Image.effect_noise((1200, 900), 80).convert("RGB").save(out, form)
    data = out.getvalue()
    with pytest.raises(PhotoDamaged):
        made(data[: len(data) // 2], THREAD_KINDS[form], Derivative.THUMB)


def test_only_the_decoder_of_the_known_kind_is_tried() -> None:
    with pytest.raises(PhotoDamaged):
        made(saved(scene(), "TIFF"), ImageKind.JPEG, Derivative.THUMB)
    with pytest.raises(PhotoDamaged):
        made(photo("PNG"), ImageKind.JPEG, Derivative.THUMB)


def test_a_picture_over_twice_the_limit_is_stopped_by_the_second_wall() -> None:
    with pytest.raises(PhotoDamaged):
        make_pictures(
            io.BytesIO(photo("PNG", width=300, height=300)), ImageKind.PNG, 1, [Derivative.THUMB], max_pixels=100
        )


SAMPLES = {form: photo(form, Tags(orientation=6, make="HUAWEI"), 96, 64) for form in THREAD_KINDS}


@settings(deadline=None, max_examples=300)
@given(form=st.sampled_from(list(THREAD_KINDS)), at=st.integers(0, 4000), patch=st.binary(min_size=1, max_size=8))
def test_broken_bytes_give_a_picture_or_a_typed_error(form: str, at: int, patch: bytes) -> None:
    data = SAMPLES[form]
    at = at % len(data)
    broken = data[:at] + patch + data[at + len(patch) :]
    try:
        pictures = make_pictures(io.BytesIO(broken), THREAD_KINDS[form], 6, list(Derivative), max_pixels=1_000_000)
    except PhotoDamaged:
        return
    assert pictures[Derivative.THUMB].startswith(b"\xff\xd8")

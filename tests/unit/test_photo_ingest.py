"""What a photo is: by its content alone, its size by its header, cut files told from whole ones, bombs never opened."""

import io
import struct
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from services.photos.errors import NotAnImage, PhotoDamaged, PhotoTooManyPixels
from services.photos.ingest import Picture, look_now
from services.photos.kinds import ImageKind
from tests.pictures import REAL_PHOTOS, Tags, photo

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of the EXIF broken here on purpose

MAX_PIXELS = 110_000_000
KINDS = {
    "JPEG": ImageKind.JPEG,
    "PNG": ImageKind.PNG,
    "WEBP": ImageKind.WEBP,
    "HEIF": ImageKind.HEIC,
    "AVIF": ImageKind.AVIF,
}
TAGS = Tags(taken="2026:11:24 09:12:31", offset="+08:00", lat=(30.6923, "N"), lon=(111.2867, "E"), make="HUAWEI")


def seen(folder: Path, data: bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    file = folder / "photo.txt"
    file.write_bytes(data)
    return look_now(file, max_pixels=max_pixels)


@pytest.mark.parametrize("form", KINDS)
def test_kind_size_time_and_place_are_read_from_each_format(tmp_path: Path, form: str) -> None:
    picture = seen(tmp_path, photo(form, TAGS, width=160, height=120))
    assert (picture.kind, picture.width, picture.height) == (KINDS[form], 160, 120)
    assert picture.exif.taken_at == datetime(2026, 11, 24, 1, 12, 31, tzinfo=UTC)
    assert (picture.exif.lat, picture.exif.lon) == pytest.approx((30.6923, 111.2867), abs=1e-6)
    assert picture.exif.make == "HUAWEI"
    assert picture.media_type == f"image/{KINDS[form].value}"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_picture(tmp_path: Path, form: str, orientation: int) -> None:
    picture = seen(tmp_path, photo(form, Tags(orientation=orientation), width=160, height=120))
    assert (picture.width, picture.height) == (160, 120)


async def test_an_mpo_with_two_pictures_counts_as_a_jpeg(tmp_path: Path) -> None:
    out = io.BytesIO()
    first, second = Image.new("RGB", (160, 120)), Image.new("RGB", (80, 60))
    first.save(out, "MPO", save_all=True, append_images=[second])
    (tmp_path / "photo").write_bytes(out.getvalue())
    picture = look_now(tmp_path / "photo", max_pixels=MAX_PIXELS)
    assert (picture.kind, picture.width, picture.height) == (ImageKind.JPEG, 160, 120)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        "这不是照片。\n".encode() * 100,
        b"%PDF-1.7\n" + bytes(1000),
        b"PK\x03\x04" + bytes(1000),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        b"II*\0" + bytes(100),
        b"BM" + bytes(100),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(100),
    ],
    ids=["empty", "one byte", "text", "pdf", "zip", "svg", "gif", "tiff", "bmp", "wav", "mp4"],
)
def test_what_is_not_one_of_the_five_kinds_is_refused_whatever_its_name(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(data)
    with pytest.raises(NotAnImage):
        look_now(file, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("form", KINDS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
def test_a_picture_cut_off_on_its_way_is_refused_as_damaged(tmp_path: Path, form: str, kept: float) -> None:
    data = photo(form, TAGS, width=640, height=480)
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, data[: int(len(data) * kept)])


@pytest.mark.parametrize("form", KINDS)
def test_even_one_missing_byte_at_the_end_is_noticed(tmp_path: Path, form: str) -> None:
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, photo(form, TAGS)[:-1])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_makers_trailer_behind_the_picture_is_no_damage(tmp_path: Path, form: str) -> None:
    assert seen(tmp_path, photo(form) + b"SEFHk\0\0\0" + bytes(5000)).width == 80


def test_a_thumbnails_end_inside_exif_is_not_taken_for_the_pictures_end(tmp_path: Path) -> None:
    app1 = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0\xff\xd8\xff\xd9"
    whole = photo("JPEG")
    with_thumbnail = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + whole[2:]
    assert seen(tmp_path, with_thumbnail).width == 80
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, with_thumbnail[: len(with_thumbnail) - 100])


def test_a_progressive_jpeg_is_walked_through_all_its_scans(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG", progressive=True, quality=90)
    assert seen(tmp_path, out.getvalue()).width == 640
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, out.getvalue()[:-2000])


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_size(width: int, height: int) -> bytes:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + png_chunk(b"IEND", b"")


def jpeg_of_size(width: int, height: int) -> bytes:
    data = photo("JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def webp_of_size(width: int, height: int) -> bytes:
    data = photo("WEBP", TAGS)
    at = data.index(b"VP8X") + 12
    return data[:at] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + data[at + 6 :]


def heif_of_size(form: str, width: int, height: int) -> bytes:
    data = photo(form)
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


@pytest.mark.parametrize(
    "bomb",
    [
        png_of_size(64_000, 64_000),
        jpeg_of_size(64_000, 64_000),
        webp_of_size(64_000, 64_000),
        heif_of_size("HEIF", 64_000, 64_000),
        heif_of_size("AVIF", 64_000, 64_000),
    ],
    ids=["png", "jpeg", "webp", "heic", "avif"],
)
def test_a_bomb_is_refused_by_its_header_in_no_time(tmp_path: Path, bomb: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(PhotoTooManyPixels) as caught:
        seen(tmp_path, bomb)
    assert time.perf_counter() - started < 0.5
    assert (caught.value.width, caught.value.height, caught.value.max_pixels) == (64_000, 64_000, MAX_PIXELS)


def test_a_picture_just_within_the_limit_is_taken(tmp_path: Path) -> None:
    assert seen(tmp_path, png_of_size(11_000, 10_000)).width == 11_000
    with pytest.raises(PhotoTooManyPixels):
        seen(tmp_path, png_of_size(11_001, 10_000))


@pytest.mark.parametrize("make", [png_of_size, jpeg_of_size])
def test_a_picture_of_no_size_is_damaged(tmp_path: Path, make: object) -> None:
    assert callable(make)
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, make(0, 100))


@pytest.mark.parametrize(
    "start",
    [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(9),
        b"\xff\xd8" + b"\xff" * 100,
        b"\xff\xd8" + b"\xff\x01" * 1000,
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0)),
    ],
    ids=["zeros between segments", "fill bytes", "bare markers", "png of empty chunks"],
)
def test_thirty_megabytes_made_to_be_slow_are_given_up_within_two_seconds(tmp_path: Path, start: bytes) -> None:
    filler = png_chunk(b"tEXt", b"") if start.startswith(b"\x89") else start[-2:]
    started = time.perf_counter()
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, start + filler * (30_000_000 // len(filler)))
    assert time.perf_counter() - started < 2


SAMPLES = {form: photo(form, TAGS) for form in KINDS}
STARTS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x14ftypheic\0\0\0\0mif1"]
TYPED = (NotAnImage, PhotoDamaged, PhotoTooManyPixels)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(start=st.sampled_from([b"", *STARTS]), tail=st.binary(max_size=300))
def test_random_bytes_only_ever_give_a_typed_refusal(tmp_path: Path, start: bytes, tail: bytes) -> None:
    try:
        seen(tmp_path, start + tail)
    except TYPED:
        return


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=400)
@given(form=st.sampled_from(list(KINDS)), at=st.integers(0, 900), patch=st.binary(min_size=1, max_size=6))
def test_a_photo_with_broken_bytes_is_taken_or_refused_by_name(
    tmp_path: Path, form: str, at: int, patch: bytes
) -> None:
    data = SAMPLES[form]
    at = at % len(data)
    try:
        picture = seen(tmp_path, data[:at] + patch + data[at + len(patch) :])
    except TYPED:
        return
    assert 0 < picture.width * picture.height <= MAX_PIXELS


@pytest.mark.skipif(not REAL_PHOTOS.is_dir(), reason="the folder of real photos is not beside this checkout")
@pytest.mark.parametrize(
    ("name", "kind", "size", "place"),
    [
        ("HMD_Nokia_8.3_5G.jpg", ImageKind.JPEG, (4608, 1976), (60.1467, 24.9068)),
        ("HMD_Nokia_8.3_5G.heif", ImageKind.HEIC, (3456, 4608), (40.7887, -4.0051)),
        ("iphone_hdr_YES.jpg", ImageKind.JPEG, (3264, 2448), (40.4470, -3.7248)),
        ("IMG_5195.HEIC", ImageKind.HEIC, (2566, 3313), (39.0513, -94.2888)),
        ("DSCN0010.jpg", ImageKind.JPEG, (640, 480), (43.4674, 11.8851)),
        ("DSCN0012.jpg", ImageKind.JPEG, (640, 480), (43.4672, 11.8854)),
    ],
)
def test_real_photos_are_told_with_size_and_place_and_noticed_when_cut(
    tmp_path: Path, name: str, kind: ImageKind, size: tuple[int, int], place: tuple[float, float]
) -> None:
    data = (REAL_PHOTOS / name).read_bytes()
    picture = seen(tmp_path, data)
    assert (picture.kind, (picture.width, picture.height)) == (kind, size)
    assert (picture.exif.lat, picture.exif.lon) == pytest.approx(place, abs=1e-4)
    assert picture.exif.taken_at is not None
    with pytest.raises(PhotoDamaged):
        seen(tmp_path, data[: len(data) * 2 // 3])

"""EXIF: time with and without a zone, places that can and cannot be, and broken blocks that never block."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags
from PIL.TiffImagePlugin import IFDRational

from services.photos.exif import Exif, read_exif
from tests.pictures import Tags, exif

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of the EXIF broken here on purpose

TAKEN = "2026:11:24 09:12:31"


def read(tags: Tags) -> Exif:
    return read_exif(exif(tags).tobytes())


def test_a_time_without_zone_is_taken_as_china_time_and_says_so() -> None:
    found = read(Tags(taken=TAKEN))
    assert found.taken_at == datetime(2026, 11, 24, 1, 12, 31, tzinfo=UTC)
    assert found.taken_at.utcoffset() == timedelta(hours=8)
    assert found.offset_assumed


@pytest.mark.parametrize(("offset", "utc_hour"), [("+08:00", 1), ("+09:00", 0), ("-05:30", 14), ("Z", 9), ("+0800", 1)])
def test_a_zone_the_phone_gives_is_used_and_nothing_is_assumed(offset: str, utc_hour: int) -> None:
    found = read(Tags(taken=TAKEN, offset=offset))
    assert found.taken_at is not None
    assert found.taken_at.astimezone(UTC).hour == utc_hour
    assert not found.offset_assumed


@pytest.mark.parametrize("offset", ["+99:00", "somewhere", "+08:75", ""])
def test_a_zone_that_is_none_falls_back_to_the_assumed_one(offset: str) -> None:
    found = read(Tags(taken=TAKEN, offset=offset))
    assert found.taken_at == datetime(2026, 11, 24, 1, 12, 31, tzinfo=UTC)
    assert found.offset_assumed


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "2026:13:41 25:00:00", "yesterday", "    :  :     :  :  "])
def test_a_clock_never_set_gives_no_time_at_all(taken: str) -> None:
    found = read(Tags(taken=taken, make="HUAWEI"))
    assert found.taken_at is None
    assert not found.offset_assumed
    assert found.make == "HUAWEI"


def test_the_time_of_change_stands_in_where_the_time_of_taking_is_absent() -> None:
    block = exif(Tags())
    block[ExifTags.Base.DateTime] = TAKEN
    assert read_exif(block.tobytes()).taken_at == datetime(2026, 11, 24, 1, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        ((30.6923, "N"), (111.2867, "E"), (30.6923, 111.2867)),
        ((33.8567, "S"), (70.6, "W"), (-33.8567, -70.6)),
        ((0.0, "N"), (111.2867, "E"), (0.0, 111.2867)),
    ],
)
def test_a_place_is_degrees_north_and_east_whatever_half_it_lies_in(
    lat: tuple[float, str], lon: tuple[float, str], expected: tuple[float, float]
) -> None:
    found = read(Tags(lat=lat, lon=lon))
    assert (found.lat, found.lon) == pytest.approx(expected, abs=1e-6)
    assert not found.place_impossible


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 0.0), (91.0, 111.0), (30.0, 181.0), (1000.0, 2000.0)])
def test_a_place_off_the_globe_or_at_zero_is_left_out_and_flagged(lat: float, lon: float) -> None:
    found = read(Tags(lat=(lat, "N"), lon=(lon, "E"), taken=TAKEN))
    assert found.lat is None
    assert found.lon is None
    assert found.place_impossible
    assert found.taken_at is not None


def test_no_place_is_not_an_impossible_place() -> None:
    assert not read(Tags(taken=TAKEN)).place_impossible


def test_zero_divided_by_zero_as_phones_without_fix_write_is_no_place() -> None:
    block = exif(Tags())
    gps = block.get_ifd(ExifTags.IFD.GPSInfo)
    for tag in (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitude):
        gps[tag] = (IFDRational(0, 0), IFDRational(0, 0), IFDRational(0, 0))
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    found = read_exif(block.tobytes())
    assert found.lat is None
    assert found.place_impossible


def test_nuls_and_control_characters_of_a_device_name_never_reach_the_database() -> None:
    found = read(Tags(make="HUA\0WEI\0\0\0", model="Mate\n60\x1b[31m " + "x" * 500))
    assert found.make is not None
    assert "\0" not in found.make
    assert found.make.startswith("HUA")
    assert found.model is not None
    assert found.model.startswith("Mate60[31m")
    assert len(found.model) == 100


def test_a_chinese_device_name_is_read_as_the_utf_8_it_is() -> None:
    block = exif(Tags(make="HUAWEI")).tobytes().replace(b"HUAWEI", "华为".encode())  # Pillow would write ?? itself
    assert read_exif(block).make == "华为"


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    assert read(Tags(orientation=orientation)).orientation == 1


def test_no_block_is_the_same_as_nothing_known() -> None:
    assert read_exif(None) == Exif()
    assert read_exif(b"") == Exif()


WHOLE = exif(
    Tags(
        orientation=6,
        taken=TAKEN,
        offset="+08:00",
        lat=(30.6923, "N"),
        lon=(111.2867, "E"),
        make="HUAWEI",
        model="Mate 60",
    )
).tobytes()


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(lambda tail: b"II*\0\x08\0\0\0" + tail)))
def test_random_bytes_as_exif_never_raise(block: bytes) -> None:
    assert 1 <= read_exif(block).orientation <= 8


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.integers(0, len(WHOLE)))
def test_a_flipped_or_cut_exif_block_never_raises_and_stays_on_the_globe(at: int, byte: int, end: int) -> None:
    broken = (WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])[:end]
    found = read_exif(broken)
    assert found.lat is None or (-90 <= found.lat <= 90 and found.lon is not None and -180 <= found.lon <= 180)
    assert found.taken_at is None or found.taken_at.tzinfo is not None
    assert all("\0" not in text for text in (found.make, found.model) if text)

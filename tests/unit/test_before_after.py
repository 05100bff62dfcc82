"""What a photo after rectification tells beside those from before, by the rows of the limits as they are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models import before_after as words
from services.catalog_folders import CATALOG
from services.rules.before_after import Asked, PhotoFlag, Pictured, Raised, Tone, UsedBefore, photo_flags
from services.rules.clocks import Rule
from services.rules.evidence import Bounds
from services.rules.evidence.facts import Shot
from services.rules.places import Datum, Place, wgs84_to_gcj02
from tests.unit.test_evidence import book

BOUNDS = Bounds(book(), date(2026, 12, 1))
ORDERED = datetime(2026, 11, 24, 9, tzinfo=UTC)
PLACE = Place(111.2867, 30.6923)
AWAY = Place(111.3267, 30.6923)
BEFORE = Pictured("b" * 64, 4000, 3000, True, 0, Shot(camera_at=ORDERED - timedelta(hours=1), camera_place=PLACE))
AFTER = Pictured("a" * 64, 4000, 3000, True, 2**64 - 1, Shot(camera_at=ORDERED + timedelta(days=3), camera_place=PLACE))
ASKED = Asked(BOUNDS, ORDERED, PLACE, {(1080, 2340)})


def raised(photo: Pictured, used: UsedBefore | None = None, asked: Asked = ASKED) -> list[Raised]:
    return photo_flags(photo, [BEFORE], used or UsedBefore(), asked)


def flags(photo: Pictured, used: UsedBefore | None = None, asked: Asked = ASKED) -> set[PhotoFlag]:
    return {found.flag for found in raised(photo, used, asked)}


def test_an_honest_photo_raises_nothing() -> None:
    assert flags(AFTER) == set()


@pytest.mark.parametrize(
    ("bits", "flag"),
    [
        (0, PhotoFlag.LIKE_BEFORE),
        (24, PhotoFlag.LIKE_BEFORE),
        (25, PhotoFlag.SAME_SCENE),
        (36, PhotoFlag.SAME_SCENE),
        (37, None),
    ],
)
def test_how_many_bits_differ_says_whether_it_is_the_picture_the_scene_or_neither(
    bits: int, flag: PhotoFlag | None
) -> None:
    found = raised(replace(AFTER, dhash=2**bits - 1))
    assert [(one.flag, one.measured, one.before) for one in found] == ([] if flag is None else [(flag, bits, 0)])


def test_the_nearest_photo_from_before_is_named_and_the_same_file_before_all() -> None:
    others = [replace(BEFORE, sha256="c" * 64, dhash=2**30 - 1), replace(BEFORE, dhash=2**10 - 1)]
    [found] = photo_flags(replace(AFTER, dhash=0), others, UsedBefore(), ASKED)
    assert (found.flag, found.before) == (PhotoFlag.LIKE_BEFORE, 1)
    [found] = photo_flags(replace(AFTER, sha256="c" * 64, dhash=0), others, UsedBefore(), ASKED)
    assert (found.flag, found.before) == (PhotoFlag.SAME_FILE_AS_BEFORE, 0)


@pytest.mark.parametrize("lacking", ["before", "after"])
def test_a_picture_too_flat_to_be_told_is_like_nothing(lacking: str) -> None:
    before = replace(BEFORE, dhash=None if lacking == "before" else 0)
    after = replace(AFTER, dhash=None if lacking == "after" else 0)
    assert photo_flags(after, [before], UsedBefore(), ASKED) == []


CASES: dict[PhotoFlag, Callable[[], set[PhotoFlag]]] = {
    PhotoFlag.USED_EARLIER: lambda: flags(AFTER, UsedBefore(earlier_here=True)),
    PhotoFlag.USED_AT_OTHER_ENTERPRISE: lambda: flags(AFTER, UsedBefore(same_file_elsewhere=True, nearest_elsewhere=3)),
    PhotoFlag.LIKE_AT_OTHER_ENTERPRISE: lambda: flags(AFTER, UsedBefore(nearest_elsewhere=3)),
    PhotoFlag.TAKEN_BEFORE_ORDER: lambda: flags(replace(AFTER, shot=Shot(said_at=ORDERED - timedelta(minutes=6)))),
    PhotoFlag.TAKEN_FAR_AWAY: lambda: flags(replace(AFTER, shot=Shot(camera_place=AWAY))),
    PhotoFlag.SCREEN_SIZED: lambda: flags(replace(AFTER, has_exif=False, width=2340, height=1080)),
}


@pytest.mark.parametrize("flag", CASES)
def test_each_trick_raises_its_own_flag_and_no_other(flag: PhotoFlag) -> None:
    assert CASES[flag]() == {flag}


def test_what_honest_work_also_leaves_behind_raises_nothing() -> None:
    skewed = replace(AFTER, shot=Shot(camera_at=ORDERED - timedelta(minutes=4)))
    assert flags(skewed) == set(), "a camera's clock may be some minutes off"
    shifted = replace(AFTER, shot=Shot(camera_place=Place(*wgs84_to_gcj02((PLACE.lon, PLACE.lat)))))
    assert flags(shifted) == set(), "map cameras write GCJ-02"
    assert flags(replace(AFTER, has_exif=False)) == set(), "a chat program takes the words away"
    assert flags(replace(AFTER, width=1080, height=2340)) == set(), "some phones photograph in their screen's shape"
    assert flags(replace(AFTER, shot=Shot())) == set()
    unasked = replace(ASKED, ordered_at=None)
    assert flags(replace(AFTER, shot=Shot(camera_at=ORDERED - timedelta(days=9))), asked=unasked) == set()


def test_without_a_place_on_the_register_the_photo_from_before_says_where_it_is() -> None:
    away = replace(AFTER, shot=Shot(said_place=Place(AWAY.lon, AWAY.lat, Datum.WGS84)))
    [found] = raised(away, asked=replace(ASKED, place=None))
    assert found.flag is PhotoFlag.TAKEN_FAR_AWAY
    assert found.rule is Rule.FAR_AWAY
    assert found.measured == pytest.approx(3824, abs=20)
    placeless = [replace(BEFORE, shot=Shot())]
    assert photo_flags(away, placeless, UsedBefore(), replace(ASKED, place=None)) == []


def test_nothing_that_rests_on_likeness_alone_is_red() -> None:
    red = {flag for flag in PhotoFlag if flag.tone is Tone.RED}
    assert red == {PhotoFlag.SAME_FILE_AS_BEFORE, PhotoFlag.USED_AT_OTHER_ENTERPRISE}


def test_every_word_of_the_rules_has_its_label_and_stands_on_the_page() -> None:
    assert [str(flag) for flag in PhotoFlag] == [str(flag) for flag in words.PhotoFlag]
    assert [str(tone) for tone in Tone] == [str(tone) for tone in words.FlagTone]
    page = (CATALOG.parent / "docs" / "photos.md").read_text(encoding="utf-8")
    for flag in words.PhotoFlag:
        assert f"| {flag} | {flag.label} | {PhotoFlag(flag).tone} |" in page
        assert flag.explained in page

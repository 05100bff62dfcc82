"""Datums: the published test pairs of the reconstructed shifts, their inverses, and distances over them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.words import Datum as Word
from services.rules.places import Datum, Degrees, Place, distance_m, gcj02_to_bd09, to_wgs84, wgs84_to_gcj02

# longitude, latitude; the pairs that the public implementations test themselves with (eviltransform, coordtransform)
PAIRS = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),  # Shanghai
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),  # Shenzhen
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),  # Beijing
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
]
GCJ_BD = ((116.404, 39.915), (116.41036949371029, 39.92133699351021))

china = st.tuples(st.floats(73.6, 135.0), st.floats(18.0, 53.5))


def metres(one: Degrees, other: Degrees) -> float:
    return distance_m(Place(*one), Place(*other))


def test_the_words_for_datums_are_those_of_the_tables() -> None:
    assert {str(datum) for datum in Datum} == {str(word) for word in Word}


@pytest.mark.parametrize(("wgs84", "gcj02"), PAIRS)
def test_the_published_pairs_are_met_to_a_millimetre_both_ways(wgs84: Degrees, gcj02: Degrees) -> None:
    assert metres(wgs84_to_gcj02(wgs84), gcj02) < 0.001
    assert metres(to_wgs84(Place(*gcj02, Datum.GCJ02)), wgs84) < 0.001


def test_the_published_pair_of_baidu_is_met() -> None:
    assert metres(gcj02_to_bd09(GCJ_BD[0]), GCJ_BD[1]) < 0.001


@given(china)
def test_there_and_back_again_is_the_same_place_to_a_centimetre(wgs84: Degrees) -> None:
    gcj02 = wgs84_to_gcj02(wgs84)
    assert metres(to_wgs84(Place(*gcj02, Datum.GCJ02)), wgs84) < 0.01
    assert metres(to_wgs84(Place(*gcj02_to_bd09(gcj02), Datum.BD09)), wgs84) < 0.01


@given(china)
def test_a_map_of_china_is_shifted_by_tens_to_hundreds_of_metres(wgs84: Degrees) -> None:
    assert 20 < metres(wgs84_to_gcj02(wgs84), wgs84) < 1000


def test_one_place_in_four_datums_is_one_place() -> None:
    here = (111.28, 30.69)
    gcj02 = wgs84_to_gcj02(here)
    named = [
        Place(*here),
        Place(*here, Datum.CGCS2000),
        Place(*gcj02, Datum.GCJ02),
        Place(*gcj02_to_bd09(gcj02), Datum.BD09),
    ]
    assert max(distance_m(one, other) for one in named for other in named) < 0.01


def test_outside_of_china_nothing_is_shifted() -> None:
    assert wgs84_to_gcj02((-74.0060, 40.7128)) == (-74.0060, 40.7128)


def test_distances_are_those_of_the_globe() -> None:
    # eviltransform's own pair: Shanghai to Beijing, 1,078,164 m on its own sphere
    beijing, shanghai = Place(116.38404722455657, 39.91334545536069), Place(121.531541859215, 31.17530398364597)
    assert distance_m(shanghai, beijing) == pytest.approx(1_078_164, rel=0.002)
    assert distance_m(Place(111.28, 30.69), Place(111.28, 30.70)) == pytest.approx(1112, abs=1)
    assert distance_m(Place(0, 0), Place(180, 0)) == pytest.approx(20_015_115, abs=10)

"""Places in the four datums of the field, and how far apart two of them are.

GCJ-02 is an undocumented shift of WGS 84; the formula that everybody uses is its published reconstruction (the same
constants in every library; test pairs in tests/unit/test_places.py). BD-09 is a further shift of GCJ-02. Both inverses
are found by iteration, to less than a centimetre; the reconstruction itself differs from map services by some metres.
CGCS2000 differs from WGS 84 by decimetres and is taken as equal: a phone's fix is a hundred times coarser.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt

Degrees = tuple[float, float]
"""Longitude and latitude."""

# Krasovsky 1940, the ellipsoid that the shift is computed on, and its squared eccentricity.
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
MEAN_RADIUS_M = 6371008.8
_BAIDU = pi * 3000 / 180
# Outside of this box map services do not shift.
_CHINA_LON, _CHINA_LAT = (72.004, 137.8347), (0.8293, 55.8271)
_CLOSE_ENOUGH = 1e-9
_MOST_ROUNDS = 30


class Datum(StrEnum):
    """The same words as models.words.Datum."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was given; never stored converted."""

    lon: float
    lat: float
    datum: Datum = Datum.WGS84


def distance_m(one: Place, other: Place) -> float:
    """Metres between two places along the earth's surface, whatever their datums; on a sphere, so within 0.5 %."""
    (lon1, lat1), (lon2, lat2) = to_wgs84(one), to_wgs84(other)
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * MEAN_RADIUS_M * asin(min(1.0, sqrt(half)))


def to_wgs84(place: Place) -> Degrees:
    """Longitude and latitude in WGS 84."""
    given = (place.lon, place.lat)
    if place.datum is Datum.GCJ02:
        return _undo(wgs84_to_gcj02, given)
    if place.datum is Datum.BD09:
        return _undo(wgs84_to_gcj02, _undo(gcj02_to_bd09, given))
    return given


def wgs84_to_gcj02(given: Degrees) -> Degrees:
    """What a map of 高德 or 腾讯 shows for a satellite fix; outside of China the same."""
    lon, lat = given
    if not (_CHINA_LON[0] <= lon <= _CHINA_LON[1] and _CHINA_LAT[0] <= lat <= _CHINA_LAT[1]):
        return given
    x, y = lon - 105, lat - 35
    both = _wave(20, x, 6) + _wave(20, x, 2)
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + both
    east += _wave(20, x, 1) + _wave(40, x, 1 / 3) + _wave(150, x, 1 / 12) + _wave(300, x, 1 / 30)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + both
    north += _wave(20, y, 1) + _wave(40, y, 1 / 3) + _wave(160, y, 1 / 12) + _wave(320, y, 1 / 30)
    flat = 1 - _ECCENTRICITY * sin(radians(lat)) ** 2
    north_m_per_degree = radians(1) * _AXIS * (1 - _ECCENTRICITY) / (flat * sqrt(flat))
    east_m_per_degree = radians(1) * _AXIS / sqrt(flat) * cos(radians(lat))
    return lon + east / east_m_per_degree, lat + north / north_m_per_degree


def gcj02_to_bd09(given: Degrees) -> Degrees:
    """What a map of 百度 shows for a place of GCJ-02."""
    lon, lat = given
    length = hypot(lon, lat) + 0.00002 * sin(lat * _BAIDU)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BAIDU)
    return length * cos(angle) + 0.0065, length * sin(angle) + 0.006


def _wave(metres: float, degrees: float, a_degree: float) -> float:
    """One wave of the shift: two thirds of so many metres, so many half periods a degree."""
    return metres * sin(degrees * a_degree * pi) * 2 / 3


def _undo(shift: Callable[[Degrees], Degrees], shifted: Degrees) -> Degrees:
    """What `shift` makes `shifted` of: the shift varies so slowly that each round leaves a thousandth of the error."""
    lon, lat = shifted
    for _ in range(_MOST_ROUNDS):
        there = shift((lon, lat))
        off_lon, off_lat = there[0] - shifted[0], there[1] - shifted[1]
        lon, lat = lon - off_lon, lat - off_lat
        if abs(off_lon) < _CLOSE_ENOUGH and abs(off_lat) < _CLOSE_ENOUGH:
            break
    return lon, lat

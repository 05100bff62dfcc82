"""A grid over the earth in WGS 84: whoever is near is in one of a few cells, which equality finds (design 6)."""

from collections.abc import Iterator
from math import cos, floor, radians

from services.rules.places import MEAN_RADIUS_M, Place, to_wgs84

_FINE, _COARSE = ("f", 0.005), ("c", 0.05)
"""Names and sides of cells in degrees: some 500 m and 5 km in our latitudes."""
FINE_TO_M = 2000
LARGEST_RADIUS_M = 20000
_M_PER_DEGREE = radians(1) * MEAN_RADIUS_M
_NARROWEST = 0.05


def cells_of(place: Place) -> tuple[str, str]:
    """The fine and the coarse cell that a place lies in."""
    lon, lat = to_wgs84(place)
    return _cell(_FINE, lon, lat), _cell(_COARSE, lon, lat)


def cells_around(place: Place, radius_m: float) -> list[str]:
    """The cells of one size that hold all places within so many metres, a hundred or so at most."""
    lon, lat = to_wgs84(place)
    kind = _FINE if radius_m <= FINE_TO_M else _COARSE
    north = radius_m / _M_PER_DEGREE
    # Meridians come closer towards the poles; half a per cent for the sphere that stands for the ellipsoid.
    east = 1.005 * north / max(_NARROWEST, cos(radians(min(89.0, abs(lat) + north))))
    return list(_between(kind, lon - east, lat - north, lon + east, lat + north))


def _between(kind: tuple[str, float], west: float, south: float, east: float, north: float) -> Iterator[str]:
    name, side = kind
    for column in range(floor(west / side), floor(east / side) + 1):
        for row in range(floor(south / side), floor(north / side) + 1):
            yield f"{name}{column}:{row}"


def _cell(kind: tuple[str, float], lon: float, lat: float) -> str:
    name, side = kind
    return f"{name}{floor(lon / side)}:{floor(lat / side)}"

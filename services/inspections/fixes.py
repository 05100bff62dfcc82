"""A stored fix as the rules take it."""

from models.shapes import Located
from services.rules.evidence.facts import Fix, Source
from services.rules.places import Datum, Place


def fix_of(row: Located) -> Fix | None:
    """The fix that a row carries, if it has one."""
    if row.lon is None or row.lat is None or row.crs is None or row.location_source is None:
        return None
    place = Place(row.lon, row.lat, Datum(row.crs.value))
    return Fix(place, row.accuracy_m, Source(row.location_source.value), bool(row.mocked))

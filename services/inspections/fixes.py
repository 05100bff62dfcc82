"""A stored fix, and a stored photo, as the rules take them."""

from models.photos import Photo, PhotoUse
from models.shapes import Located
from services.rules.evidence.facts import Fix, Seen, Shot, Source
from services.rules.places import Datum, Place


def fix_of(row: Located) -> Fix | None:
    """The fix that a row carries, if it has one."""
    if row.lon is None or row.lat is None or row.crs is None or row.location_source is None:
        return None
    place = Place(row.lon, row.lat, Datum(row.crs.value))
    return Fix(place, row.accuracy_m, Source(row.location_source.value), bool(row.mocked))


def shot_of(use: PhotoUse, photo: Photo | None, *, seen: Seen = Seen.NOWHERE) -> Shot:
    """What the camera wrote into a photo, where its bytes are here, and what the record that names it says of it."""
    said_place = camera_place = None
    if use.declared_lon is not None and use.declared_lat is not None and use.declared_crs is not None:
        said_place = Place(use.declared_lon, use.declared_lat, Datum(use.declared_crs.value))
    if photo is not None and photo.lon is not None and photo.lat is not None:
        camera_place = Place(photo.lon, photo.lat)
    return Shot(
        camera_at=photo.taken_at if photo else None,
        camera_place=camera_place,
        said_at=use.declared_taken_at,
        said_place=said_place,
        seen=seen,
    )

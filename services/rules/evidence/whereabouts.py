"""Where the phones and the photos say that the visit was, against where the enterprise is."""

from collections.abc import Iterator

from services.rules.clocks import Rule, local_date
from services.rules.evidence.facts import Bounds, Facts, Fix, OtherVisit, SecondPhone, Shot, Source
from services.rules.evidence.flags import Flag, Flags, Raised
from services.rules.places import Datum, Place, distance_m

SPOILING = frozenset(
    {
        Flag.NO_FIX,
        Flag.MOCKED,
        Flag.FIX_NOT_MEASURED,
        Flag.FIX_TOO_COARSE,
        Flag.FIX_IS_REGISTERS,
        Flag.FIX_REPEATED,
    }
)
"""With one of these a fix proves nothing."""

_SHIFTED = (Datum.WGS84, Datum.GCJ02, Datum.BD09)


def fix_flags(facts: Facts, bounds: Bounds) -> Flags:
    """What is wrong with the phone's fix itself, wherever it is."""
    fix = facts.fix
    if fix is None:
        yield Raised(Flag.NO_FIX)
        return
    if fix.mocked:
        yield Raised(Flag.MOCKED)
    if fix.source in (Source.MANUAL, Source.EXIF):
        yield Raised(Flag.FIX_NOT_MEASURED)
    if fix.accuracy_m is not None and fix.accuracy_m > bounds.number(Rule.ACCURACY_WORST):
        yield Raised(Flag.FIX_TOO_COARSE, Rule.ACCURACY_WORST, fix.accuracy_m)
    if fix.accuracy_m == 0:
        yield Raised(Flag.ACCURACY_ZERO)
    if _has_few_decimals(fix.place, bounds):
        yield Raised(Flag.FIX_FEW_DECIMALS, Rule.FIX_DECIMALS, _decimals(fix.place))
    register = facts.register
    known_before = register is not None and (register.since is None or register.since < facts.arrived_here)
    if register is not None and known_before and register.place == fix.place:
        yield Raised(Flag.FIX_IS_REGISTERS)
    if any(_is_copied(facts, other, bounds) for other in facts.others):
        yield Raised(Flag.FIX_REPEATED)


def place_flags(facts: Facts, bounds: Bounds) -> Flags:
    """The phone's fix against the register. A place shifted by a datum's offset was most likely named wrongly."""
    if facts.register is None:
        yield Raised(Flag.ENTERPRISE_WITHOUT_PLACE)
        return
    if facts.fix is None or is_at(facts.fix, facts.register.place, bounds):
        return
    fix, place = facts.fix, facts.register.place
    away, tolerance = distance_m(fix.place, place), tolerance_m(fix, bounds)
    is_far = away > max(tolerance, bounds.number(Rule.FAR_AWAY)) and fix.source is not Source.NETWORK  # masts are far
    if _nearest_by_other_datums(fix.place, place) <= bounds.number(Rule.AT_PLACE):
        yield Raised(Flag.DATUM_MISTAKEN, Rule.AT_PLACE, away)
    elif is_far and not _is_placed_by_others(facts, bounds):
        yield Raised(Flag.ELSEWHERE, Rule.FAR_AWAY, away)
    else:
        yield Raised(Flag.OFF_PLACE, Rule.AT_PLACE, away)


def photo_place_flags(facts: Facts, bounds: Bounds) -> Flags:
    """The photos' own places against the register's, or where it has none, against a fix that can be trusted."""
    away = photo_distances(facts, bounds)
    if away and min(away) > bounds.number(Rule.FAR_AWAY):
        yield Raised(Flag.PHOTOS_ELSEWHERE, Rule.FAR_AWAY, min(away))
    elif away and max(away) > bounds.number(Rule.PHOTO_AT_PLACE):
        yield Raised(Flag.PHOTO_OFF_PLACE, Rule.PHOTO_AT_PLACE, max(away))


def photo_distances(facts: Facts, bounds: Bounds) -> list[float]:
    """Metres between each located photo and the enterprise."""
    anchor = anchor_of(facts, bounds)
    if anchor is None:
        return []
    return [
        min(distance_m(place, anchor) for place in places) for shot in facts.shots if (places := list(places_of(shot)))
    ]


def anchor_of(facts: Facts, bounds: Bounds) -> Place | None:
    """Where the enterprise is: by the register, else by the phone that stood there."""
    if facts.register is not None:
        return facts.register.place
    return facts.fix.place if facts.fix is not None and is_trusted(facts, bounds) else None


def second_phone_flags(facts: Facts, bounds: Bounds) -> Flags:
    """The second officer's phone: silent, somewhere else, or no phone of its own."""
    phones = prompt_phones(facts, bounds)
    if facts.officers > 1 and not phones:
        yield Raised(Flag.SECOND_PHONE_SILENT)
    anchor = anchor_of(facts, bounds)
    for phone in phones:
        copied = phone.fix is not None and facts.fix is not None and phone.fix.place == facts.fix.place
        if phone.same_device or copied:
            yield Raised(Flag.SECOND_PHONE_NOT_OWN)
        if phone.fix is not None and phone.fix.mocked:
            yield Raised(Flag.MOCKED)
        if phone.fix is None or phone.fix.source is Source.NETWORK or anchor is None:
            continue
        away = distance_m(phone.fix.place, anchor)
        if away > max(tolerance_m(phone.fix, bounds), bounds.number(Rule.FAR_AWAY)):
            yield Raised(Flag.SECOND_PHONE_ELSEWHERE, Rule.FAR_AWAY, away)


def prompt_phones(facts: Facts, bounds: Bounds) -> list[SecondPhone]:
    """Those that were heard around the arrival; later ones prove nothing."""
    near = bounds.span(Rule.CODE_LASTS)
    return [phone for phone in facts.second_phones if abs(phone.at - facts.arrived_here) <= near]


def is_trusted(facts: Facts, bounds: Bounds) -> bool:
    """Whether the fix proves anything: measured, fine enough, and not copied from somewhere."""
    return not any(raised.flag in SPOILING for raised in fix_flags(facts, bounds))


def tolerance_m(fix: Fix, bounds: Bounds) -> float:
    """How far a fix may lie off and still be there (field-facts: the larger of a floor and twice the accuracy)."""
    return max(bounds.number(Rule.AT_PLACE), bounds.number(Rule.ACCURACY_TIMES) * (fix.accuracy_m or 0))


def is_at(fix: Fix, place: Place, bounds: Bounds) -> bool:
    """Whether a fix lies within its tolerance of a place."""
    return distance_m(fix.place, place) <= tolerance_m(fix, bounds)


def _is_copied(facts: Facts, other: OtherVisit, bounds: Bounds) -> bool:
    """The very same numbers again. Phones repeat them next door within minutes, and masts do for ever: not those."""
    fix = facts.fix
    if fix is None or other.fix is None or other.fix.place != fix.place:
        return False
    if fix.source is Source.NETWORK or _has_few_decimals(fix.place, bounds):
        return False
    if local_date(other.arrived_at) != local_date(facts.arrived_at):
        return True
    here = facts.register.place if facts.register is not None else None
    return (
        here is not None and other.register is not None and distance_m(here, other.register) > tolerance_m(fix, bounds)
    )


def _is_placed_by_others(facts: Facts, bounds: Bounds) -> bool:
    """Whether a photo or a second phone was at the enterprise, so that the fix alone may be an old one."""
    near = bounds.number(Rule.PHOTO_AT_PLACE)
    cameras = [shot for shot in facts.shots if shot.camera_place is not None]
    if cameras and min(photo_distances(facts, bounds)) <= near:
        return True
    place = anchor_of(facts, bounds)
    phones = [phone.fix for phone in prompt_phones(facts, bounds) if phone.fix is not None and not phone.same_device]
    return place is not None and any(is_at(fix, place, bounds) for fix in phones)


def _nearest_by_other_datums(one: Place, other: Place) -> float:
    """How close they would be if the datum of either were another than was said."""
    pairs = [(Place(one.lon, one.lat, datum), other) for datum in _SHIFTED if datum is not one.datum]
    pairs += [(one, Place(other.lon, other.lat, datum)) for datum in _SHIFTED if datum is not other.datum]
    return min(distance_m(*pair) for pair in pairs)


def places_of(shot: Shot) -> Iterator[Place]:
    """Where a photo may have been taken: EXIF should be WGS 84, but cameras of map apps write GCJ-02 into it."""
    camera = shot.camera_place
    if camera is not None:
        yield from (Place(camera.lon, camera.lat, datum) for datum in (Datum.WGS84, Datum.GCJ02))
    elif shot.said_place is not None:
        yield shot.said_place


def _has_few_decimals(place: Place, bounds: Bounds) -> bool:
    return _decimals(place) < bounds.number(Rule.FIX_DECIMALS)


def _decimals(place: Place) -> int:
    """Of the finer of both numbers, as they were sent."""
    return max(len(repr(float(number)).partition(".")[2].rstrip("0")) for number in (place.lon, place.lat))

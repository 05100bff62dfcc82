"""All flags of a visit at once."""

from services.rules.evidence.facts import Bounds, Facts
from services.rules.evidence.flags import Raised
from services.rules.evidence.times import (
    clock_flags,
    code_flags,
    people_flags,
    photo_story_flags,
    photo_time_flags,
    secrecy_flags,
    travel_flags,
)
from services.rules.evidence.whereabouts import fix_flags, photo_place_flags, place_flags, second_phone_flags

CHECKS = (
    fix_flags,
    place_flags,
    photo_place_flags,
    photo_time_flags,
    photo_story_flags,
    clock_flags,
    travel_flags,
    code_flags,
    second_phone_flags,
    secrecy_flags,
)


def flags(facts: Facts, bounds: Bounds) -> list[Raised]:
    """Each flag once, in the order of the checks."""
    raised = [found for check in CHECKS for found in check(facts, bounds)] + list(people_flags(facts))
    return list({found.flag: found for found in reversed(raised)}.values())[::-1]

"""The order of things: arrival, photos, leaving, report; and the officers' other visits around them."""

from datetime import timedelta

from services.rules.clocks import Rule
from services.rules.evidence.facts import Bounds, Facts, OtherVisit, Scanned, Seen, Shot
from services.rules.evidence.flags import Flag, Flags, Raised
from services.rules.evidence.whereabouts import anchor_of
from services.rules.places import distance_m

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_METRES_A_KILOMETRE = 1000


def clock_flags(facts: Facts, bounds: Bounds) -> Flags:
    """The phone's clock, the span of the visit, and when the report came."""
    off = abs(facts.skew or timedelta(0))
    if off > bounds.span(Rule.CLOCK_FAR_OFF):
        yield Raised(Flag.CLOCK_FAR_OFF, Rule.CLOCK_FAR_OFF, off / _MINUTE)
    elif off > bounds.span(Rule.CLOCK_SKEW):
        yield Raised(Flag.CLOCK_SKEW, Rule.CLOCK_SKEW, off / _MINUTE)
    early = facts.arrived_here - facts.received_at
    if early > bounds.span(Rule.CLOCK_SKEW):
        yield Raised(Flag.ARRIVED_IN_FUTURE, Rule.CLOCK_SKEW, early / _MINUTE)
    if -early > bounds.span(Rule.REPORT_SOON):
        yield Raised(Flag.REPORTED_LATE, Rule.REPORT_SOON, -early / _HOUR)
    if facts.left_at is None:
        return
    stay = facts.left_at - facts.arrived_at
    if stay < timedelta(0):
        yield Raised(Flag.LEFT_BEFORE_ARRIVED)
    elif stay < bounds.span(Rule.SHORT_STAY):
        yield Raised(Flag.SHORT_STAY, Rule.SHORT_STAY, stay / _MINUTE)
    still_there = facts.left_at + (facts.skew or timedelta(0)) - facts.received_at
    if still_there > bounds.span(Rule.CLOCK_SKEW):
        yield Raised(Flag.REPORTED_BEFORE_LEAVING, Rule.CLOCK_SKEW, still_there / _MINUTE)


def photo_time_flags(facts: Facts, bounds: Bounds) -> Flags:
    """Photos belong between arrival and leaving; cameras and phones share one clock, so no skew is taken off."""
    if not facts.shots:
        yield Raised(Flag.NO_PHOTO)
        return
    if not facts.timed:
        yield Raised(Flag.PHOTO_WITHOUT_TIME)
        return
    said = [moment for shot in facts.shots for moment in (shot.camera_at, shot.said_at) if moment is not None]
    ahead, after = facts.arrived_at - min(said), facts.timed[0] - facts.arrived_at
    if ahead > bounds.span(Rule.PHOTO_LONG_BEFORE):
        yield Raised(Flag.PHOTO_LONG_BEFORE, Rule.PHOTO_LONG_BEFORE, ahead / _HOUR)
    elif ahead > bounds.span(Rule.PHOTO_BEFORE):
        yield Raised(Flag.PHOTO_BEFORE_ARRIVAL, Rule.PHOTO_BEFORE, ahead / _MINUTE)
    if after > bounds.span(Rule.FIRST_PHOTO):
        yield Raised(Flag.FIRST_PHOTO_LATE, Rule.FIRST_PHOTO, after / _MINUTE)
    if facts.left_at is not None and max(said) - facts.left_at > bounds.span(Rule.PHOTO_AFTER):
        yield Raised(Flag.PHOTO_AFTER_LEAVING, Rule.PHOTO_AFTER, (max(said) - facts.left_at) / _MINUTE)


def photo_story_flags(facts: Facts, bounds: Bounds) -> Flags:
    """Photos that tell another story than the report, or have been told before."""
    if any(_says_otherwise(shot, bounds) for shot in facts.shots):
        yield Raised(Flag.PHOTO_SAYS_OTHERWISE, Rule.PHOTO_DIFFERS)
    seen = {shot.seen for shot in facts.shots}
    if Seen.OTHER_ENTERPRISE in seen:
        yield Raised(Flag.PHOTO_OF_OTHER_ENTERPRISE)
    if Seen.SAME_ENTERPRISE in seen:
        yield Raised(Flag.PHOTO_SHOWN_AGAIN if facts.was_expected else Flag.PHOTO_USED_BEFORE)


def travel_flags(facts: Facts, bounds: Bounds) -> Flags:
    """One officer at two places too far apart. When they left is often written later: arrivals alone are red."""
    here = anchor_of(facts, bounds)
    if here is None:
        return
    fastest, overlaps = 0.0, False
    for other in facts.others:
        there = other.register or (other.fix.place if other.fix else None)
        away = 0.0 if there is None else distance_m(here, there)
        if away > bounds.number(Rule.FAR_AWAY):
            between = abs(facts.arrived_at - other.arrived_at) + bounds.span(Rule.CLOCK_SKEW)
            fastest = max(fastest, away / _METRES_A_KILOMETRE / (between / _HOUR))
            overlaps = overlaps or _overlap(facts, other)
    if fastest > bounds.number(Rule.TRAVEL_SPEED):
        yield Raised(Flag.IMPOSSIBLE_TRAVEL, Rule.TRAVEL_SPEED, fastest)
    elif overlaps:
        yield Raised(Flag.VISITS_OVERLAP, Rule.FAR_AWAY)


def code_flags(facts: Facts, bounds: Bounds) -> Flags:
    """The server's own word that an officer was about to enter; and what hangs at the gate, if somebody scanned it."""
    if facts.code is None:
        yield Raised(Flag.CODE_NOT_USED)
    elif not facts.code.is_ours or facts.code.issued_at is None:
        yield Raised(Flag.CODE_FOREIGN)
    elif (apart := abs(facts.code.issued_at - facts.arrived_here)) > bounds.span(Rule.CODE_NEAR):
        yield Raised(Flag.CODE_FAR_IN_TIME, Rule.CODE_NEAR, apart / _MINUTE)
    if facts.scanned is Scanned.ELSEWHERE:
        yield Raised(Flag.GATE_CODE_FOREIGN)


def secrecy_flags(facts: Facts, bounds: Bounds) -> Flags:
    """How long the plan was known before the arrival."""
    ahead = facts.arrived_here - facts.released_at if facts.released_at is not None else timedelta(0)
    if ahead > bounds.span(Rule.RELEASED_AHEAD):
        yield Raised(Flag.RELEASED_EARLY, Rule.RELEASED_AHEAD, ahead / _HOUR)


def people_flags(facts: Facts) -> Flags:
    """Two officers with cards, shown (行政处罚法 第42、55条)."""
    if facts.valid_cards is not None and facts.valid_cards < 2:
        yield Raised(Flag.CARDS_MISSING, measured=facts.valid_cards)
    if facts.credentials_shown is None:
        yield Raised(Flag.CREDENTIALS_NOT_STATED)
    elif not facts.credentials_shown:
        yield Raised(Flag.CREDENTIALS_NOT_SHOWN)


def _says_otherwise(shot: Shot, bounds: Bounds) -> bool:
    if shot.camera_at and shot.said_at and abs(shot.camera_at - shot.said_at) > bounds.span(Rule.PHOTO_DIFFERS):
        return True
    if shot.camera_place is None or shot.said_place is None:
        return False
    return distance_m(shot.camera_place, shot.said_place) > bounds.number(Rule.FAR_AWAY)


def _overlap(facts: Facts, other: OtherVisit) -> bool:
    left, other_left = facts.left_at or facts.arrived_at, other.left_at or other.arrived_at
    return other.arrived_at <= left and facts.arrived_at <= other_left

"""The six of 四不两直 (国办发〔2015〕20号), each answered with what the answer rests on.

`no` is what the record itself says or the traces at hand; `not_shown` where nothing at hand shows it either way.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.rules.clocks import Rule
from services.rules.evidence.facts import Bounds, Facts, Scanned
from services.rules.evidence.flags import Flag, Raised
from services.rules.evidence.weighing import flags
from services.rules.evidence.whereabouts import anchor_of, is_at, is_trusted, photo_distances, prompt_phones


class Asked(StrEnum):
    """四不两直; the same words as models.words.Directness."""

    NO_NOTICE = "no_notice"
    NO_GREETING = "no_greeting"
    NO_BRIEFING = "no_briefing"
    NO_ESCORT = "no_escort"
    STRAIGHT_DOWN = "straight_down"
    STRAIGHT_IN = "straight_in"


class Answer(StrEnum):
    """The same words as models.words.Shown."""

    YES = "yes"
    NO = "no"
    NOT_SHOWN = "not_shown"


class Ground(StrEnum):
    """What an answer rests on; labels in models/words.py."""

    NOTHING_SENT = "nothing_sent"
    EXPECTED_BY_ORDER = "expected_by_order"
    NOT_PLANNED = "not_planned"
    SEALED = "sealed"
    KNOWN_LONG_BEFORE = "known_long_before"
    BRIEFING_DENIED = "briefing_denied"
    BRIEFING_STATED = "briefing_stated"
    BRIEFING_NOT_STATED = "briefing_not_stated"
    ESCORT_DENIED = "escort_denied"
    ESCORT_STATED = "escort_stated"
    ESCORT_NOT_STATED = "escort_not_stated"
    FIX_AT_PLACE = "fix_at_place"
    FIX_AWAY = "fix_away"
    FIX_PROVES_NOTHING = "fix_proves_nothing"
    PLACE_UNKNOWN = "place_unknown"
    CODE_AT_ARRIVAL = "code_at_arrival"
    GATE_CODE_SCANNED = "gate_code_scanned"
    SECOND_PHONE_AT_PLACE = "second_phone_at_place"
    PHOTO_AT_PLACE = "photo_at_place"
    PHOTO_AWAY = "photo_away"
    PHOTO_SOON = "photo_soon"
    PHOTO_LATE = "photo_late"
    PHOTO_TELLS_NOTHING = "photo_tells_nothing"


@dataclass(frozen=True)
class Answered:
    """One of the six; `flags` are those that bear on it."""

    asked: Asked
    answer: Answer
    grounds: tuple[Ground, ...]
    flags: tuple[Flag, ...]


BEARING: dict[Asked, frozenset[Flag]] = {
    Asked.NO_NOTICE: frozenset({Flag.RELEASED_EARLY}),
    Asked.NO_GREETING: frozenset({Flag.RELEASED_EARLY}),
    Asked.NO_BRIEFING: frozenset({Flag.FIRST_PHOTO_LATE}),
    Asked.NO_ESCORT: frozenset({Flag.SECOND_PHONE_SILENT}),
    Asked.STRAIGHT_DOWN: frozenset(
        {
            Flag.NO_FIX,
            Flag.FIX_NOT_MEASURED,
            Flag.FIX_TOO_COARSE,
            Flag.ACCURACY_ZERO,
            Flag.FIX_FEW_DECIMALS,
            Flag.MOCKED,
            Flag.FIX_IS_REGISTERS,
            Flag.FIX_REPEATED,
            Flag.ENTERPRISE_WITHOUT_PLACE,
            Flag.DATUM_MISTAKEN,
            Flag.OFF_PLACE,
            Flag.ELSEWHERE,
            Flag.IMPOSSIBLE_TRAVEL,
            Flag.VISITS_OVERLAP,
            Flag.CODE_NOT_USED,
            Flag.CODE_FAR_IN_TIME,
            Flag.CODE_FOREIGN,
            Flag.GATE_CODE_FOREIGN,
            Flag.SECOND_PHONE_ELSEWHERE,
            Flag.SECOND_PHONE_NOT_OWN,
        }
    ),
    Asked.STRAIGHT_IN: frozenset(
        {
            Flag.NO_PHOTO,
            Flag.PHOTO_WITHOUT_TIME,
            Flag.PHOTO_OFF_PLACE,
            Flag.PHOTOS_ELSEWHERE,
            Flag.PHOTO_SAYS_OTHERWISE,
            Flag.PHOTO_BEFORE_ARRIVAL,
            Flag.PHOTO_LONG_BEFORE,
            Flag.PHOTO_USED_BEFORE,
            Flag.PHOTO_OF_OTHER_ENTERPRISE,
            Flag.FIRST_PHOTO_LATE,
            Flag.SHORT_STAY,
        }
    ),
}


def answers(facts: Facts, bounds: Bounds) -> tuple[list[Answered], list[Raised]]:
    """The six, and every flag of the visit."""
    raised = flags(facts, bounds)
    up = {found.flag for found in raised}
    found = {
        Asked.NO_NOTICE: _notice(facts),
        Asked.NO_GREETING: _greeting(facts, up),
        Asked.NO_BRIEFING: _briefing(facts, up),
        Asked.NO_ESCORT: _escort(facts),
        Asked.STRAIGHT_DOWN: _with_gate_code(facts, _straight_down(facts, bounds, up)),
        Asked.STRAIGHT_IN: _with_gate_code(facts, _straight_in(facts, bounds, up)),
    }
    return [
        Answered(asked, answer, grounds, tuple(one.flag for one in raised if one.flag in BEARING[asked]))
        for asked, (answer, grounds) in found.items()
    ], raised


Found = tuple[Answer, tuple[Ground, ...]]


def _notice(facts: Facts) -> Found:
    """This system tells an enterprise nothing before the arrival; a re-inspection's day stands in its order."""
    if facts.was_expected:
        return Answer.NOT_SHOWN, (Ground.NOTHING_SENT, Ground.EXPECTED_BY_ORDER)
    return Answer.YES, (Ground.NOTHING_SENT,)


def _greeting(facts: Facts, up: set[Flag]) -> Found:
    """Nobody can show that no phone rang; what can be shown is that few knew, and not for long."""
    if facts.was_expected:
        return Answer.NOT_SHOWN, (Ground.EXPECTED_BY_ORDER,)
    if facts.released_at is None:
        return Answer.YES, (Ground.NOT_PLANNED,)
    if Flag.RELEASED_EARLY in up:
        return Answer.NOT_SHOWN, (Ground.KNOWN_LONG_BEFORE,)
    return Answer.YES, (Ground.SEALED,)


def _briefing(facts: Facts, up: set[Flag]) -> Found:
    if facts.briefing_before is None:
        return Answer.NOT_SHOWN, (Ground.BRIEFING_NOT_STATED,)
    if facts.briefing_before:
        return Answer.NO, (Ground.BRIEFING_STATED,)
    if Flag.FIRST_PHOTO_LATE in up:
        return Answer.NOT_SHOWN, (Ground.BRIEFING_DENIED, Ground.PHOTO_LATE)
    return Answer.YES, (Ground.BRIEFING_DENIED, Ground.PHOTO_SOON) if facts.timed else (Ground.BRIEFING_DENIED,)


def _escort(facts: Facts) -> Found:
    if facts.accompanied_by:
        return Answer.NO, (Ground.ESCORT_STATED,)
    if facts.accompaniment_stated:
        return Answer.YES, (Ground.ESCORT_DENIED,)
    return Answer.NOT_SHOWN, (Ground.ESCORT_NOT_STATED,)


def _with_gate_code(facts: Facts, found: Found) -> Found:
    """One trace more, which turns no answer: what hangs at a gate for years can be photographed once for all."""
    answer, grounds = found
    return (answer, (*grounds, Ground.GATE_CODE_SCANNED)) if facts.scanned is Scanned.HERE else found


def _straight_down(facts: Facts, bounds: Bounds, up: set[Flag]) -> Found:
    """At the enterprise itself: by a fix that can be trusted, or by an independent second one."""
    also = []
    if facts.code is not None and not up & {Flag.CODE_FOREIGN, Flag.CODE_FAR_IN_TIME}:
        also.append(Ground.CODE_AT_ARRIVAL)
    place = facts.register.place if facts.register is not None else None
    fixes = [phone.fix for phone in prompt_phones(facts, bounds) if phone.fix is not None]
    is_seconded = place is not None and any(is_at(fix, place, bounds) for fix in fixes)
    if is_seconded and Flag.SECOND_PHONE_NOT_OWN not in up:
        also.append(Ground.SECOND_PHONE_AT_PLACE)
    ground = _fix_ground(facts, bounds, up)
    if ground is Ground.FIX_AT_PLACE:
        return Answer.YES, (ground, *also)
    if Ground.SECOND_PHONE_AT_PLACE in also and ground is Ground.FIX_PROVES_NOTHING:
        return Answer.YES, (ground, *also)
    if ground is Ground.FIX_AWAY and not also:
        return Answer.NO, (ground,)
    return Answer.NOT_SHOWN, (ground, *also)


def _fix_ground(facts: Facts, bounds: Bounds, up: set[Flag]) -> Ground:
    if not is_trusted(facts, bounds) or facts.fix is None:
        return Ground.FIX_PROVES_NOTHING
    if facts.register is None or Flag.DATUM_MISTAKEN in up:
        return Ground.PLACE_UNKNOWN
    return Ground.FIX_AWAY if up & {Flag.OFF_PLACE, Flag.ELSEWHERE} else Ground.FIX_AT_PLACE


def _straight_in(facts: Facts, bounds: Bounds, up: set[Flag]) -> Found:
    """The first photo says it: taken soon after the arrival, at the place."""
    if Flag.PHOTOS_ELSEWHERE in up:
        return Answer.NO, (Ground.PHOTO_AWAY,)
    spoilt = {Flag.PHOTO_LONG_BEFORE, Flag.PHOTO_USED_BEFORE, Flag.PHOTO_OF_OTHER_ENTERPRISE}
    if not facts.timed or up & spoilt:
        return Answer.NOT_SHOWN, (Ground.PHOTO_TELLS_NOTHING,)
    if Flag.FIRST_PHOTO_LATE in up:
        return Answer.NOT_SHOWN, (Ground.PHOTO_LATE,)
    away = photo_distances(facts, bounds)
    if away and min(away) <= bounds.number(Rule.PHOTO_AT_PLACE):
        return Answer.YES, (Ground.PHOTO_SOON, Ground.PHOTO_AT_PLACE)
    if away:
        return Answer.NOT_SHOWN, (Ground.PHOTO_SOON, Ground.PHOTO_AWAY)
    if anchor_of(facts, bounds) is not None and _fix_ground(facts, bounds, up) is Ground.FIX_AT_PLACE:
        return Answer.YES, (Ground.PHOTO_SOON, Ground.FIX_AT_PLACE)
    return Answer.NOT_SHOWN, (Ground.PHOTO_SOON,)

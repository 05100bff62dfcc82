"""Visits that never were: each kind is a perfect visit with one thing faked, and the flag that must find it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.rules.evidence.facts import (
    CodeShown,
    Facts,
    Fix,
    OtherVisit,
    Registered,
    Scanned,
    SecondPhone,
    Seen,
    Shot,
    Source,
)
from services.rules.evidence.flags import Flag
from services.rules.places import Datum, Place, wgs84_to_gcj02
from tests.honest_visits import DAY, HOUR, MINUTE, moved

Faker = Callable[["Perfect"], Facts]


@dataclass
class Perfect:
    """A visit without any flag, and what a faker needs to know of it."""

    dice: random.Random
    facts: Facts
    site: tuple[float, float]

    @classmethod
    def of(cls, seed: int) -> "Perfect":
        """The same seed gives the same visit."""
        dice = random.Random(seed)
        site = moved((111.28, 30.69), dice.uniform(200, 12_000), dice.uniform(0, 6.28))
        arrived = datetime(2026, 11, 24, 1, 0, tzinfo=UTC) + dice.uniform(0, 8) * HOUR
        shots = tuple(
            Shot(arrived + at * MINUTE, Place(*moved(site, 15, dice.uniform(0, 6.28))), arrived + at * MINUTE)
            for at in (4, 12, 25)
        )
        facts = Facts(
            arrived_at=arrived,
            left_at=arrived + 50 * MINUTE,
            received_at=arrived + 55 * MINUTE,
            skew=timedelta(seconds=dice.uniform(-3, 3)),
            fix=Fix(Place(*moved(site, 9, dice.uniform(0, 6.28))), 12.0),
            register=Registered(Place(*site), arrived - 100 * DAY),
            shots=shots,
            others=(OtherVisit(arrived - 3 * HOUR, arrived - 2 * HOUR, Place(*moved(site, 6_000, 1.0))),),
            code=CodeShown(is_ours=True, issued_at=arrived + MINUTE),
            second_phones=(SecondPhone(arrived + 3 * MINUTE, Fix(Place(*moved(site, 14, 2.0)), 10.0)),),
            credentials_shown=True,
            briefing_before=False,
            accompaniment_stated=True,
            released_at=arrived - HOUR,
        )
        return cls(dice, facts, site)

    def at(self, metres: float) -> Place:
        """Somewhere so far away."""
        return Place(*moved(self.site, metres, self.dice.uniform(0, 6.28)))

    def shots(self, **changed: object) -> tuple[Shot, ...]:
        """All photos with something else in them."""
        return tuple(replace(shot, **changed) for shot in self.facts.shots)  # type: ignore[arg-type]

    def shots_earlier(self, span: timedelta) -> tuple[Shot, ...]:
        """All photos as their camera took them, before."""
        shots = self.facts.shots
        return tuple(replace(s, camera_at=s.camera_at - span if s.camera_at else None, said_at=None) for s in shots)


def _fix(perfect: Perfect, **changed: object) -> Facts:
    fix = perfect.facts.fix
    assert fix is not None
    return replace(perfect.facts, fix=replace(fix, **changed))  # type: ignore[arg-type]


def _at_home(p: Perfect) -> Facts:
    """Everything sent from the sofa, eight kilometres away."""
    home, shots = p.at(8_000), p.shots(camera_place=None)
    return replace(_fix(p, place=home), shots=shots, second_phones=())


def _hand_typed(p: Perfect) -> Facts:
    return _fix(p, place=Place(round(p.site[0], 3), round(p.site[1], 3)))


def _same_fix_as_last_week(p: Perfect) -> Facts:
    last = OtherVisit(p.facts.arrived_at - 7 * DAY, register=p.at(3_000), fix=p.facts.fix)
    return replace(p.facts, others=(*p.facts.others, last))


def _two_villages_at_once(p: Perfect) -> Facts:
    other = OtherVisit(p.facts.arrived_at + 5 * MINUTE, register=p.at(25_000))
    return replace(p.facts, others=(*p.facts.others, other))


def _still_elsewhere(p: Perfect) -> Facts:
    arrived = p.facts.arrived_at
    other = OtherVisit(arrived - HOUR, arrived + 30 * MINUTE, register=p.at(9_000))
    return replace(p.facts, others=(*p.facts.others, other))


def _redated(p: Perfect) -> Facts:
    shots = tuple(replace(s, camera_at=s.camera_at - 3 * HOUR if s.camera_at else None) for s in p.facts.shots)
    return replace(p.facts, shots=shots)


def _backdated(p: Perfect) -> Facts:
    """The phone set back by three days, to be in time."""
    span = 3 * DAY
    shots = p.shots_earlier(span)
    times = {"arrived_at": p.facts.arrived_at - span, "left_at": p.facts.arrived_at - span + 50 * MINUTE}
    return replace(p.facts, skew=span, shots=shots, **times)  # type: ignore[arg-type]


def _backdated_silently(p: Perfect) -> Facts:
    return replace(_backdated(p), skew=None)


def _one_pocket(p: Perfect) -> Facts:
    fix = p.facts.fix
    return replace(p.facts, second_phones=(SecondPhone(p.facts.arrived_at + MINUTE, fix),))


def _both_accounts_on_one_phone(p: Perfect) -> Facts:
    return replace(p.facts, second_phones=tuple(replace(phone, same_device=True) for phone in p.facts.second_phones))


def _map_shifted(p: Perfect) -> Facts:
    """Pointed at on a map and sent as if measured."""
    return _fix(p, place=Place(*wgs84_to_gcj02(p.site), Datum.WGS84))


FAKES: dict[str, tuple[Faker, Flag]] = {
    "a mock location app that the phone admits": (lambda p: _fix(p, mocked=True), Flag.MOCKED),
    "sent from home": (_at_home, Flag.ELSEWHERE),
    "the register's own numbers as fix": (lambda p: _fix(p, place=Place(*p.site)), Flag.FIX_IS_REGISTERS),
    "last week's fix again": (_same_fix_as_last_week, Flag.FIX_REPEATED),
    "a fix typed by hand": (_hand_typed, Flag.FIX_FEW_DECIMALS),
    "a pin set on the map": (lambda p: _fix(p, source=Source.MANUAL), Flag.FIX_NOT_MEASURED),
    "a map's numbers sent as measured": (_map_shifted, Flag.DATUM_MISTAKEN),
    "an accuracy of nothing": (lambda p: _fix(p, accuracy_m=0.0), Flag.ACCURACY_ZERO),
    "an accuracy that fits anywhere": (lambda p: _fix(p, accuracy_m=20_000.0), Flag.FIX_TOO_COARSE),
    "location switched off": (lambda p: replace(p.facts, fix=None), Flag.NO_FIX),
    "no photo at all": (lambda p: replace(p.facts, shots=()), Flag.NO_PHOTO),
    "last month's photos": (lambda p: replace(p.facts, shots=p.shots_earlier(30 * DAY)), Flag.PHOTO_LONG_BEFORE),
    "photos of the hour before": (lambda p: replace(p.facts, shots=p.shots_earlier(HOUR)), Flag.PHOTO_BEFORE_ARRIVAL),
    "photos from elsewhere": (
        lambda p: replace(p.facts, shots=p.shots(camera_place=p.at(6_000))),
        Flag.PHOTOS_ELSEWHERE,
    ),
    "photos with another time written over": (_redated, Flag.PHOTO_SAYS_OTHERWISE),
    "a photo of another enterprise": (
        lambda p: replace(p.facts, shots=p.shots(seen=Seen.OTHER_ENTERPRISE)),
        Flag.PHOTO_OF_OTHER_ENTERPRISE,
    ),
    "a photo of an earlier visit": (
        lambda p: replace(p.facts, shots=p.shots(seen=Seen.SAME_ENTERPRISE)),
        Flag.PHOTO_USED_BEFORE,
    ),
    "the clock set back three days": (_backdated, Flag.CLOCK_FAR_OFF),
    "set back without telling the phone's time": (_backdated_silently, Flag.REPORTED_LATE),
    "two villages at once": (_two_villages_at_once, Flag.IMPOSSIBLE_TRAVEL),
    "still at the other enterprise": (_still_elsewhere, Flag.VISITS_OVERLAP),
    "through the gate and off": (
        lambda p: replace(p.facts, left_at=p.facts.arrived_at + 2 * MINUTE),
        Flag.SHORT_STAY,
    ),
    "reported before the visit": (
        lambda p: replace(p.facts, received_at=p.facts.arrived_at - HOUR),
        Flag.ARRIVED_IN_FUTURE,
    ),
    "reported from the gate": (
        lambda p: replace(p.facts, received_at=p.facts.arrived_at + 2 * MINUTE),
        Flag.REPORTED_BEFORE_LEAVING,
    ),
    "a colleague's code": (lambda p: replace(p.facts, code=CodeShown(is_ours=False)), Flag.CODE_FOREIGN),
    "a code of the morning": (
        lambda p: replace(p.facts, code=CodeShown(is_ours=True, issued_at=p.facts.arrived_at - 3 * HOUR)),
        Flag.CODE_FAR_IN_TIME,
    ),
    "the code of another gate": (lambda p: replace(p.facts, scanned=Scanned.ELSEWHERE), Flag.GATE_CODE_FOREIGN),
    "no code": (lambda p: replace(p.facts, code=None), Flag.CODE_NOT_USED),
    "the mate never came": (lambda p: replace(p.facts, second_phones=()), Flag.SECOND_PHONE_SILENT),
    "the mate confirmed from the office": (
        lambda p: replace(p.facts, second_phones=(SecondPhone(p.facts.arrived_at, Fix(p.at(7_000), 10.0)),)),
        Flag.SECOND_PHONE_ELSEWHERE,
    ),
    "both accounts on one phone": (
        lambda p: replace(
            p.facts, second_phones=p.facts.second_phones and (replace(p.facts.second_phones[0], same_device=True),)
        ),
        Flag.SECOND_PHONE_NOT_OWN,
    ),
    "two phones with one fix": (_one_pocket, Flag.SECOND_PHONE_NOT_OWN),
}

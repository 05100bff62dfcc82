"""Honest visits as a township's phones really report them. The assumptions are written down in docs/evidence.md.

None of the shares below was measured in a township; they are what field people tell of phones, registers and roads, on
the bad side of it. They were set before the flags were counted.
"""

import math
import random
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
from services.rules.places import Datum, Place, wgs84_to_gcj02

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST_DAY = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
TOWN_CENTRE = (111.28, 30.69)


def moved(place: tuple[float, float], metres: float, towards: float) -> tuple[float, float]:
    """So many metres away in a direction (radians), in WGS 84, rounded as phones send it."""
    lon, lat = place
    north, east = metres * math.cos(towards), metres * math.sin(towards)
    return round(lon + east / (111_320 * math.cos(math.radians(lat))), 7), round(lat + north / 110_574, 7)


@dataclass
class HonestVisits:
    """The same seed gives the same visits."""

    dice: random.Random
    gate: random.Random

    @classmethod
    def of(cls, seed: int) -> "HonestVisits":
        """Visits that start at `seed`; what was scanned at gates has a chance of its own."""
        return cls(random.Random(seed), random.Random(f"gate {seed}"))

    def visit(self) -> Facts:
        """One honest visit: where it really was, then what each device made of it."""
        site = moved(TOWN_CENTRE, self.dice.uniform(200, 12_000), self.direction())
        day = FIRST_DAY + self.dice.randrange(60) * DAY
        arrived = day + self.dice.uniform(0.2, 9.5) * HOUR  # 8:12 to 17:30 in Shanghai
        stay = self.dice.lognormvariate(math.log(45), 0.6) * MINUTE
        skew = self.skew()
        on_phone = arrived - skew
        facts = Facts(
            arrived_at=on_phone + self.dice.gauss(0, 2) * MINUTE,  # the officer taps before the gate or behind it
            left_at=None if self.odds(0.2) else on_phone + stay,
            received_at=arrived + stay + self.upload(),
            skew=None if self.odds(0.3) else skew,
            fix=self.fix(site),
            register=self.register(site, arrived),
            shots=self.shots(site, on_phone, stay),
            code=self.code(arrived),
            scanned=self.scanned(),
            second_phones=self.second_phones(site, arrived),
            credentials_shown=None if self.odds(0.03) else True,
            briefing_before=None if self.odds(0.05) else self.odds(0.02),
            accompanied_by="村干部" if self.odds(0.04) else None,
            accompaniment_stated=self.odds(0.9),
            released_at=None if self.odds(0.3) else arrived - self.dice.uniform(0.3, 30) * HOUR,
        )
        return self.with_others(facts, site, arrived, stay)

    def odds(self, share: float) -> bool:
        """True in this share of cases."""
        return self.dice.random() < share

    def direction(self) -> float:
        """Anywhere."""
        return self.dice.uniform(0, 2 * math.pi)

    def skew(self) -> timedelta:
        """Most phones follow the network; some are set by hand, a few wrongly."""
        kind = self.dice.random()
        if kind < 0.95:
            return timedelta(seconds=self.dice.gauss(0, 4))
        if kind < 0.99:
            return self.dice.uniform(-10, 10) * MINUTE
        if kind < 0.998:
            return self.dice.uniform(-60, 60) * MINUTE
        return self.dice.choice((-1, 1)) * self.dice.uniform(1, 12) * HOUR

    def upload(self) -> timedelta:
        """At once, or when there is a signal again, up to three days later."""
        return self.dice.uniform(0.1, 20) * MINUTE if self.odds(0.8) else self.dice.uniform(0.5, 72) * HOUR

    def fix(self, site: tuple[float, float]) -> Fix | None:
        """None in cellars; from masts; an old one that the phone still had; else satellites, worse under a tin roof."""
        kind = self.dice.random()
        if kind < 0.08:
            return None
        if kind < 0.20:
            off = self.dice.lognormvariate(math.log(300), 0.7)
            told = off * self.dice.lognormvariate(math.log(1.2), 0.5)
            return self.fix_at(site, off, round(told), Source.NETWORK)
        if kind < 0.207:
            return self.fix_at(site, self.dice.uniform(300, 5_000), self.dice.uniform(5, 30), Source.GPS)
        roof = 5 if self.odds(0.15) else 1
        off = self.dice.lognormvariate(math.log(8), 0.7) * roof
        says = None if self.odds(0.03) else 0.0 if self.odds(0.02) else round(off * self.dice.uniform(0.5, 2.5), 1)
        return self.fix_at(site, off, says, Source.GPS)

    def fix_at(self, site: tuple[float, float], off: float, told: float | None, source: Source) -> Fix:
        """Some apps send what a map kit gives them, in GCJ-02 and saying so; a test setting left on is rare."""
        lon, lat = moved(site, off, self.direction())
        mocked = self.odds(0.001)
        if self.odds(0.15):
            return Fix(Place(*wgs84_to_gcj02((lon, lat)), Datum.GCJ02), told, source, mocked)
        return Fix(Place(lon, lat), told, source, mocked)

    def register(self, site: tuple[float, float], arrived: datetime) -> Registered | None:
        """Surveyed, pointed at on a map, pointed at and wrongly named, geocoded, a large site, the village office."""
        since = arrived - self.dice.uniform(10, 600) * DAY
        kind = self.dice.random()
        if kind < 0.04:
            return None
        if kind < 0.05:
            return Registered(Place(*moved(site, self.dice.uniform(500, 4_000), self.direction())), since)
        if kind < 0.12:
            off = self.dice.lognormvariate(math.log(180), 1.0)
            return Registered(Place(*moved(site, off, self.direction())), since)
        if kind < 0.15:
            return Registered(Place(*moved(site, self.dice.uniform(200, 900), self.direction())), since)
        near = moved(site, self.dice.lognormvariate(math.log(20), 0.7), self.direction())
        if kind < 0.30:
            return Registered(Place(*wgs84_to_gcj02(near), Datum.GCJ02), since)
        if kind < 0.35:
            return Registered(Place(*wgs84_to_gcj02(near)), since)
        return Registered(Place(*near), since)

    def shots(self, site: tuple[float, float], arrived: datetime, stay: timedelta) -> tuple[Shot, ...]:
        """None where all was well; some without EXIF; a second camera with a clock of its own; papers taken before."""
        count = 0 if self.odds(0.08) else self.dice.randint(1, 12)
        own_clock = timedelta(0)
        if self.odds(0.03):
            own_clock = self.dice.uniform(-20, 20) * MINUTE
            if self.odds(0.03):
                own_clock = datetime(2000, 1, 1, tzinfo=UTC) - arrived
        is_bare, is_placed = self.odds(0.25), self.odds(0.5)
        is_gcj02, is_stale = self.odds(0.10), self.odds(0.003)
        shots = [
            self.shot(
                site, arrived + self.dice.uniform(0.02, 1) * stay, own_clock, is_bare, is_placed, is_gcj02, is_stale
            )
            for _ in range(count)
        ]
        if shots and self.odds(0.02):  # the first was taken before the camera had a fix
            shots[0] = replace(shots[0], camera_place=self.old_place(site) if shots[0].camera_place else None)
        if shots and self.odds(0.10):
            shots.append(self.shot(site, arrived - self.dice.uniform(0, 10) * MINUTE, own_clock, is_bare, is_placed))
        if shots and self.odds(0.01):
            shots.append(self.shot(site, arrived - self.dice.uniform(1, 8) * HOUR, own_clock, is_bare, False))
        if shots and self.odds(0.002):  # the wrong picture out of the album
            shots[-1] = replace(shots[-1], seen=Seen.OTHER_ENTERPRISE)
        return tuple(shots)

    def shot(
        self,
        site: tuple[float, float],
        at: datetime,
        own_clock: timedelta,
        is_bare: bool,
        is_placed: bool,
        is_gcj02: bool = False,
        is_stale: bool = False,
    ) -> Shot:
        """One photo; the app declares its time, in most cases."""
        said = None if self.odds(0.1) else at
        if is_bare:
            return Shot(said_at=said)
        place = None
        if is_stale:
            place = self.old_place(site)
        elif is_placed:
            near = moved(site, self.dice.lognormvariate(math.log(12), 0.8), self.direction())
            place = Place(*(wgs84_to_gcj02(near) if is_gcj02 else near))
        return Shot(camera_at=at + own_clock, camera_place=place, said_at=said)

    def old_place(self, site: tuple[float, float]) -> Place:
        """Where the phone last knew itself."""
        return Place(*moved(site, self.dice.uniform(200, 6_000), self.direction()))

    def code(self, arrived: datetime) -> CodeShown | None:
        """Six in ten use it; where there is no signal, later."""
        if self.odds(0.4):
            return None
        late = self.dice.uniform(20, 120) if self.odds(0.1) else self.dice.uniform(-3, 8)
        return CodeShown(is_ours=True, issued_at=arrived + late * MINUTE)

    def scanned(self) -> Scanned | None:
        """Half of the gates have a code that is scanned; in a shared yard it may be the neighbour's."""
        kind = self.gate.random()
        return None if kind < 0.5 else Scanned.ELSEWHERE if kind < 0.51 else Scanned.HERE

    def second_phones(self, site: tuple[float, float], arrived: datetime) -> tuple[SecondPhone, ...]:
        """Half of the mates confirm with their own phone; a very few on the other's, whose battery lasts."""
        if self.odds(0.5):
            return ()
        return (SecondPhone(arrived + self.dice.uniform(1, 15) * MINUTE, self.fix(site), self.odds(0.004)),)

    def with_others(self, facts: Facts, site: tuple[float, float], arrived: datetime, stay: timedelta) -> Facts:
        """The visits before and after it, over village roads; and next door, with the same fix still held."""
        others = []
        if self.odds(0.6):
            others.append(self.other(site, arrived, None))
        if self.odds(0.6):
            others.append(self.other(site, arrived, stay))
        if facts.fix is not None and facts.register is not None and self.odds(0.05):
            away = self.dice.uniform(-30, 30) * MINUTE
            register = moved((facts.register.place.lon, facts.register.place.lat), 30, self.direction())
            next_door = Place(*register, facts.register.place.datum)
            others.append(OtherVisit(arrived + away, register=next_door, fix=facts.fix))
        return replace(facts, others=tuple(others))

    def other(self, site: tuple[float, float], arrived: datetime, after: timedelta | None) -> OtherVisit:
        """Another enterprise, before this one or `after` its stay; when they left was written down late in some."""
        road_m = self.dice.lognormvariate(math.log(4_000), 0.8)
        there = moved(site, road_m / 1.4, self.direction())
        drive = timedelta(hours=road_m / 1000 / self.dice.uniform(20, 70))
        stay = self.dice.lognormvariate(math.log(45), 0.6) * MINUTE
        other_arrived = arrived - drive - stay if after is None else arrived + after + drive
        left = None if self.odds(0.2) else other_arrived + stay + (self.odds(0.05) * self.dice.uniform(5, 90) * MINUTE)
        return OtherVisit(other_arrived, left, Place(*there), self.fix(there))

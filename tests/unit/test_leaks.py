"""泄密观察: seeded leaks are found, and what an enterprise does by its own rhythm or for a cause is no leak."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.rules.clocks import local_date
from services.rules.evidence import Bounds
from services.rules.leaks import Look, Stirrings, Watched, watch_leaks
from tests.unit.test_evidence import book

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ARRIVED = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
HONEST = 1_000


def watched(stirrings: Stirrings) -> Watched:
    return watch_leaks(stirrings, Bounds(book(), local_date(stirrings.arrived_at)))


@dataclass
class Enterprises:
    """Honest ones, each with its own habits; the assumptions are written down in docs/evidence.md."""

    dice: random.Random

    def visit(self, rhythm: float | None = None, planned: bool | None = None) -> Stirrings:
        """A visit with the enterprise's last ten weeks; `rhythm` is days of sign-in a week."""
        day = datetime(2026, 11, 2, tzinfo=UTC) + self.dice.randrange(40) * DAY
        arrived = day + self.dice.uniform(0.2, 9.5) * HOUR
        is_planned = self.dice.random() < 0.7 if planned is None else planned
        weekly = self.rhythm() if rhythm is None else rhythm
        stirrings = Stirrings(
            arrived_at=arrived,
            planned_at=arrived - self.dice.lognormvariate(1.0, 0.8) * DAY if is_planned else None,
            looks=tuple(Look(UUID(int=n), arrived - self.dice.uniform(0.1, 30) * HOUR) for n in range(4)),
            sign_ins=tuple(self.sign_ins(arrived, weekly)),
        )
        return self.with_dealings(stirrings, weekly) if weekly > 0 else stirrings

    def rhythm(self) -> float:
        """No account, asleep, once a month, once a week, every day."""
        kinds = [0.0, 0.1, 0.3, 1.0, 4.0]
        return self.dice.choices(kinds, [40, 25, 20, 10, 5])[0] * self.dice.uniform(0.6, 1.4)

    def sign_ins(self, arrived: datetime, weekly: float) -> list[datetime]:
        """By day; whoever signed in is likely to do so again within two days, as one matter takes two evenings."""
        moments = []
        for ago in range(80):
            if self.dice.random() < weekly / 7:
                first = arrived - (ago + self.dice.random()) * DAY
                moments.append(first)
                if self.dice.random() < 0.3:
                    moments.append(first + self.dice.uniform(0.5, 2) * DAY)
        return moments

    def with_dealings(self, stirrings: Stirrings, weekly: float) -> Stirrings:
        """Three in ten have findings: an order, a deadline, a filing near it as a rule, earlier now and then."""
        if self.dice.random() > 0.3:
            return stirrings
        arrived, dues, causes, filings = stirrings.arrived_at, [], [], []
        for _ in range(self.dice.choice((1, 1, 2))):
            ordered = arrived - self.dice.uniform(1, 70) * DAY
            causes.append(ordered)
            due = ordered + self.dice.uniform(15, 30) * DAY
            dues.append(local_date(due))
            kind = self.dice.random()
            back = self.dice.uniform(0, 6) if kind < 0.8 else self.dice.uniform(7, 25) if kind < 0.95 else -3.0
            filed = max(ordered, due - back * DAY)
            if filed < arrived + 3 * DAY:
                filings.append(filed)
        signed = tuple(filed - HOUR for filed in filings if self.dice.random() < 0.9)
        return replace(
            stirrings,
            sign_ins=(*stirrings.sign_ins, *signed),
            filings=tuple(filings),
            causes=tuple(causes),
            dues=tuple(dues),
        )


Leak = Callable[[Stirrings, random.Random], Stirrings]


def _stir(sign_ins: int, filings: int) -> Leak:
    """So many days of the last three with a sign-in, so many with a filing that nothing asked for."""

    def leak(honest: Stirrings, dice: random.Random) -> Stirrings:
        days = [honest.arrived_at - (n + dice.uniform(0.05, 0.3)) * DAY for n in range(3)]
        days = [honest.arrived_at - dice.uniform(0.5, 2) * HOUR if n == 0 else day for n, day in enumerate(days)]
        return replace(
            honest,
            planned_at=honest.arrived_at - 4 * DAY,
            sign_ins=(*honest.sign_ins, *dice.sample(days, sign_ins)),
            filings=(*honest.filings, *dice.sample(days, filings)),
            causes=(),
            dues=(),
        )

    return leak


LEAKS: dict[str, tuple[float, Leak]] = {
    "an account silent for weeks wakes and files": (0.0, _stir(1, 1)),
    "an account silent for weeks looks in on two days": (0.0, _stir(2, 0)),
    "a monthly account comes two days and files": (0.25, _stir(2, 1)),
    "a weekly account comes every day and files twice": (0.8, _stir(3, 2)),
    "a daily clerk files on two days what nobody asked for": (4.0, _stir(2, 2)),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_every_seeded_leak_is_found(kind: str) -> None:
    weekly, leak = LEAKS[kind]
    dice = random.Random(kind)
    enterprises = Enterprises(dice)
    quiet = [replace(enterprises.visit(weekly), filings=()) for _ in range(200)]
    before = [replace(one, sign_ins=_before_the_window(one)) for one in quiet]
    missed = [one for one in before if not watched(leak(one, dice)).is_flagged]
    assert len(missed) == 0


def _before_the_window(one: Stirrings) -> tuple[datetime, ...]:
    return tuple(at for at in one.sign_ins if at < one.arrived_at - 3 * DAY)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_a_thousand_honest_visits_at_most_ten_look_like_leaks(seed: int) -> None:
    enterprises = Enterprises(random.Random(seed))
    flagged = sum(watched(enterprises.visit()).is_flagged for _ in range(HONEST))
    assert flagged <= HONEST * 0.01


def test_what_nobody_planned_cannot_leak() -> None:
    stirred = Stirrings(ARRIVED, None, sign_ins=(ARRIVED - HOUR,), filings=(ARRIVED - HOUR,))
    assert watched(stirred).chance is None
    assert not watched(stirred).is_flagged


def test_what_the_enterprise_did_before_anybody_planned_is_no_leak() -> None:
    did = (ARRIVED - 30 * HOUR, ARRIVED - 50 * HOUR)
    late_plan = Stirrings(ARRIVED, ARRIVED - 5 * HOUR, sign_ins=did, filings=did)
    assert not watched(late_plan).is_flagged
    assert watched(replace(late_plan, planned_at=ARRIVED - 60 * HOUR)).is_flagged


def test_an_answer_to_an_order_and_a_filing_before_its_deadline_explain_themselves() -> None:
    did = (ARRIVED - 30 * HOUR, ARRIVED - 10 * HOUR)
    stirred = Stirrings(ARRIVED, ARRIVED - 4 * DAY, sign_ins=did, filings=did)
    assert watched(stirred).is_flagged
    assert not watched(replace(stirred, causes=(ARRIVED - 3 * DAY,))).is_flagged
    assert not watched(replace(stirred, dues=(date(2026, 11, 27),))).is_flagged
    assert watched(replace(stirred, dues=(date(2026, 12, 20),))).is_flagged


def test_only_looks_before_the_arrival_count() -> None:
    looks = (Look(UUID(int=1), ARRIVED - HOUR), Look(UUID(int=2), ARRIVED + HOUR))
    assert watched(Stirrings(ARRIVED, ARRIVED - DAY, looks=looks)).looks == looks[:1]

"""泄密观察: did the enterprise stir before an unannounced visit more than its own rhythm explains?

What the office caused (an order, an answer) and what falls due explains itself and is left out, in the window and in
the weeks before alike. The rest is counted by day, so that a long evening is one day: days with a sign-in, days with a
filing. From k such days in the weeks before, the window's usual number is (k + 1/2) / weeks x window; the chance of as
many or more is Poisson's, and both chances p and q together are pq(1 - ln pq), as for two independent ones (Fisher).
Nothing is learnt and nothing is kept. What an account does every day anyway can't be told from a leak.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, log
from uuid import UUID

from services.rules.clocks import Rule, local_date
from services.rules.evidence.facts import Bounds

_ONE_DAY = timedelta(days=1)
_HALF_A_DAY = 0.5
"""Jeffreys' half: a rhythm of nothing in eight weeks is still no rhythm of never."""


@dataclass(frozen=True)
class Look:
    """Somebody read the plan."""

    by: UUID
    at: datetime


@dataclass(frozen=True)
class Stirrings:
    """What is known. `planned_at` is null where nobody planned the visit; `causes` are the office's acts."""

    arrived_at: datetime
    planned_at: datetime | None
    looks: tuple[Look, ...] = ()
    sign_ins: tuple[datetime, ...] = ()
    filings: tuple[datetime, ...] = ()
    causes: tuple[datetime, ...] = ()
    dues: tuple[date, ...] = ()


@dataclass(frozen=True)
class Days:
    """Days on which something happened, and how many are usual in a window of this length."""

    seen: int
    usual: float

    @property
    def chance(self) -> float:
        """Of as many days or more."""
        return 1 - sum(_poisson(count, self.usual) for count in range(self.seen))


@dataclass(frozen=True)
class Watched:
    """What the watch saw; `chance` is null where nobody planned the visit, so that nothing could leak."""

    looks: tuple[Look, ...]
    sign_ins: Days
    filings: Days
    chance: float | None
    is_flagged: bool


def watch_leaks(stirrings: Stirrings, bounds: Bounds) -> Watched:
    """The enterprise's doings between the plan, or the window's start if that is later, and the arrival."""
    looks = tuple(look for look in stirrings.looks if look.at < stirrings.arrived_at)
    if stirrings.planned_at is None or stirrings.planned_at >= stirrings.arrived_at:
        none = Days(0, 0.0)
        return Watched(looks, none, none, None, is_flagged=False)
    opens = stirrings.arrived_at - bounds.span(Rule.LEAK_WINDOW)
    known = max(opens, stirrings.planned_at)
    sign_ins = _days(stirrings, stirrings.sign_ins, opens, known, bounds)
    filings = _days(stirrings, stirrings.filings, opens, known, bounds)
    both = sign_ins.chance * filings.chance
    chance = both * (1 - log(both)) if both > 0 else 0.0
    return Watched(looks, sign_ins, filings, chance, chance * bounds.number(Rule.LEAK_ONE_IN) < 1)


def _days(stirrings: Stirrings, moments: Iterable[datetime], opens: datetime, known: datetime, bounds: Bounds) -> Days:
    own = [moment for moment in moments if not _is_prompted(stirrings, moment, bounds)]
    weeks = bounds.span(Rule.LEAK_WEEKS)
    before = {local_date(moment) for moment in own if opens - weeks <= moment < opens}
    seen = {local_date(moment) for moment in own if known <= moment < stirrings.arrived_at}
    window = max(stirrings.arrived_at - known, _ONE_DAY)
    return Days(len(seen), (len(before) + _HALF_A_DAY) / (weeks / _ONE_DAY) * (window / _ONE_DAY))


def _is_prompted(stirrings: Stirrings, moment: datetime, bounds: Bounds) -> bool:
    """Whether the office had just given cause, or something is or was about to be due."""
    after, around = bounds.span(Rule.LEAK_PROMPTED_AFTER), bounds.span(Rule.LEAK_PROMPTED_BEFORE)
    if any(timedelta(0) <= moment - cause <= after for cause in stirrings.causes):
        return True
    return any(abs(local_date(moment) - due) <= around for due in stirrings.dues)


def _poisson(count: int, mean: float) -> float:
    chance = exp(-mean)
    for step in range(1, count + 1):
        chance *= mean / step
    return chance

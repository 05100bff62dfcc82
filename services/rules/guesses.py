"""How long guessing a password has to wait: free tries first, then delays that double (threat 18).

A hundred networks that guess one account for a whole day are let through fewer than 200 times; a test says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(hours=24)
LONGEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Pace:
    """So many failures cost nothing; the next waits `first`, each further one twice as long, at most `longest`."""

    free: int
    first: timedelta
    longest: timedelta = LONGEST


FROM_ONE_NETWORK = Pace(free=5, first=timedelta(seconds=30))
FROM_ANYWHERE = Pace(free=20, first=timedelta(seconds=15))
ON_A_KNOWN_DEVICE = Pace(free=10, first=timedelta(seconds=15))
AT_THE_GATE = Pace(free=30, first=timedelta(seconds=1), longest=timedelta(minutes=1))
"""Codes that open nothing, from one network: a mobile operator's is a whole town's, so nobody waits long."""


@dataclass(frozen=True)
class Paces:
    """One pace for each counter that a try goes on."""

    network: Pace = FROM_ONE_NETWORK
    anywhere: Pace = FROM_ANYWHERE
    known_device: Pace = ON_A_KNOWN_DEVICE


def locking(tries: int, lasts: timedelta) -> Paces:
    """A lock-out as assessors of 等保 ask for it: so many tries, then so long none; each network and device alone."""
    lock = Pace(tries, lasts, lasts)
    return Paces(network=lock, known_device=lock)


def failures_that_count(failures: int, last: datetime, *, at: datetime) -> int:
    """A day without a try forgets the earlier ones."""
    return 0 if at - last >= FORGOTTEN_AFTER else failures


def wait_left(pace: Pace, failures: int, last: datetime, *, at: datetime) -> timedelta:
    """How long until the next try is taken; zero when it may come now."""
    counted = failures_that_count(failures, last, at=at)
    if counted < pace.free:
        return timedelta(0)
    doublings = min(counted - pace.free, 20)
    delay = min(pace.first * (1 << doublings), pace.longest)
    return max(last + delay - at, timedelta(0))

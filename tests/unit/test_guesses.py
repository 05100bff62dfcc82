"""How long guesses wait, counted over a whole day of a clock that costs nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.rules.guesses import (
    FORGOTTEN_AFTER,
    FROM_ANYWHERE,
    FROM_ONE_NETWORK,
    LONGEST,
    ON_A_KNOWN_DEVICE,
    Pace,
    failures_that_count,
    wait_left,
)

START = datetime(2026, 11, 24, tzinfo=UTC)


def tried(paces: list[list[Pace]], step: timedelta, span: timedelta) -> int:
    """How many guesses get through when each step brings one guess from the next source in turn."""
    shared: tuple[int, datetime] = (0, START)
    own = [(0, START) for _ in paces]
    through = 0
    for number in range(int(span / step)):
        at, source = START + step * number, number % len(paces)
        mine, everybody = paces[source]
        if wait_left(mine, *own[source], at=at) or wait_left(everybody, *shared, at=at):
            continue
        through += 1
        own[source] = (failures_that_count(*own[source], at=at) + 1, at)
        shared = (failures_that_count(*shared, at=at) + 1, at)
    return through


def test_ten_thousand_guesses_from_a_hundred_networks_over_a_day_get_fewer_than_two_hundred_tried() -> None:
    attack = [[FROM_ONE_NETWORK, FROM_ANYWHERE]] * 100
    assert tried(attack, timedelta(seconds=8.64), timedelta(hours=24)) <= 200


def test_one_network_alone_is_slowed_before_it_slows_everybody_else() -> None:
    alone = [[FROM_ONE_NETWORK, FROM_ANYWHERE]]
    assert tried(alone, timedelta(seconds=1), timedelta(minutes=15)) < FROM_ANYWHERE.free


def test_a_few_slips_of_the_finger_cost_no_wait() -> None:
    at = START + timedelta(seconds=1)
    waits = [wait_left(FROM_ONE_NETWORK, failures, START, at=at) for failures in range(FROM_ONE_NETWORK.free + 1)]
    assert waits == [timedelta(0)] * 5 + [timedelta(seconds=29)]


@given(failures=st.integers(0, 10**6), seconds=st.integers(0, 10**6))
def test_no_wait_is_longer_than_the_longest_and_a_day_forgets_all(failures: int, seconds: int) -> None:
    at = START + timedelta(seconds=seconds)
    for pace in (FROM_ONE_NETWORK, FROM_ANYWHERE, ON_A_KNOWN_DEVICE):
        wait = wait_left(pace, failures, START, at=at)
        assert timedelta(0) <= wait <= LONGEST
        assert wait == timedelta(0) or at - START < FORGOTTEN_AFTER

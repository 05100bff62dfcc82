"""What is usual for an account, and what is far beyond it."""

import pytest

from services.rules.readings import is_bulk, usual_of


def test_one_day_of_reading_everything_does_not_make_the_next_one_usual() -> None:
    assert usual_of([300, 280, 320, 310, 290, 30_000], []) == 305


@pytest.mark.parametrize(
    ("own", "colleagues", "usual"),
    [
        ([], [400, 500, 600], 500),
        ([5, 5, 5, 5], [400, 500, 600], 500),  # four days are no usual yet
        ([5, 5, 5, 5, 5], [400, 500, 600], 5),
        ([700, 900], [], 800),
        ([], [], 0),
    ],
)
def test_a_newcomer_is_measured_by_their_colleagues(own: list[int], colleagues: list[int], usual: int) -> None:
    assert usual_of(own, colleagues) == usual


@pytest.mark.parametrize(
    ("rows", "usual", "alarm"),
    [(2_999, 300, False), (3_000, 300, True), (1_999, 10, False), (2_000, 10, True), (2_000, 0, True)],
)
def test_ten_times_the_usual_is_an_alarm_but_never_fewer_than_the_floor(rows: int, usual: int, alarm: bool) -> None:
    assert is_bulk(rows, usual, floor=2_000, times=10) is alarm

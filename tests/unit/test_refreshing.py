"""Refresh tokens over a line that loses answers, with and without a thief (reliability 0.7)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules.refreshing import GRACE, Family, Verdict, judge

START = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Server:
    """The session row and its clock."""

    family: Family = field(default_factory=lambda: Family(1, START))
    at: datetime = START
    is_over: bool = False

    def refresh(self, generation: int) -> int | None:
        """The generation that is given, None when the family is over."""
        verdict = judge(self.family, generation, is_own_device=True, at=self.at)
        self.is_over = self.is_over or verdict is Verdict.END
        if self.is_over:
            return None
        if verdict is Verdict.ROTATE:
            self.family = Family(self.family.generation + 1, self.at)
        return self.family.generation


@settings(max_examples=500)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(1, 72)), min_size=1, max_size=60))
def test_a_phone_whose_answers_get_lost_is_never_thrown_out(calls: list[tuple[bool, int, int]]) -> None:
    """An answer is lost for less than a day, then it may be quiet for days: sent again, it is the same answer."""
    server, held = Server(), 1
    for is_lost, minutes, quiet_hours in calls:
        given_now = server.refresh(held)
        assert given_now is not None
        if is_lost:
            server.at += timedelta(minutes=minutes)
            assert server.refresh(held) == given_now
        held = given_now
        server.at += timedelta(hours=quiet_hours)


@settings(max_examples=500)
@given(st.integers(1, 20), st.integers(2, 20), st.integers(0, 48))
def test_a_thief_with_a_copy_that_is_two_steps_old_gets_nothing_and_the_family_ends(
    stolen_at: int, steps_after: int, hours: int
) -> None:
    server = Server()
    for generation in range(1, stolen_at + steps_after):
        server.refresh(generation)
    server.at += timedelta(hours=hours)
    assert server.refresh(stolen_at) is None
    assert server.refresh(server.family.generation) is None


def test_a_copy_used_before_its_owner_ends_the_family_once_both_have_moved_on() -> None:
    server = Server()
    thief = server.refresh(1)
    owner = server.refresh(1)
    assert thief == owner == 2
    server.refresh(2)
    server.refresh(3)
    assert server.refresh(2) is None


def test_another_device_ends_the_family_and_so_does_a_predecessor_after_a_day() -> None:
    family = Family(5, START)
    assert judge(family, 5, is_own_device=False, at=START) is Verdict.END
    assert judge(family, 4, is_own_device=True, at=START + GRACE) is Verdict.REPEAT
    assert judge(family, 4, is_own_device=True, at=START + GRACE + timedelta(seconds=1)) is Verdict.END
    assert judge(family, 5, is_own_device=True, at=START + timedelta(days=90)) is Verdict.ROTATE
    assert judge(family, 6, is_own_device=True, at=START) is Verdict.END

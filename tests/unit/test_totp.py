"""One-time codes against the vectors of RFC 6238, appendix B."""

from datetime import UTC, datetime, timedelta

import pytest

from services.rules.totp import code_of, matching_step, step_at

SECRET = b"12345678901234567890"
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    step = step_at(datetime.fromtimestamp(seconds, UTC))
    assert code_of(SECRET, step, digits=8) == code
    assert code_of(SECRET, step) == code[2:]


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(off: int, taken: bool) -> None:
    code = code_of(SECRET, step_at(NOW + timedelta(seconds=off)))
    assert (matching_step(SECRET, code, at=NOW, after=0) is not None) == taken


def test_a_code_that_was_used_is_not_taken_again_nor_one_before_it() -> None:
    now = step_at(NOW)
    assert matching_step(SECRET, code_of(SECRET, now), at=NOW, after=now) is None
    assert matching_step(SECRET, code_of(SECRET, now - 1), at=NOW, after=now) is None
    assert matching_step(SECRET, code_of(SECRET, now + 1), at=NOW, after=now) == now + 1


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６", "abcdef"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert matching_step(SECRET, code, at=NOW, after=0) is None

"""The rate by which a checklist is ordered: few answers move little, many move all."""

from hypothesis import given
from hypothesis import strategies as st

from services.rules.failure_rates import PRIORS, Tally, failure_rate

NOTHING = Tally(0, 0)
TALLIES = st.integers(0, 500).flatmap(lambda n: st.builds(Tally, st.just(n), st.integers(0, n)))


def test_one_failure_of_one_does_not_beat_forty_of_fifty() -> None:
    assert failure_rate("general", [Tally(1, 1)]) < 0.2 < failure_rate("general", [Tally(50, 40)])


def test_one_of_one_in_the_village_does_not_beat_forty_of_fifty_in_its_township() -> None:
    once = failure_rate("general", [NOTHING, NOTHING, NOTHING, Tally(1, 1)])
    often = failure_rate("general", [NOTHING, NOTHING, Tally(50, 40), NOTHING])
    assert once < often


def test_a_village_without_answers_has_the_rate_of_its_township() -> None:
    known = [Tally(30, 3), Tally(20, 5), Tally(40, 30)]
    assert failure_rate("general", [*known, NOTHING]) == failure_rate("general", known)


def test_what_a_village_found_in_many_answers_outweighs_the_county() -> None:
    assert abs(failure_rate("general", [Tally(5000, 50), NOTHING, NOTHING, Tally(200, 160)]) - 0.8) < 0.05


def test_what_nobody_answered_keeps_its_prior_and_the_graver_comes_first() -> None:
    assert failure_rate("major", []) == PRIORS["major"] > PRIORS["general"] == failure_rate("general", [NOTHING])


@given(st.sampled_from(sorted(PRIORS)), st.lists(TALLIES, max_size=4))
def test_a_rate_is_a_share_and_one_more_failure_never_lowers_it(grade: str, groups: list[Tally]) -> None:
    rate = failure_rate(grade, groups)
    assert 0 < rate < 1
    for place, (answered, failed) in enumerate(groups):
        worse = [*groups[:place], Tally(answered + 1, failed + 1), *groups[place + 1 :]]
        assert failure_rate(grade, worse) > rate

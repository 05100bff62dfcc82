"""How often a checklist item fails here: an empirical-Bayes estimate from few answers and many (issue: 适配检查表).

Answers are grouped from far to near, each answer in the nearest group that it belongs to:

    other trades of the county → this trade elsewhere in the county → elsewhere in the township → in this very region

Each group is a sample of a binomial whose rate has a Beta prior. The mean of that prior is the estimate of the groups
before it, its weight is that of WEIGHT answers:

    rate after a group = (failed + WEIGHT * rate before) / (answered + WEIGHT)

So one failure in one answer moves little (1 of 1 after a prior of 0.10 gives 0.18), forty in fifty move all (0.68),
a village without answers takes its township's rate, and an item that nobody ever answered keeps its prior.
"""

from collections.abc import Iterable
from typing import NamedTuple

WEIGHT = 10
"""What the wider region knows weighs as much as ten answers of the nearer one: about what a village gets of one item
in a year. Prudence, not a measurement: with 1 the order would jump at each report, with 100 a village never differs."""

PRIORS = {"major": 0.2, "general": 0.1}
"""The rate of an item that nobody has answered, by its default grade. No source: until this region has answers of its
own, what could kill is looked at first."""


class Tally(NamedTuple):
    """Answers that passed or failed, and how many of them failed."""

    answered: int
    failed: int


def failure_rate(default_grade: str, far_to_near: Iterable[Tally]) -> float:
    """Between 0 and 1; groups must not share answers."""
    rate = PRIORS[default_grade]
    for group in far_to_near:
        rate = (group.failed + WEIGHT * rate) / (group.answered + WEIGHT)
    return rate

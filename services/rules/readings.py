"""What an account usually reads in a day, and when a day is so far beyond it that somebody should ask why."""

from collections.abc import Sequence
from statistics import median

FEW_DAYS = 5
"""Whoever has read on fewer days than this has no usual of their own yet."""


def usual_of(own: Sequence[int], colleagues: Sequence[int]) -> int:
    """The middle day of those on which anything was read; a newcomer's is that of their colleagues, if there are any.

    The middle and not the mean: one day of reading all would else hide the next.
    """
    days = own if len(own) >= FEW_DAYS or not colleagues else colleagues
    return round(median(days)) if days else 0


def is_bulk(rows: int, usual: int, *, floor: int, times: int) -> bool:
    """Whether so many rows in one day are an alarm: `times` the usual, and never fewer than `floor`."""
    return rows >= max(floor, times * usual)

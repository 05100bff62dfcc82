"""Draws 抽取: made in silence, released by the clock, called off, looked at, and proven after the month."""

from services.draws.commitments import commitments, list_commitments
from services.draws.errors import DrawCalledOff, DrawClosed, DrawSettled
from services.draws.looks import looks, shown_looks
from services.draws.making import cancel, make, release
from services.draws.reading import get, list_draws, proof, shown

__all__ = [
    "DrawCalledOff",
    "DrawClosed",
    "DrawSettled",
    "cancel",
    "commitments",
    "get",
    "list_commitments",
    "list_draws",
    "looks",
    "make",
    "proof",
    "release",
    "shown",
    "shown_looks",
]

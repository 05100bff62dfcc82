"""What a refresh token is worth: a lost answer must not throw an officer out, a copied token must not stay in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

GRACE = timedelta(hours=24)
"""How long an answer that got lost is given again."""


class Verdict(Enum):
    """What follows."""

    ROTATE = auto()
    REPEAT = auto()
    END = auto()


@dataclass(frozen=True)
class Family:
    """A session's line of refresh tokens: how many there were, and when the newest was made."""

    generation: int
    rotated_at: datetime


def judge(family: Family, generation: int, *, is_own_device: bool, at: datetime) -> Verdict:
    """The newest token rotates; its immediate predecessor, within GRACE, gets the same successor again.

    Anything older, or from another device, means that somebody else holds a copy.
    """
    if not is_own_device:
        return Verdict.END
    if generation == family.generation:
        return Verdict.ROTATE
    if generation == family.generation - 1 and at - family.rotated_at <= GRACE:
        return Verdict.REPEAT
    return Verdict.END

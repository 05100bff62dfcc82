"""Ids and randomness, carried by the transaction so that a test or the demo town can replace them."""

import random
import secrets
from dataclasses import dataclass
from typing import Protocol, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid4, uuid7

CHANCE = "chance"


class Chance(Protocol):
    """Where ids and random bytes come from."""

    def new_id(self) -> UUID:
        """A UUID 7: rows made together lie together."""

    def secret_id(self) -> UUID:
        """A UUID 4, for what must not tell when it was made (draws, visits, tips)."""

    def bytes(self, count: int) -> bytes:
        """So many unguessable bytes."""


class TrueChance:
    """What a real office uses."""

    def new_id(self) -> UUID:
        return uuid7()

    def secret_id(self) -> UUID:
        return uuid4()

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


@dataclass
class SeededChance:
    """The same seed gives the same town; for the demo and for tests alone."""

    source: random.Random

    @classmethod
    def of(cls, seed: int) -> "SeededChance":
        """A chance that starts at `seed`."""
        return cls(random.Random(seed))  # noqa: S311  (repeatable on purpose)

    def new_id(self) -> UUID:
        return self.secret_id()

    def secret_id(self) -> UUID:
        return UUID(int=self.source.getrandbits(128), version=4)

    def bytes(self, count: int) -> bytes:
        return self.source.randbytes(count)


def chance(tx: AsyncSession) -> Chance:
    """The chance of this transaction (put there by api/deps.py, a job or the demo)."""
    return cast("Chance", tx.info[CHANCE])

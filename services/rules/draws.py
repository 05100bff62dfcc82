"""抽取 (双随机): from a seed, a pool, its rules and a time the same list, in any language (docs/draws.md).

Only whole numbers and SHA-256: no float rounds otherwise elsewhere. Every chance is exactly its share of the weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.rules.canonical import canonical_json

METHOD = "zhicha-draw-1"
SEED_BYTES = 32
OFFICERS_EACH = 2
"""行政处罚法 第42条: two officers at least."""
SPAN = 1 << 256


class PoolUnfit(ValueError):
    """The pool cannot be drawn from; the text says why."""


@dataclass(frozen=True)
class Candidate:
    """An enterprise of the pool: its share of the chances, and the officers who must avoid it (回避)."""

    id: UUID
    weight: int
    barred: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Pool:
    """What is drawn from; `ordered` by id, so that the order in which rows came from a table changes nothing."""

    candidates: tuple[Candidate, ...]
    officers: tuple[UUID, ...]

    @classmethod
    def ordered(cls, candidates: Sequence[Candidate], officers: Sequence[UUID]) -> "Pool":
        """The pool in its one order. Raises PoolUnfit for a weight below 1, an id twice or too few officers."""
        pool = cls(tuple(sorted(candidates, key=lambda one: one.id)), tuple(sorted(officers)))
        _check(pool)
        return pool

    def told(self) -> dict[str, object]:
        """The pool as the commitment covers it and the opened file shows it."""
        return {
            "enterprises": [
                {"id": one.id, "weight": one.weight, "barred": sorted(one.barred)} for one in self.candidates
            ],
            "officers": list(self.officers),
        }


@dataclass(frozen=True)
class Drawn:
    """One enterprise and its pair of officers, in the order in which they were drawn."""

    enterprise_id: UUID
    officers: tuple[UUID, ...]


@dataclass(frozen=True)
class Setting:
    """All that a draw follows from: whoever has it gets the same list."""

    seed: bytes
    pool: Pool
    rules: Mapping[str, Any]
    time: datetime

    def commitment(self) -> bytes:
        """SHA-256 over the canonical JSON of seed, pool, rules and time. The seed (256 bits) keeps it from guessing."""
        told = {"seed": self.seed.hex(), "pool": self.pool.told(), "rules": self.rules, "time": self.time}
        return sha256(canonical_json(told)).digest()

    def drawn(self) -> list[Drawn]:
        """As many of the pool as `rules["count"]` says (all of them, if it has fewer), each with two officers.

        Weighted, without replacement: each time one of those that are left, with its share of their weights as chance.
        """
        numbers = Numbers(self.seed, self.commitment())
        left = list(self.pool.candidates)
        visits = dict.fromkeys(self.pool.officers, 0)
        drawn: list[Drawn] = []
        while left and len(drawn) < self.rules["count"]:
            chosen = left.pop(_place(left, numbers.below(sum(one.weight for one in left))))
            drawn.append(Drawn(chosen.id, _pair(chosen, visits, numbers)))
        return drawn


class Numbers:
    """Unbiased whole numbers: block i is SHA-256("zhicha draw 1" || seed || commitment || i in 8 bytes, big-endian).

    A block is taken as a number of 256 bits; one in the last, incomplete round of `limit` is passed over.
    """

    def __init__(self, seed: bytes, commitment: bytes) -> None:
        self._start = sha256(b"zhicha draw 1" + seed + commitment)
        self._blocks = self._stream()

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1, each as likely as any other."""
        whole_rounds = SPAN - SPAN % limit
        return next(block for block in self._blocks if block < whole_rounds) % limit

    def _stream(self) -> Iterator[int]:
        count = 0
        while True:
            block = self._start.copy()
            block.update(count.to_bytes(8, "big"))
            yield int.from_bytes(block.digest(), "big")
            count += 1


def _place(left: Sequence[Candidate], number: int) -> int:
    """Whose share of the weights, laid end to end in the pool's order, the number falls into."""
    for place, one in enumerate(left):
        number -= one.weight
        if number < 0:
            return place
    raise AssertionError("the number lies beyond the weights")


def _pair(chosen: Candidate, visits: dict[UUID, int], numbers: Numbers) -> tuple[UUID, ...]:
    """Two officers who need not avoid the enterprise: whoever has fewest visits so far, by chance among equals."""
    named: list[UUID] = []
    for _ in range(OFFICERS_EACH):
        free = [one for one in visits if one not in chosen.barred and one not in named]
        fewest = min(visits[one] for one in free)
        equals = [one for one in free if visits[one] == fewest]
        named.append(equals[numbers.below(len(equals))])
    for one in named:
        visits[one] += 1
    return tuple(sorted(named))


def _check(pool: Pool) -> None:
    if len({one.id for one in pool.candidates}) < len(pool.candidates) or len(set(pool.officers)) < len(pool.officers):
        raise PoolUnfit("an id stands twice in the pool")
    for one in pool.candidates:
        if one.weight < 1:
            raise PoolUnfit(f"the weight of {one.id} is below 1")
        if sum(officer not in one.barred for officer in pool.officers) < OFFICERS_EACH:
            raise PoolUnfit(f"fewer than {OFFICERS_EACH} officers may go to {one.id}")

"""The draw: fair by its weights, the same for whoever runs it again, and nobody goes where they must not."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules.canonical import canonical_json
from services.rules.draws import METHOD, Candidate, Pool, PoolUnfit, Setting

TIME = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
OFFICERS = [UUID(int=900 + n) for n in range(4)]
WEIGHTS = [1, 2, 3, 4, 5]
DRAWS = 100_000


def pool_of(weights: list[int], barred: dict[int, set[UUID]] | None = None) -> Pool:
    one_each = [
        Candidate(UUID(int=n + 1), weight, frozenset((barred or {}).get(n, ()))) for n, weight in enumerate(weights)
    ]
    return Pool.ordered(one_each, OFFICERS)


def setting(seed: bytes, count: int, pool: Pool) -> Setting:
    return Setting(seed, pool, {"method": METHOD, "count": count}, TIME)


def expected(weights: list[int]) -> dict[tuple[int, int], float]:
    """The chance of every ordered pair, by the definition of drawing by weight without replacement."""
    total = sum(weights)
    places = range(len(weights))
    return {
        (one, two): weights[one] / total * weights[two] / (total - weights[one]) for one, two in permutations(places, 2)
    }


@pytest.mark.timeout(300)
def test_a_hundred_thousand_weighted_draws_fit_their_chances() -> None:
    pool, source = pool_of(WEIGHTS), random.Random(20261124)
    seen: Counter[tuple[int, int]] = Counter()
    for _ in range(DRAWS):
        first, second = setting(source.randbytes(32), 2, pool).drawn()
        seen[first.enterprise_id.int - 1, second.enterprise_id.int - 1] += 1
    chances = expected(WEIGHTS)
    square = sum((seen[pair] - DRAWS * chance) ** 2 / (DRAWS * chance) for pair, chance in chances.items())
    assert len(chances) == 20
    assert square < 43.82, f"chi-square {square:.1f} with 19 degrees of freedom: below 43.82 in 999 of 1,000"


def test_officers_are_named_equally_often_and_every_pair_comes_up() -> None:
    source, pairs = random.Random(7), Counter[tuple[UUID, ...]]()
    for _ in range(3000):
        [drawn] = setting(source.randbytes(32), 1, pool_of([1, 1])).drawn()
        pairs[drawn.officers] += 1
    square = sum((pairs[pair] - 500) ** 2 / 500 for pair in pairs)
    assert len(pairs) == 6
    assert square < 20.52, f"chi-square {square:.1f} with 5 degrees of freedom: below 20.52 in 999 of 1,000"


def test_work_is_shared_evenly() -> None:
    drawn = setting(b"s" * 32, 10, pool_of([1] * 10)).drawn()
    load = Counter(officer for one in drawn for officer in one.officers)
    assert set(load.values()) == {5}


@st.composite
def towns(pick: st.DrawFn) -> tuple[list[int], dict[int, set[UUID]], int, bytes]:
    """Any weights and any 回避 that leave two officers for each enterprise."""
    weights = pick(st.lists(st.integers(1, 1000), min_size=1, max_size=12))
    barred = {n: pick(st.sets(st.sampled_from(OFFICERS), max_size=2)) for n in range(len(weights))}
    return weights, barred, pick(st.integers(1, 15)), pick(st.binary(min_size=32, max_size=32))


@settings(deadline=None, max_examples=300)
@given(towns())
def test_no_officer_ever_meets_an_enterprise_that_they_must_avoid(
    town: tuple[list[int], dict[int, set[UUID]], int, bytes],
) -> None:
    weights, barred, count, seed = town
    drawn = setting(seed, count, pool_of(weights, barred)).drawn()
    assert len(drawn) == min(count, len(weights))
    assert len({one.enterprise_id for one in drawn}) == len(drawn)
    for one in drawn:
        assert len(set(one.officers)) == 2
        assert not set(one.officers) & barred[one.enterprise_id.int - 1]


@settings(deadline=None, max_examples=100)
@given(towns(), st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_list_however_the_rows_came(
    town: tuple[list[int], dict[int, set[UUID]], int, bytes], shuffle: random.Random
) -> None:
    weights, barred, count, seed = town
    pool = pool_of(weights, barred)
    mixed, people = list(pool.candidates), list(OFFICERS)
    shuffle.shuffle(mixed)
    shuffle.shuffle(people)
    again = setting(seed, count, Pool.ordered(mixed, people))
    first = setting(seed, count, pool)
    assert (again.drawn(), again.commitment()) == (first.drawn(), first.commitment())


def test_seed_pool_rules_and_time_each_change_the_commitment_and_the_list() -> None:
    pool = pool_of([3] * 40)
    first = setting(b"s" * 32, 20, pool)
    others = [
        setting(b"t" * 32, 20, pool),
        setting(b"s" * 32, 20, pool_of([3] * 39 + [4])),
        Setting(b"s" * 32, pool, {"method": METHOD, "count": 20, "plan": "别的"}, TIME),
        Setting(b"s" * 32, pool, first.rules, TIME.replace(second=1)),
    ]
    assert len({one.commitment() for one in [first, *others]}) == 5
    assert all(one.drawn() != first.drawn() for one in others)


def again(told: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The draw as docs/draws.md tells it, written apart from the product: ids are texts, numbers come from a list."""
    seed = bytes.fromhex(told["seed"])
    commitment = sha256(canonical_json(told)).digest()

    def blocks() -> Iterator[int]:
        count = 0
        while True:
            text = b"zhicha draw 1" + seed + commitment + count.to_bytes(8, "big")
            yield int(sha256(text).hexdigest(), 16)
            count += 1

    stream = blocks()

    def below(limit: int) -> int:
        while (number := next(stream)) >= (1 << 256) // limit * limit:
            pass
        return number % limit

    left, load = list(told["pool"]["enterprises"]), dict.fromkeys(told["pool"]["officers"], 0)
    result: list[tuple[str, list[str]]] = []
    while left and len(result) < told["rules"]["count"]:
        urn = [place for place, one in enumerate(left) for _ in range(one["weight"])]
        one = left.pop(urn[below(len(urn))])
        pair: list[str] = []
        while len(pair) < 2:
            free = [who for who in load if who not in one["barred"] and who not in pair]
            equals = [who for who in free if load[who] == min(load[other] for other in free)]
            pair.append(equals[below(len(equals))])
        for who in pair:
            load[who] += 1
        result.append((one["id"], sorted(pair)))
    return result


@settings(deadline=None, max_examples=100)
@given(towns())
def test_a_second_way_of_drawing_written_apart_gives_the_same_list(
    town: tuple[list[int], dict[int, set[UUID]], int, bytes],
) -> None:
    weights, barred, count, seed = town
    first = setting(seed, count, pool_of([min(weight, 50) for weight in weights], barred))
    plain = {
        "seed": seed.hex(),
        "pool": {
            "enterprises": [
                {"id": str(one.id), "weight": one.weight, "barred": sorted(map(str, one.barred))}
                for one in first.pool.candidates
            ],
            "officers": [str(one) for one in first.pool.officers],
        },
        "rules": dict(first.rules),
        "time": "2026-11-24T01:00:00.000000Z",
    }
    assert again(plain) == [(str(one.enterprise_id), [str(who) for who in one.officers]) for one in first.drawn()]


def test_a_pool_that_cannot_be_drawn_from_is_refused() -> None:
    one = Candidate(UUID(int=1), 1)
    with pytest.raises(PoolUnfit, match="twice"):
        Pool.ordered([one, one], OFFICERS)
    with pytest.raises(PoolUnfit, match="weight"):
        Pool.ordered([Candidate(UUID(int=1), 0)], OFFICERS)
    with pytest.raises(PoolUnfit, match="fewer than 2"):
        Pool.ordered([Candidate(UUID(int=1), 1, frozenset(OFFICERS[:3]))], OFFICERS)

"""Ids in bodies and queries: naming what is out of sight comes to exactly what naming nothing at all comes to."""

from typing import TypeVar

import pytest

from tests.doors.asking import Asker, absent, row_of
from tests.doors.operations import Operation, difference
from tests.doors.places import PLACES, Names, Takes
from tests.doors.sight import FIELD, READERS, hidden, seen
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

Kind = TypeVar("Kind", Names, Takes)
PARTS = 3


def rows(kind: type[Kind], part: int) -> list[tuple[str, str, Kind]]:
    """Every third place of a kind, so that no one test runs long."""
    every = [(name, place, row) for name, places in PLACES.items() for place, row in places.items()]
    return [(name, place, row) for name, place, row in every if isinstance(row, kind)][part::PARTS]


def looked_for(row: Names, reader: str, town: Town) -> list[str]:
    """The zones out of sight; one of them is enough for who is not signed in, and for what nobody can see by naming."""
    zones = hidden(row.noun, reader, town.zones(row.noun))
    return zones[:1] if reader == "nobody" or row.silent else zones


@pytest.mark.parametrize("part", range(PARTS))
async def test_naming_what_is_out_of_sight_is_like_naming_nothing(
    town: Town, doors: dict[str, Operation], part: int
) -> None:
    wrong, probes = [], 0
    for operation, place, row in rows(Names, part):
        asker = Asker(town, doors[operation], place, row.body)
        leaks, shown = [], False
        for reader in READERS:
            if reader in row.but:
                continue
            nothing = await asker.ask(reader, absent(row.noun))
            for zone in looked_for(row, reader, town):
                answer = await asker.ask(reader, town.of(row.noun, zone))
                if answer != nothing:
                    leaks.append(f"{operation} {place} {zone} by {reader}: {difference(answer, nothing)}")
            for zone in seen(row.noun, reader, town.zones(row.noun)) if not (shown or row.silent) else ():
                shown = shown or await asker.ask(reader, town.of(row.noun, zone)) != nothing
        probes += asker.probes
        wrong += leaks
        if not (shown or row.silent):
            wrong.append(f"{operation} {place}: not even what is in sight is told from what is absent")
    assert wrong == [], f"{len(wrong)} in {probes} probes"
    assert probes > 300, f"{probes} probes prove too little"


@pytest.mark.parametrize("part", range(PARTS))
async def test_an_id_that_stands_out_of_sight_is_refused_by_one_answer_whatever_it_is_of(
    town: Town, doors: dict[str, Operation], part: int
) -> None:
    wrong, probes = [], 0
    for operation, place, row in rows(Takes, part):
        may = row_of(operation).may
        asker = Asker(town, doors[operation], place, row.body)
        for reader, role in READERS.items():
            taken = [town.of(noun, zone) for noun in row.nouns for zone in hidden(noun, reader, town.zones(noun))[:1]]
            free = await asker.ask(reader, absent(""))
            answers = [await asker.ask(reader, record_id) for record_id in (taken[:1] if role is None else taken)]
            told_apart = [answer for answer in answers if answer != answers[0]]
            wrong += [f"{operation} {place} by {reader}: {difference(one, answers[0])}" for one in told_apart]
            is_free = role in may and bool(FIELD[reader]) and free[0] in (200, 201)
            if is_free and row.code.encode() not in answers[0][1]:
                wrong.append(f"{operation} {place} by {reader}: {answers[0]} instead of {row.code}")
        probes += asker.probes
    assert wrong == [], f"{len(wrong)} in {probes} probes"
    assert probes > 200, f"{probes} probes prove too little"

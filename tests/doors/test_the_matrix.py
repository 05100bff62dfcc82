"""The matrix is whole: every operation of the document has its row, and every row its operation."""

import pytest

from models.words import Role
from tests.doors.operations import Operation
from tests.doors.places import PLACES
from tests.doors.rows import BY_OWN_ID, DOORS, ENTRANCES, LISTS, OF_HATS, OPEN_DOORS, OPEN_ENTRANCES, PACKS, Entrance
from tests.doors.sight import READERS, SIGHT, home
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time


def test_somebody_of_every_role_looks_and_somebody_who_is_not_signed_in() -> None:
    assert set(READERS.values()) == {*Role, None}
    assert all(sight.keys() == READERS.keys() for sight in SIGHT.values())


def test_every_operation_has_its_row(doors: dict[str, Operation]) -> None:
    rows = {*(door.operation for door in DOORS), *OPEN_DOORS, *ENTRANCES, *OPEN_ENTRANCES}
    assert [f"{name} has no row in tests/doors/rows.py" for name in sorted(doors.keys() - rows)] == []
    assert [f"{name} has a row, but is no operation" for name in sorted(rows - doors.keys())] == []
    with_id = {*(door.operation for door in DOORS), *OPEN_DOORS}
    assert with_id == {name for name, operation in doors.items() if operation.has_id}


def test_every_place_that_names_a_record_has_its_row(doors: dict[str, Operation]) -> None:
    there = {
        f"{name} {place}"
        for name, operation in doors.items()
        for place in operation.places
        if place != "?cursor" and (place[0] != "{" or name in BY_OWN_ID)
    }
    rows = {f"{name} {place}" for name, places in PLACES.items() for place in places}
    assert [f"{place} has no row in tests/doors/places.py" for place in sorted(there - rows)] == []
    assert [f"{place} has a row, but is no place" for place in sorted(rows - there)] == []


def test_every_list_has_its_row(doors: dict[str, Operation]) -> None:
    lists = {name for name, one in doors.items() if "?cursor" in one.places and not one.has_id}
    rowless = lists - LISTS.keys() - OF_HATS - PACKS
    assert [f"{name} has no row in LISTS of tests/doors/rows.py" for name in sorted(rowless)] == []
    assert LISTS.keys() <= lists


async def test_every_role_enters_where_its_deeds_let_it_and_nowhere_else(
    town: Town, doors: dict[str, Operation]
) -> None:
    wrong, probes = [], 0
    for name, entrance in ENTRANCES.items():
        for reader, role in READERS.items():
            body = entrance.body(town, home(reader), reader) if entrance.body else None
            answer = await doors[name].call(town.readers[reader], body=body)
            probes += 1
            if answer.status_code not in _right(entrance, reader, role):
                wrong.append(f"{name} by {reader}: {answer.status_code} {answer.text[:300]}")
    assert wrong == [], f"{len(wrong)} in {probes} probes"
    assert probes > 250, f"{probes} probes prove too little"


def _right(entrance: Entrance, reader: str, role: Role | None) -> set[int]:
    """Whose role has not the deed gets 403, or 404 where the body names what they do not see."""
    if role is None:
        return {401}
    if reader == "office without region" and entrance.body:
        return {entrance.works, 403, 404, 422}  # the deed is theirs, but there is nothing to do it to
    return {entrance.works} if role in entrance.may else {403, 404}

"""Two worlds: the town without a zone and the same town with it look alike, byte for byte, to who does not see it.

The first world becomes the second: ids and clock are the same by nature, for only what happens out of sight is added.
"""

import pytest
from fastapi import FastAPI

from tests.doors.operations import Operation, Told, difference, operations, told
from tests.doors.sight import FIELD, READERS, ZONES
from tests.doors.town import Town, founded, people, readers, settle
from tests.world import World

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

ASKED = {
    "getStatistics": ["?by=region&by=industry&by=grade&by=state", "?by=month&region_level=6"],
    "getWorklist": ["", "?limit=1"],
    "listFindings": ["?limit=2", "?q=隐患", "?region=420582", "?overdue=false"],
    "listEnterprises": ["?limit=1", "?q=作坊", "?industry=MECH"],
    "listInspections": ["?limit=1", "?state=held", "?missing_photos=true"],
    "listVisits": ["", "?state=proposed"],
    "listUsers": ["", "?role=village"],
}
SEE_NOTHING = ("nobody", "office without region")
"""Turned away, or without a row in any world: tests/doors/test_the_matrix.py and test_lists.py."""
KEEPS_ACCOUNTS = ("admin", "listUsers")
"""An account of the new enterprise is seen by who keeps accounts."""
"""What else is asked; every other reading without an id in its path is asked as it is."""

Answers = dict[tuple[str, str], Told]


async def looked_at(town: Town, doors: dict[str, Operation], reader: str) -> Answers:
    """Everything that a reader can ask for without knowing an id."""
    answers: Answers = {}
    for name, operation in doors.items():
        if operation.method == "GET" and not operation.has_id and (reader, name) != KEEPS_ACCOUNTS:
            for ask in ASKED.get(name, [""]):
                answers[name, ask] = told(await operation.call(town.readers[reader], ask=ask))
    return answers


async def test_a_zone_out_of_sight_changes_no_byte_of_any_list_count_or_statistic(world: World, app: FastAPI) -> None:
    doors = operations(app.openapi())
    town = await founded(world)
    await settle(town, "own")
    await people(town)
    await readers(town)
    before: dict[str, Answers] = {}
    changed, wrong, compared = set(), [], 0
    for zone in [zone for zone in ZONES if zone != "own"]:
        blind = [reader for reader in READERS if zone not in FIELD[reader] and reader not in SEE_NOTHING]
        for reader in blind:
            before[reader] = before.get(reader) or await looked_at(town, doors, reader)
        witness = await looked_at(town, doors, "other town's office" if zone == "far" else "office")
        await settle(town, zone)
        after = await looked_at(town, doors, "other town's office" if zone == "far" else "office")
        changed |= {name for (name, ask), answer in after.items() if answer != witness[name, ask]}
        for reader in blind:
            for (name, ask), answer in (await looked_at(town, doors, reader)).items():
                compared += 1
                if answer != before[reader][name, ask]:
                    wrong.append(
                        f"{name}{ask} by {reader}: {zone} shows: {difference(answer, before[reader][name, ask])}"
                    )
        for reader in READERS.keys() - set(blind):
            before.pop(reader, None)
    assert wrong == [], f"{len(wrong)} in {compared} comparisons"
    assert compared > 400, f"{compared} comparisons prove too little"
    shows = {"getStatistics", "getWorklist", "listEnterprises", "listFindings", "listInspections", "listOrders"}
    assert changed >= shows | {"listExtensions", "listVisits"}, "not even who sees the zone noticed it"

"""Two worlds: the town without a zone and the same town with it look alike, byte for byte, to who does not see it.

The first world becomes the second: ids and clock are the same by nature, for only what happens out of sight is added.
"""

import json
import re
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.doors.bodies import note, reason
from tests.doors.operations import Operation, Told, difference, operations, told
from tests.doors.sight import FIELD, READERS, ZONES
from tests.doors.town import Town, founded, people, readers, settle
from tests.makers_draws import draw_body
from tests.makers_visits import visit_body
from tests.world import Person, World

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

ASKED = {
    "getStatistics": ["?by=region&by=industry&by=grade&by=state", "?by=month&region_level=6"],
    "getWorklist": ["", "?limit=1"],
    "listFindings": ["?limit=2", "?q=隐患", "?region=420582", "?overdue=false"],
    "listEnterprises": ["?limit=1", "?q=作坊", "?industry=MECH"],
    "listInspections": ["?limit=1", "?state=held", "?missing_photos=true"],
    "listVisits": ["", "?state=proposed"],
    "listDraws": ["", "?limit=1"],
    "listUsers": ["", "?role=village"],
}
SEE_NOTHING = ("nobody", "office without region")
"""Turned away, or without a row in any world: tests/doors/test_the_matrix.py and test_lists.py."""
KEEPS_ACCOUNTS = ("admin", "listUsers")
"""An account of the new enterprise is seen by who keeps accounts."""
PUBLIC = "listDrawCommitments"
"""A commitment binds only if it is out at once: the one answer that a draw may change, and what it may change in it."""
"""What else is asked; every other reading without an id in its path is asked as it is."""

OWN_CURSOR = re.compile(rb'"cursor":"[0-9a-f-]{36}"')
"""Of a field pack: an id made anew for every answer, which tells of nothing but changes how short gzip makes it."""

Answers = dict[tuple[str, str], Told]


async def looked_at(town: Town, doors: dict[str, Operation], reader: str) -> Answers:
    """Everything that a reader can ask for without knowing an id."""
    answers: Answers = {}
    for name, operation in doors.items():
        asks = operation.method == "GET" and not operation.has_id and name != PUBLIC
        if asks and (reader, name) != KEEPS_ACCOUNTS:
            for ask in ASKED.get(name, [""]):
                status, content, headers = told(await operation.call(town.readers[reader], ask=ask))
                if name == "getFieldPack":
                    content = OWN_CURSOR.sub(b"", content)
                    headers = [header for header in headers if header[0] != "content-length"]
                answers[name, ask] = status, content, headers
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
    assert changed >= shows | {"listExtensions", "listVisits", "listDraws", "listAvoidances"}, (
        "not even who sees the zone noticed it"
    )


TAKES_REASON = ("cancelVisit", "cancelDraw")


async def tried_by_id(town: Town, doors: dict[str, Operation], reader: str, ids: list[str]) -> Answers:
    """Every operation that names a visit or a draw in its path, on ids behind which there may be one or none."""
    answers: Answers = {}
    for name, operation in doors.items():
        if operation.path.startswith(("/visits/{", "/draws/{")):
            said = reason(town, "", "") if name in TAKES_REASON else note(town, "", "")
            for one in ids:
                body = None if operation.method == "GET" else said
                answers[name, one] = told(await operation.call(town.readers[reader], one, body=body))
    return answers


async def sealed_away(town: Town, maker: Person, leader: Person, ids: list[str]) -> list[str]:
    """A visit and a draw that nobody but their makers may know of; the drawn visits' ids."""
    pair = [reader for name in ("inspector", "office") if isinstance(reader := town.readers[name], Person)]
    visit = visit_body(town.world, town.of("enterprise", "own"), pair, leader, id=ids[0], content="夜间住人")
    draw = draw_body(town.world, id=ids[1], count=1, officers=[person.id for person in pair])
    answers = [await maker.post("/visits", visit), await maker.post("/draws", draw)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[1].text
    return [one["visit_id"] for one in answers[1].json()["drawn"]]


async def test_a_sealed_visit_and_a_sealed_draw_change_no_byte_for_anybody_who_may_not_know(
    world: World, app: FastAPI
) -> None:
    doors = operations(app.openapi())
    town = await founded(world)
    await settle(town, "own")
    await people(town)
    await readers(town)
    maker, leader = await world.officer(), await world.leader()
    town.readers["maker"] = maker
    ids = [str(uuid4()), str(uuid4())]
    blind = [reader for reader in READERS if reader != "nobody"]
    lines = (await maker.get("/draws/commitments")).json()["items"]

    async def whole(reader: str) -> Answers:
        return {**await looked_at(town, doors, reader), **await tried_by_id(town, doors, reader, ids)}

    before = {reader: await whole(reader) for reader in blind}
    mine = await looked_at(town, doors, "maker")
    drawn = await sealed_away(town, maker, leader, ids)
    after = {reader: await whole(reader) for reader in blind}
    wrong = [
        f"{name}{ask} by {reader}: {difference(after[reader][name, ask], answer)}"
        for reader in blind
        for (name, ask), answer in before[reader].items()
        if after[reader][name, ask] != answer
    ]
    assert wrong == []
    absent = await town.readers["leader"].call("GET", f"/visits/{uuid4()}")
    for reader in blind:
        for visit_id in drawn:
            answer = await town.readers[reader].call("GET", f"/visits/{visit_id}")
            assert (answer.status_code, answer.content) == (404, absent.content)
    shown = await looked_at(town, doors, "maker")
    assert {name for name, ask in mine if shown[name, ask] != mine[name, ask]} == {"listVisits", "listDraws"}
    now = (await maker.get("/draws/commitments")).json()["items"]
    [new] = [line for line in now if line not in lines]
    assert set(new) == {"commitment", "drawn_on", "state", "state_label"}
    assert (await maker.post(f"/draws/{ids[1]}/cancellation", {"reason": "台风"})).status_code == 201
    world.clock.forward(hours=2)
    for reader in ("leader", "inspector", "office", "admin"):
        called_off = await town.readers[reader].call("GET", f"/draws/{ids[1]}")
        assert (called_off.status_code, called_off.content) == (404, absent.content)
        assert ids[1] not in json.dumps((await town.readers[reader].call("GET", "/draws")).json())

"""Doors: an id out of sight is answered exactly like one that does not exist (threat 15), operation by operation.

Made from the OpenAPI document: an operation with an id in its path and without a row here fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from models.words import Role
from tests.makers_findings import described, report
from tests.makers_photos import put, snapped
from tests.makers_visits import planned
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World

ZONES = {
    "own": {"region": VILLAGE},
    "sibling": {"region": VILLAGE},  # another enterprise beside it
    "trade": {"region": VILLAGE, "main_industry": "CRWD"},  # another department's
    "neighbour": {"region": OTHER_VILLAGE},
    "far": {"region": f"{OTHER_TOWN}201"},
}
HIDDEN = {
    "village": {"neighbour", "far"},
    "department": {"trade", "far"},
    "boss": ZONES.keys() - {"own"},
    "inspector": {"far"},
    "leader": {"far"},
    "integrator": {"far"},
    "admin": set(ZONES),
}
"""What each reader does not see of what lies in a region."""

ROWS = {
    "getEnterprise": "enterprise",
    "updateEnterprise": "enterprise",
    "getInspection": "inspection",
    "amendInspection": "inspection",
    "resolveHeldInspection": "inspection",
    "getReceipt": "inspection",
    "getFinding": "finding",
    "getFindingTimeline": "finding",
    "filePlan": "finding",
    "acceptPlan": "finding",
    "reportRectification": "finding",
    "reinspectFinding": "finding",
    "writeOffFinding": "finding",
    "transferFinding": "finding",
    "recordTransferReceipt": "finding",
    "withdrawFinding": "finding",
    "getOrder": "order",
    "getOrderDocument": "order",
    "getExtension": "extension",
    "decideExtension": "extension",
    "getPhoto": "photo",
    "getPhotoImage": "photo",
    "getVisit": "visit",
    "approveVisit": "visit",
    "cancelVisit": "visit",
    "getImport": "import",
    "getUser": "user",
    "updateUser": "user",
    "resetPassword": "user",
    "updateOrgan": "organ",
    "updateRegion": "region",
}
NO_DOOR = {
    "putPhoto": "an id of somebody else's photo is one neutral id_taken (tests/api/test_photos.py)",
    "updateDepartment": "departments are listed to everybody",
    "getChecklist": "the catalogue is everybody's",
}
NOBODYS = {"visit", "import"}  # a sealed visit, and an import of somebody else, whoever reads
ADMINS = {"user", "organ", "region"}  # the administrator keeps them all
SLOW = {"getOrderDocument", "getPhotoImage"}  # made by the worker: 503 until it is there
NOT_FOR_THEM = {("getReceipt", "boss"), ("getReceipt", "integrator")}  # 403: a receipt is for who reports
QUERY = {"getPhotoImage": "?size=thumb"}
ABSENT = {"region": "420582999"}


@dataclass
class Operation:
    name: str
    method: str
    path: str
    example: object

    async def call(self, by: Person, record_id: str) -> httpx.Response:
        head, _, tail = self.path.partition("{")
        path = head + record_id + tail.partition("}")[2] + QUERY.get(self.name, "")
        body = {} if self.example is None else {"json": self.example}
        return await by.call(self.method, path, headers={"If-Match": '"1"'}, **body)


def with_an_id(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if "{" not in path or not path.startswith("/api/v1"):
                continue
            content = told.get("requestBody", {}).get("content", {}).get("application/json")
            shape = content and document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
            example = shape["examples"][0] if shape else None
            yield Operation(told["operationId"], method.upper(), path.removeprefix("/api/v1"), example)


@pytest.fixture(scope="session")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@dataclass
class Town:
    """One of every record in every zone, made by people of the county; and somebody of every role below."""

    records: dict[str, dict[str, str]]
    readers: dict[str, Person]

    def hidden(self, reader: str, noun: str) -> list[str]:
        if noun in NOBODYS:
            return list(self.records[noun].values())
        if noun in ADMINS:
            return [] if reader == "admin" else [self.records[noun]["far"]]
        return [self.records[noun][zone] for zone in sorted(HIDDEN[reader])]

    def seen(self, reader: str, noun: str) -> list[str]:
        if noun in NOBODYS | ADMINS:
            return []
        return [self.records[noun][zone] for zone in sorted(ZONES.keys() - HIDDEN[reader])]


async def made(by: Person, path: str, body: object) -> str:
    answer = await by.post(path, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def records_of(world: World, county: list[Person], zone: str) -> dict[str, str]:
    officer, first, second = county
    enterprise_id = await world.enterprise(by=officer, **ZONES[zone])
    found = described()
    inspection = await report(world, enterprise_id, [first, second], [found])
    assert (await put(first, snapped(), found["photo_ids"][0])).status_code == 201
    organ_id = str(await world.organ(region=COUNTY))
    order = {"inspection_id": inspection["id"], "finding_ids": [found["id"]], "organ_id": organ_id}
    asked = {"finding_id": found["id"], "until": "2026-12-20", "reason": "防火门定制需二十日"}
    leader = await world.leader(region=COUNTY)
    return {
        "enterprise": enterprise_id,
        "inspection": inspection["id"],
        "finding": found["id"],
        "photo": found["photo_ids"][0],
        "order": await made(first, "/orders", order),
        "extension": await made(await world.boss(enterprise_id), "/extensions", asked),
        "visit": await planned(world, officer, enterprise_id, [first, second], leader),
    }


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    county = [await world.officer(region=COUNTY), *[await world.inspector(region=COUNTY) for _ in range(2)]]
    records: dict[str, dict[str, str]] = {}
    for zone in ZONES:
        for noun, record_id in (await records_of(world, county, zone)).items():
            records.setdefault(noun, {})[zone] = record_id
    file = "企业名称,区划代码,行业\n某厂,420582104201,MECH\n".encode()
    headers = {"Content-Type": "text/csv"}
    brought = await county[0].call("POST", "/enterprises/imports", content=file, headers=headers)
    records["import"] = {"far": brought.json()["id"]}
    records["user"] = {"far": (await world.inspector(region=OTHER_TOWN)).id}
    records["organ"] = {"far": str(await world.organ(region=OTHER_TOWN))}
    records["region"] = {"far": OTHER_TOWN}
    readers = {
        "village": await world.village(),
        "department": await world.person(Role.DEPARTMENT, industries=["MECH"], carded=True),
        "boss": await world.boss(records["enterprise"]["own"]),
        "inspector": await world.inspector(),
        "leader": await world.leader(),
        "integrator": await world.person(Role.INTEGRATOR, region=TOWN),
        "admin": await world.admin(),
    }
    return Town(records, readers)


def told(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a caller can tell two answers apart by, but for the id of the request."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in ("request-id", "date")]
    return answer.status_code, answer.content, headers


def test_every_operation_with_an_id_in_its_path_has_its_row(document: dict[str, Any]) -> None:
    assert sorted(one.name for one in with_an_id(document)) == sorted([*ROWS, *NO_DOOR])


async def test_what_is_out_of_sight_is_answered_exactly_like_what_does_not_exist(
    town: Town, document: dict[str, Any]
) -> None:
    told_apart, probes = [], 0
    for operation in with_an_id(document):
        if operation.name in NO_DOOR:
            continue
        noun = ROWS[operation.name]
        for reader, person in town.readers.items():
            absent = told(await operation.call(person, ABSENT.get(noun, str(uuid4()))))
            for record_id in town.hidden(reader, noun):
                probes += 1
                answer = told(await operation.call(person, record_id))
                if answer != absent:
                    told_apart.append(f"{operation.name} by {reader}: {answer} instead of {absent}")
    assert told_apart == []
    assert probes > 450


async def test_what_is_in_sight_is_shown_at_every_door_so_that_the_probe_proves_something(
    town: Town, document: dict[str, Any]
) -> None:
    shut, probes = [], 0
    for operation in with_an_id(document):
        if operation.method != "GET" or operation.name in NO_DOOR:
            continue
        for reader, person in town.readers.items():
            for record_id in town.seen(reader, ROWS[operation.name]):
                probes += 1
                status = (await operation.call(person, record_id)).status_code
                right = 403 if (operation.name, reader) in NOT_FOR_THEM else 200
                if status != right and not (status == 503 and operation.name in SLOW):
                    shut.append(f"{operation.name} by {reader}: {status}")
    assert shut == []
    assert probes > 150


async def test_no_change_that_was_tried_at_a_shut_door_was_made(town: Town, document: dict[str, Any]) -> None:
    reader, finding_id = town.readers["boss"], town.records["finding"]["sibling"]
    before = (await town.readers["inspector"].get(f"/findings/{finding_id}")).json()
    for operation in with_an_id(document):
        if ROWS.get(operation.name) == "finding" and operation.method != "GET":
            assert (await operation.call(reader, finding_id)).status_code == 404
    assert (await town.readers["inspector"].get(f"/findings/{finding_id}")).json() == before

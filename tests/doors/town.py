"""A town with one of every record in every zone, made by people of the county; and somebody of every role to look."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from models.words import Role
from tests.doors.sight import DISTRICTS, FINDINGS, PLACES, READERS, ZONES
from tests.makers_draws import draw_body
from tests.makers_findings import PLAN, described
from tests.makers_photos import put, put_preview, snapped
from tests.makers_reports import report_body
from tests.makers_stand_ins import stand_in_body
from tests.makers_town import api_key
from tests.makers_uploads import Sending
from tests.makers_visits import visit_body
from tests.world import COUNTY, OTHER_TOWN, TOWN, Person, World

ORDERED = ("ordered", "planned", "reported", "verified", "extended")
"""Findings that stand on the zone's order."""


@dataclass
class Nobody:
    """Who is not signed in, with the same calls as a person."""

    client: httpx.AsyncClient
    id: str = field(default_factory=lambda: str(uuid4()))

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Any call under /api/v1."""
        return await self.client.request(method, f"/api/v1{path}", **kwargs)


Reader = Person | Nobody


@dataclass
class Town:
    """The records by noun and zone, the readers, and the county's people whom nobody of the town sees."""

    world: World
    officer: Person
    first: Person
    second: Person
    leader: Person
    organ_id: str
    readers: dict[str, Reader] = field(default_factory=dict)
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was sent to make a record, by noun and zone."""
    photos: dict[str, bytes] = field(default_factory=dict)

    def put(self, noun: str, zone: str, record_id: str) -> str:
        """Note a record."""
        self.records.setdefault(noun, {})[zone] = record_id
        return record_id

    def of(self, noun: str, zone: str) -> str:
        """A record's id."""
        return self.records[noun][zone]

    def zones(self, noun: str) -> set[str]:
        """Where there are records of a noun."""
        return set(self.records[noun])

    def marks(self, zone: str) -> Iterator[str]:
        """Words that no answer to somebody without sight of a whole zone may hold."""
        nouns = {"enterprise", "inspection", "order", "extension", "photo", "awaited photo", "preview", "visit"}
        yield ZONES[zone]["name"]
        yield from (self.records[noun][zone] for noun in sorted({*nouns, *FINDINGS}))


async def founded(world: World) -> Town:
    """An empty town: the county's people, regions, and nobody to look yet."""
    await world.regions()
    officer, leader = await world.officer(region=COUNTY), await world.leader(region=COUNTY)
    first, second = await world.inspector(region=COUNTY), await world.inspector(region=COUNTY)
    return Town(world, officer, first, second, leader, str(await world.organ(region=COUNTY)))


async def settle(town: Town, zone: str) -> None:
    """One of every record, in every state that a door needs, in one zone."""
    enterprise_id = await _register(town, zone)
    town.readers[f"boss of {zone}"] = await town.world.boss(enterprise_id)
    fetched = await _sent(town.first, f"/enterprises/{enterprise_id}/arrival-codes", {})
    town.put("arrival code", zone, fetched["code"])
    inspection = await _inspect(town, zone, enterprise_id)
    town.put("visit", zone, inspection["visit"]["id"])
    await _order(town, zone)
    await _live_on(town, zone)
    await _plan_in_silence(town, zone, enterprise_id)
    await _hold_one(town, zone, enterprise_id)
    if zone in DISTRICTS:
        await _draw(town, zone)
    await _weigh(town, zone)


async def people(town: Town) -> None:
    """Accounts, organs and an import: what lies in a region, but in no enterprise."""
    keeper = await town.world.admin()
    for zone, region in PLACES.items():
        person = await town.world.village(region)
        town.put("user", zone, person.id)
        town.put("session", zone, str(person.session_id))
        system = await town.world.person(Role.INTEGRATOR, region=region)
        town.put("api key", zone, await api_key(keeper, system))
        town.put("region", zone, region)
        town.put("district", zone, region)
    for zone, region in DISTRICTS.items():
        town.put("approver", zone, (await town.world.leader(region=region)).id)
        town.put("organ", zone, str(await town.world.organ(region=region)))
    file = "企业名称,区划代码,行业\n某厂,420582104201,MECH\n".encode()
    path = f"/enterprises/imports?id={uuid4()}"
    answer = await town.officer.call("POST", path, content=file, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 201, answer.text
    town.said["import"] = {"own": file}
    town.put("import", "own", answer.json()["id"])


async def readers(town: Town) -> None:
    """Somebody of every role; the enterprise's is the boss of the zone `own`."""
    world = town.world
    town.readers |= {
        "nobody": Nobody(world.client),
        "admin": await world.admin(),
        "office": await world.officer(),
        "inspector": await world.inspector(),
        "department": await world.person(Role.DEPARTMENT, industries=["MECH"], carded=True),
        "village": await world.village(),
        "leader": await world.leader(),
        "integrator": await world.person(Role.INTEGRATOR, region=TOWN),
        "other town's office": await world.officer(region=OTHER_TOWN),
        "office without region": await world.officer(region=None),
    }
    if "boss of own" in town.readers:
        town.readers["enterprise"] = town.readers["boss of own"]


async def whole(world: World) -> Town:
    """All zones, all people, all readers; and one report whose enterprise nobody knows."""
    town = await founded(world)
    for zone in ZONES:
        await settle(town, zone)
    await people(town)
    await readers(town)
    town.readers = {name: town.readers[name] for name in READERS}
    sender, mate = await world.inspector(), await world.inspector()
    await _sent(sender, "/inspections", stray := report_body(world, str(uuid4()), [sender, mate]))
    town.put("stray", "own", stray["id"])
    return town


async def _sent(by: Reader, path: str, body: object, **more: Any) -> dict[str, Any]:
    answer = await by.call("POST", path, json=body, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _register(town: Town, zone: str) -> str:
    body = {"id": str(uuid4()), **ZONES[zone]}
    town.said.setdefault("enterprise", {})[zone] = body
    town.put("name", zone, body["name"])
    enterprise_id = town.put("enterprise", zone, (await _sent(town.officer, "/enterprises", body))["id"])
    invited = await _sent(town.officer, f"/enterprises/{enterprise_id}/invitations", {"name": "王安全"})
    town.put("invitation", zone, invited["id"])
    await _sent(town.officer, f"/enterprises/{enterprise_id}/gate-codes", {})
    upper = {"system": "省平台", "code": f"https://qym.example.gov.cn/q?c={uuid4()}"}
    town.put("upper code", zone, upper["code"])
    town.put("gate code", zone, (await _sent(town.officer, f"/enterprises/{enterprise_id}/upper-codes", upper))["id"])
    return enterprise_id


async def _inspect(town: Town, zone: str, enterprise_id: str) -> dict[str, Any]:
    """One report with a finding for every state, the first of them with a photo that came."""
    found = [described(description=f"{ZONES[zone]['name']}的隐患") for _ in FINDINGS]
    for noun, said in zip(FINDINGS, found, strict=True):
        town.put(noun, zone, said["id"])
    body = report_body(town.world, enterprise_id, [town.first, town.second], findings=found)
    inspection = await _sent(town.first, "/inspections", body)
    assert inspection["state"] == "accepted", inspection["held_reasons"]
    town.said.setdefault("inspection", {})[zone] = body
    town.put("inspection", zone, inspection["id"])
    photo_id, awaited = found[0]["photo_ids"][0], found[1]["photo_ids"][0]
    town.photos[zone] = snapped(width=160, height=120)
    assert (await put(town.first, town.photos[zone], photo_id)).status_code == 201
    town.put("photo", zone, photo_id)
    town.put("awaited photo", zone, awaited)
    previewed = found[2]["photo_ids"][0]
    assert (await put_preview(town.first, snapped(), previewed)).status_code == 201
    town.put("preview", zone, previewed)
    sending = Sending(town.first)
    assert (await sending.begin()).status_code == 201
    town.put("upload", zone, sending.path.rpartition("/")[2])
    return inspection


async def _order(town: Town, zone: str) -> None:
    findings = [town.of(noun, zone) for noun in ORDERED]
    body = {"inspection_id": town.of("inspection", zone), "finding_ids": findings, "organ_id": town.organ_id}
    town.put("order", zone, (await _sent(town.first, "/orders", body))["id"])


async def _live_on(town: Town, zone: str) -> None:
    """Each finding to its state, by the calls of those who bring it there."""
    boss = town.readers[f"boss of {zone}"]
    report = {"text": "已改装平开门", "photo_ids": [str(uuid4())]}
    look = {"inspectors": [town.first.id, town.officer.id], "passed": True, "photo_ids": [str(uuid4())]}
    away = {"organ_name": "某市消防救援大队", "reason": "无处罚权限"}
    more = {"finding_id": town.of("extended", zone), "until": "2026-12-20", "reason": "防火门定制需二十日"}
    await _sent(boss, f"/findings/{town.of('planned', zone)}/plan", PLAN)
    await _sent(boss, f"/findings/{town.of('reported', zone)}/rectifications", report)
    await _sent(boss, f"/findings/{town.of('verified', zone)}/rectifications", {**report, "photo_ids": [str(uuid4())]})
    await _sent(town.first, f"/findings/{town.of('verified', zone)}/reinspections", look)
    await _sent(town.officer, f"/findings/{town.of('transferred', zone)}/transfer", away)
    town.put("extension", zone, (await _sent(boss, "/extensions", more))["id"])


async def _plan_in_silence(town: Town, zone: str, enterprise_id: str) -> None:
    body = {"id": str(uuid4()), **visit_body(town.world, enterprise_id, [town.first, town.second], town.leader)}
    town.said.setdefault("sealed visit", {})[zone] = body
    town.put("sealed visit", zone, (await _sent(town.officer, "/visits", body))["id"])


async def _draw(town: Town, zone: str) -> None:
    """One that is released and one that is not, by somebody of the zone's town whom nobody else is."""
    maker = await town.world.person(Role.OFFICE, region=DISTRICTS[zone])
    pair = [(await town.world.inspector(region=DISTRICTS[zone])).id for _ in range(2)]
    now = town.world.clock.now().isoformat()
    released = draw_body(town.world, count=1, officers=pair, release_at=now)
    sealed = draw_body(town.world, count=1, officers=pair, id=str(uuid4()))
    town.said.setdefault("sealed draw", {})[zone] = sealed
    town.put("draw", zone, (await _sent(maker, "/draws", released))["id"])
    town.put("sealed draw", zone, (await _sent(maker, "/draws", sealed))["id"])
    own_village = {"officer_id": pair[0], "ground": "own_village", "village": ZONES[zone]["region"]}
    town.put("avoidance", zone, (await _sent(maker, "/avoidances", own_village))["id"])
    away = stand_in_body(town.world, pair[0], pair[1], in_days=30)
    town.said.setdefault("stand-in", {})[zone] = away
    town.put("stand-in", zone, (await _sent(maker, "/stand-ins", away))["id"])


async def _hold_one(town: Town, zone: str, enterprise_id: str) -> None:
    """A report that waits for the office of its enterprise."""
    body = report_body(town.world, enterprise_id, [town.first, town.second])
    body["inspectors"].append(str(uuid4()))
    held = await _sent(town.first, "/inspections", body)
    assert held["state"] == "held"
    town.put("held", zone, held["id"])


async def _weigh(town: Town, zone: str) -> None:
    """The versions as they stand, which a right If-Match names."""
    for noun, path in {**dict.fromkeys(FINDINGS, "findings"), "enterprise": "enterprises"}.items():
        record_id = town.of(noun, zone)
        answer = await town.officer.get(f"/{path}/{record_id}")
        town.versions[record_id] = answer.json()["version"]

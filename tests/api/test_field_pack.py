"""getFieldPack: what a phone holds after its deltas is what a fresh pack holds, whatever happened meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import col

from models.auth import DeviceSession
from models.enterprises import Enterprise, EnterpriseIndustry
from models.field_pack import FieldPackRead
from models.findings import Finding
from models.gate_codes import GateCode
from models.words import EnterpriseStatus, FindingState, Role, Word
from services.rules.names import normalise_name
from tests.makers_findings import Life, finding
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World

KEYS = {
    **dict.fromkeys(("enterprises", "findings", "gate_codes"), "id"),
    **dict.fromkeys(("checklists", "industries", "regions"), "code"),
    "limits": "key",
    "calendars": "year",
    "labels": "name",
}


@dataclass
class Holder:
    """A phone that knows nothing but what packs told it."""

    person: Person
    cursor: str | None = None
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes_received: int = 0

    async def fetch(self) -> dict[str, Any]:
        """Ask for what is new, and apply it."""
        path = "/field-pack" if self.cursor is None else f"/field-pack?cursor={self.cursor}"
        answer = await self.person.call("GET", path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-encoding"] == "gzip"
        self.bytes_received = answer.num_bytes_downloaded
        pack: dict[str, Any] = answer.json()
        if pack["complete"]:
            self.held = {}
        for gone in pack["gone"]:
            del self.held[gone["section"]][gone["key"]]
        for section, key in KEYS.items():
            self.held.setdefault(section, {}).update({str(row[key]): row for row in pack[section]})
        self.cursor = pack["cursor"]
        return pack

    async def fresh(self) -> dict[str, dict[str, Any]]:
        """What a phone would hold that came anew."""
        other = Holder(self.person)
        await other.fetch()
        return other.held


async def changed(by: Person, path: str, body: dict[str, Any]) -> None:
    """PATCH with the version that stands."""
    etag = (await by.get(path)).headers["etag"]
    answer = await by.call("PATCH", path, json=body, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


async def signed_in_again(world: World, person: Person) -> Person:
    """Whose account was changed signs in anew, and the phone still holds what it held."""
    now = world.clock.now()
    session = DeviceSession(id=uuid4(), user_id=UUID(person.id), device_id=str(uuid4()), rotated_at=now, created_at=now)
    await world.add(session)
    return Person(person.user, session.id, world.client, world.office)


@dataclass
class Office:
    """Whoever changes things while phones are out."""

    world: World
    admin: Person
    officer: Person
    mover: Holder
    lives: list[Life]
    chance: Random

    async def do_something(self) -> None:
        """One random change, by the calls that make it in life."""
        life = self.chance.choice(self.lives)
        path, number = f"/enterprises/{life.enterprise_id}", self.chance.randrange(1000)
        step = self.chance.randrange(7)
        if step == 0:
            await self.world.enterprise(by=self.officer, name=f"第{number}号加工点")
        elif step == 1:
            await changed(self.officer, path, {"name": f"改名{number}号厂"})
        elif step == 2:
            village = self.chance.choice((VILLAGE, OTHER_VILLAGE))
            await changed(self.officer, path, {"region": village})
        elif step == 3:
            trades = self.chance.choice((["CATR"], ["MIXD"], []))
            await changed(
                self.officer, path, {"industries": trades, "main_industry": self.chance.choice(("MECH", "FUEL"))}
            )
        elif step == 4:
            region = self.chance.choice((VILLAGE, TOWN))
            await changed(self.admin, f"/users/{self.mover.person.id}", {"region": region})
            self.mover.person = await signed_in_again(self.world, self.mover.person)
        elif step == 5:
            assert (await life.order()).status_code in (201, 409)
        else:
            assert (await life.report()).status_code in (201, 409)


async def test_after_any_changes_a_phone_that_applied_its_deltas_holds_what_a_fresh_pack_holds(world: World) -> None:
    await world.regions()
    lives = [await finding(world), await finding(world, FindingState.ORDERED), await finding(world)]
    readers = (
        await world.inspector(),
        await world.village(),
        await world.person(Role.DEPARTMENT, industries=["MECH"]),
        lives[0].boss,
    )
    phones = [Holder(reader) for reader in readers]
    office = Office(world, await world.admin(), await world.officer(region=COUNTY), phones[0], lives, Random(7))
    gone = 0
    for phone in phones:
        assert (await phone.fetch())["complete"]
    for _ in range(16):
        for _ in range(office.chance.randrange(1, 4)):
            await office.do_something()
        for phone in office.chance.sample(phones, 2):
            world.clock.forward(minutes=1)
            pack = await phone.fetch()
            gone += len(pack["gone"])
            assert not pack["complete"]
            assert phone.held == await phone.fresh()
    assert gone > 3, "nothing left anybody's sight: this proved little"


async def test_what_was_begun_before_the_pack_and_committed_after_it_comes_with_the_next(world: World) -> None:
    life, phone = await finding(world), Holder(await world.inspector())
    async with world.rows() as late:
        row = await late.get_one(Enterprise, UUID(life.enterprise_id))
        row.name = "迟到的名字"
        await late.flush()
        await phone.fetch()
        assert phone.held["enterprises"][life.enterprise_id]["name"] != "迟到的名字"
        await late.commit()
    assert [row["name"] for row in (await phone.fetch())["enterprises"]] == ["迟到的名字"]


async def test_nothing_new_keeps_the_cursor_and_a_cursor_of_somebody_else_gives_the_whole_pack(world: World) -> None:
    life, phone = await finding(world), Holder(await world.inspector())
    await phone.fetch()
    cursor = phone.cursor
    again = await phone.fetch()
    assert (again["cursor"], again["complete"], [again[section] for section in KEYS]) == (
        cursor,
        False,
        [[]] * len(KEYS),
    )
    stranger = Holder(life.officer, cursor)
    assert (await stranger.fetch())["complete"]


async def test_a_lost_answer_is_made_good_by_asking_again_with_the_older_cursor(world: World) -> None:
    life, phone = await finding(world), Holder(await world.inspector())
    await phone.fetch()
    for number in range(6):
        await changed(life.officer, f"/enterprises/{life.enterprise_id}", {"name": f"改名{number}号厂"})
        lost = Holder(phone.person, phone.cursor, held={key: dict(of) for key, of in phone.held.items()})
        assert not (await lost.fetch())["complete"]
    await phone.fetch()
    assert phone.held == await phone.fresh()


async def test_a_phone_without_signal_tells_by_a_scan_whose_gate_it_stands_at_and_holds_no_code(world: World) -> None:
    life, phone = await finding(world), Holder(await world.inspector())
    body = {"system": "省企业码", "code": "https://qym.example.gov.cn/q?c=8F3K"}
    upper = (await life.officer.post(f"/enterprises/{life.enterprise_id}/upper-codes", body)).json()
    ours = (await life.officer.post(f"/enterprises/{life.enterprise_id}/gate-codes", {})).json()
    async with world.rows() as tx:
        [text] = await tx.scalars(sa.select(col(GateCode.qr_text)).where(col(GateCode.id) == UUID(ours["id"])))
    pack = await phone.fetch()
    told = {row["fingerprint"]: row["enterprise_id"] for row in pack["gate_codes"]}
    assert told == {sha256(code.encode()).hexdigest()[:8]: life.enterprise_id for code in (body["code"], text)}
    assert text not in str(pack)
    assert body["code"] not in str(pack)
    neighbour = Holder(await world.officer(region=OTHER_TOWN))
    assert (await neighbour.fetch())["gate_codes"] == []

    await life.officer.post(f"/gate-codes/{upper['id']}/withdrawal", {"reason": "登记到了相邻企业名下"})
    await life.officer.post(f"/enterprises/{life.enterprise_id}/gate-codes", {"reason": "门口的码被人撕走"})
    pack = await phone.fetch()
    assert {row["key"] for row in pack["gone"]} == {upper["id"], ours["id"]}
    assert [row["enterprise_id"] for row in pack["gate_codes"]] == [life.enterprise_id]
    assert phone.held == await phone.fresh()


def closed_sets(shape: Any) -> Iterator[type[Word]]:
    """The closed sets that records of this shape take their values from."""
    if isinstance(shape, type) and issubclass(shape, Word):
        yield shape
    of_it = shape.model_fields.values() if isinstance(shape, type) and issubclass(shape, BaseModel) else ()
    for inner in (*get_args(shape), *(member.annotation for member in of_it)):
        yield from closed_sets(inner)


async def test_every_word_of_a_record_has_its_chinese_in_the_pack(world: World) -> None:
    phone = Holder(await world.inspector())
    labels = {row["name"]: row["words"] for row in (await phone.fetch())["labels"]}
    told = set(closed_sets(FieldPackRead))
    assert {"Grade", "EnterpriseSize", "CloseReason"} <= {words.__name__ for words in told}
    for words in told:
        assert labels[words.__name__] == [{"value": word.value, "label": word.label} for word in words]


async def test_the_label_of_what_was_merged_leads_a_phone_to_the_kept_one(world: World) -> None:
    officer, phone = await world.officer(), Holder(await world.inspector())
    kept, merged = await world.enterprise(by=officer), await world.enterprise(by=officer, name="宏达机械厂")
    await officer.post(f"/enterprises/{merged}/gate-codes", {})
    assert [row["enterprise_id"] for row in (await phone.fetch())["gate_codes"]] == [merged]
    done = await officer.post(f"/enterprises/{merged}/merger", {"into_id": kept, "reason": "同一营业执照"})
    assert done.status_code == 201, done.text
    assert [row["enterprise_id"] for row in (await phone.fetch())["gate_codes"]] == [kept]
    assert phone.held == await phone.fresh()


def registered(life: Finding, number: int, chance: Random) -> tuple[Enterprise, EnterpriseIndustry, Finding]:
    """One of eleven hundred, with nothing in it that compresses better than life, and a finding."""
    name = "".join(chance.choices("宏达兴旺永顺恒泰金鑫华茂源丰盛祥瑞福康宁机械木业食品加油餐饮五金塑料纸箱", k=9))
    enterprise = Enterprise(
        id=uuid4(),
        name=name,
        name_normal=normalise_name(name),
        uscc="".join(chance.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=18)),
        status=EnterpriseStatus.ACTIVE,
        region=VILLAGE,
        address=f"甲村{chance.choice(('工业路', '人民路', '沿江路'))}{number}号",
        lon=111 + chance.random(),
        lat=30 + chance.random(),
        main_industry="MECH",
        principal_name="".join(chance.choices("赵钱孙李周吴郑王伟芳娜敏静强磊军洋勇", k=3)),
        principal_phone=f"13{chance.randrange(10**9):09d}",
        created_at=life.registered_at,
    )
    found = Finding(**life.model_dump() | {"id": uuid4(), "enterprise_id": enterprise.id, "description": name * 3})
    return enterprise, EnterpriseIndustry(enterprise_id=enterprise.id, industry="MECH"), found


def labelled(enterprise: Enterprise, officer: Person, chance: Random) -> GateCode:
    """The code at its gate."""
    text = "".join(chance.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=32))
    return GateCode(
        id=uuid4(),
        enterprise_id=enterprise.id,
        system="直查",
        qr_text=text,
        qr_sha256=sha256(text.encode()).hexdigest(),
        issued_by=UUID(officer.id),
        issued_at=enterprise.created_at,
    )


async def test_eleven_hundred_enterprises_take_less_than_a_megabyte_and_a_quiet_day_less_than_twenty_kilobytes(
    world: World,
) -> None:
    life, phone, chance = await finding(world), Holder(await world.inspector()), Random(11)
    async with world.rows.begin() as tx:
        rows = [registered(await tx.get_one(Finding, UUID(life.id)), number, chance) for number in range(1100)]
        tx.add_all([enterprise for enterprise, _, _ in rows])
        await tx.flush()
        tx.add_all([labelled(enterprise, life.officer, chance) for enterprise, _, _ in rows])
        tx.add_all([row for _, link, found in rows for row in ((link, found) if chance.random() < 0.4 else (link,))])
    await phone.fetch()
    assert len(phone.held["enterprises"]) == 1101
    assert len(phone.held["findings"]) > 300
    assert len(phone.held["gate_codes"]) == 1100
    first = phone.bytes_received
    async with world.rows.begin() as tx:
        for enterprise, _, _ in rows[:10]:
            (await tx.get_one(Enterprise, enterprise.id)).principal_phone = "13900000000"
        tx.add_all([row for number in range(5) for row in registered(rows[0][2], 2000 + number, chance)[:1]])
    await phone.fetch()
    print(f"first pack {first} bytes, quiet day {phone.bytes_received} bytes")
    assert first < 1_000_000
    assert phone.bytes_received < 20_000
    assert phone.held == await phone.fresh()

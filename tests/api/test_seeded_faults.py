"""What no other test noticed when a fault was put in on purpose (`make mutants`)."""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from cli.migrate import plain_url
from models.words import EventKind, FindingState, Role
from services.photos.errors import StoreFailed
from services.photos.local_store import LocalStore
from tests.api.test_statistics import RAW, ROLLUP
from tests.database import TestDatabase
from tests.makers_calls import HONEST
from tests.makers_findings import Life, finding
from tests.makers_photos import image
from tests.makers_reports import report_body, shot, with_photos
from tests.makers_visits import planned, visit_body
from tests.photo_disk import SHA, WatchedDisk, files_in, put
from tests.world import OTHER_TOWN, OTHER_VILLAGE, VILLAGE, Person, World

ORDERED, REPORTED = FindingState.ORDERED, FindingState.REPORTED


async def test_file_and_folder_are_synced_by_the_kernel_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def watched(fd: int) -> None:
        sync(fd)
        synced.append(os.fstat(fd).st_ino)

    monkeypatch.setattr(os, "fsync", watched)
    store = LocalStore(tmp_path / "photos")
    await put(store)
    store.close()
    folder = store.root / "originals" / SHA[:2] / SHA[2:4]
    assert synced[-2:] == [(folder / SHA).stat().st_ino, folder.stat().st_ino]


class FailsOnce(WatchedDisk):
    """The first sync of a file fails, and every later one says yes, as Linux does."""

    def fsync(self, fd: int) -> None:
        self.faults = {} if "fsync part" in self.steps else {"fsync": errno.EIO}
        super().fsync(fd)


async def test_a_sync_that_fails_once_fails_the_upload_and_is_not_asked_again(tmp_path: Path) -> None:
    disk = FailsOnce()
    store = LocalStore(tmp_path / "photos", disk=disk)
    with pytest.raises(StoreFailed):
        await put(store)
    assert disk.steps.count("fsync part") == 1
    assert files_in(store.root) == []
    assert not (await put(store)).was_there
    store.close()


async def test_photos_that_came_with_their_report_are_read_from_the_office_byte_for_byte(world: World) -> None:
    people, shots = [await world.inspector(), await world.inspector()], [shot(), shot(400, 300)]
    body = report_body(world, await world.enterprise(), people, photos=[taken.declared() for taken in shots])
    assert (await with_photos(people[0], body, shots)).status_code == 201
    for taken in shots:
        original = await image(people[1], taken.id, "original")
        assert (original.status_code, original.content) == (200, taken.data)


async def pages(person: Person, noun: str) -> list[str]:
    """The ids of a whole list, one a page."""
    seen: list[str] = []
    asked = {"limit": "1"}
    while True:
        page = (await person.get(f"/{noun}", params=asked)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return seen
        asked["cursor"] = page["next_cursor"]


async def with_extension(world: World, region: str, name: str) -> dict[str, str]:
    """An ordered finding that waits for more time: one record for each list."""
    life = await finding(world, ORDERED, enterprise={"region": region, "name": name})
    extension = (await asked_for_time(life))["id"]
    return {
        "enterprises": life.enterprise_id,
        "inspections": life.inspection_id,
        "findings": life.id,
        "orders": life.order_id,
        "extensions": extension,
    }


async def asked_for_time(life: Life) -> dict[str, Any]:
    answer = await life.boss.post("/extensions", {"finding_id": life.id, "until": "2026-12-20", "reason": "防火门定制"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_no_page_of_a_list_leads_out_of_sight(world: World) -> None:
    own = []
    for number in range(2):  # names, times and ids of the two villages lie between one another
        own.append(await with_extension(world, VILLAGE, f"{number}甲厂"))
        world.clock.forward(minutes=1)
        await with_extension(world, OTHER_VILLAGE, f"{number}乙厂")
        world.clock.forward(minutes=1)
    village = await world.village()
    for noun in own[0]:
        assert sorted(await pages(village, noun)) == sorted(records[noun] for records in own), noun


async def test_nobody_is_given_work_that_lies_out_of_their_sight(world: World) -> None:
    for state in (FindingState.REGISTERED, ORDERED, REPORTED, FindingState.VERIFIED):
        life = await finding(world, state)
    strangers = [
        await world.officer(region=OTHER_TOWN),
        await world.officer(industries=["CHEM"]),
        await world.boss(await world.enterprise(name="兴旺木业")),
    ]
    assert len((await life.officer.get("/worklist")).json()["items"]) > 3
    for stranger in strangers:
        assert (await stranger.get("/worklist")).json()["items"] == []


async def test_a_sealed_visit_is_hidden_from_every_role_that_has_no_part_in_it(world: World) -> None:
    officer, first, second = await world.officer(), await world.inspector(), await world.inspector()
    enterprise_id, approver = await world.enterprise(), await world.leader()
    visit_id = await planned(world, officer, enterprise_id, [first, second], approver)
    curious = [await world.person(role, carded=True) for role in Role if role is not Role.ENTERPRISE]
    curious += [first, await world.boss(enterprise_id), await world.person(Role.DEPARTMENT, industries=["MECH"])]
    for person in curious:
        unseen, absent = await person.get(f"/visits/{visit_id}"), await person.get(f"/visits/{uuid4()}")
        assert (unseen.status_code, unseen.content) == (absent.status_code, absent.content), person.user.role
        assert unseen.status_code in (403, 404)
        assert (await person.get("/visits")).json().get("items", []) == [], person.user.role


async def test_a_sealed_visit_planned_again_by_a_colleague_is_only_an_id_that_is_taken(world: World) -> None:
    officer, colleague = await world.officer(), await world.officer()
    people = [await world.inspector(), await world.inspector()]
    body = visit_body(world, await world.enterprise(), people, await world.leader(), id=str(uuid4()))
    assert (await officer.post("/visits", body)).status_code == 201
    repeated = await colleague.post("/visits", body)
    assert repeated.status_code == 409
    assert repeated.json()["code"] == "id_taken"


MOVES = (
    "filePlan",
    "acceptPlan",
    "reportRectification",
    "reinspectFinding",
    "writeOffFinding",
    "transferFinding",
    "recordTransferReceipt",
    "withdrawFinding",
)


@pytest.mark.parametrize("move", MOVES)
async def test_every_move_that_names_an_old_version_is_refused(world: World, move: str) -> None:
    call = await HONEST[move](world)
    stale = await call.send(world, call.by, json=call.body, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    right = {"If-Match": f'"{stale.json()["current"]}"'}
    assert (await call.send(world, call.by, json=call.body, headers=right)).status_code == 201


async def waiting_for_locks(connection: "psycopg.Connection[Any]", wanted: int) -> None:
    """Until so many transactions stand still, ten seconds at most."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        if connection.execute(query).fetchone() == (wanted,):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{wanted} transactions never waited for one another")


async def test_two_verdicts_that_start_from_the_same_state_count_once(world: World, database: TestDatabase) -> None:
    life = await finding(world, REPORTED)
    url = plain_url(database.admin_url)
    with psycopg.connect(url, autocommit=True) as watch, psycopg.connect(url) as held:
        held.execute("SELECT 1 FROM finding WHERE id = %s FOR NO KEY UPDATE", [life.id])
        verdicts = [asyncio.create_task(life.reinspect(passed)) for passed in (True, False)]
        await waiting_for_locks(watch, 2)  # both have read all that they read before they change anything
        held.rollback()
        answers = await asyncio.gather(*verdicts)
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len((await life.read())["reinspections"]) == 1


async def test_a_photo_that_two_reports_name_stays_in_both(world: World) -> None:
    enterprise_id, people, taken = await world.enterprise(), [await world.inspector(), await world.inspector()], shot()
    sent = [report_body(world, enterprise_id, people, photos=[taken.declared()]) for _ in range(2)]
    for body in sent:
        assert (await with_photos(people[0], body, [taken])).status_code in (200, 201)
    for body in sent:
        shown = (await people[1].get(f"/inspections/{body['id']}")).json()
        assert [(photo["id"], photo["stored"]) for photo in shown["photos"]] == [(taken.id, True)]


async def granted(life: Life, is_granted: bool = True) -> None:
    asked = await asked_for_time(life)
    body = {"granted": is_granted, "note": "材料不足"}
    assert (await life.officer.post(f"/extensions/{asked['id']}/decision", body)).status_code == 201


async def amended(life: Life) -> None:
    change = {"id": life.id, "deadline": "2026-12-04", "grade": "major", "major_basis": "判定标准第5条"}
    body = {"reason": "等级登记有误", "findings": [change]}
    assert (await life.finder.patch(f"/inspections/{life.inspection_id}", body)).status_code == 200


async def test_counts_follow_every_change_of_a_deadline_and_a_grade(world: World) -> None:
    await granted(await finding(world, ORDERED))
    await amended(await finding(world))
    async with world.rows.begin() as tx:
        assert (await tx.execute(sa.text(ROLLUP))).all() == (await tx.execute(sa.text(RAW))).all()


async def lives(world: World) -> list[Life]:
    """Findings to which, taken together, everything happened that can happen to one."""
    fixed: dict[str, Any] = {"fixed_on_site": {"note": "当场清理完毕", "photo_ids": []}, "deadline": None}
    lived = [await finding(world, state) for state in (FindingState.CLOSED, FindingState.WITHDRAWN)]
    lived += [await finding(world, **fixed), await finding(world, FindingState.RECTIFYING)]
    registered, ordered, refused = await finding(world), await finding(world, ORDERED), await finding(world, ORDERED)
    returned, failed = await finding(world, ORDERED), await finding(world, REPORTED)
    transferred = await finding(world, FindingState.TRANSFERRED)
    await amended(registered)
    await granted(ordered)
    await granted(refused, False)
    await returned.plan()
    await returned.accept(accepted=False, note="缺少资金安排")
    await failed.reinspect(False)
    receipt = {"receipt_number": "某消〔2026〕收字第8号", "received_on": "2026-11-24"}
    assert (await transferred.officer.post(transferred.path("transfer/receipt"), receipt)).status_code == 201
    return [*lived, registered, ordered, refused, returned, failed, transferred]


async def test_every_change_of_a_finding_writes_an_event_of_its_own(world: World) -> None:
    told: set[str] = set()
    for life in await lives(world):
        kinds = [kind for kind in await life.kinds() if kind.startswith("finding.")]
        assert len(kinds) == (await life.read())["version"], kinds
        told.update(kinds)
    # a new calendar tells of dates: tests/system/test_calendar_arrives.py
    by_people = set(EventKind) - {EventKind.FINDING_DATES_RECOMPUTED}
    assert told == {kind.value for kind in by_people if kind.value.startswith("finding.")}

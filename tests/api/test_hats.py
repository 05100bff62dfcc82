"""The hats auditor, security and tip_keeper: what each adds, and what administrators may not do alone."""

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from models.events import Event
from models.sign_ins import SignIn
from models.words import EventKind, Hat, Role
from services.access import MAY, WEARS, Deed
from services.log.sight import SEEN_BY
from tests.database import TestDatabase
from tests.makers_accounts import PASSWORD, account, device
from tests.makers_draws import drawn
from tests.makers_visits import planned
from tests.sequencing import sequence_all
from tests.world import OTHER_TOWN, TOWN, VILLAGE, Person, World

SECRET_LISTS = ("/events", "/sign-ins")


async def wearing(world: World, hat: Hat, **more: Any) -> Person:
    return await world.person(Role.VILLAGE, region=more.pop("region", VILLAGE), hats=[hat.value], **more)


async def kinds(by: Person, ask: str = "") -> list[str]:
    answer = await by.get(f"/events?limit=200{ask}")
    assert answer.status_code == 200, answer.text
    return [one["kind"] for one in answer.json()["items"]]


def test_no_role_alone_reads_events_and_no_hat_keeps_accounts() -> None:
    assert not any(Deed.READ_EVENTS in deeds or Deed.READ_SIGN_INS in deeds for deeds in MAY.values())
    assert not any(Deed.MANAGE_ACCOUNTS in deeds for deeds in WEARS.values())
    assert WEARS.keys() == set(Hat)


@pytest.mark.parametrize(
    ("hat", "opened"),
    [(Hat.AUDITOR, {"/events", "/sign-ins"}), (Hat.SECURITY, {"/sign-ins"}), (Hat.TIP_KEEPER, set()), (None, set())],
)
async def test_each_hat_opens_its_own_lists_and_no_others(world: World, hat: Hat | None, opened: set[str]) -> None:
    person = await wearing(world, hat) if hat else await world.officer()
    for path in SECRET_LISTS:
        assert (await person.get(path)).status_code == (200 if path in opened else 403), path


async def test_an_administrator_reads_neither_events_nor_sign_ins(world: World) -> None:
    admin = await world.admin()
    assert [(await admin.get(path)).status_code for path in SECRET_LISTS] == [403, 403]


@pytest.mark.parametrize("hat", list(Hat))
async def test_no_hat_lets_its_wearer_keep_accounts(world: World, hat: Hat) -> None:
    someone, wearer = await world.inspector(region=VILLAGE), await wearing(world, hat)
    body = {"username": "zhou", "name": "周", "role": "inspector", "region": VILLAGE, "password": PASSWORD}
    assert (await wearer.post("/users", body)).status_code == 403
    assert (await wearer.patch(f"/users/{someone.id}", {"name": "别人"})).status_code in (403, 404)
    own = await wearer.patch(f"/users/{wearer.id}", {"hats": ["auditor", "security"]})
    assert own.status_code == 403


async def test_an_auditor_ends_no_session_and_resets_no_password(world: World) -> None:
    someone, auditor = await world.inspector(region=VILLAGE), await wearing(world, Hat.AUDITOR)
    assert (await auditor.post(f"/sessions/{someone.session_id}/revocation", {"reason": "无"})).status_code == 404
    assert (await auditor.post(f"/users/{someone.id}/password", {"new_password": PASSWORD})).status_code == 403


@pytest.mark.parametrize("role", ["enterprise", "integrator", "admin"])
async def test_hats_are_worn_by_the_offices_own_people_alone(world: World, role: str) -> None:
    await world.regions()
    body = {"username": "zhou", "name": "周", "role": role, "hats": ["auditor"], "password": PASSWORD}
    place = {"enterprise": {"enterprise_id": await world.enterprise()}, "integrator": {"region": VILLAGE}, "admin": {}}
    refused = await (await world.admin()).post("/users", {**body, **place[role]})
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/hats"}


async def test_the_auditor_reads_who_did_what_newest_first_with_its_hash(world: World) -> None:
    admin, auditor = await world.admin(), await wearing(world, Hat.AUDITOR)
    someone = await world.inspector(region=VILLAGE)
    await admin.patch(f"/users/{someone.id}", {"phone": "13800000001", "name": "林小二"})
    await admin.post(f"/sessions/{someone.session_id}/revocation", {"reason": "手机丢失"})
    answer = (await auditor.get("/events")).json()["items"]
    assert [one["kind"] for one in answer] == ["session.ended", "user.changed"]
    ended, changed = answer
    assert (ended["note"], ended["subject"], ended["actor_id"]) == ("手机丢失", "device_session", admin.id)
    assert (changed["subject_id"], changed["actor_name"], len(changed["hash"])) == (someone.id, "管理员1", 64)
    told = {change["field"]: change["after"] for change in changed["changes"]}
    assert told == {"name": "林小二", "phone": "…"}
    assert await kinds(auditor, f"&actor_id={someone.id}") == []
    assert await kinds(auditor, f"&subject_id={someone.id}&kind=user.changed") == ["user.changed"]
    assert await kinds(auditor, "&until=2026-11-24T08:59:59%2B08:00") == []


async def test_an_auditor_reads_what_was_done_in_their_region_alone(world: World) -> None:
    await world.regions()
    await world.enterprise()
    far = await wearing(world, Hat.AUDITOR, region=f"{OTHER_TOWN}201")
    near = await wearing(world, Hat.AUDITOR)
    await (await world.admin()).patch(f"/users/{near.id}", {"name": "近人"})
    assert "enterprise.registered" in await kinds(near)
    assert await kinds(far) == []


async def test_a_sealed_visit_is_in_no_auditors_list_before_its_release(world: World) -> None:
    officer, leader = await world.officer(), await world.leader()
    inspectors = [await world.inspector(), await world.inspector()]
    auditor = await world.leader(hats=["auditor"])
    enterprise = await world.enterprise()
    visit_id = await planned(world, officer, enterprise, inspectors, leader)
    assert (await leader.post(f"/visits/{visit_id}/approval", {})).status_code == 201
    answer = await auditor.get(f"/events?limit=200&subject_id={visit_id}")
    assert answer.json()["items"] == []
    assert "visit.planned" not in await kinds(auditor)


async def test_sign_ins_are_listed_with_network_and_refusals_once_an_hour(world: World, app: FastAPI) -> None:
    user, security = await account(world), await wearing(world, Hat.SECURITY)
    await device(app).sign_in()
    thief = device(app, address="198.51.100.9")
    for n in range(7):
        await thief.sign_in(f"guess number {n}")
    items = (await security.get("/sign-ins")).json()["items"]
    told = {(one["outcome"], one["network"], one["tries"], one["throttled"], one["user_name"]) for one in items}
    assert told == {
        ("signed_in", "203.0.113.0/24", 1, False, "林检查"),
        ("refused", "198.51.100.0/24", 5, True, "林检查"),
    }
    only = (await security.get(f"/sign-ins?user_id={user.id}&outcome=refused")).json()["items"]
    assert [one["outcome"] for one in only] == ["refused"]
    world.clock.forward(hours=1)
    await thief.sign_in("guess number 8")
    assert len((await security.get("/sign-ins?outcome=refused")).json()["items"]) == 2


async def test_guesses_at_accounts_that_do_not_exist_are_one_row_and_what_was_typed_is_kept_nowhere(
    world: World, app: FastAPI
) -> None:
    security = await wearing(world, Hat.SECURITY)
    for n in range(30):
        await device(app, f"three-green-tea-pots-{n}").sign_in("my username")
    [row] = (await security.get("/sign-ins")).json()["items"]
    assert (row["user_id"], row["user_name"], row["tries"], row["throttled"]) == (None, None, 30, False)
    async with world.rows.begin() as tx:
        rows = (await tx.execute(sa.select(SignIn.__table__))).all()  # type: ignore[attr-defined]
    assert "green" not in repr(rows)


async def test_a_guess_during_a_refused_sign_in_is_noted_though_the_answer_is_a_refusal(
    world: World, app: FastAPI
) -> None:
    user = await account(world)
    assert (await device(app).sign_in("not my password")).status_code == 401
    async with world.rows.begin() as tx:
        [row] = (await tx.scalars(sa.select(SignIn).where(col(SignIn.user_id) == user.id))).all()
        assert (row.tries, row.outcome) == (1, "refused")


async def test_who_made_a_draw_and_who_looked_is_the_auditors_to_read_from_its_release_and_theirs_to_prove(
    world: World, database: TestDatabase
) -> None:
    """And the leader's to prove; nobody's before, nor of another town, nor an administrator's."""
    await world.regions()
    maker, inspectors = await world.officer(), [await world.inspector() for _ in range(2)]
    await world.enterprise(by=maker)
    auditor, far = await wearing(world, Hat.AUDITOR, region=TOWN), await wearing(world, Hat.AUDITOR, region=OTHER_TOWN)
    made = await drawn(world, maker, count=1, officers=[one.id for one in inspectors])
    await sequence_all(world, database)
    async with world.rows.begin() as tx:
        event_id = (await tx.scalars(sa.select(col(Event.id)).where(col(Event.kind) == "draw.made"))).one()
    proof = f"/log/events/{event_id}/proof"
    assert (await maker.get(proof)).status_code == 200
    others = [auditor, far, inspectors[0], await world.leader(), await world.admin()]
    assert [(await one.get(proof)).status_code for one in others] == [404] * 5
    assert not [kind for kind in await kinds(auditor) if kind.startswith("draw.")]
    world.clock.forward(hours=2)
    assert (await maker.get(f"/draws/{made['id']}")).status_code == 200
    assert await kinds(auditor, f"&subject_id={made['id']}") == ["draw.looked_at", "draw.made"]
    assert await kinds(far, f"&subject_id={made['id']}") == []
    assert [(await one.get(proof)).status_code for one in others] == [200, 404, 404, 200, 404]
    for event in (await auditor.get("/events?limit=200")).json()["items"]:
        assert (await auditor.get(f"/log/events/{event['id']}/proof")).status_code in (200, 503), event["kind"]


def test_every_kind_of_event_has_one_rule_of_who_sees_it() -> None:
    assert SEEN_BY.keys() == set(EventKind)

"""Identity numbers: sealed in the database, masked in answers, seen in full only with a reason."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col

from models.users import User
from models.words import Role
from services.identities import opened
from services.sealing import SealBroken
from tests.world import TOWN, World

NUMBER = "11010519491231002X"
MASKED = "1101**********002X"


def body(**more: Any) -> dict[str, Any]:
    plain = {"username": "zhou", "name": "周检查", "role": "inspector", "region": TOWN}
    return {**plain, "password": "three green tea pots", "identity_number": NUMBER, **more}


async def everything(world: World) -> str:
    """All rows of accounts, events and acts, as the database holds them."""
    async with world.rows.begin() as tx:
        tables = [SQLModel.metadata.tables[name] for name in ("users", "event", "act")]
        rows = [(await tx.execute(sa.select(table))).all() for table in tables]
    return repr(rows)


async def test_a_number_is_masked_in_every_answer_and_lies_sealed(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    made = await admin.post("/users", body())
    assert (made.status_code, made.json()["identity_number"]) == (201, MASKED)
    listed = await admin.get("/users")
    assert NUMBER not in made.text + listed.text
    assert MASKED in listed.text
    held = await everything(world)
    assert NUMBER not in held
    assert NUMBER.encode().hex() not in held


async def test_a_colleague_sees_not_even_the_mask(world: World) -> None:
    await world.regions()
    user_id = (await (await world.admin()).post("/users", body())).json()["id"]
    seen = (await (await world.officer()).get(f"/users/{user_id}")).json()
    assert seen["identity_number"] is None


async def test_seeing_it_in_full_needs_a_reason_and_each_look_is_an_event_without_the_number(world: World) -> None:
    await world.regions()
    admin, auditor = await world.admin(), await world.leader(hats=["auditor"])
    user_id = (await admin.post("/users", body())).json()["id"]
    path = f"/users/{user_id}/identity-number"
    assert (await admin.post(path, {})).status_code == 422
    seen = await admin.post(path, {"reason": "办理执法证换发"})
    assert (seen.status_code, seen.json()) == (200, {"identity_number": NUMBER})
    assert seen.headers["cache-control"] == "no-store"
    await (await world.person(Role.OFFICE, hats=["security"])).post(path, {"reason": "核对本人"})
    told = await auditor.get("/events?kind=user.identity_revealed")
    assert [one["note"] for one in told.json()["items"]] == ["核对本人", "办理执法证换发"]
    assert NUMBER not in told.text
    assert (await (await world.officer()).post(path, {"reason": "好奇"})).status_code == 403
    assert len((await auditor.get("/events?kind=user.identity_revealed")).json()["items"]) == 2


@pytest.mark.parametrize("wrong", ["110105194912310021", "123456789012345678", "11010519491231002x", "一" * 18])
async def test_a_wrong_number_is_refused_without_being_repeated(world: World, wrong: str) -> None:
    await world.regions()
    refused = await (await world.admin()).post("/users", body(identity_number=wrong))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/identity_number")
    assert wrong not in refused.text
    assert wrong not in await everything(world)


async def test_a_number_is_changed_and_emptied_and_the_event_says_only_that(world: World) -> None:
    await world.regions()
    admin, auditor = await world.admin(), await world.leader(hats=["auditor"])
    user_id = (await admin.post("/users", body())).json()["id"]
    changed = await admin.patch(f"/users/{user_id}", {"identity_number": "11010519491231002X"})
    assert changed.json()["identity_number"] == MASKED
    emptied = await admin.patch(f"/users/{user_id}", {"identity_number": None}, version=2)
    assert emptied.json()["identity_number"] is None
    told = (await auditor.get("/events?kind=user.changed")).json()["items"]
    assert [one["note"] for one in told] == ["identity_number"] * 2


async def test_a_box_moved_to_another_account_does_not_open(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    for username in ("zhou", "zheng"):
        assert (await admin.post("/users", body(username=username))).status_code == 201
    async with world.office.new_session.begin() as tx:
        query = sa.select(User).where(col(User.identity_sealed).is_not(None)).order_by(col(User.username))
        one, other = (await tx.scalars(query)).all()
        assert one.identity_sealed != other.identity_sealed
        tx.expunge_all()
        one.identity_sealed = other.identity_sealed
        with pytest.raises(SealBroken):
            opened(tx, one)

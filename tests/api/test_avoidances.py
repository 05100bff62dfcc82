"""Avoidances: set by the office that answers for the officer, seen by them and the leader, ended but never lost."""

from uuid import uuid4

from tests.world import OTHER_TOWN, VILLAGE, World


async def test_the_office_sets_and_ends_an_avoidance_and_who_answers_for_the_officer_sees_it(world: World) -> None:
    await world.regions()
    office, officer, leader = await world.officer(), await world.inspector(), await world.leader()
    body = {"id": str(uuid4()), "officer_id": officer.id, "ground": "own_village", "village": VILLAGE, "note": "本村人"}
    made, again = await office.post("/avoidances", body), await office.post("/avoidances", body)
    assert (made.status_code, again.status_code, again.json()) == (201, 200, made.json())
    assert made.json()["ground_label"] == "本村"
    strangers = [await world.inspector(), await world.officer(region=OTHER_TOWN), await world.admin()]
    for person in (office, officer, leader):
        assert [row["id"] for row in (await person.get("/avoidances")).json()["items"]] == [body["id"]]
    for person in strangers:
        assert (await person.get("/avoidances")).json()["items"] == []
    ended = await office.post(f"/avoidances/{body['id']}/end", {"note": "已迁走"})
    assert (ended.status_code, ended.json()["ended_at"] is None) == (201, False)
    twice = await office.post(f"/avoidances/{body['id']}/end", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "avoidance_ended")
    assert (await officer.post(f"/avoidances/{body['id']}/end", {})).status_code == 403
    assert (await strangers[0].post(f"/avoidances/{body['id']}/end", {})).status_code == 404


async def test_whom_the_office_does_not_see_is_nobody(world: World) -> None:
    await world.regions()
    office, officer = await world.officer(), await world.inspector()
    far = await world.inspector(region=OTHER_TOWN)
    enterprise = await world.enterprise(region=f"{OTHER_TOWN}201")
    refused = {
        "/officer_id": {"officer_id": far.id, "village": VILLAGE},
        "/village": {"officer_id": officer.id, "village": OTHER_TOWN},
        "/enterprise_id": {"officer_id": officer.id, "enterprise_id": enterprise},
    }
    for pointer, body in refused.items():
        answer = await office.post("/avoidances", {"ground": "relative", **body})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    for body in ({}, {"village": VILLAGE, "enterprise_id": enterprise}):
        answer = await office.post("/avoidances", {"ground": "relative", "officer_id": officer.id, **body})
        assert answer.status_code == 422
    own = {"ground": "relative", "officer_id": officer.id, "village": VILLAGE}
    assert (await officer.post("/avoidances", own)).status_code == 403

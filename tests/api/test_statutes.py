"""listStatutes, listCriteria, listFines, listLimits: what held on a day."""

from tests.world import Person, World


async def cited(by: Person, path: str, name: str) -> list[str]:
    answer = await by.get(path)
    assert answer.status_code == 200, answer.text
    return [str(row[name]) for row in answer.json()["items"]]


async def test_the_order_that_replaced_another_is_what_held_from_its_first_day(world: World) -> None:
    officer = await world.officer()
    old, new = (
        "《安全生产违法行为行政处罚办法》（原安全监管总局令第15号）",
        "《安全生产违法行为行政处罚办法》（应急管理部令第18号",
    )
    for day, holds, does_not in (("2026-01-31", old, new), ("2026-02-01", new, old)):
        names = await cited(officer, f"/statutes?limit=200&on={day}", "cited")
        assert holds in names
        assert does_not not in names


async def test_the_fire_standard_of_last_october_is_the_old_one_with_its_direct_factors(world: World) -> None:
    officer = await world.officer()
    october, november = ("/criteria?domain=消防&on=2025-10-31", "/criteria?domain=消防&on=2025-11-01")
    assert await cited(officer, october, "number") == ["GB 35181-2017"]
    assert await cited(officer, november, "number") == ["GB 35181-2025"]
    [old] = (await officer.get(october)).json()["items"]
    assert [clause["verified"] for clause in old["clauses"]] == [False] * 10


async def test_a_fine_is_whole_yuan_by_stage_and_by_who_pays(world: World) -> None:
    rows = (await (await world.officer()).get("/fines?article=第一百零五条第（二）项")).json()["items"]
    told = [(row["stage"], row["who"], row["min_yuan"], row["max_yuan"], row["also"]) for row in rows]
    assert told == [
        ("first", "unit", 0, 50_000, None),
        ("first", "person", 0, 10_000, None),
        ("refused", "unit", None, None, "停产停业整顿；构成犯罪的依法追究刑事责任"),
    ]


async def test_a_deadline_is_explained_and_a_distance_or_an_unknown_rule_is_not_one(world: World) -> None:
    officer = await world.officer()
    told = (await officer.get("/limits/reinspection.after_report/deadline?start=2026-02-10")).json()
    assert (told["on"], told["provisional"], len(told["skipped"])) == ("2026-02-24", False, 4)
    assert "2月20日（春节放假）" in told["explanation"]
    back = (await officer.get("/limits/extension.ask_before/deadline?before=2026-12-20")).json()
    assert (back["on"], back["explanation"][:11]) == ("2026-12-10", "2026年12月20日")
    hours = (await officer.get("/limits/visit.urgent_approval/deadline")).json()
    assert (hours["on"], hours["at"] is not None) == (None, True)
    for path, status, code in (
        ("/limits/evidence.far_away/deadline", 422, "no_deadline"),
        ("/limits/extension.answer/deadline?start=1999-01-01", 422, "no_deadline"),
        ("/limits/no.such/deadline", 404, "not_found"),
    ):
        answer = await officer.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

"""Search of the register: two Chinese characters in the middle of a name, codes, and pages that stay stable."""

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import col

from cli.migrate import plain_url
from models.enterprises import Enterprise
from services.enterprises.queries import is_any
from services.enterprises.searching import Filters, conditions, values_of
from tests.database import TestDatabase
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World


async def names(person: Person, **asked: str) -> list[str]:
    answer = await person.get("/enterprises", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_two_characters_in_the_middle_of_a_name_find_it(world: World) -> None:
    officer = await world.officer()
    await world.enterprise(by=officer, name="枝江市宏达化工（有限）公司")
    await world.enterprise(by=officer, name="化学工业品商店")
    assert await names(officer, q="化工") == ["枝江市宏达化工（有限）公司"]
    assert await names(officer, q="工有限公") == ["枝江市宏达化工（有限）公司"]
    assert await names(officer, q="达化 工有") == ["枝江市宏达化工（有限）公司"]
    assert await names(officer, q="工化") == []


async def test_a_name_that_has_all_pairs_of_a_text_but_not_the_text_is_not_found(world: World) -> None:
    officer = await world.officer()
    await world.enterprise(by=officer, name="甲乙丙乙甲丙")
    await world.enterprise(by=officer, name="丙甲乙甲丙")
    assert await names(officer, q="乙甲丙") == ["丙甲乙甲丙", "甲乙丙乙甲丙"]
    assert await names(officer, q="甲乙甲丙") == ["丙甲乙甲丙"]


async def test_a_long_text_is_compared_whole_however_many_pairs_it_has(world: World) -> None:
    officer = await world.officer()
    await world.enterprise(by=officer, name="枝江市宏达第一机械加工厂东门店")
    assert await names(officer, q="枝江市宏达第一机械加工厂东门") == ["枝江市宏达第一机械加工厂东门店"]
    assert await names(officer, q="枝江市宏达第一机械加工厂西门") == []


async def test_a_new_name_is_found_and_the_old_one_no_more(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer)
    await officer.patch(f"/enterprises/{made}", {"name": "兴旺砖厂"})
    assert (await names(officer, q="宏达"), await names(officer, q="兴旺")) == ([], ["兴旺砖厂"])


@pytest.mark.parametrize("q", ["化", "", "（）", "%", "_"])
async def test_a_text_of_fewer_than_two_characters_is_refused_with_its_reason(world: World, q: str) -> None:
    refused = await (await world.officer()).get("/enterprises", params={"q": q})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("#/query/q", "query_too_short")
    ]


@pytest.mark.parametrize("q", ["%%", "__", "a\x00b", "化\x00工", "'; --", "\ufffd" * 3, "９１44", "厂" * 200])
async def test_no_text_of_a_search_makes_the_office_stumble(world: World, q: str) -> None:
    assert (await (await world.officer()).get("/enterprises", params={"q": q})).status_code in (200, 422)


async def test_the_beginning_of_a_uscc_or_of_an_office_code_finds_its_enterprise(world: World) -> None:
    officer = await world.officer()
    await world.enterprise(by=officer, uscc="914403001922038216")
    stall = await world.enterprise(by=officer, name="老王废品收购站")
    code = (await officer.get(f"/enterprises/{stall}")).json()["office_code"]
    assert await names(officer, q="９１４４０３") == ["宏达机械加工厂"]
    assert await names(officer, q="914403001922038216") == ["宏达机械加工厂"]
    assert await names(officer, q=code.lower()) == ["老王废品收购站"]
    assert await names(officer, q="914404") == []


async def test_a_search_finds_nothing_that_its_reader_does_not_see(world: World) -> None:
    await world.enterprise(uscc="914403001922038216")
    for person in (await world.village(OTHER_VILLAGE), await world.admin()):
        assert await names(person, q="宏达") == []
        assert await names(person, q="9144") == []


async def test_filters_of_region_industry_and_status_narrow_together(world: World) -> None:
    officer, village = await world.officer(), await world.village()
    await world.enterprise(by=officer, name="甲厂", industries=["CATR"])
    await world.enterprise(by=officer, name="乙厂", region=OTHER_VILLAGE)
    await village.post("/enterprises", {"name": "丙厂", "region": VILLAGE, "main_industry": "CATR"})
    assert await names(officer, region=TOWN) == ["丙厂", "乙厂", "甲厂"]
    assert await names(officer, region=VILLAGE) == ["丙厂", "甲厂"]
    assert await names(officer, industry="CATR") == ["丙厂", "甲厂"]
    assert await names(officer, industry="CATR", status="active") == ["甲厂"]
    assert await names(officer, region=OTHER_TOWN) == []


@pytest.mark.parametrize("wrong", [{"region": "42058"}, {"industry": "a b"}, {"status": "gone"}, {"q": "厂" * 201}])
async def test_a_filter_that_cannot_be_is_refused_by_its_name(world: World, wrong: dict[str, str]) -> None:
    refused = await (await world.officer()).get("/enterprises", params=wrong)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"#/query/{next(iter(wrong))}"


async def test_pages_go_through_all_names_once_even_where_names_are_equal(world: World) -> None:
    officer = await world.officer(region=COUNTY)
    made = sorted([await world.enterprise(by=officer, name=name) for name in ["甲厂", "甲厂", "甲厂", "乙厂", "丙厂"]])
    seen: list[str] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        page = (await officer.get("/enterprises", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
        await world.enterprise(by=officer, name="丁厂")  # sorts before 乙: never seen, never shifts a page
        assert len(seen) < 20
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


TOWN_OF_NAMES = """
INSERT INTO enterprise (id, name, name_normal, status, region, main_industry, created_at, version)
SELECT gen_random_uuid(), word, word, 'active', '420582104' || (200 + n % 200), 'MECH', now(), 1
FROM (SELECT n, (SELECT string_agg(chr(20000 + (n * (place * 13 + 7) + n / 89 * place) % 300), '' ORDER BY place)
      FROM generate_series(1, 8) place) AS word FROM generate_series(1, 12000) n) AS named;
INSERT INTO name_bigram (bigram, region, enterprise_id)
SELECT DISTINCT substr(name, place, 2), region, id FROM enterprise, generate_series(1, 7) place;
ANALYZE enterprise, name_bigram;
"""


@pytest.mark.parametrize("length", [2, 3, 5])
async def test_a_search_in_the_middle_of_names_walks_the_index_of_pairs(
    world: World, database: TestDatabase, length: int
) -> None:
    with psycopg.connect(plain_url(database.owner_url), autocommit=True) as owner:
        owner.execute(TOWN_OF_NAMES)
    async with world.rows() as tx:
        name = await tx.scalar(sa.select(col(Enterprise.name)).limit(1))
        assert name is not None
        values = values_of(Filters(q=name[2 : 2 + length]))
        query = sa.select(col(Enterprise.id)).where(*conditions(values.keys(), None)).params(values)
        text = query.compile(dialect=world.office.engine.dialect, compile_kwargs={"literal_binds": True})
        assert len((await tx.scalars(query)).all()) >= 1
        plan = "\n".join((await tx.scalars(sa.text(f"EXPLAIN {text}"))).all())
    assert "pk_name_bigram" in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_a_list_of_codes_is_read_as_an_array_once_and_not_anew_for_each_row(world: World) -> None:
    """Without statistics, as after an import, twenty thousand rows are held against two hundred codes."""
    asked = sa.select(col(Enterprise.id)).where(is_any(col(Enterprise.address), ["东街1号", '西"街']))
    async with world.rows.begin() as tx:
        await tx.execute(asked)
        compiled = asked.compile(dialect=world.office.engine.dialect)
        explain = f"EXPLAIN (COSTS OFF) {compiled}"
        plan = (await (await tx.connection()).exec_driver_sql(explain, compiled.params)).scalars().all()
    assert """ANY ('{东街1号,"西\\"街"}'::text[])""" in "\n".join(plan)

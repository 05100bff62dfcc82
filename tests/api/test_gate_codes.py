"""Codes at gates: made, printed, scanned and read back; what they open for whom, and that a torn one opens nothing."""

import io
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pypdfium2
import pytest
import zxingcpp
from fastapi import FastAPI
from PIL import Image

from api import pages
from models.words import Hat, Role
from tests.makers_reports import reported
from tests.papers import words
from tests.world import OTHER_TOWN, VILLAGE, Person, World

UPPER = "https://qym.example.gov.cn/q?c=8F3K"


def read_qr(picture: Image.Image) -> list[str]:
    """All codes of a picture, as a phone would read them."""
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


async def issue(by: Person, enterprise_id: str, **body: Any) -> dict[str, Any]:
    answer = await by.post(f"/enterprises/{enterprise_id}/gate-codes", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def set_upper(by: Person, enterprise_id: str, code: str = UPPER, system: str = "省平台") -> httpx.Response:
    return await by.post(f"/enterprises/{enterprise_id}/upper-codes", {"system": system, "code": code})


async def scan_of(by: Person, enterprise_id: str) -> str:
    """What a phone reads from the enterprise's picture."""
    answer = await by.get(f"/enterprises/{enterprise_id}/gate-code?format=png")
    assert answer.status_code == 200, answer.text
    [said] = read_qr(Image.open(io.BytesIO(answer.content)))
    return said


async def opened(by: Person, code: str) -> str | None:
    """Whose brief a code opens."""
    answer = await by.post("/gate-codes/openings", {"code": code})
    return answer.json()["enterprise"]["id"] if answer.status_code == 200 else None


async def public(world: World, said: str) -> httpx.Response:
    """The page, by somebody who is not signed in."""
    return await world.client.get(said)


@pytest.mark.parametrize("correction", ["M", "Q"])
async def test_the_picture_says_our_address_and_has_its_quiet_zone(world: World, correction: str) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    await issue(officer, enterprise_id)
    path = f"/enterprises/{enterprise_id}/gate-code?error_correction={correction}"
    png, svg = await officer.get(f"{path}&format=png&module_px=6"), await officer.get(f"{path}&format=svg")
    assert (png.headers["content-type"], svg.headers["content-type"]) == ("image/png", "image/svg+xml")
    picture = Image.open(io.BytesIO(png.content)).convert("L")
    [found] = zxingcpp.read_barcodes(picture)
    assert found.text.startswith("http://office.test/e/")
    assert found.ec_level == correction
    border = picture.crop((0, 0, picture.width, 4 * 6))
    assert border.getextrema() == (255, 255)
    assert b"<script" not in svg.content
    assert svg.content.startswith(b"<svg")


async def test_a_code_is_made_first_and_replaced_only_with_a_reason(world: World) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    bare = await officer.get(f"/enterprises/{enterprise_id}/gate-code")
    assert (bare.status_code, bare.json()["code"]) == (409, "no_gate_code")
    first = await issue(officer, enterprise_id)
    silent = await officer.post(f"/enterprises/{enterprise_id}/gate-codes", {})
    assert (silent.status_code, silent.json()["errors"][0]["code"]) == (422, "reason_missing")
    old = await scan_of(officer, enterprise_id)
    second = await issue(officer, enterprise_id, reason="门口的码被人撕走")
    new = await scan_of(officer, enterprise_id)
    assert old != new
    assert [await opened(officer, one) for one in (old, new)] == [None, enterprise_id]
    assert await opened(officer, first["short"]) is None
    listed = (await officer.get(f"/enterprises/{enterprise_id}/gate-codes")).json()["items"]
    assert {row["id"]: row["ended_at"] is None for row in listed} == {first["id"]: False, second["id"]: True}
    assert old.rpartition("/")[2] not in str(listed)


async def test_a_code_opens_the_brief_for_who_sees_the_enterprise_however_it_was_read(world: World) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    short = (await issue(officer, enterprise_id))["short"]
    said, inspector = await scan_of(officer, enterprise_id), await world.inspector()
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in said)
    for code in (said, f" {said}\n", wide, said.rpartition("/")[2].lower(), f"{short[:4]}-{short[4:]}"):
        assert await opened(inspector, code) == enterprise_id, code
    boss = await world.person(Role.ENTERPRISE, enterprise_id=enterprise_id)
    stranger = await world.person(Role.ENTERPRISE, enterprise_id=await world.enterprise(name="隔壁的作坊"))
    away = await world.officer(region=OTHER_TOWN)
    assert [await opened(who, said) for who in (boss, stranger, away)] == [enterprise_id, None, None]


async def test_the_upper_systems_code_is_read_first_and_ours_second(world: World) -> None:
    await world.regions()
    officer, enterprise_id, other = await world.officer(), await world.enterprise(), await world.enterprise(name="乙厂")
    await issue(officer, enterprise_id)
    said = await scan_of(officer, enterprise_id)
    assert (await set_upper(officer, other, f" {UPPER} ")).status_code == 201
    assert [await opened(officer, code) for code in (UPPER, said)] == [other, enterprise_id]
    stolen = await set_upper(officer, other, said, "市平台")
    assert (stolen.status_code, stolen.json()["code"]) == (409, "upper_code_taken")
    named_ours = await set_upper(officer, other, "X", "直查")
    assert named_ours.json()["errors"][0]["code"] == "system_is_ours"


async def test_a_code_is_one_enterprises_within_its_system_until_it_is_withdrawn(world: World) -> None:
    await world.regions()
    officer, first, second = await world.officer(), await world.enterprise(), await world.enterprise(name="乙厂")
    made = (await set_upper(officer, first)).json()
    taken = await set_upper(officer, second)
    assert (taken.status_code, taken.json()["code"]) == (409, "upper_code_taken")
    assert first not in taken.text
    away = await world.officer(region=OTHER_TOWN)
    unseen = await set_upper(away, await world.enterprise(region=f"{OTHER_TOWN}201"))
    assert {**unseen.json()} == {**taken.json()}
    assert (await set_upper(officer, second, UPPER, "市平台")).status_code == 201
    withdrawal = f"/gate-codes/{made['id']}/withdrawal"
    assert (await officer.post(withdrawal, {"reason": "登记错了"})).status_code == 201
    assert (await officer.post(withdrawal, {"reason": "再来一次"})).json()["code"] == "gate_code_ended"
    assert (await set_upper(officer, second)).status_code == 201
    replaced = await set_upper(officer, second, f"{UPPER}2")
    assert replaced.status_code == 201
    assert await opened(officer, f"{UPPER}2") == second


async def test_a_system_with_a_key_sets_upper_codes_and_prints_none(world: World) -> None:
    await world.regions()
    enterprise_id, system = await world.enterprise(), await world.person(Role.INTEGRATOR)
    assert (await set_upper(system, enterprise_id)).status_code == 201
    assert (await system.post("/gate-codes/sheets", {"enterprise_ids": [enterprise_id]})).status_code == 403


@pytest.mark.parametrize(("columns", "rows", "dpi"), [(2, 4, 150), (4, 8, 200), (3, 2, 150)])
async def test_every_label_of_a_sheet_is_read_by_a_scanner_and_bears_its_whole_name(
    world: World, columns: int, rows: int, dpi: int
) -> None:
    await world.regions()
    officer = await world.officer()
    names = ["宏达机械加工厂", "张记包子铺", "长" * 200, "A" * 60, *[f"作坊{number}号" for number in range(7)]]
    ids = [await world.enterprise(by=officer, name=name) for name in names]
    body = {"enterprise_ids": [*ids, ids[0]], "columns": columns, "rows": rows}
    answer = await officer.post("/gate-codes/sheets", body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == -(-len(ids) // (columns * rows))
    pictures = [page.render(scale=dpi / 72).to_pil() for page in document]
    said = [text for picture in pictures for text in read_qr(picture)]
    assert len(set(said)) == len(said) == len(ids)
    assert [await opened(officer, text) in ids for text in said] == [True] * len(ids)
    text = "".join(words(answer.content))
    assert [name for name in names if name not in text] == []
    assert "\ufffd" not in text
    again = await officer.post("/gate-codes/sheets", body)
    assert again.content == answer.content


@pytest.mark.parametrize(("columns", "rows"), [(1, 2), (3, 6), (4, 4), (4, 8)])
async def test_the_number_of_each_label_stands_on_one_line_within_it(world: World, columns: int, rows: int) -> None:
    await world.regions()
    officer = await world.officer()
    ids = [await world.enterprise(by=officer, name=name) for name in ("厂", "张记包子铺", "宏" * 40)][: columns * rows]
    shorts = [(await issue(officer, enterprise_id))["short"] for enterprise_id in ids]
    body = {"enterprise_ids": ids, "columns": columns, "rows": rows}
    document = pypdfium2.PdfDocument((await officer.post("/gate-codes/sheets", body)).content)
    page = document[0].get_textpage()
    for place, short in enumerate(shorts):
        [at, many] = page.search(f"{short[:4]}-{short[4:]}").get_next() or [0, 0]
        assert page.count_rects(at, many) == 1, short
        left, _, right, _ = [points / 72 * 25.4 for points in page.get_rect(0)]
        edge = 10 + 190 / columns * (place % columns)
        assert edge + 3 <= left < right <= edge + 190 / columns - 2.9, short


async def test_a_sheet_names_what_it_cannot_print(world: World) -> None:
    await world.regions()
    officer, own = await world.officer(), await world.enterprise()
    far = await world.enterprise(region=f"{OTHER_TOWN}201")
    for wrong in (far, str(uuid4())):
        answer = await officer.post("/gate-codes/sheets", {"enterprise_ids": [own, wrong]})
        told = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
        assert (answer.status_code, told) == (422, [("/enterprise_ids/1", "enterprise_unknown")])
    rare = await world.enterprise(by=officer, name="\U000323af记铁铺")
    answer = await officer.post("/gate-codes/sheets", {"enterprise_ids": [rare]})
    assert (answer.status_code, answer.json()["code"]) == (409, "character_not_printable")


async def test_without_a_public_address_no_code_is_printed_and_the_error_says_which_setting(
    world: World, app: FastAPI
) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    await issue(officer, enterprise_id)
    nowhere = world.office.settings.model_copy(update={"public_url": ""})
    app.state.office = replace(world.office, settings=nowhere)
    try:
        picture = await officer.get(f"/enterprises/{enterprise_id}/gate-code")
        sheet = await officer.post("/gate-codes/sheets", {"enterprise_ids": [enterprise_id]})
    finally:
        app.state.office = world.office
    for answer in (picture, sheet):
        assert (answer.status_code, answer.json()["code"]) == (409, "public_url_missing")
        assert "ZHICHA_PUBLIC_URL" in answer.json()["title"]


async def test_the_public_page_tells_that_it_is_registered_and_what_an_inspection_needs_and_no_more(
    world: World,
) -> None:
    await world.regions()
    await world.organ()
    officer = await world.officer()
    secret: dict[str, Any] = {"principal_name": "张三", "principal_phone": "13812345678", "address": "工业路8号"}
    enterprise_id = await world.enterprise(name="<b>宏达</b>&机械厂", uscc="914403001922038216", **secret)
    await issue(officer, enterprise_id)
    people = [await world.inspector(), await world.inspector()]
    await reported(world, people[0], enterprise_id, people)
    page = await public(world, await scan_of(officer, enterprise_id))
    assert page.status_code == 200
    assert "&lt;b&gt;宏达&lt;/b&gt;&amp;机械厂" in page.text
    for told in ("某镇人民政府", "12350", "出示行政执法证件", "有权拒绝检查"):
        assert told in page.text
    hidden = (*secret.values(), "914403001922038216", enterprise_id, VILLAGE, "卷帘门", people[0].id)
    assert [word for word in hidden if word in page.text] == []


async def test_the_public_page_needs_no_script_and_is_small(world: World) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    await issue(officer, enterprise_id)
    page = await public(world, await scan_of(officer, enterprise_id))
    assert len(page.content) + len(pages.asset("gate.css").plain) <= 20_000
    assert "<script" not in page.text
    assert "style=" not in page.text.replace('rel="stylesheet"', "")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "script-src" not in policy
    assert page.headers["cache-control"] == "no-store"
    style = await world.client.get(f"/e/../{pages.address('gate.css')}")
    assert style.status_code == 200


async def test_replaced_withdrawn_unconfirmed_and_unknown_codes_are_one_page(world: World) -> None:
    await world.regions()
    officer, village = await world.officer(), await world.village()
    replaced, withdrawn = [await world.enterprise(name=name) for name in ("甲厂", "乙厂")]
    proposed = await world.enterprise(by=village, name="丙厂")
    said = []
    for enterprise_id in (replaced, withdrawn, proposed):
        made = await issue(officer, enterprise_id)
        said.append(await scan_of(officer, enterprise_id))
        if enterprise_id == withdrawn:
            await officer.post(f"/gate-codes/{made['id']}/withdrawal", {"reason": "被人冒用"})
    short = (await issue(officer, replaced, reason="被撕走"))["short"]
    base = said[0].rpartition("/")[0]
    strange = [f"{base}/{'7' * 32}", f"{base}/x", f"{base}/{short}", f"{base}/{replaced}", f"{base}/%00%ff"]
    answers = [await public(world, one) for one in [*said, *strange]]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    for answer in answers:
        del answer.headers["request-id"]
    assert len({repr(answer.headers) for answer in answers}) == 1


async def test_guesses_are_slowed_by_network_and_a_good_code_costs_nothing(world: World) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    await issue(officer, enterprise_id)
    said = await scan_of(officer, enterprise_id)
    assert {(await public(world, said)).status_code for _ in range(40)} == {200}
    guesses = [await public(world, f"{said[:-4]}{number:04}") for number in range(40)]
    assert [answer.status_code for answer in guesses].count(404) == 30
    slowed = await public(world, said)
    assert slowed.status_code == 429
    assert 1 <= int(slowed.headers["retry-after"]) <= 60
    assert "稍后再扫" in slowed.text
    world.clock.forward(minutes=1)
    assert (await public(world, said)).status_code == 200


async def test_no_event_and_no_log_tells_a_code(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    await world.regions()
    officer, enterprise_id = await world.officer(), await world.enterprise()
    auditor = await world.leader(hats=[Hat.AUDITOR])
    made = await issue(officer, enterprise_id)
    code = (await scan_of(officer, enterprise_id)).rpartition("/")[2]
    await set_upper(officer, enterprise_id)
    capfd.readouterr()
    await public(world, f"http://office.test/e/{code}")
    logged = capfd.readouterr().out
    assert '"path": "/e/…"' in logged
    assert code not in logged
    told = (await auditor.get(f"/events?subject_id={made['id']}")).text
    assert "gate_code.set" in told
    assert [secret for secret in (code, made["short"]) if secret in told] == []

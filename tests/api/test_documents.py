"""The paper of an order over HTTP: asked for with the order, made once by the worker, shown within sight."""

import hashlib
from collections.abc import AsyncIterator
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from models.orders import OrderDocument
from models.organs import Organ
from models.words import FindingState, Grade
from services.jobs.papers import make_order_paper
from tests.database import TestDatabase
from tests.makers_findings import Life, finding
from tests.papers import body
from tests.worker import Worker, working
from tests.world import OTHER_TOWN, OTHER_VILLAGE, Person, World


@pytest.fixture
async def worker(world: World, database: TestDatabase) -> AsyncIterator[Worker]:
    """A worker that runs what is there and stops."""
    async with working(world, database) as ready:
        yield ready


async def paper(life: Life, by: Person | None = None, known: str = "") -> httpx.Response:
    """The order's paper as this person gets it."""
    return await (by or life.officer).get(
        f"/orders/{life.order_id}/document.pdf", headers={"If-None-Match": known} if known else {}
    )


async def documents(world: World) -> list[OrderDocument]:
    """Every paper made so far."""
    async with world.rows.begin() as tx:
        return list((await tx.scalars(sa.select(OrderDocument))).all())


async def jobs_waiting(world: World) -> int:
    """Papers that the worker was asked for and has not begun."""
    query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'make_order_paper' AND status = 'todo'"
    async with world.rows.begin() as tx:
        return int(await tx.scalar(sa.text(query)) or 0)


async def test_a_paper_is_asked_for_with_its_order_and_shown_once_the_worker_has_made_it(
    world: World, worker: Worker
) -> None:
    life = await finding(world, FindingState.ORDERED, description='卷帘门上锁 #read("/etc/passwd") ]$*_@#')
    assert await jobs_waiting(world) == 1
    early = await paper(life)
    assert (early.status_code, early.json()["code"]) == (503, "paper_not_ready")
    assert int(early.headers["Retry-After"]) > 0
    assert await jobs_waiting(world) == 1
    await worker.run()
    shown = await paper(life)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "application/pdf")
    assert shown.headers["ETag"] == f'"{hashlib.sha256(shown.content).hexdigest()}"'
    named = shown.headers["Content-Disposition"].split("filename*=UTF-8''")[1]
    assert unquote(named) == "某镇应急责改〔2026〕1号.pdf"
    text = body(shown.content, "某镇应急责改〔2026〕1号")
    assert '1.卷帘门上锁#read("/etc/passwd")]$*_@#整改措施：' in text
    assert "2026年12月8日前（含当日）整改完毕责任人：张某" in text
    assert (await documents(world))[0].font.startswith("Noto S")


async def test_the_paper_names_the_officers_of_the_visit_by_the_cards_they_showed(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    await worker.run()
    text = body((await paper(life)).content, "某镇应急责改〔2026〕1号")
    cards = [life.finder.user.card_number, life.partner.user.card_number]
    assert f"执法人员（签名）：证号：{cards[0]}执法人员（签名）：证号：{cards[1]}被检查单位" in text
    assert "60日内依法向某市人民政府申请行政复议，或者在6个月内依法向某市人民法院提起行政诉讼" in text


async def test_a_major_finding_stands_with_its_clause_and_a_general_one_only_with_a_checked_one(
    world: World, worker: Worker
) -> None:
    major = await finding(world, FindingState.ORDERED, Grade.MAJOR)
    checked = await finding(world, FindingState.ORDERED, item="MIXD06")
    unchecked = await finding(world, FindingState.ORDERED, item="MIXD05")
    await worker.run()
    texts = [body((await paper(life)).content) for life in (major, checked, unchecked)]
    assert "（重大事故隐患）依据：GB35181-2025整改措施" in texts[0]
    assert "依据：《消防法》第二十八条整改措施" in texts[1]
    assert "上锁整改措施" in texts[2]


async def test_a_second_look_with_the_same_etag_sends_no_bytes_again(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    await worker.run()
    first = await paper(life)
    again = await paper(life, known=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


async def test_a_paper_made_once_is_never_made_anew_though_the_organ_was_renamed(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    await worker.run()
    first = (await paper(life)).content
    async with world.rows.begin() as tx:
        await tx.execute(sa.update(Organ).values(name="改了名的镇"))
    await asked_again(world, life)
    await worker.run()
    assert (await paper(life)).content == first
    assert len(await documents(world)) == 1


async def asked_again(world: World, life: Life) -> None:
    """The same job once more, as after a worker that was killed at its end."""
    await make_order_paper.defer_async(order_id=life.order_id)


async def test_two_jobs_for_one_paper_at_once_leave_one_paper(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    await asked_again(world, life)
    await asked_again(world, life)
    await worker.run()
    assert [str(row.order_id) for row in await documents(world)] == [life.order_id]


async def test_a_lost_job_is_asked_for_again_by_the_next_look(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    async with world.rows.begin() as tx:
        await tx.execute(sa.text("DELETE FROM procrastinate_jobs"))
    assert (await paper(life)).status_code == 503
    await worker.run()
    assert (await paper(life)).status_code == 200


async def test_an_order_that_fails_asks_for_no_paper(world: World, worker: Worker) -> None:
    life = await finding(world)
    assert (await life.order(finding_ids=[str(uuid4())])).status_code == 422
    assert await jobs_waiting(world) == 0


async def test_a_character_without_a_glyph_is_named_and_nothing_is_made(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED, responsible_person="张😀")
    await worker.run()
    refused = await paper(life)
    assert (refused.status_code, refused.json()["code"]) == (409, "character_not_printable")
    assert (refused.json()["character"], refused.json()["code_point"]) == ("😀", "U+1F600")
    assert await documents(world) == []
    assert await jobs_waiting(world) == 0


async def test_a_paper_out_of_sight_looks_like_one_that_does_not_exist(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    await worker.run()
    other = await world.boss(await world.enterprise(name="乙厂", region=OTHER_VILLAGE))
    for stranger in (await world.officer(region=OTHER_TOWN), await world.village(OTHER_VILLAGE), other):
        unseen = await paper(life, by=stranger)
        absent = await stranger.get(f"/orders/{uuid4()}/document.pdf")
        assert (unseen.status_code, unseen.content) == (404, absent.content)
        told = [{k: v for k, v in answer.headers.items() if k != "request-id"} for answer in (unseen, absent)]
        assert told[0] == told[1]


async def test_the_enterprise_reads_the_paper_it_was_given(world: World, worker: Worker) -> None:
    life = await finding(world, FindingState.ORDERED)
    await worker.run()
    assert (await paper(life, by=life.boss)).content == (await paper(life)).content


async def test_nobody_reads_a_paper_without_signing_in(world: World) -> None:
    answer = await world.client.get(f"/api/v1/orders/{uuid4()}/document.pdf")
    assert answer.status_code == 401

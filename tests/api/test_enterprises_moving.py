"""An enterprise is put under another village: what was found there follows it, orders are seen with it."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import col

from models.findings import Finding
from models.inspections import Inspection
from models.orders import Order
from models.photos import PhotoUse
from models.statistics import FindingDelta
from models.visits import Visit
from models.words import (
    FindingState,
    Grade,
    InspectionKind,
    InspectionState,
    PhotoPurpose,
    Role,
    VisitBasis,
    VisitState,
)
from services import statistics
from services.access import Actor, sees
from services.enterprises import standing
from tests.world import OTHER_TOWN, OTHER_VILLAGE, START, VILLAGE, Person, World


@dataclass
class Records:
    """The tables that hold one record each that hangs on an enterprise, and its order."""

    tables: list[type[Any]]
    order_id: UUID


async def records_of(world: World, enterprise_id: str, by: Person) -> Records:
    """A visit, its inspection, its finding with an order and a photo, counted as the services count."""
    here: dict[str, Any] = {"enterprise_id": UUID(enterprise_id), "region": VILLAGE}
    kind, officer = InspectionKind.SPOT_CHECK, by.user.id
    visit = Visit(
        id=uuid4(),
        kind=kind,
        basis=VisitBasis.TIP,
        legal_basis="安法第65条",
        task_source="举报",
        release_at=START,
        state=VisitState.DONE,
        made_by=officer,
        made_at=START,
        **here,
    )
    inspection = Inspection(
        id=uuid4(),
        kind=kind,
        reported_kind=kind,
        state=InspectionState.ACCEPTED,
        arrived_at=START,
        submitted_by=officer,
        received_at=START,
        **here,
    )
    finding = Finding(
        id=uuid4(),
        inspection_id=inspection.id,
        industry="MECH",
        position=1,
        description="卷帘门上锁",
        grade=Grade.GENERAL,
        state=FindingState.REGISTERED,
        found_on=date(2026, 11, 24),
        deadline=date(2026, 12, 1),
        registered_by=officer,
        registered_at=START,
        **here,
    )
    use = PhotoUse(
        photo_id=uuid4(),
        subject_id=finding.id,
        subject="finding",
        purpose=PhotoPurpose.SCENE,
        position=1,
        named_by=officer,
        named_at=START,
        finding_id=finding.id,
        **here,
    )
    order = Order(
        id=uuid4(),
        organ_id=await world.organ(),
        word="某镇应急",
        year=2026,
        serial=1,
        number="某镇应急责改〔2026〕1号",
        inspection_id=inspection.id,
        issued_by=officer,
        issued_at=START,
        issued_on=date(2026, 11, 24),
        **here,
    )
    await world.add(visit, inspection)
    await world.add(finding, order)
    await world.add(use)
    async with world.rows.begin() as tx:
        statistics.count(tx, finding)
    return Records([Visit, Inspection, Finding, PhotoUse], order.id)


async def counted(world: World, region: str) -> int:
    """How many findings the rollup has in a region."""
    async with world.rows() as tx:
        query = sa.select(sa.func.sum(FindingDelta.findings)).where(col(FindingDelta.region) == region)
        return int(await tx.scalar(query) or 0)


def actor_of(person: Person) -> Actor:
    user = person.user
    return Actor(
        user.id, user.name, user.role, frozenset(), user.region, None, None, None, None, None, None, None, False
    )


async def test_visits_inspections_findings_photos_and_counts_follow_their_enterprise(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer)
    records = await records_of(world, made, officer)
    moved = await officer.patch(f"/enterprises/{made}", {"region": OTHER_VILLAGE})
    assert (moved.status_code, moved.json()["region"]) == (200, OTHER_VILLAGE)
    async with world.rows() as tx:
        for table in records.tables:
            assert await tx.scalar(sa.select(table.region)) == OTHER_VILLAGE, table.__name__
    assert (await counted(world, VILLAGE), await counted(world, OTHER_VILLAGE)) == (0, 1)
    former, present = await world.village(VILLAGE), await world.village(OTHER_VILLAGE)
    assert [len((await who.get("/enterprises?q=宏达")).json()["items"]) for who in (former, present)] == [0, 1]


async def test_a_change_that_stays_in_its_region_moves_and_counts_nothing(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer)
    await records_of(world, made, officer)
    await officer.patch(f"/enterprises/{made}", {"region": VILLAGE, "address": "甲"})
    async with world.rows() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(FindingDelta)) == 1


async def test_nobody_moves_an_enterprise_to_where_they_would_not_see_it(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer)
    refused = await officer.patch(f"/enterprises/{made}", {"region": OTHER_TOWN})
    assert refused.json()["errors"][0]["code"] == "region_out_of_sight"
    assert (await officer.get(f"/enterprises/{made}")).json()["version"] == 1


async def test_an_order_keeps_its_region_and_is_seen_by_whoever_sees_its_enterprise(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer)
    records = await records_of(world, made, officer)
    await officer.patch(f"/enterprises/{made}", {"region": OTHER_VILLAGE})
    readers = {
        "former village": (await world.village(VILLAGE), []),
        "new village": (await world.village(OTHER_VILLAGE), [records.order_id]),
        "officer": (officer, [records.order_id]),
        "admin": (await world.person(Role.ADMIN, region=None), []),
    }
    async with world.rows() as tx:
        assert await tx.scalar(sa.select(col(Order.region))) == VILLAGE
        for name, (person, seen) in readers.items():
            assert list(await tx.scalars(sa.select(col(Order.id)).where(sees(actor_of(person), Order)))) == seen, name


async def test_a_record_that_copies_the_region_and_a_move_wait_for_one_another(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer)
    async with world.rows.begin() as tx:
        still = await standing(tx, actor_of(officer), UUID(made))
        move = asyncio.create_task(officer.patch(f"/enterprises/{made}", {"region": OTHER_VILLAGE}))
        done, _ = await asyncio.wait([move], timeout=0.5)
        assert not done
        assert still.region == VILLAGE
    assert (await move).status_code == 200

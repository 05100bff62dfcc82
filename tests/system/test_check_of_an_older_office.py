"""What a version wrote that did not tell yet of papers and photo uses is no tampering; what came after is held to."""

import json
from hashlib import sha256
from uuid import uuid4

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row

from cli.migrate import plain_url
from models.words import FindingState, Grade
from services.rules.canonical import canonical_json, event_hash
from tests.checked import faults, tell_of_what_tests_made
from tests.database import TestDatabase
from tests.makers_findings import Life, finding
from tests.sequencing import sequence_all
from tests.worker import working
from tests.world import World

NEWLY_TOLD = ("photo_uses", "officers", "order_document.sha256")


def as_an_older_version_wrote(database: TestDatabase) -> None:
    """Takes away what that version did not tell: before any of it is in the tree, as it never told it."""
    with psycopg.connect(plain_url(database.admin_url), row_factory=dict_row) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute("DELETE FROM event WHERE kind = 'order.paper_made'")
        for event in admin.execute("SELECT id, body, nonce FROM event").fetchall():
            body = json.loads(event["body"])
            for part in (body["before"] or {}, body["after"]):
                for name in NEWLY_TOLD:
                    part.pop(name, None)
            told = canonical_json(body)
            given = [told.decode(), event_hash(told, event["nonce"]), event["id"]]
            admin.execute("UPDATE event SET body = %s, hash = %s WHERE id = %s", given)


async def older_office(world: World, database: TestDatabase) -> Life:
    """A life until its rectification is reported, with the order's paper; and the version has just changed."""
    async with working(world, database) as worker:
        life = await finding(world, FindingState.REPORTED, Grade.MAJOR)
        await worker.run()
    as_an_older_version_wrote(database)
    return life


async def lines(world: World, database: TestDatabase) -> list[str]:
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    return [str(fault) for fault in await faults(world)]


async def test_of_an_older_offices_rows_the_check_says_nothing(world: World, database: TestDatabase) -> None:
    await older_office(world, database)
    assert await lines(world, database) == []


async def test_of_a_life_that_went_on_under_the_new_version_the_check_says_nothing(
    world: World, database: TestDatabase
) -> None:
    life = await older_office(world, database)
    world.clock.forward(hours=2)
    await life.reinspect(passed=True)
    async with working(world, database) as worker:
        await finding(world, FindingState.CLOSED)
        await worker.run()
    assert await lines(world, database) == []


async def test_photos_put_under_an_older_record_after_its_day_are_named(world: World, database: TestDatabase) -> None:
    """A naming that is not of the moment at which the older record named its photos was never made by it."""
    await older_office(world, database)
    made_up = uuid4()
    assert await lines(world, database) == []
    async with world.rows.begin() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO photo_use (photo_id, subject_id, subject, purpose, position, finding_id, inspection_id, "
                "enterprise_id, region, named_by, named_at) SELECT :new, subject_id, subject, purpose, position, "
                "finding_id, inspection_id, enterprise_id, region, named_by, named_at + interval '1 day' "
                "FROM photo_use LIMIT 1"
            ),
            {"new": made_up},
        )
    [line] = await lines(world, database)
    assert line.startswith(f"photo_use {made_up} of ")
    assert line.endswith("no event tells of it as it stands there")


async def test_another_paper_under_an_order_is_named(world: World, database: TestDatabase) -> None:
    """Bytes and hash fit each other; the order's event tells of others."""
    async with working(world, database) as worker:
        life = await finding(world, FindingState.ORDERED)
        await worker.run()
    assert await lines(world, database) == []
    pdf = b"%PDF-1.7 of another order"
    with psycopg.connect(plain_url(database.admin_url)) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute("UPDATE order_document SET pdf = %s, sha256 = %s", [pdf, sha256(pdf).digest()])
    assert await lines(world, database) == [
        f"order_document of orders {life.order_id}: column sha256 is not what its events say"
    ]

"""A database restored from an older backup, or rewritten: noticed, named, and never a number or a head twice."""

from pathlib import Path

import psycopg
from psycopg import sql

from cli.migrate import plain_url
from models.words import FindingState
from services.database import engine_for
from services.log.standing import settle_at_start
from services.rules import merkle
from tests.checked import faults, tell_of_what_tests_made
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.sequencing import sequence_all, tools_of
from tests.tampering import TOUCHED
from tests.world import World

ALL = (
    *TOUCHED,
    *("enterprise", "enterprise_import", "department", "device_session", "finding", "inspection", "orders", "organ"),
    *("photo", "users", "visit", "paper_counter", "act"),
)


class Backup:
    """All tables as they are now, to be put back over what came later."""

    def __init__(self, database: TestDatabase) -> None:
        self.url = plain_url(database.admin_url)
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute("DROP SCHEMA IF EXISTS backup CASCADE; CREATE SCHEMA backup")
            for table in ALL:
                admin.execute(
                    sql.SQL("CREATE TABLE backup.{0} AS SELECT * FROM public.{0}").format(sql.Identifier(table))
                )

    def restore(self) -> None:
        with psycopg.connect(self.url) as admin:
            admin.execute("SET session_replication_role = replica")
            for table in ALL:
                admin.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                admin.execute(sql.SQL("INSERT INTO {0} SELECT * FROM backup.{0}").format(sql.Identifier(table)))
            admin.execute("DROP SCHEMA backup CASCADE")


async def start(world: World, database: TestDatabase) -> str | None:
    """What `zhicha serve` says of the log before its first request."""
    engine = engine_for(database.service_url, 1)
    try:
        return await settle_at_start(engine, tools_of(world))
    finally:
        await engine.dispose()


async def epochs(world: World) -> list[dict[str, object]]:
    answer = await (await world.admin()).get("/log")
    return list(answer.json()["epochs"])


async def test_a_restored_older_database_is_noticed_at_the_start_and_opens_an_epoch_that_names_the_lost_head(
    world: World, database: TestDatabase
) -> None:
    life = await finding(world, FindingState.ORDERED)
    await sequence_all(world, database)
    backup = Backup(database)
    lost = await finding(world, FindingState.ORDERED)
    await sequence_all(world, database)
    head = (await life.officer.get("/log/checkpoint")).json()
    assert (await lost.officer.get(f"/orders/{lost.order_id}")).status_code == 200
    backup.restore()

    ready = await world.client.get("/readyz")
    assert "nothing is signed until the worker has opened a new epoch" in ready.text
    said = await start(world, database)
    assert said is not None
    assert "The log is in epoch 2" in said
    assert await start(world, database) is None, "said once"
    await sequence_all(world, database)
    old, new = await epochs(world)
    assert (new["reason"], new["old_head"]) == ("database_older", head["note"])
    assert (old["number"], new["number"], new["first_size"] < head["size"]) == (1, 2, True)
    after = (await life.officer.get("/log/checkpoint")).json()
    assert after["epoch"] == 2
    assert after["origin"] == f"{head['origin'].rpartition('/')[0]}/2"
    ready = await world.client.get("/readyz")
    assert "nothing is signed" not in ready.text
    assert "The log is in epoch 2" in ready.text
    assert (await life.officer.get(f"/findings/{lost.id}")).status_code == 404, "what was lost is lost here"


async def test_no_paper_number_is_given_twice_after_a_restore(world: World, database: TestDatabase) -> None:
    organ_id = str(await world.organ())
    lives = [await finding(world, FindingState.REGISTERED) for _ in range(3)]
    numbers = [(await lives[0].order(organ_id=organ_id)).json()["number"]]
    await sequence_all(world, database)
    backup = Backup(database)
    numbers.append((await lives[1].order(organ_id=organ_id)).json()["number"])
    await sequence_all(world, database)
    backup.restore()
    await start(world, database)
    numbers += [(await life.order(organ_id=organ_id)).json()["number"] for life in lives[1:]]
    assert len(set(numbers)) == 4
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


async def test_the_sequencer_itself_signs_no_second_tree_under_the_old_name(
    world: World, database: TestDatabase
) -> None:
    """Where nobody started anything: the database was exchanged under a worker that comes back."""
    life = await finding(world, FindingState.REGISTERED)
    await sequence_all(world, database)
    backup = Backup(database)
    await life.order()
    await sequence_all(world, database)
    head = (await life.officer.get("/log/checkpoint")).json()
    backup.restore()
    for _ in range(3):
        await world.enterprise()
    await sequence_all(world, database)
    notes = [epoch["old_head"] for epoch in await epochs(world)]
    assert notes == [None, head["note"]]
    newer = (await life.officer.get("/log/checkpoint")).json()
    assert newer["epoch"] == 2


async def test_a_past_that_was_rewritten_whole_is_not_signed_under_the_old_name(
    world: World, database: TestDatabase
) -> None:
    await finding(world, FindingState.ORDERED)
    await sequence_all(world, database)
    head = (await (await world.admin()).get("/log/checkpoint")).json()
    with psycopg.connect(plain_url(database.admin_url)) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE log_leaf SET event_hash = decode(repeat('00', 32), 'hex') WHERE position = 3")
        leaves = admin.execute("SELECT event_hash FROM log_leaf ORDER BY position").fetchall()
        made = merkle.grow(0, {}, [merkle.leaf_hash(data) for (data,) in leaves])
        admin.execute("DELETE FROM log_node")
        nodes = [(level, place, value) for (level, place), value in made.items() if level]
        admin.cursor().executemany("INSERT INTO log_node VALUES (%s, %s, %s)", nodes)
    await world.enterprise()
    await sequence_all(world, database)
    told = [(epoch["reason"], epoch["old_head"]) for epoch in await epochs(world)]
    assert told == [("founded", None), ("history_changed", head["note"])]


async def test_a_kept_head_that_cannot_be_read_stops_the_signing_and_says_so(
    world: World, database: TestDatabase
) -> None:
    await sequence_all(world, database)
    kept = Path(world.office.settings.photos) / "kept" / "log-head.json"
    kept.unlink()
    kept.write_text("{")
    assert "can't be read" in (await world.client.get("/readyz")).text
    assert "can't be read" in str(await start(world, database))


async def test_an_office_put_back_without_its_store_keeps_its_newest_head_outside_again(
    world: World, database: TestDatabase
) -> None:
    await finding(world, FindingState.REGISTERED)
    await sequence_all(world, database)
    kept = Path(world.office.settings.photos) / "kept" / "log-head.json"
    was = kept.read_bytes()
    kept.unlink()
    await tell_of_what_tests_made(world)
    assert "the head kept beside the photos: it is not there" in "".join(map(str, await faults(world)))
    await sequence_all(world, database)
    assert kept.read_bytes() != was, "of what was told meanwhile"
    kept.unlink()
    await sequence_all(world, database)
    assert kept.exists(), "also where nothing new happened"

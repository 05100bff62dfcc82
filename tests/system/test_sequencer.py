"""The sequencer against all that comes between: late commits, a rival, a kill at any statement, a restored dump."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from cli.migrate import plain_url
from models.events import Event
from models.log import LogCheckpoint, LogEpoch, LogLeaf
from models.regions import Region
from models.words import EventKind
from services import events
from services.keys import Key, KeyName, Ring
from services.log.sequencer import BORN_SINCE, HORIZON, LOCK_KEY
from services.photos.errors import StoreFailed
from services.rules.checkpoints import Note
from tests import second_verifier
from tests.database import TestDatabase
from tests.sequencing import sequence_all, sequencer_of
from tests.world import START, World

Killer = Callable[[AsyncEngine], None]


def tell(tx: AsyncSession, count: int = 1) -> None:
    """So many events, of things that need no row."""
    for number in range(count):
        told = Region(code=f"42{number:04}", name="某地", created_at=START)
        events.record(tx, None, EventKind.REGION_CREATED, told, at=START)


async def happened(world: World, count: int = 1) -> None:
    async with world.rows.begin() as tx:
        tell(tx, count)


async def hashes(world: World) -> list[bytes]:
    """The leaves' data in their order; every event must have exactly one leaf."""
    async with world.rows.begin() as tx:
        rows = (await tx.execute(sa.select(LogLeaf.position, LogLeaf.event_id, LogLeaf.event_hash))).all()  # type: ignore[call-overload]
        told = dict((await tx.execute(sa.select(col(Event.id), col(Event.hash)))).all())
    assert sorted(row[0] for row in rows) == list(range(len(rows)))
    assert {row[1]: row[2] for row in rows} == told
    assert len(rows) == len(told)
    return [row[2] for row in sorted(rows)]


async def checkpoints(world: World) -> list[LogCheckpoint]:
    async with world.rows.begin() as tx:
        return list((await tx.scalars(sa.select(LogCheckpoint).order_by(col(LogCheckpoint.number)))).all())


async def keys(world: World) -> list[str]:
    answer = await (await world.admin()).get("/log")
    return [key["verifier"] for key in answer.json()["keys"]]


async def assert_proven(world: World) -> None:
    """Each event has one leaf, and every checkpoint is a signed root of the tree that a second verifier counts."""
    leaves, [key] = await hashes(world), await keys(world)
    signed = await checkpoints(world)
    for checkpoint in signed:
        assert second_verifier.checkpoint_of(checkpoint.note, key) == (checkpoint.size, checkpoint.root)
        assert checkpoint.root == second_verifier.mth(leaves[: checkpoint.size])
    assert signed[-1].size == len(leaves)


async def test_each_event_gets_one_leaf_and_the_signed_root_is_that_of_a_second_verifier(
    world: World, database: TestDatabase
) -> None:
    async with sequencer_of(world, database) as sequencer:
        for count in (1, 7, 0, 30):
            await happened(world, count)
            await sequencer.round()
    await assert_proven(world)
    assert [c.size for c in await checkpoints(world)] == [2, 9, 39], (
        "the epoch's own event is the first leaf, or second"
    )


async def test_an_event_that_commits_rounds_later_gets_its_leaf(world: World, database: TestDatabase) -> None:
    async with sequencer_of(world, database) as sequencer:
        await happened(world)
        await sequencer.round()
        async with world.rows() as late:
            tell(late)
            await late.flush()
            for _ in range(3):
                await happened(world, 2)
                assert await sequencer.round() == 2
            await late.commit()
        await happened(world)
        assert await sequencer.round() == 2
        assert await sequencer.round() == 0
    await assert_proven(world)


async def test_a_backlog_is_worked_off_in_portions(world: World, database: TestDatabase) -> None:
    await happened(world, 25)
    async with sequencer_of(world, database, batch=10) as sequencer:
        assert [await sequencer.round() for _ in range(4)] == [10, 10, 6, 0]
        await happened(world, 25)
        assert [await sequencer.round() for _ in range(4)] == [10, 10, 5, 0]
    await assert_proven(world)


async def test_a_second_sequencer_waits_until_the_first_is_gone(world: World, database: TestDatabase) -> None:
    async with sequencer_of(world, database) as sequencer:
        with pytest.raises(AssertionError):
            async with sequencer_of(world, database):
                pass
        await happened(world)
        await sequencer.round()
    await happened(world)
    await sequence_all(world, database)
    await assert_proven(world)


async def test_without_the_lock_the_second_sequencer_fails_and_no_event_gets_two_leaves(
    world: World, database: TestDatabase
) -> None:
    await happened(world, 3)
    async with sequencer_of(world, database) as first:
        with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [LOCK_KEY]
            )
        async with sequencer_of(world, database) as second:
            await second.round()
            with pytest.raises(sa.exc.DBAPIError):
                await first.round()
            await happened(world)
            await second.round()
    await assert_proven(world)


class Stop(Exception):
    """Stands for the end of the process at this very statement."""


def raising_at(number: int) -> tuple[Killer, list[str]]:
    """The process ends before its n-th statement."""
    sent: list[str] = []

    def watched(engine: AsyncEngine) -> None:
        def before(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
            sent.append(statement)
            if len(sent) == number:
                raise Stop

        sa.event.listen(engine.sync_engine, "before_cursor_execute", before)

    return watched, sent


def terminated_at(number: int, database: TestDatabase) -> tuple[Killer, list[str]]:
    """The database ends the connection just after its n-th statement, whose answer still came."""
    sent: list[str] = []

    def watched(engine: AsyncEngine) -> None:
        def after(connection: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
            sent.append(statement)
            if len(sent) == number:
                pid = connection.connection.driver_connection.info.backend_pid
                with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
                    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

        sa.event.listen(engine.sync_engine, "after_cursor_execute", after)

    return watched, sent


@pytest.mark.parametrize("way", ["raise", "terminate"])
async def test_killed_at_each_statement_the_sequencer_leaves_a_whole_state(
    world: World, database: TestDatabase, way: str
) -> None:
    number, killed = 0, 0
    while True:
        number += 1
        await happened(world, 3)
        watched, sent = raising_at(number) if way == "raise" else terminated_at(number, database)
        try:
            async with sequencer_of(world, database, watched=watched) as sequencer:
                await sequencer.round()
                await sequencer.round()
        except (Stop, sa.exc.DBAPIError, AssertionError):
            killed += 1
        if len(sent) < number:
            break
    await assert_proven(world)  # nothing is ever taken away: what any of the kills broke is still there
    assert killed == number - 1 > 15, f"{killed} kills in {number} rounds"


async def test_a_head_that_cannot_be_kept_outside_is_not_shown(
    world: World, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await happened(world)
    await sequence_all(world, database)
    before = await checkpoints(world)
    await happened(world)

    async def full(*_: object) -> None:
        raise StoreFailed("EIO")

    with monkeypatch.context() as broken:
        broken.setattr(world.office.store, "write_note", full)
        async with sequencer_of(world, database) as sequencer:
            with pytest.raises(StoreFailed):
                await sequencer.round()
    assert [c.note for c in await checkpoints(world)] == [c.note for c in before]
    await sequence_all(world, database)
    await assert_proven(world)


async def test_the_search_each_second_reads_new_events_alone(world: World, database: TestDatabase) -> None:
    async with world.rows.begin() as tx:
        tell(tx, 1_500)
    await sequence_all(world, database)
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
        admin.execute("ANALYZE event, log_leaf")
    await happened(world, 3)
    async with world.rows.begin() as tx:
        horizon = await tx.scalar(HORIZON)
        plan = await tx.execute(
            sa.text(f"EXPLAIN (ANALYZE, BUFFERS) {BORN_SINCE.text}"), {"horizon": horizon, "batch": 5_000}
        )
        lines = "\n".join(row[0] for row in plan.all())
    assert "Index Scan using ix_event_born on event  (" in lines, lines
    assert "Seq Scan on event" not in lines, lines
    assert "Seq Scan on log_leaf" not in lines, lines


async def test_after_a_dump_was_restored_elsewhere_old_numbers_hide_no_new_event(
    world: World, database: TestDatabase
) -> None:
    """The new cluster counts its transactions from the start: the rows' numbers lie far above."""
    await happened(world, 5)
    await sequence_all(world, database)
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE event SET born = '9000000000'")
    async with sequencer_of(world, database) as sequencer:
        await sequencer.round()
        await happened(world, 4)
        assert await sequencer.round() == 4
    await assert_proven(world)


async def test_a_clock_that_goes_back_takes_no_checkpoint_back(world: World, database: TestDatabase) -> None:
    async with sequencer_of(world, database) as sequencer:
        for hours in (5, -100, 1):
            await happened(world)
            world.clock.forward(hours=hours)
            await sequencer.round()
    times = [checkpoint.at for checkpoint in await checkpoints(world)]
    assert times == [START + timedelta(hours=5)] * 3


async def test_a_new_key_signs_the_same_tree_again_and_the_old_one_stays_readable(
    world: World, database: TestDatabase
) -> None:
    await happened(world, 3)
    await sequence_all(world, database)
    old = world.office.keys.signing
    new = Ring(Key.of(KeyName.SIGNING, sha256(b"another key").digest()), old.all)
    await sequence_all(world, database, ring=new)
    first, second = await checkpoints(world)
    assert (first.size, first.root) == (second.size, second.root)
    signed_by = [Note.parse(checkpoint.note).signatures[0].key_id for checkpoint in (first, second)]
    assert signed_by[0] != signed_by[1]
    await sequence_all(world, database, ring=new)
    assert len(await checkpoints(world)) == 2, "nothing new, nothing signed"


async def test_the_first_epoch_is_founded_once_and_tells_so(world: World, database: TestDatabase) -> None:
    await sequence_all(world, database)
    await sequence_all(world, database)
    async with world.rows.begin() as tx:
        [epoch] = (await tx.scalars(sa.select(LogEpoch))).all()
        [event] = (await tx.scalars(sa.select(Event).where(col(Event.subject) == "log_epoch"))).all()
    assert event.subject_id == epoch.id
    assert isinstance(epoch.id, UUID)

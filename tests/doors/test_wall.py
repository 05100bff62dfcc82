"""The second wall alone: with the application's own filter of sight taken out, PostgreSQL still hides what it must."""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from types import FunctionType

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import ColumnElement
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from api.office import Office
from services import access
from services.photos.previews import sees_preview
from services.wall import beyond_sight
from tests.doors.operations import Operation
from tests.doors.rows import DOORS, LISTS
from tests.doors.sight import FIELD, FINDINGS, ZONES, hidden, seen
from tests.doors.test_lists import KEEPS_ACCOUNTS, SIGNED_IN, all_of, key
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

FILTERS = (
    access.sees,
    access.in_region,
    access.sees_counts,
    access.sees_inspection,
    access.knows_visit,
    access.sees_visit,
    access.sees_draw,
    access.sees_avoidance,
    access.sees_stand_in,
    access.sees_invitation,
    access.sees_gate_code,
    access.sees_bulk_reading,
    access.sees_import,
    access.sees_photo,
    access.sees_use,
    sees_preview,
)
"""Every condition of sight that the application knows."""

WALLED = {
    "enterprise",
    "inspection",
    "order",
    "extension",
    "photo",
    "preview",
    "visit",
    "sealed visit",
    "draw",
    "sealed draw",
    "avoidance",
    "stand-in",
    "invitation",
    "gate code",
    "held",
    "import",
    "event of photo",
    "event of draw",
    "event of sealed draw",
    "event of avoidance",
    "event of api key",
    *FINDINGS,
}
"""Nouns that the wall hides; accounts, organs and names of regions are narrowed by the application alone."""

OPEN_TABLES = {
    "calendar_day": "the catalogue",
    "calendar_year": "the catalogue",
    "checklist": "the catalogue",
    "checklist_item": "the catalogue",
    "industry": "the catalogue",
    "limit_rule": "the catalogue",
    "fine": "the catalogue",
    "criterion_clause": "the catalogue",
    "criterion": "the catalogue",
    "statute": "the catalogue",
    "visit_cap": "the catalogue",
    "visit_kind": "the catalogue",
    "draw_weight": "the catalogue",
    "organ": "public: it stands on every paper",
    "region": "public: a list of names",
    "department": "public: a name",
    "department_industry": "public: which trades a department answers for",
    "paper_counter": "numbers alone",
    "orphan": "hashes of bytes that nobody names",
    "log_leaf": "blinded hashes",
    "log_node": "hashes of hashes",
    "log_epoch": "public: what the log went through",
    "log_checkpoint": "public: signed heads",
}
"""Tables without a wall, and why they need none."""

ACCOUNTS = {"users", "device_session", "sign_in_failure", "sign_in", "api_key", "second_factor", "recovery_code"}
"""What is seen at the door, before anybody has signed in."""


@pytest.fixture
def unfiltered() -> Iterator[None]:
    """The filter as an error of the program might leave it: every condition of sight is true, whoever imported it."""
    kept = [(condition, condition.__code__) for condition in FILTERS]
    for condition, _ in kept:
        asked = inspect.signature(condition)
        bare = asked.replace(
            parameters=[name.replace(annotation=name.empty) for name in asked.parameters.values()],
            return_annotation=asked.empty,
        )
        seen_by_all = eval(f"lambda {str(bare)[1:-1]}: sa.true()", {"sa": sa})
        assert isinstance(seen_by_all, FunctionType)
        condition.__code__ = seen_by_all.__code__
    yield
    for condition, code in kept:
        condition.__code__ = code


def walled_tables() -> list[str]:
    """Tables of the office's own that hold an enterprise's, a person's or a draw's data."""
    return sorted(SQLModel.metadata.tables.keys() - OPEN_TABLES.keys())


async def test_every_table_of_an_enterprise_a_person_or_a_draw_has_a_wall(app: FastAPI) -> None:
    async with app.state.office.new_session.begin() as tx:
        rows = await tx.execute(sa.text("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"))
        walls = {str(name) for (name,) in rows}
        policies = {str(name) for (name,) in await tx.execute(sa.text("SELECT tablename FROM pg_policies"))}
    assert [table for table in walled_tables() if table not in walls & policies] == []
    assert OPEN_TABLES.keys() <= SQLModel.metadata.tables.keys()


async def test_who_says_nothing_sees_accounts_and_no_other_row(town: Town) -> None:
    office = town.world.office
    async with town.world.rows.begin() as tx:
        full = [table for table in walled_tables() if await rows_of(tx, table)]
    assert len(full) > 20, "an empty table proves nothing"
    async with office.new_session.begin() as tx:
        assert {table for table in full if await rows_of(tx, table)} <= ACCOUNTS
        await tx.execute(sa.text("SELECT set_config('zhicha.acts', '', true)"))
        assert [table for table in full if await rows_of(tx, table)] == []


async def test_a_connection_that_somebody_else_used_knows_nobody(town: Town) -> None:
    office = town.world.office
    assert (await town.officer.get("/findings")).json()["items"]
    for _ in range(office.settings.database_connections):  # whichever the pool gives
        async with office.new_session.begin() as tx:
            assert await rows_of(tx, "finding") == 0
            assert await tx.scalar(sa.text("SELECT current_setting('zhicha.user', true)")) in (None, "")


@pytest.mark.parametrize("question", ["SELECT 1", "SELECT 1 / 0"])
async def test_after_an_error_in_a_question_beyond_sight_the_wall_stands_again(town: Town, question: str) -> None:
    """Also where the transaction goes on: the error was borne, or a savepoint took the failed statement with it."""

    async def asked(tx: AsyncSession) -> None:
        async with beyond_sight(tx):
            assert await rows_of(tx, "finding") > 0
            await tx.execute(sa.text(question))
            raise LookupError

    async with town.world.office.new_session.begin() as tx:
        with suppress(LookupError, DBAPIError):
            async with tx.begin_nested():
                await asked(tx)
        assert await rows_of(tx, "finding") == 0
        with suppress(LookupError, DBAPIError):
            await asked(tx)
        if question == "SELECT 1":
            assert await rows_of(tx, "finding") == 0
            return
        await tx.rollback()


@pytest.mark.usefixtures("unfiltered")
@pytest.mark.parametrize("noun", sorted(WALLED))
async def test_without_the_filter_what_is_out_of_sight_is_still_absent(
    town: Town, doors: dict[str, Operation], noun: str
) -> None:
    wrong, probes = [], 0
    for door in (door for door in DOORS if door.noun == noun and doors[door.operation].method == "GET"):
        for reader in SIGNED_IN:
            for zone in hidden(noun, reader, town.zones(noun)):
                probes += 1
                answer = await doors[door.operation].call(town.readers[reader], town.of(noun, zone), ask=door.ask)
                if answer.status_code not in (404, 403):
                    wrong.append(f"{door} {zone} by {reader}: {answer.status_code}")
    assert wrong == [], f"{len(wrong)} in {probes} probes"
    assert probes or not [door for door in DOORS if door.noun == noun and doors[door.operation].method == "GET"]


@pytest.mark.usefixtures("unfiltered")
async def test_without_the_filter_no_list_holds_what_is_out_of_sight(town: Town, doors: dict[str, Operation]) -> None:
    wrong, probes = [], 0
    for name, nouns in LISTS.items():
        for reader in SIGNED_IN:
            ids = [key(row) for row in await all_of(town, doors[name], reader, 200)]
            for noun in WALLED & set(nouns):
                probes += 1
                leaked = [zone for zone in hidden(noun, reader, town.zones(noun)) if town.of(noun, zone) in ids]
                missing = [zone for zone in seen(noun, reader, town.zones(noun)) if town.of(noun, zone) not in ids]
                if leaked or missing:
                    wrong.append(f"{name} by {reader}: {noun} {leaked} leaked, {missing} missing")
    assert wrong == []
    assert probes > 80, f"{probes} probes prove too little"


@pytest.mark.usefixtures("unfiltered")
async def test_without_the_filter_no_answer_holds_a_word_of_another_zone(
    town: Town, doors: dict[str, Operation]
) -> None:
    wrong, probes = [], 0
    for name in [*LISTS, "getWorklist", "getMe", "getStatistics"]:
        for reader in (one for one in SIGNED_IN if (name, one) not in KEEPS_ACCOUNTS and name != "listUsers"):
            answer = await doors[name].call(town.readers[reader])
            for zone in ZONES.keys() - FIELD[reader]:
                probes += 1
                found = [mark for mark in town.marks(zone) if mark in answer.text]
                wrong += [f"{name} by {reader}: {mark} of {zone}" for mark in found]
    assert wrong == []
    assert probes > 350, f"{probes} probes prove too little"


@pytest.mark.usefixtures("unfiltered")
async def test_without_the_filter_the_statistics_still_count_what_is_in_sight(
    town: Town, doors: dict[str, Operation]
) -> None:
    each = len(LISTS["listFindings"])
    for reader in ("office", "department", "leader", "other town's office", "office without region"):
        answer = await doors["getStatistics"].call(town.readers[reader])
        assert answer.json()["total"]["findings"] == each * len(FIELD[reader]), reader


@pytest.mark.usefixtures("unfiltered")
async def test_the_filter_is_really_out(town: Town) -> None:
    """Otherwise all of the above would prove the filter and not the wall."""
    office: Office = town.world.office
    condition: ColumnElement[bool] = access.sees_import(town.readers["office"])  # type: ignore[arg-type]
    assert str(condition) == str(sa.true())
    assert office.settings is not None


async def rows_of(tx: AsyncSession, table: str) -> int:
    """How many rows of a table this transaction sees."""
    return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)

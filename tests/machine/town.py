"""The town of the stories: its people and places stand, all that they do in a story is taken away after it."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast
from uuid import UUID

import httpx
import psycopg
import sqlalchemy as sa
from sqlmodel import SQLModel, col

from api.app import create_app
from api.logs import RequestLog
from cli.migrate import plain_url
from models.events import Event
from models.words import Role
from services.chance import TrueChance
from services.limits import rule_book
from services.rules.clocks import Rule, RuleBook
from services.settings import Settings
from tests.checked import tell_of_what_tests_made
from tests.database import CATALOGUE, TestDatabase
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Clock, Person, World

Result = TypeVar("Result")

STANDING = {
    "region",
    "organ",
    "department",
    "department_industry",
    "users",
    "device_session",
    "enterprise",
    "enterprise_industry",
    "name_bigram",
    "search_key",
    "grid_cell",
}
"""Tables that a story leaves as they are."""

INSPECTS = frozenset({Role.OFFICE, Role.INSPECTOR, Role.DEPARTMENT})
REPORTS = INSPECTS | {Role.VILLAGE}
DECIDES = frozenset({Role.OFFICE, Role.DEPARTMENT, Role.LEADER})
WRITES_OFF = DECIDES | INSPECTS
FILES = REPORTS | {Role.ENTERPRISE}


@dataclass(frozen=True)
class Place:
    """An enterprise: where it lies and what it does."""

    id: str
    region: str
    industry: str


@dataclass(frozen=True)
class Who:
    """Somebody as the oracle knows them; `person` carries their calls."""

    name: str
    person: Person
    region: str | None
    trades: frozenset[str] | None = None
    own: str | None = None

    @property
    def id(self) -> str:
        """The user's id."""
        return self.person.id

    @property
    def role(self) -> Role:
        """The user's role."""
        return self.person.user.role

    @property
    def carded(self) -> bool:
        """Whether they hold a card, which then is valid as long as a story may last."""
        return self.person.user.card_number is not None

    def covers(self, region: str | None) -> bool:
        """Whether a region lies in theirs."""
        return self.region is not None and region is not None and region.startswith(self.region)

    def sees(self, place: Place) -> bool:
        """Sight of an enterprise, and of all that carries it."""
        if self.role is Role.ENTERPRISE:
            return place.id == self.own
        return self.covers(place.region) and (self.trades is None or place.industry in self.trades)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Town:
    """Where every story plays."""

    world: World
    organ: str
    places: dict[str, Place]
    people: dict[str, Who]
    book: RuleBook
    runner: asyncio.Runner
    clearing: psycopg.Connection[tuple[object, ...]]
    founded: list[UUID]
    """The events that tell of what stands."""

    def run(self, call: Coroutine[Any, Any, Result]) -> Result:
        """What a call comes to."""
        return self.runner.run(call)

    def clear(self) -> None:
        """Before a story: nobody has reported anything yet, and it is the first morning."""
        gone = [name for name in SQLModel.metadata.tables if name not in CATALOGUE | STANDING | {"event"}]
        self.clearing.execute("SET session_replication_role = replica; " + "".join(f"DELETE FROM {t};" for t in gone))
        self.clearing.execute("DELETE FROM event WHERE id <> ALL(%s)", [self.founded])
        self.world.clock.reset()

    def reinspect_by(self, day: date) -> date:
        """By when the office looks again at what was reported that day."""
        return self.book.due(Rule.REINSPECTION_AFTER_REPORT, day).on

    def by_id(self, user_id: str) -> Who:
        """Whoever has this id."""
        return next(who for who in self.people.values() if who.id == user_id)


@contextmanager
def standing_town(database: TestDatabase, settings: Settings) -> Iterator[Town]:
    """A whole office with a loop of its own, since the machine that plays in it is synchronous."""
    database.empty()
    clock = Clock()
    app = create_app(settings, database.service_url, now=clock.now, chance=TrueChance())
    spoken = [layer for layer in app.user_middleware if cast("object", layer.cls) is not RequestLog]
    app.user_middleware = spoken  # a line a request would bury the story that went wrong
    line = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner(loop_factory=asyncio.new_event_loop))
        clearing = stack.enter_context(psycopg.connect(plain_url(database.admin_url), autocommit=True))
        client = httpx.AsyncClient(transport=line, base_url="http://office.test")
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        try:
            yield runner.run(_founded(World(client, clock, app.state.office), runner, clearing))
        finally:
            runner.run(client.aclose())
            runner.run(lifespan.__aexit__(None, None, None))
            database.empty()


async def _founded(world: World, runner: asyncio.Runner, clearing: "psycopg.Connection[tuple[object, ...]]") -> Town:
    await world.regions()
    county = await world.officer(region=COUNTY)
    workshop = Place(await world.enterprise(by=county), VILLAGE, "MECH")
    flats = Place(
        await world.enterprise(by=county, name="乙村公寓", region=OTHER_VILLAGE, main_industry="MIXD"),
        OTHER_VILLAGE,
        "MIXD",
    )
    abroad = Place(await world.enterprise(by=county, name="邻镇机械厂", region=OTHER_TOWN), OTHER_TOWN, "MECH")
    people = [
        Who("county", county, COUNTY),
        Who("office", await world.officer(), TOWN),
        Who("finder", await world.inspector(), TOWN),
        Who("partner", await world.inspector(), TOWN),
        Who("leader", await world.leader(), TOWN),
        Who("trade", await _of_trade(world), TOWN, trades=frozenset({"MIXD"})),
        Who("village", await world.village(), VILLAGE),
        Who("far", await world.inspector(region=OTHER_TOWN), OTHER_TOWN),
        Who("boss", await world.boss(workshop.id), None, own=workshop.id),
        Who("landlord", await world.boss(flats.id), None, own=flats.id),
    ]
    async with world.rows.begin() as tx:
        book = await rule_book(tx)
    organ = str(await world.organ(region=COUNTY))
    places = {place.id: place for place in (workshop, flats, abroad)}
    await tell_of_what_tests_made(world)
    async with world.rows.begin() as tx:
        founded = list((await tx.scalars(sa.select(col(Event.id)))).all())
    return Town(world, organ, places, {who.name: who for who in people}, book, runner, clearing, founded)


async def _of_trade(world: World) -> Person:
    return await world.person(Role.DEPARTMENT, carded=True, industries=["MIXD"])

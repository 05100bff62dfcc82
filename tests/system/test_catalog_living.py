"""A catalogue that lives: versions come, change words, lose items and are withdrawn while officers answer from them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services import catalog
from services.catalog import CatalogCounts, PublishedVersionChanged
from services.chance import TrueChance
from services.database import engine_for, sessions_for
from services.rules.clocks import local_date
from tests.database import TestDatabase
from tests.makers_reports import reported
from tests.world import Person, World

LIST = "LIVE"
DAYS = 6
ITEMS = "code,default_grade,text,basis,verified"
INDEX = "code,version,industry,title,published_on,source,file,withdrawn_on"

Owners = async_sessionmaker[AsyncSession]


@dataclass
class Version:
    """One version as its makers wrote it: the words of each item by code."""

    number: int
    published_on: date
    words: dict[str, str]
    withdrawn_on: date | None = None


@dataclass
class Makers:
    """Those who keep the list, and what a reader must find in it by the rules of docs/catalog.md alone."""

    chance: Random
    folder: Path
    versions: list[Version] = field(default_factory=list)

    def publish(self, today: date) -> None:
        """A version for today or a day to come: an item reworded, one dropped, one new."""
        number = len(self.versions) + 1
        words = dict(self.versions[-1].words) if self.versions else {f"{LIST}{n:02}": f"第{n}项" for n in range(1, 5)}
        last = max([today, *[one.published_on for one in self.versions]])
        for code in self.chance.sample(sorted(words), 2):
            words[code] = f"第{number}版的{code}"
        if len(words) > 2:
            del words[self.chance.choice(sorted(words))]
        words[f"{LIST}{number + 10}"] = f"第{number}版新增"
        self.versions.append(Version(number, last + timedelta(days=self.chance.choice((0, 0, 1, 3))), words))

    def withdraw(self, today: date) -> None:
        """The newest one, from today or a day to come."""
        newest = self.versions[-1]
        newest.withdrawn_on = newest.withdrawn_on or today + timedelta(days=self.chance.choice((0, 2)))

    def write(self) -> None:
        """The files of the office's own folder."""
        place = self.folder / "checklists"
        place.mkdir(exist_ok=True)
        lines = [INDEX]
        for one in self.versions:
            name = f"{LIST}-{one.number}.csv"
            lines.append(f"{LIST},{one.number},MECH,自订检查表,{one.published_on},本镇,{name},{one.withdrawn_on or ''}")
            items = [f"{code},general,{text},地方规定,no" for code, text in one.words.items()]
            (place / name).write_text("\n".join([ITEMS, *items, ""]), encoding="utf-8")
        (place / "index.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")

    def in_force(self, on: date) -> Version | None:
        """The newest one published by that day, the first one before all; none, once that one is withdrawn."""
        held = ([one for one in self.versions if one.published_on <= on] or self.versions[:1])[-1]
        return None if held.withdrawn_on is not None and held.withdrawn_on <= on else held

    def worded(self, code: str, on: date) -> Version:
        """The version whose words an answer of that day means; of a dropped item the last that had it."""
        having = [one for one in self.versions if code in one.words]
        return ([one for one in having if one.published_on <= on] or having)[0 if having[0].published_on > on else -1]


@pytest.fixture
async def owners(database: TestDatabase) -> AsyncIterator[Owners]:
    """Transactions of the owner, who loads the catalogue; what they leave is swept away."""
    engine = engine_for(database.owner_url, 1)
    yield sessions_for(engine, TrueChance())
    await engine.dispose()
    database.execute("DELETE FROM checklist_item WHERE checklist = %s", LIST)
    database.execute("DELETE FROM checklist WHERE code = %s", LIST)


async def load(owners: Owners, folder: Path) -> CatalogCounts:
    async with owners.begin() as tx:
        return await catalog.load(tx, own=folder)


async def read_on(reader: Person, day: date) -> tuple[int, dict[str, str]] | None:
    """The version that the API shows for a day, with its words."""
    answer = await reader.get(f"/checklists/{LIST}", params={"on": str(day)})
    if answer.status_code == 404:
        return None
    shown = answer.json()
    return shown["version"], {item["code"]: item["text"] for item in shown["items"]}


def told(version: Version | None) -> tuple[int, dict[str, str]] | None:
    return None if version is None else (version.number, version.words)


def asked(makers: Makers, today: date) -> Iterator[tuple[dict[str, Any], Version]]:
    """Answers to some items that ever were, and the version each means; an older phone names its own."""
    codes = sorted({code for one in makers.versions for code in one.words})
    for code in makers.chance.sample(codes, 3):
        meant, named = makers.worded(code, today), {}
        if makers.chance.random() < 0.3:
            meant = makers.chance.choice([one for one in makers.versions if code in one.words])
            named = {"item_version": meant.number}
        yield {"item": code, "result": "pass", **named}, meant


@pytest.mark.parametrize("seed", [1, 2])
async def test_each_answer_keeps_the_words_it_was_given_to_and_each_day_its_version(
    world: World, owners: Owners, tmp_path: Path, seed: int
) -> None:
    makers = Makers(Random(seed), tmp_path)
    enterprise_id, people = await world.enterprise(), [await world.inspector(), await world.inspector()]
    first, given, shown = local_date(world.clock.now()), {}, {}
    for day in range(DAYS):
        today = local_date(world.clock.now())
        if day == 0 or makers.chance.random() < 0.6:
            makers.publish(today)
        elif makers.chance.random() < 0.6:
            makers.withdraw(today)
        makers.write()
        await load(owners, tmp_path)
        answers, meant = zip(*asked(makers, today), strict=True)
        made = await reported(world, people[0], enterprise_id, people, answers=list(answers))
        given[made["id"]] = {one["item"]: version.number for one, version in zip(answers, meant, strict=True)}
        shown[today] = await read_on(people[0], today)
        assert shown[today] == told(makers.in_force(today))
        world.clock.forward(days=1)
    assert (await load(owners, tmp_path)).written == 0
    assert any(one.withdrawn_on for one in makers.versions)
    for inspection_id, versions in given.items():
        kept = (await people[0].get(f"/inspections/{inspection_id}")).json()["answers"]
        assert {one["item"]: one["item_version"] for one in kept} == versions
    for one in makers.versions:
        read = (await people[0].get(f"/checklists/{LIST}?version={one.number}")).json()
        assert {item["code"]: item["text"] for item in read["items"]} == one.words
    for day in range(-2, DAYS + 4):
        on = first + timedelta(days=day)
        assert await read_on(people[0], on) == told(makers.in_force(on)), on
        assert on not in shown or await read_on(people[0], on) == shown[on]
    makers.versions[0].words[f"{LIST}01"] = "改过的话"
    makers.write()
    with pytest.raises(PublishedVersionChanged):
        await load(owners, tmp_path)
    assert await read_on(people[0], first) == shown[first]

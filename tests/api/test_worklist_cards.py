"""Officers' cards 执法证 that end: said in time to the officer and to the office."""

from datetime import date
from typing import Any

import pytest

from tests.world import OTHER_TOWN, Person, World


async def cards(by: Person) -> list[dict[str, Any]]:
    return list((await by.get("/worklist?kind=renew_card")).json()["items"])


@pytest.mark.parametrize(
    ("ends", "shown", "overdue"),
    [
        (date(2026, 12, 24), True, False),  # thirty days from the 24th of November
        (date(2026, 12, 25), False, False),
        (date(2026, 11, 24), True, False),  # its last day
        (date(2026, 11, 23), True, True),
    ],
)
async def test_a_card_is_said_thirty_days_before_it_ends_and_after(
    world: World, ends: date, shown: bool, overdue: bool
) -> None:
    officer = await world.inspector(card_to=ends)
    for reader in (officer, await world.officer(), await world.leader()):
        items = await cards(reader)
        assert [(one["subject_id"], one["due_on"], one["overdue"]) for one in items] == (
            [(officer.id, ends.isoformat(), overdue)] if shown else []
        )
    if shown:
        [one] = await cards(officer)
        assert ("已过期" if overdue else "即将到期") in one["title"]
        assert (one["label"], one["rule"]["id"]) == ("换发执法证", "card.renew_before")


async def test_a_colleagues_card_and_one_of_another_town_are_not_an_inspectors_business(world: World) -> None:
    await world.inspector(card_to=date(2026, 11, 30))
    assert await cards(await world.inspector()) == []
    assert await cards(await world.officer(region=OTHER_TOWN)) == []


async def test_the_card_of_somebody_who_left_is_nobodys_work(world: World) -> None:
    await world.inspector(card_to=date(2026, 11, 30), disabled_at=world.clock.now())
    assert await cards(await world.officer()) == []

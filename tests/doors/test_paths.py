"""Ids in paths: what is out of sight is answered exactly like what does not exist, whoever asks (threat 15)."""

import json

import pytest

from tests.doors.asking import absent
from tests.doors.operations import Operation, Told, difference, told
from tests.doors.rows import DOORS, Door
from tests.doors.sight import READERS, hidden, seen
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

PARTS = 3


class Knocker:
    """Tries doors, and remembers how each answers to what does not exist."""

    def __init__(self, town: Town, doors: dict[str, Operation]) -> None:
        self.town, self.doors, self.probes = town, doors, 0
        self._absent: dict[tuple[str, str, str], Told] = {}

    async def knock(self, door: Door, reader: str, record_id: str, body: object) -> Told:
        """The answer to a reader who names this record, and its version as it stands."""
        self.probes += 1
        version = {"If-Match": f'"{self.town.versions.get(record_id, 1)}"'}
        by = self.town.readers[reader]
        operation = self.doors[door.operation]
        return told(await operation.call(by, record_id, ask=door.ask, body=body, headers=version))

    async def absent(self, door: Door, reader: str, body: object) -> Told:
        """The answer to the same reader and the same body where there is nothing."""
        key = (door.operation + door.ask, reader, json.dumps(body, default=str))
        if key not in self._absent:
            self._absent[key] = await self.knock(door, reader, absent(door.noun), body)
        return self._absent[key]


@pytest.mark.parametrize("part", range(PARTS))
async def test_what_is_out_of_sight_is_like_absent_and_what_is_seen_is_as_the_role_may(
    town: Town, doors: dict[str, Operation], part: int
) -> None:
    knocker, wrong = Knocker(town, doors), []
    for door in DOORS[part::PARTS]:
        for reader, role in READERS.items():
            zones = town.zones(door.noun)
            for zone in hidden(door.noun, reader, zones)[: 1 if role is None else None]:
                body = door.body(town, zone, reader) if door.body else None
                nothing = await knocker.absent(door, reader, body)
                answer = await knocker.knock(door, reader, town.of(door.noun, zone), body)
                if answer != nothing or nothing[0] != (401 if role is None else 404):
                    wrong.append(f"{door} {zone} by {reader}: {difference(answer, nothing)}")
            for zone in seen(door.noun, reader, zones):
                body = door.body(town, zone, reader) if door.body else None
                right = door.works if role in door.may else 403
                answer = await knocker.knock(door, reader, town.of(door.noun, zone), body)
                if answer[0] != right:
                    wrong.append(f"{door} {zone} by {reader}: {answer[:2]}, not {right}")
    assert wrong == [], f"{len(wrong)} in {knocker.probes} probes"
    assert knocker.probes > 800, f"{knocker.probes} probes prove too little"

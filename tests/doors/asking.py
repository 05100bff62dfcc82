"""One id after the other, put into one place of an otherwise honest call."""

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.bad_bodies import put
from tests.doors.operations import Operation, Told, told
from tests.doors.rows import BY_OWN_ID, DOORS, ENTRANCES, Door, Entrance, Maker
from tests.doors.sight import home
from tests.doors.town import Town

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ABSENT = {"district": "420582999", "region": "420582999", "name": "并无此名"}


def absent(noun: str) -> str:
    """What names nothing."""
    return ABSENT.get(noun) or str(uuid4())


def row_of(operation: str) -> Door | Entrance:
    """Who may, and what it then comes to."""
    rows = [row for row in DOORS if row.operation == operation]
    return rows[0] if rows else {**ENTRANCES, **BY_OWN_ID}[operation]


class Asker:
    """Asks as any reader; the record in the path, if there is one, lies in the reader's own zone."""

    def __init__(self, town: Town, operation: Operation, place: str, maker: Maker | None = None) -> None:
        row = row_of(operation.name)
        self.town, self.operation, self.place, self.maker = town, operation, place, maker or row.body
        self.noun = row.noun if isinstance(row, Door) else None
        if maker is not None and self.noun == "held":
            self.noun = "stray"
        self.known = {record_id for zones in town.records.values() for record_id in zones.values()}
        self.known |= {person.id for person in town.readers.values()}
        self.probes = 0

    async def ask(self, reader: str, given: str) -> Told:
        """All that the reader can tell of the answer, but for the id that they named and those made just now."""
        self.probes += 1
        zone = home(reader)
        record_id = "" if self.noun is None else self.town.records[self.noun].get(zone, self.town.of(self.noun, "own"))
        body, ask = self.maker(self.town, zone, reader) if self.maker else None, ""
        if self.place[0] == "{":
            record_id = given
        elif self.place[0] == "?":
            ask = f"{self.place}={quote(given)}"
        else:
            steps = self.place[1:].split("/")
            body = put(body, tuple(int(step) if step.isdigit() else step for step in steps), given)
        version = {"If-Match": f'"{self.town.versions.get(record_id, 1)}"'}
        answer = await self.operation.call(self.town.readers[reader], record_id, ask=ask, body=body, headers=version)
        return self._masked(told(answer), given)

    def _masked(self, answer: Told, given: str) -> Told:
        """A success shows new ids, each time others, and sorts by them; what is known in the town stays as it is."""
        status, content, headers = answer
        if status >= 300:
            return status, content.replace(given.encode(), b"GIVEN"), headers
        if ("content-type", "application/json") not in headers:  # a file, the same for the same content
            return answer
        shown = _sorted(json.loads(UUID_TEXT.sub(lambda name: self._mask(name[0], given), content.decode())))
        return status, json.dumps(shown, ensure_ascii=False).encode(), [h for h in headers if h[0] != "content-length"]

    def _mask(self, name: str, given: str) -> str:
        if name == given:
            return "GIVEN"
        return name if name in self.known else "NEW"


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(below) for name, below in value.items()}
    return sorted(map(_sorted, value), key=json.dumps) if isinstance(value, list) else value

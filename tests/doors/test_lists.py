"""Lists, counts and cursors: what is out of sight is in no row, no word, no total, and behind no cursor."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import uuid4

import pytest

from tests.doors.operations import Operation, told
from tests.doors.rows import ENTRANCES, LISTS
from tests.doors.sight import FIELD, READERS, ZONES, hidden, seen
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

SIGNED_IN = [reader for reader, role in READERS.items() if role is not None]
SEAL_BYTES = 16
KEEPS_ACCOUNTS = {("listUsers", "admin")}
"""An account names its enterprise to who keeps accounts."""


async def read(town: Town, operation: Operation, reader: str, ask: str = "") -> Any:
    """A list's page as the reader gets it."""
    answer = await operation.call(town.readers[reader], ask=ask)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def all_of(town: Town, operation: Operation, reader: str, limit: int) -> list[Any]:
    """All pages, one after the other."""
    items, cursor = [], ""
    while True:
        page = await read(town, operation, reader, f"?limit={limit}{cursor}")
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def key(row: Any) -> str:
    """What a row is known by."""
    return str(row.get("id") or row.get("code") or row.get("cited") or row.get("position") or row["commitment"])


def last_in(cursor: str) -> str:
    """The id of the row that a cursor stands behind."""
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return str(json.loads(raw[SEAL_BYTES:])[-1])


def leading_to(cursor: str, record_id: str) -> str:
    """The same cursor with another row in it, its seal left as it was."""
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    body = json.loads(raw[SEAL_BYTES:])
    body[-1] = record_id
    return urlsafe_b64encode(raw[:SEAL_BYTES] + json.dumps(body).encode()).decode().rstrip("=")


async def test_a_list_holds_every_record_in_sight_and_none_out_of_it(town: Town, doors: dict[str, Operation]) -> None:
    wrong, probes = [], 0
    for name, nouns in LISTS.items():
        for reader in SIGNED_IN:
            ids = [key(row) for row in await all_of(town, doors[name], reader, 3 if name == "listOrders" else 200)]
            assert len(ids) == len(set(ids))
            for noun in nouns:
                probes += len(town.zones(noun))
                missing = [zone for zone in seen(noun, reader, town.zones(noun)) if town.of(noun, zone) not in ids]
                leaked = [zone for zone in hidden(noun, reader, town.zones(noun)) if town.of(noun, zone) in ids]
                if missing or leaked:
                    wrong.append(f"{name} by {reader}: {noun} {missing} missing, {leaked} leaked")
    assert wrong == []
    assert probes > 700, f"{probes} probes prove too little"


async def test_no_answer_holds_a_word_of_a_zone_that_the_reader_does_not_see(
    town: Town, doors: dict[str, Operation]
) -> None:
    """Lists and all other readings without an id: no name, no id, wherever in the answer it might stand."""
    wrong, probes = [], 0
    for name in [*LISTS, "getWorklist", "getMe", "getStatistics"]:
        for reader in SIGNED_IN:
            answer = await doors[name].call(town.readers[reader])
            for zone in ZONES.keys() - FIELD[reader] if (name, reader) not in KEEPS_ACCOUNTS else ():
                probes += 1
                found = [mark for mark in town.marks(zone) if mark in answer.text]
                wrong += [f"{name} by {reader}: {mark} of {zone}" for mark in found]
    assert wrong == []
    assert probes > 350, f"{probes} probes prove too little"


async def test_the_worklist_and_the_statistics_show_what_is_in_sight_so_that_their_silence_proves_something(
    town: Town, doors: dict[str, Operation]
) -> None:
    for reader in ("office", "inspector", "department", "leader", "enterprise"):
        worklist = (await doors["getWorklist"].call(town.readers[reader])).text
        zones = {zone for zone in ZONES if any(mark in worklist for mark in town.marks(zone))}
        assert zones == FIELD[reader], reader
    counted = {
        reader: (await read(town, doors["getStatistics"], reader))["total"]["findings"]
        for reader in SIGNED_IN
        if READERS[reader] in ENTRANCES["getStatistics"].may
    }
    each = len(LISTS["listFindings"])
    assert counted == {reader: each * len(FIELD[reader]) for reader in counted}


async def test_a_cursor_names_no_row_but_the_last_one_that_its_reader_was_shown(
    town: Town, doors: dict[str, Operation]
) -> None:
    probes = 0
    for name in LISTS:
        for reader in SIGNED_IN:
            page = await read(town, doors[name], reader, "?limit=1")
            if page["next_cursor"] is not None:
                probes += 1
                assert last_in(page["next_cursor"]) == key(page["items"][-1]), name
    assert probes > 60


async def test_a_cursor_of_another_reader_leads_to_nothing_but_ones_own_rows(
    town: Town, doors: dict[str, Operation]
) -> None:
    """The county's officer pages through everything; each of his cursors is then used by everybody."""
    town.readers["county"] = town.officer
    wrong, probes = [], 0
    for name in (name for name, nouns in LISTS.items() if "user" not in nouns and nouns):
        step = 3 if name == "listFindings" else 1
        pages = [await read(town, doors[name], "county", f"?limit={step}")]
        while pages[-1]["next_cursor"] is not None and len(pages) < 6:
            pages.append(await read(town, doors[name], "county", f"?limit={step}&cursor={pages[-1]['next_cursor']}"))
        for reader in SIGNED_IN:
            own = [key(row) for row in await all_of(town, doors[name], reader, 200)]
            for page in pages[:-1]:
                probes += 1
                behind = await read(town, doors[name], reader, f"?limit=200&cursor={page['next_cursor']}")
                got = [key(row) for row in behind["items"]]
                if got != own[len(own) - len(got) :]:
                    wrong.append(f"{name} by {reader}: {got}")
    del town.readers["county"]
    assert wrong == []
    assert probes > 150, f"{probes} probes prove too little"


async def test_a_cursor_that_was_tampered_with_is_refused_alike_whatever_it_names(
    town: Town, doors: dict[str, Operation]
) -> None:
    probes = 0
    for name, nouns in LISTS.items():
        page = await read(town, doors[name], "office", "?limit=1")
        if page["next_cursor"] is None or not nouns:
            continue
        for reader in SIGNED_IN:
            named = [town.of(noun, zone) for noun in nouns for zone in sorted(town.zones(noun))][:6]
            forged = [leading_to(page["next_cursor"], record_id) for record_id in [str(uuid4()), *named]]
            answers = [await doors[name].call(town.readers[reader], ask=f"?cursor={cursor}") for cursor in forged]
            probes += len(answers)
            assert answers[0].status_code == 422
            assert {told(answer)[1] for answer in answers} == {answers[0].content}
    assert probes > 300, f"{probes} probes prove too little"

"""Conditional requests: neither a version, an ETag nor a range tells that something out of sight is there."""

from uuid import uuid4

import pytest

from tests.doors.asking import absent
from tests.doors.operations import Operation, difference, told
from tests.doors.rows import DOORS, Door
from tests.doors.sight import READERS, hidden, seen
from tests.doors.town import Town

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

SIGNED_IN = [reader for reader, role in READERS.items() if role is not None]
READ_WITH = ({"If-None-Match": "*"}, {"Range": "bytes=0-9"})
WITH_ETAG = ("getPhotoImage", "getOrderDocument", "getBeforeAfterSheet")
SHOWN = [door for door in DOORS if door.operation in WITH_ETAG and door.works == 200]


def first_hidden(door: Door, reader: str, town: Town) -> str | None:
    zones = hidden(door.noun, reader, town.zones(door.noun))
    return town.of(door.noun, zones[0]) if zones else None


@pytest.mark.parametrize("sent", ["right", "wrong", "none"])
async def test_a_version_out_of_sight_is_neither_right_nor_wrong_nor_missing(
    town: Town, doors: dict[str, Operation], sent: str
) -> None:
    wrong, probes = [], 0
    for door in (door for door in DOORS if doors[door.operation].takes_version and door.body):
        assert door.body
        for reader in SIGNED_IN:
            record_id = first_hidden(door, reader, town)
            if record_id is None:
                continue
            probes += 1
            version = town.versions.get(record_id, 1)
            named = {"right": version, "wrong": version + 7, "none": None}[sent]
            headers = {} if named is None else {"If-Match": f'"{named}"'}
            zone = next(zone for zone in town.zones(door.noun) if town.of(door.noun, zone) == record_id)
            by, body = town.readers[reader], door.body(town, zone, reader)
            answer = told(await doors[door.operation].call(by, record_id, body=body, headers=headers))
            nothing = told(await doors[door.operation].call(by, absent(door.noun), body=body))
            if answer != nothing:
                wrong.append(f"{door} by {reader}, {sent} version: {difference(answer, nothing)}")
    assert wrong == []
    assert probes > 80, f"{probes} probes prove too little"


async def test_an_etag_or_a_range_of_what_is_out_of_sight_is_as_unknown_as_the_record(
    town: Town, doors: dict[str, Operation]
) -> None:
    wrong, probes = [], 0
    for door in SHOWN:
        operation = doors[door.operation]
        for reader in SIGNED_IN:
            nothing = told(await operation.call(town.readers[reader], str(uuid4()), ask=door.ask))
            for zone in hidden(door.noun, reader, town.zones(door.noun))[:2]:
                record_id = town.of(door.noun, zone)
                etag = (await operation.call(town.officer, record_id, ask=door.ask)).headers["ETag"]
                for headers in ({"If-None-Match": etag}, {"Range": "bytes=0-9", "If-Range": etag}, *READ_WITH):
                    probes += 1
                    by = town.readers[reader]
                    answer = told(await operation.call(by, record_id, ask=door.ask, headers=headers))
                    if answer != nothing:
                        wrong.append(f"{door} {zone} by {reader}, {headers}: {difference(answer, nothing)}")
    assert wrong == []
    assert probes > 200, f"{probes} probes prove too little"


async def test_an_etag_of_what_is_seen_saves_the_picture_and_the_paper(town: Town, doors: dict[str, Operation]) -> None:
    for door in SHOWN:
        for reader in SIGNED_IN:
            for zone in seen(door.noun, reader, town.zones(door.noun))[:1]:
                by, record_id = town.readers[reader], town.of(door.noun, zone)
                first = await doors[door.operation].call(by, record_id, ask=door.ask)
                headers = {"If-None-Match": first.headers["ETag"]}
                again = await doors[door.operation].call(by, record_id, ask=door.ask, headers=headers)
                assert (first.status_code, again.status_code) == (200, 304), f"{door} {zone} by {reader}"

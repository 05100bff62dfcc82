"""Phones in the field: they send reports with photos and repeat, under the same ids, whatever got no answer."""

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import httpx

from services.rules.clocks import local_date
from tests.makers_photos import put, put_preview
from tests.makers_reports import Shot, finding_body, report_body, shot, with_photos
from tests.system.pieces import in_pieces
from tests.world import Person, World

PHONES = 4
ENTERPRISES = 12
PATIENCE_SECONDS = 60
PREVIEW_BYTES = 40_000
SIZES = ((80, 60), (320, 240), (640, 480))
TRY_AGAIN = (423, 503)

Send = Callable[[], Coroutine[None, None, httpx.Response]]


class Way(StrEnum):
    """How a report's photos travel."""

    INSIDE = "inside"
    AFTER = "after"
    BEFORE = "before"
    MIXED = "mixed"
    PIECES_AFTER = "in pieces after it, their previews ahead"
    PIECES_BEFORE = "in pieces before it, their previews ahead"


@dataclass(frozen=True)
class Trip:
    """One report of one phone, with its photos."""

    sender: Person
    body: dict[str, Any]
    shots: list[Shot]
    way: Way

    @property
    def id(self) -> str:
        """Of the report."""
        return str(self.body["id"])

    @property
    def sha256(self) -> str:
        """Of the report's own bytes."""
        return sha256(self._raw).hexdigest()

    def findings_of_photos(self) -> dict[str, str | None]:
        """Which finding each photo belongs to; None for the inspection's own."""
        own: dict[str, str | None] = {taken.id: None for taken in self.shots}
        return own | {photo: one["id"] for one in self.body["findings"] for photo in one["photo_ids"]}

    def calls(self) -> list[Send]:
        """In the order in which the phone makes them."""
        puts = [self._put(taken) for taken in self.shots]
        faces = [self._preview(taken) for taken in self.shots if len(taken.data) <= PREVIEW_BYTES]
        sent = [self._in_pieces(taken) for taken in self.shots]
        return {
            Way.INSIDE: [self._whole],
            Way.MIXED: [self._first_inside, *puts[1:]],
            Way.AFTER: [self._plain, *puts],
            Way.BEFORE: [*puts, self._plain],
            Way.PIECES_AFTER: [self._plain, *faces, *sent],
            Way.PIECES_BEFORE: [*faces, *sent, self._plain],
        }[self.way]

    @property
    def _raw(self) -> bytes:
        return json.dumps(self.body).encode()

    async def _plain(self) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return await self.sender.call("POST", "/inspections", content=self._raw, headers=headers)

    async def _whole(self) -> httpx.Response:
        return await with_photos(self.sender, self.body, self.shots)

    async def _first_inside(self) -> httpx.Response:
        return await with_photos(self.sender, self.body, self.shots[:1])

    def _put(self, taken: Shot) -> Send:
        return lambda: put(self.sender, taken.data, taken.id)

    def _preview(self, taken: Shot) -> Send:
        return lambda: put_preview(self.sender, taken.data, taken.id)

    def _in_pieces(self, taken: Shot) -> Send:
        return lambda: in_pieces(self.sender, taken)


class Form(StrEnum):
    """One call that brings something to be kept."""

    REPORT = "report"
    REPORT_WITH_PHOTOS = "report with photos"
    PHOTO = "photo"

    def brought(self, trip: Trip) -> list[Shot]:
        """The photos that this call of the trip brings."""
        return {Form.REPORT: [], Form.REPORT_WITH_PHOTOS: trip.shots, Form.PHOTO: trip.shots[:1]}[self]


@dataclass(frozen=True)
class Town:
    """Two inspectors who report visits to one enterprise."""

    world: World
    owner: Person
    partner: Person
    enterprises: list[str]

    def trip(self, form: Form) -> tuple[Trip, Send]:
        """A new report of one finding and two photos, and the one call of it that is tried."""
        shots = [shot(), shot()]
        findings = [finding_body(photo_ids=[shots[0].id], deadline=self.in_two_weeks())]
        way = Way.INSIDE if form is Form.REPORT_WITH_PHOTOS else Way.AFTER
        trip = self.reported(findings, shots, self.enterprises[0], way)
        return trip, trip.calls()[1 if form is Form.PHOTO else 0]

    def reported(self, findings: list[dict[str, Any]], shots: list[Shot], enterprise_id: str, way: Way) -> Trip:
        """A visit that has just ended."""
        body = report_body(self.world, enterprise_id, [self.owner, self.partner], findings=findings)
        return Trip(self.owner, {**body, "photos": [one.declared() for one in shots]}, shots, way)

    def in_two_weeks(self) -> str:
        """A deadline."""
        return str(local_date(self.world.clock.now()) + timedelta(days=14))


@dataclass
class Phone:
    """One inspector's phone. `done` are trips of which every call was answered with 2xx."""

    town: Town
    chance: random.Random
    done: list[Trip] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    unheard: int = 0
    refused: int = 0

    async def work(self, home: asyncio.Event) -> None:
        """Trip after trip until everybody goes home; the last one is finished."""
        acknowledged: list[Send] = []
        while not home.is_set():
            trip = self._trip()
            for send in trip.calls():
                await self._insist(send)
                acknowledged.append(send)
            self.done.append(trip)
            if self.chance.random() < 0.3:
                await self._repeat(self.chance.choice(acknowledged))

    def _trip(self) -> Trip:
        findings, shots = [], []
        for _ in range(self.chance.randint(1, 2)):
            taken = [shot(*self.chance.choice(SIZES)) for _ in range(self.chance.randint(0, 2))]
            if taken and self.chance.random() < 0.2:
                taken.append(Shot(data=taken[0].data))  # the same picture under a second id
            findings.append(finding_body(photo_ids=[one.id for one in taken], deadline=self.town.in_two_weeks()))
            shots += taken
        if self.done and self.chance.random() < 0.2:
            shots.append(self.chance.choice(self.chance.choice(self.done).shots))  # of an earlier visit
        enterprise_id = self.chance.choice(self.town.enterprises)
        return self.town.reported(findings, [*shots, shot()], enterprise_id, self.chance.choice(list(Way)))

    async def _insist(self, send: Send) -> None:
        """The same call again until it is answered with 2xx; nothing else may come but `try again`."""
        while True:
            answer = await self._heard(send)
            if answer is not None and answer.status_code in (200, 201):
                self.heard.set()
                return
            await asyncio.sleep(self.chance.uniform(0.1, 0.4))

    async def _repeat(self, send: Send) -> None:
        """What was acknowledged is known: a 201 would mean that it had been lost."""
        answer = await self._heard(send)
        if answer is not None and answer.status_code not in TRY_AGAIN:
            assert answer.status_code == 200, f"an acknowledged call was new again: {answer.text}"

    async def _heard(self, send: Send) -> httpx.Response | None:
        try:
            answer = await send()
        except httpx.TransportError:
            self.unheard += 1
            return None
        if answer.status_code in TRY_AGAIN:
            self.refused += 1
            assert answer.headers["retry-after"], answer.text
        else:
            assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text}"
        return answer


async def town_of(world: World, enterprises: int = 1) -> Town:
    """People whose cards are valid whenever this runs, and so many enterprises."""
    today = local_date(world.clock.now())
    card = {"card_from": today - timedelta(days=100), "card_to": today + timedelta(days=100)}
    await world.regions()
    officer = await world.officer(**card)
    ids = [await world.enterprise(by=officer, name=f"宏达机械加工{number}厂") for number in range(enterprises)]
    return Town(world, await world.inspector(**card), await world.inspector(**card), ids)


async def phones_of(world: World, seed: int) -> list[Phone]:
    """Some phones of one town, each with an owner and chances of its own."""
    town = await town_of(world, ENTERPRISES)
    owners = [town.owner, *[await another(town) for _ in range(PHONES - 1)]]
    return [Phone(replace(town, owner=owner), random.Random(seed + n)) for n, owner in enumerate(owners)]


async def another(town: Town) -> Person:
    """One more inspector of the town."""
    known = town.owner.user
    return await town.world.inspector(card_from=known.card_from, card_to=known.card_to)


async def heard_again(phones: list[Phone], *, all_of_them: bool = False) -> None:
    """One of them, or each, had one more call acknowledged."""
    for phone in phones:
        phone.heard.clear()
    waits = [asyncio.create_task(phone.heard.wait()) for phone in phones]
    when = asyncio.ALL_COMPLETED if all_of_them else asyncio.FIRST_COMPLETED
    heard, waiting = await asyncio.wait(waits, timeout=PATIENCE_SECONDS, return_when=when)
    for wait in waiting:
        wait.cancel()
    assert len(heard) == len(phones) if all_of_them else heard, "the office does not answer any more"

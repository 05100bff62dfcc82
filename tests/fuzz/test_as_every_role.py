"""Calls made from the document, as every role, against the whole app: nothing undeclared, no failure of the server.

FUZZ_SECONDS bounds it (120), FUZZ_SEED repeats it.
"""

import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import httpx
import hypothesis
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from api.app import create_app
from models.words import Role
from services.settings import Settings
from tests.contract import Contract
from tests.database import TestDatabase
from tests.documented import AFTER_THE_REPORT
from tests.fuzz.offered import offered
from tests.makers_town import Town, town
from tests.world import Clock, Person, World

SECONDS = float(os.environ.get("FUZZ_SECONDS", "120"))
SEED = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(2**32)))
CASES_AT_FIRST, CASES_A_ROUND = 9, 30
BASE_URL = "http://office.test"
MAY_FAIL = {503, 507}
"""Where the document tells them: a picture or paper that the worker has not made, a store that is full."""

JUDGES = [
    checks.negative_data_rejection,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

Case = schemathesis.Case[Any]
Play = Callable[[int], None]

schemathesis.serializer.alias("text/csv", "application/octet-stream")
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@dataclass
class Fuzz:
    """One town behind the app, and what was wrong with its answers: each fault once, with the call that showed it."""

    portal: BlockingPortal
    world: World
    town: Town
    document: dict[str, Any]
    contract: Contract
    faults: dict[str, str] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)

    def send(self, case: Case, by: Person | None) -> None:
        """One generated call by somebody, judged by schemathesis and by our own contract."""
        headers = {} if by is None else by.headers()
        raw = requests.Request(**case.as_transport_kwargs(base_url=BASE_URL, headers=headers)).prepare()
        if not _is_address_of(case, str(raw.url)):
            return
        body = raw.body.encode() if isinstance(raw.body, str) else raw.body
        assert body is None or isinstance(body, bytes)
        named = [(name.encode("latin-1"), _octets(value)) for name, value in raw.headers.items()]
        call = httpx.Request(str(raw.method), str(raw.url), headers=named, content=body)
        answer = self.portal.call(self.world.client.send, call)
        operation = case.operation.definition.raw["operationId"]
        role = "nobody" if by is None else by.user.role.value
        self.answered[f"{operation} {role} {answer.status_code // 100}xx"] += 1
        for fault in self._faults(case, answer):
            told = f"{role} {raw.method} {raw.url}\n  {dict(raw.headers)}\n  {str(body)[:1500]}"
            self.faults.setdefault(fault, f"{told}\n  {answer.status_code} {answer.text[:600]}")

    def _faults(self, case: Case, answer: httpx.Response) -> Iterator[str]:
        name = f"{case.operation.definition.raw['operationId']} {answer.status_code}"
        if answer.status_code >= 500 and answer.status_code not in MAY_FAIL:
            yield f"{name} failed"
        yield from self.contract.faults(answer)
        try:
            case.validate_response(answer, checks=JUDGES)
        except FailureGroup as group:
            yield from (f"{name}: {failure.title}: {failure.message[:200]}" for failure in group.exceptions)


def _is_address_of(case: Case, url: str) -> bool:
    """A spoilt value of a path may have a bare `?` in it: what is sent then is another operation's address."""
    pattern = re.sub(r"\\{[^}]*\\}", "[^/]*", re.escape(case.operation.path))
    return re.search(f"{pattern}$", urlsplit(url).path) is not None


def _octets(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


@contextmanager
def fuzzed_town(database: TestDatabase, settings: Settings, clock: Clock) -> Iterator[Fuzz]:
    """The app in a loop of its own thread: hypothesis draws and waits, as it must, in this one."""
    database.empty()
    clock.reset()
    app = create_app(settings, database.service_url, now=clock.now)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        portal.wrap_async_context_manager(client),
    ):
        world = World(client, clock, app.state.office)
        made = portal.call(town, world)
        spare = [portal.call(world.inspector), portal.call(world.village)]
        made.ids |= {"user_id": [person.id for person in spare], "leader_id": [made.people[Role.LEADER].id]}
        clock.set(AFTER_THE_REPORT)
        yield Fuzz(portal, world, made, app.openapi(), Contract(app.openapi()))


def plays_of(fuzz: Fuzz) -> list[Play]:
    """For every operation, with honest data and with spoilt: so many more cases, sent by everybody in turn."""
    schema = schemathesis.openapi.from_dict(offered(fuzz.document, fuzz.town))
    made = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            made.append(_play(fuzz, found.ok().as_strategy(generation_mode=mode)))
    return made


def _play(fuzz: Fuzz, cases: st.SearchStrategy[Case]) -> Play:
    people: list[Person | None] = [None, *fuzz.town.people.values()]
    random.shuffle(people)
    turns = cycle(people)

    def play(count: int) -> None:
        @hypothesis.settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.seed(random.randrange(2**32))
        @hypothesis.given(case=cases)
        def one(case: Case) -> None:
            fuzz.send(case, next(turns))

        with suppress(hypothesis.errors.Unsatisfiable):  # what asks for nothing cannot be asked wrongly
            one()

    return play


def test_no_call_that_the_document_allows_or_forbids_gets_an_answer_that_it_does_not_tell(
    database: TestDatabase, settings: Settings, clock: Clock
) -> None:
    print(f"FUZZ_SEED={SEED} FUZZ_SECONDS={SECONDS:.0f}")
    random.seed(SEED)
    with fuzzed_town(database, settings, clock) as fuzz:
        plays = plays_of(fuzz)
        until = time.monotonic() + SECONDS
        for play in plays:
            play(CASES_AT_FIRST)  # honest and spoilt together: everybody's turn comes, whatever the time
        while time.monotonic() < until:
            random.choice(plays)(CASES_A_ROUND)
    by_class = Counter(name.rsplit(" ", 1)[1] for name in fuzz.answered.elements())
    print(f"{fuzz.answered.total()} calls: {dict(by_class)}")
    told = "\n".join(f"- {fault}\n  {call}" for fault, call in fuzz.faults.items())
    assert fuzz.faults == {}, f"FUZZ_SEED={SEED}, {len(fuzz.faults)} faults in {fuzz.answered.total()} calls:\n{told}"
    met = {tuple(name.split()[:2]) for name in fuzz.answered}
    everybody = ["nobody", *Role]
    operations = [operation for methods in fuzz.document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations if operation.get("parameters")]
    never = [(name, role) for name in names for role in everybody if (name, role) not in met]
    assert never == []

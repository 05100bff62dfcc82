"""What a handler may ask for: the transaction, who acts, the time. The only place of the api that commits."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from fastapi import Depends, Header
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from api.networks import address
from api.office import Office, office_of
from api.scopes import check_scope
from services.access import Actor
from services.acts import IDEMPOTENCY_KEY
from services.auth import PasswordChangeNeeded, QueueTold, actor_of, hear_queue
from services.auth.key_callers import PREFIX, actor_of_key
from services.auth.second_factor import TotpEnrolmentNeeded, must_enrol
from services.errors import InvalidInput, Unavailable
from services.readings import listen
from services.tokens import TokenInvalid

TURN_WAIT_SECONDS = 60
_bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)
QUEUE_PATTERN = r"^[0-9]{1,6}(, ?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,12}(Z|[+-][0-9]{2}:[0-9]{2}))?$"
"""For the document; what is told apart here is below."""
_QUEUE = re.compile(r"(\d{1,6})(?:,\s*(\S{10,40}))?")

AtOffice = Annotated[Office, Depends(office_of)]


@dataclass(frozen=True)
class Credentials:
    """What a call shows of its caller, where it comes from, and what it is about to do."""

    token: str | None
    address: str | None
    operation: str


async def credentials(request: Request, token: Annotated[str | None, Depends(_bearer)]) -> Credentials:
    """Only the Authorization header counts: an address ends in logs, histories and other people's hands."""
    return Credentials(token, address(request), request.scope["route"].operation_id)


Bearer = Annotated[Credentials, Depends(credentials)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Makes a repeat known where the body carries no id.",
    ),
]
QueueHeader = Annotated[
    str | None,
    Header(
        alias="Zhicha-Queue",
        max_length=60,
        description="What still waits on the phone: count, oldest time.",
        json_schema_extra={"pattern": QUEUE_PATTERN},
        examples=["3, 2026-11-24T09:12:31+08:00"],
    ),
]


async def transaction(office: AtOffice) -> AsyncIterator[AsyncSession]:
    """One transaction a request: committed on the way out, rolled back on any exception."""
    async with office.new_session.begin() as tx:
        yield tx
    office.readings.count(tx, at=office.now())  # not before the commit: what fails tells nobody anything


# Dependencies are `async def` also where they wait for nothing: a plain function costs a thread's hop.
# scope="function": the commit comes before the first byte of the answer, so one that fails is never a 2xx (design 1).
Tx = Annotated[AsyncSession, Depends(transaction, scope="function")]


async def present(office: AtOffice) -> datetime:
    """The time of this request."""
    return office.now()


Now = Annotated[datetime, Depends(present)]


async def _who(tx: AsyncSession, office: Office, shown: Credentials, now: datetime) -> Actor:
    """Whoever calls, a person by a session's token or a system by its key. Raises TokenInvalid, ScopeNeeded."""
    if shown.token is None:
        raise TokenInvalid
    if not shown.token.startswith(PREFIX):
        actor = await actor_of(tx, office.keys.token, shown.token, at=now)
    else:
        actor = await actor_of_key(tx, shown.token, shown.address, at=now)
        check_scope(actor, shown.operation)
    listen(tx, actor.id)
    return actor


async def signed_in(
    office: AtOffice,
    tx: Tx,
    now: Now,
    shown: Bearer,
    idempotency_key: IdempotencyKey = None,
    zhicha_queue: QueueHeader = None,
) -> Actor:
    """Who calls. Here the transaction learns who acts: row security (issue C) reads what `actor_of` sets."""
    actor = await _who(tx, office, shown, now)
    if idempotency_key is not None:
        tx.info[IDEMPOTENCY_KEY] = uuid5(NAMESPACE_URL, f"{actor.id}:{idempotency_key}")
    if zhicha_queue is not None:
        await hear_queue(tx, actor, _queue(zhicha_queue), at=now)
    return actor


SignedIn = Annotated[Actor, Depends(signed_in)]


async def early_signed_in(office: AtOffice, now: Now, shown: Bearer) -> Actor:
    """Who calls, asked by one statement before the handler starts: for what waits for a slow hash or a long body."""
    async with office.at_once() as tx:
        return await _who(tx, office, shown, now)


EarlySignedIn = Annotated[Actor, Depends(early_signed_in)]


async def in_good_standing(office: AtOffice, actor: SignedIn) -> Actor:
    """Who calls, once the password that somebody else set has been changed, and the second factor is there."""
    return _in_good_standing(office, actor)


def _in_good_standing(office: Office, actor: Actor) -> Actor:
    if actor.must_change_password:
        raise PasswordChangeNeeded
    if must_enrol(actor, office.settings.totp_for):
        raise TotpEnrolmentNeeded
    return actor


Caller = Annotated[Actor, Depends(in_good_standing)]


Acting = Callable[[], AbstractAsyncContextManager[tuple[AsyncSession, Actor]]]


async def short_transactions(office: AtOffice, now: Now, shown: Bearer) -> Acting:
    """Opens short transactions that know who calls, for what must not hold a connection while bytes trickle."""

    @asynccontextmanager
    async def acting() -> AsyncIterator[tuple[AsyncSession, Actor]]:
        async with office.new_session.begin() as tx:
            yield tx, _in_good_standing(office, await _who(tx, office, shown, now))
        office.readings.count(tx, at=office.now())

    return acting


InShort = Annotated[Acting, Depends(short_transactions)]


@asynccontextmanager
async def one_of_a_few(office: Office) -> AsyncIterator[None]:
    """A turn for who has brought its bytes, however many have at once: behind the pool all but the first would be
    turned away after minutes of sending, and everybody else's calls with them. Raises Unavailable after a minute.
    """
    try:
        async with asyncio.timeout(TURN_WAIT_SECONDS):
            await office.turns.acquire()
    except TimeoutError:
        raise Unavailable from None
    try:
        yield
    finally:
        office.turns.release()


async def turn(office: AtOffice) -> AsyncIterator[None]:
    """From here to the end of the transaction; to be asked for after the body and before `Caller`."""
    async with one_of_a_few(office):
        yield


Turn = Annotated[None, Depends(turn, scope="function")]


async def short_transactions_in_turn(office: AtOffice, acting: InShort) -> Acting:
    """The same short transactions, each of them in its turn."""

    @asynccontextmanager
    async def in_turn() -> AsyncIterator[tuple[AsyncSession, Actor]]:
        async with one_of_a_few(office), acting() as acted:
            yield acted

    return in_turn


InTurn = Annotated[Acting, Depends(short_transactions_in_turn)]


async def early_caller(office: AtOffice, actor: EarlySignedIn) -> Actor:
    """Who calls, asked before a long body is read: a slow phone holds no connection.

    `Caller` behind it asks again, in the transaction that does the work.
    """
    return _in_good_standing(office, actor)


EarlyCaller = Annotated[Actor, Depends(early_caller)]


def _queue(header: str) -> QueueTold:
    match = _QUEUE.fullmatch(header.strip())
    if match is None:
        raise InvalidInput.at("#/header/Zhicha-Queue", "queue_unreadable", "expected: count, oldest time (RFC 3339)")
    try:
        oldest = datetime.fromisoformat(match[2]) if match[2] else None
    except ValueError:
        oldest = None
    if match[2] and (oldest is None or oldest.utcoffset() is None):
        raise InvalidInput.at("#/header/Zhicha-Queue", "queue_unreadable", "the oldest time needs an offset")
    return QueueTold(int(match[1]), oldest)


VersionHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The version that was read, as its ETag gave it.",
        json_schema_extra={"pattern": r'^(W/)?"[0-9]{1,9}"$'},
        examples=['"1"'],
    ),
]


async def version_of(if_match: VersionHeader = None) -> int | None:
    """The version named by If-Match, or None without one; `*` is not a version."""
    if if_match is None:
        return None
    match = re.fullmatch(r'(?:W/)?"(\d{1,9})"', if_match.strip())
    if match is None:
        raise InvalidInput.at("#/header/If-Match", "version_unreadable", 'expected a version in quotes, like "3"')
    return int(match[1])


IfMatch = Annotated[int | None, Depends(version_of)]

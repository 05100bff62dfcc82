"""Signing in, carrying on and changing the password: short transactions around a slow hash, never one across it.

What must be kept though the answer is a refusal (a counted try, an ended family) is committed before the refusal is
raised; so these functions open their own transactions by the door that the api gives them.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import DeviceSession, PasswordChange, RefreshWrite, TokenForm, TokenRead
from models.second_factors import TotpEnrolment, TotpEnrolmentRead
from models.users import User
from models.words import EventKind
from services import events, sign_ins
from services.access import Actor
from services.auth import second_factor, sessions, throttle
from services.auth.hashing import OWN_PEOPLE, STRANGERS, hash_of, is_right
from services.auth.passwords import check_new
from services.auth.second_factor import TotpNeeded, TotpWrong
from services.auth.throttle import Charge, TooManySignIns
from services.errors import InvalidInput, Unauthenticated
from services.keys import Ring
from services.rules.guesses import Paces
from services.settings import PasswordPolicy
from services.tokens import TokenInvalid, read_refresh

Door = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens a transaction that commits when it is left without an error."""


@dataclass(eq=False)
class WrongCredentials(Unauthenticated):
    """The account or the password is wrong."""

    code: ClassVar[str] = "wrong_credentials"
    title: ClassVar[str] = "账号或密码不正确"


@dataclass(frozen=True)
class SignInRules:
    """What the office's settings say of signing in, and the key that signs its tokens."""

    ring: Ring
    lasts: timedelta
    policy: PasswordPolicy
    paces: Paces
    password_lasts: timedelta | None


@dataclass(frozen=True)
class _Account:
    """What the hash is checked against; `id` None when there is no such account, or a disabled one."""

    id: UUID | None
    password_hash: str | None
    is_known_device: bool


async def sign_in(door: Door, rules: SignInRules, form: TokenForm, network: str, *, at: datetime) -> TokenRead:
    """A session on this device. Raises WrongCredentials, TotpNeeded, TotpWrong, TooManySignIns, SignInBusy.

    Unknown and disabled accounts cost the same time and get the same answer as a wrong password.
    """
    account, charged = await _counted(door, rules, form, network, at)
    lane = OWN_PEOPLE if account.is_known_device else STRANGERS
    right = await is_right(form.password.get_secret_value(), account.password_hash, lane)
    if account.id is None or not right:
        async with door() as tx:
            await sign_ins.note_refusal(tx, account.id, network, at=at)
        raise WrongCredentials
    async with door() as tx:
        user = await _still_good(tx, account.id, account.password_hash)
        if user is None:
            raise WrongCredentials
        refusal = await _second(tx, user, form, charged, at)
        if isinstance(refusal, TotpWrong):
            await sign_ins.note_refusal(tx, user.id, network, at=at)
        if refusal is None:
            await throttle.forgive(tx, charged)
            _age(tx, rules, user, at)
            session = await sessions.begin(tx, user, form.device_id, form.device_name, at=at)
            sign_ins.note_success(tx, session, network, at=at)
            return sessions.tokens(tx, rules.ring, session, user, at=at, lasts=rules.lasts)
    raise refusal


async def refresh(door: Door, rules: SignInRules, body: RefreshWrite, *, at: datetime) -> TokenRead:
    """The next pair of tokens. Raises TokenInvalid, after the end of a family is kept."""
    presented = read_refresh(rules.ring, body.refresh_token.get_secret_value())
    async with door() as tx:
        carried = await sessions.carry_on(tx, presented, body.device_id, at=at)
        if carried is not None:
            session, user = carried
            _age(tx, rules, user, at)
            return sessions.tokens(tx, rules.ring, session, user, at=at, lasts=rules.lasts)
    raise TokenInvalid


async def revoke(tx: AsyncSession, rules: SignInRules, token: str, *, at: datetime) -> None:
    """Sign out the device that the token was given to; a token of nobody's is no error (RFC 7009 2.2)."""
    try:
        presented = read_refresh(rules.ring, token)
    except TokenInvalid:
        return
    await sessions.end_of_token(tx, presented, at=at)


async def change_password(door: Door, rules: SignInRules, actor: Actor, body: PasswordChange, *, at: datetime) -> None:
    """The actor's own new password; every other session ends. A repeat, when the answer was lost, changes nothing.

    Raises InvalidInput, TooManySignIns, SignInBusy, TokenInvalid.
    """
    old, new = body.old_password.get_secret_value(), body.new_password.get_secret_value()
    if old == new:
        raise InvalidInput.at("/new_password", "password_unchanged", "the new password is the old one")
    async with door() as tx:
        kept, charged = await _charge_own(tx, rules, actor, at)
        await check_new(tx, new, pointer="/new_password", policy=rules.policy, names=(actor.name,), user_id=actor.id)
    is_repeat = False
    if not await is_right(old, kept, OWN_PEOPLE):
        is_repeat = await is_right(new, kept, OWN_PEOPLE)
        if not is_repeat:
            raise InvalidInput.at("/old_password", "password_wrong", "this is not the password")
    fresh = None if is_repeat else await hash_of(new)
    async with door() as tx:
        await throttle.forgive(tx, charged)
        if fresh is not None:
            await _set_own(tx, actor, kept, fresh, at)


async def _counted(
    door: Door, rules: SignInRules, form: TokenForm, network: str, at: datetime
) -> tuple[_Account, Charge]:
    """The account, and the try as it was counted. Raises TooManySignIns, once that is noted.

    A refusal is rolled back before it is noted: its locks are those that everybody at this account waits for.
    """
    name = throttle.account_of(rules.ring.current.secret, form.username)
    account = _Account(None, None, is_known_device=False)
    try:
        async with door() as tx:
            account = await _account(tx, form)
            known = throttle.known_device(name, form.device_id, rules.paces)
            charged = known if account.is_known_device else throttle.stranger(name, network, rules.paces)
            await throttle.charge(tx, charged, at=at)
    except TooManySignIns:
        async with door() as tx:
            await sign_ins.note_throttled(tx, account.id, network, at=at)
        raise
    return account, charged


async def _account(tx: AsyncSession, form: TokenForm) -> _Account:
    """One query for every answer, so that time tells nothing."""
    earlier = sa.exists().where(
        col(DeviceSession.user_id) == col(User.id), col(DeviceSession.device_id) == form.device_id
    )
    query = sa.select(col(User.id), col(User.password_hash), col(User.disabled_at), earlier)
    row = (await tx.execute(query.where(col(User.username) == form.username))).one_or_none()
    if row is None or row[2] is not None:
        return _Account(None, None, is_known_device=False)
    return _Account(row[0], row[1], is_known_device=row[3])


async def _still_good(tx: AsyncSession, user_id: UUID, password_hash: str | None) -> User | None:
    """The user locked, unless the account was disabled or got another password while the hash was being checked."""
    return await tx.scalar(
        sa.select(User)
        .where(col(User.id) == user_id, col(User.password_hash) == password_hash, col(User.disabled_at).is_(None))
        .with_for_update(key_share=True)
    )


def _age(tx: AsyncSession, rules: SignInRules, user: User, at: datetime) -> None:
    """Where the office's rules say so, a password that grew too old must be changed before anything else is done."""
    if rules.password_lasts is None or user.must_change_password:
        return
    if at - (user.password_set_at or user.created_at) >= rules.password_lasts:
        before = events.snapshot(user)
        user.must_change_password = True
        user.version += 1
        events.record(tx, None, EventKind.USER_PASSWORD_EXPIRED, user, before=before, at=at)


async def _second(
    tx: AsyncSession, user: User, form: TokenForm, charged: Charge, at: datetime
) -> TotpNeeded | TotpWrong | None:
    """What the second factor says, where there is one. A wrong code stays counted like a wrong password."""
    if user.totp_since is None:
        return None
    if form.totp is None:
        await throttle.take_back(tx, charged)
        return TotpNeeded()
    return None if await second_factor.check(tx, user, form.totp, at=at) else TotpWrong()


async def enrol_totp(
    door: Door, rules: SignInRules, actor: Actor, body: TotpEnrolment, *, at: datetime
) -> TotpEnrolmentRead:
    """A secret for the actor's authenticator app. Raises InvalidInput, TotpInForce, TooManySignIns, SignInBusy."""
    async with door() as tx:
        kept, charged = await _charge_own(tx, rules, actor, at)
    if not await is_right(body.password.get_secret_value(), kept, OWN_PEOPLE):
        raise InvalidInput.at("/password", "password_wrong", "this is not the password")
    async with door() as tx:
        user = await _still_good(tx, actor.id, kept)
        if user is None:
            raise TokenInvalid
        await throttle.forgive(tx, charged)
        return await second_factor.begin(tx, user, at=at)


async def _charge_own(tx: AsyncSession, rules: SignInRules, actor: Actor, at: datetime) -> tuple[str, Charge]:
    """Whoever holds an unlocked phone may not guess on it for ever either."""
    found = await tx.execute(
        sa.select(col(User.username), col(User.password_hash), col(DeviceSession.device_id))
        .join(DeviceSession, col(DeviceSession.user_id) == col(User.id))
        .where(col(DeviceSession.id) == actor.session_id)
    )
    username, kept, device_id = found.one()
    charged = throttle.known_device(throttle.account_of(rules.ring.current.secret, username), device_id, rules.paces)
    await throttle.charge(tx, charged, at=at)
    return kept, charged


async def _set_own(tx: AsyncSession, actor: Actor, kept: str, fresh: str, at: datetime) -> None:
    user = await _still_good(tx, actor.id, kept)
    live = await tx.scalar(
        sa.select(sa.literal(True))
        .select_from(DeviceSession)
        .where(col(DeviceSession.id) == actor.session_id, col(DeviceSession.ended_at).is_(None))
    )
    if user is None or live is None:
        raise TokenInvalid
    before = events.snapshot(user)
    user.password_hash = fresh
    user.must_change_password, user.password_set_at = False, at
    user.version += 1
    events.record(tx, actor, EventKind.USER_PASSWORD_CHANGED, user, before=before, at=at)
    await sessions.end(tx, actor, user.id, sessions.Ended.PASSWORD_CHANGED, at=at, but=actor.session_id)

"""Guesses are counted before they are tried, so that a hundred at once cannot all slip through (threat 18).

Strangers are counted by account and network, and by account over all networks; a device that this user was ever signed
in on has a counter of its own, which nobody else's guesses touch: the owner is never locked out of the phone in hand.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import SignInFailure
from services.errors import TooMany
from services.rules.guesses import FORGOTTEN_AFTER, Pace, Paces, failures_that_count, wait_left

ANYWHERE = "*"


@dataclass(eq=False)
class TooManySignIns(TooMany):
    """Too many wrong passwords for this account; wait, or sign in on a device that was used before."""

    code: ClassVar[str] = "too_many_sign_ins"
    title: ClassVar[str] = "密码错误次数过多，请稍后再试"
    retry_after_seconds: int


@dataclass(frozen=True)
class Charge:
    """One try that is counted as failed until it turns out right: the account's hash and the counters it went on."""

    account: str
    paces: dict[str, Pace]


def account_of(key: bytes, username: str) -> str:
    """An account's name as the counters know it, known or not: people type passwords into the wrong field."""
    return hmac.new(key, b"zhicha sign-in account\x00" + username.encode(), sha256).hexdigest()


def stranger(account: str, network: str, paces: Paces) -> Charge:
    """A try from a device that this account was never signed in on."""
    return Charge(account, {network: paces.network, ANYWHERE: paces.anywhere})


def known_device(account: str, device_id: str, paces: Paces) -> Charge:
    """A try from a device of the account's owner."""
    return Charge(account, {f"device {sha256(device_id.encode()).hexdigest()}": paces.known_device})


async def charge(tx: AsyncSession, charge: Charge, *, at: datetime) -> None:
    """Count a try; the caller commits before it looks at the password. Raises TooManySignIns, then nothing is tried."""
    _let_through(charge, await _counters(tx, charge, lock=False), at)
    blank = [{"account": charge.account, "network": name, "failures": 0, "last_failed_at": at} for name in charge.paces]
    await tx.execute(
        insert(SignInFailure).values(sorted(blank, key=lambda row: row["network"])).on_conflict_do_nothing()
    )
    counters = await _counters(tx, charge, lock=True)
    _let_through(charge, counters, at)
    for counter in counters:
        counter.failures = failures_that_count(counter.failures, counter.last_failed_at, at=at) + 1
        counter.last_failed_at = at
    await tx.flush()


async def expect_turn(tx: AsyncSession, charge: Charge, *, at: datetime) -> None:
    """Whether a try would be taken now; nothing is counted. Raises TooManySignIns."""
    _let_through(charge, await _counters(tx, charge, lock=False), at)


async def forgive(tx: AsyncSession, charge: Charge) -> None:
    """The try was right: its own counter starts anew, the one over all networks only takes this try back."""
    for name in sorted(charge.paces):
        left = sa.func.greatest(col(SignInFailure.failures) - 1, 0) if name == ANYWHERE else 0
        await tx.execute(
            sa.update(SignInFailure)
            .where(col(SignInFailure.account) == charge.account, col(SignInFailure.network) == name)
            .values(failures=left)
        )


async def take_back(tx: AsyncSession, charge: Charge) -> None:
    """The try was neither right nor wrong: it alone is not counted, and no counter starts anew."""
    for name in sorted(charge.paces):
        await tx.execute(
            sa.update(SignInFailure)
            .where(col(SignInFailure.account) == charge.account, col(SignInFailure.network) == name)
            .values(failures=sa.func.greatest(col(SignInFailure.failures) - 1, 0))
        )


async def forget(tx: AsyncSession, account: str) -> None:
    """An administrator set a new password: the account's counters start anew."""
    await tx.execute(sa.update(SignInFailure).where(col(SignInFailure.account) == account).values(failures=0))


async def throw_away_old(tx: AsyncSession, *, at: datetime) -> None:
    """Counters whose last try is a day old say nothing any more."""
    old = sa.select(col(SignInFailure.account), col(SignInFailure.network)).where(
        col(SignInFailure.last_failed_at) <= at - FORGOTTEN_AFTER
    )
    free = old.with_for_update(skip_locked=True).limit(50_000)
    await tx.execute(
        sa.delete(SignInFailure).where(sa.tuple_(col(SignInFailure.account), col(SignInFailure.network)).in_(free))
    )


async def _counters(tx: AsyncSession, charge: Charge, *, lock: bool) -> list[SignInFailure]:
    query = (
        sa.select(SignInFailure)
        .where(col(SignInFailure.account) == charge.account, col(SignInFailure.network).in_(charge.paces))
        .order_by(col(SignInFailure.network))
        .execution_options(populate_existing=True)
    )
    return list((await tx.scalars(query.with_for_update() if lock else query)).all())


def _let_through(charge: Charge, counters: list[SignInFailure], at: datetime) -> None:
    waits = [wait_left(charge.paces[c.network], c.failures, c.last_failed_at, at=at) for c in counters]
    longest = max(waits, default=timedelta(0))
    if longest > timedelta(0):
        raise TooManySignIns(ceil(longest.total_seconds()))

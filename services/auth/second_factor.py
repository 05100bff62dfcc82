"""The second factor 双因素: enrolled by its user, asked at sign-in, taken away by the security officer alone."""

from base64 import b32encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import ClassVar
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.second_factors import RecoveryCode, SecondFactor, TotpEnrolmentRead
from models.users import User
from models.words import EventKind
from services import events
from services.access import Actor
from services.chance import chance
from services.errors import Conflict, Forbidden, InvalidInput, Unauthenticated
from services.rules.spelt_codes import in_fours
from services.rules.totp import matching_step
from services.sealing import SALT_BYTES, seals

SECRET_BYTES = 20  # RFC 4226, 4: 160 bits
RECOVERY_CODES = 10
LETTERS = 16
"""Of a recovery code: 80 bits, so that a plain hash keeps it."""
SHOWN_AGAIN = timedelta(minutes=10)
"""How long a lost answer is given again."""
ISSUER = "直查"


@dataclass(eq=False)
class TotpNeeded(Unauthenticated):
    """The password is right; this account also needs a code of its authenticator app, or a recovery code."""

    code: ClassVar[str] = "totp_needed"
    title: ClassVar[str] = "还需要动态验证码"


@dataclass(eq=False)
class TotpWrong(Unauthenticated):
    """The code is wrong, too old, or was used before."""

    code: ClassVar[str] = "totp_wrong"
    title: ClassVar[str] = "动态验证码不正确或已用过"


@dataclass(eq=False)
class TotpInForce(Conflict):
    """This account has a second factor already; the security officer takes it away first."""

    code: ClassVar[str] = "totp_in_force"
    title: ClassVar[str] = "该账号已启用动态验证码"


@dataclass(eq=False)
class TotpEnrolmentNeeded(Forbidden):
    """The office asks for a second factor of this account; enrol one first."""

    code: ClassVar[str] = "totp_enrolment_needed"
    title: ClassVar[str] = "请先启用动态验证码"


def must_enrol(actor: Actor, asked_of: Collection[str]) -> bool:
    """Whether the office asks for a second factor that this person has not; a system's key has none."""
    if actor.has_totp or actor.scopes is not None:
        return False
    return not {actor.role, *actor.hats}.isdisjoint(asked_of)


async def begin(tx: AsyncSession, user: User, *, at: datetime) -> TotpEnrolmentRead:
    """A secret for the user's app; the same again for some minutes. The caller holds the row. Raises TotpInForce."""
    factor = await _factor(tx, user.id)
    if factor is not None and factor.confirmed_at is not None:
        raise TotpInForce
    if factor is not None and at - factor.made_at <= SHOWN_AGAIN:
        return _shown(_secret(tx, factor), user)
    if factor is not None:
        factor.removed_at = at
    secret, factor_id = chance(tx).bytes(SECRET_BYTES), chance(tx).new_id()
    sealed = seals(tx).seal(secret.hex(), table=_TABLE, row_id=factor_id, salt=chance(tx).bytes(SALT_BYTES))
    tx.add(SecondFactor(id=factor_id, user_id=user.id, secret_sealed=sealed, made_at=at))
    await tx.flush()
    return _shown(secret, user)


async def confirm(tx: AsyncSession, actor: Actor, code: str, *, at: datetime) -> list[str]:
    """The app works: from the next sign-in on its code is asked for. Returns the recovery codes.

    Raises InvalidInput for a wrong code, and TotpInForce later than a lost answer may be asked for again.
    """
    factor = await _factor(tx, actor.id)
    if factor is None:
        raise InvalidInput.at("/code", "totp_not_enrolled", "enrol first: see enrolTotp")
    secret = _secret(tx, factor)
    if factor.confirmed_at is not None:
        if at - factor.confirmed_at <= SHOWN_AGAIN and matching_step(secret, code, at=at, after=factor.last_step - 1):
            return _recovery_codes(secret)
        raise TotpInForce
    step = matching_step(secret, code, at=at, after=0)
    if step is None:
        raise InvalidInput.at("/code", "totp_wrong", "this is not the code that the app shows now")
    factor.confirmed_at, factor.last_step = at, step
    codes = _recovery_codes(secret)
    tx.add_all([_kept(chance(tx).new_id(), factor.id, code) for code in codes])
    await _set_since(tx, actor, actor.id, at, EventKind.TOTP_CONFIRMED, at=at)
    return codes


async def check(tx: AsyncSession, user: User, code: str, *, at: datetime) -> bool:
    """Whether a code signs this user in; if so it is used up. A recovery code's use is an event."""
    factor = await _factor(tx, user.id)
    if factor is None:
        return False
    step = matching_step(_secret(tx, factor), code, at=at, after=factor.last_step)
    if step is not None:
        factor.last_step = step
        return True
    spent = (
        sa.update(RecoveryCode)
        .where(col(RecoveryCode.factor_id) == factor.id, col(RecoveryCode.used_at).is_(None))
        .where(col(RecoveryCode.code_hash) == _hash(code))
        .values(used_at=at)
        .returning(col(RecoveryCode.id))
    )
    if await tx.scalar(spent) is None:
        return False
    before = events.snapshot(user)
    events.record(tx, None, EventKind.RECOVERY_CODE_USED, user, before=before, at=at)
    return True


async def remove(tx: AsyncSession, actor: Actor, user_id: UUID, reason: str, *, at: datetime) -> None:
    """The password alone signs in again, until the user enrols anew; nothing to do is no error."""
    factor = await _factor(tx, user_id)
    if factor is None:
        return
    factor.removed_at = at
    await _set_since(tx, actor, user_id, None, EventKind.TOTP_REMOVED, at=at, note=reason)


async def _set_since(
    tx: AsyncSession,
    actor: Actor,
    user_id: UUID,
    since: datetime | None,
    kind: EventKind,
    *,
    at: datetime,
    note: str | None = None,
) -> None:
    user = await tx.get_one(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    before = events.snapshot(user)
    user.totp_since = since
    user.version += 1
    events.record(tx, actor, kind, user, before=before, at=at, note=note)
    await tx.flush()


async def _factor(tx: AsyncSession, user_id: UUID) -> SecondFactor | None:
    """Locked: of two sign-ins with one code at once, one is too late."""
    query = sa.select(SecondFactor).where(col(SecondFactor.user_id) == user_id, col(SecondFactor.removed_at).is_(None))
    return await tx.scalar(query.with_for_update().execution_options(populate_existing=True))


_TABLE = "second_factor.secret"


def _secret(tx: AsyncSession, factor: SecondFactor) -> bytes:
    return bytes.fromhex(seals(tx).open(factor.secret_sealed, table=_TABLE, row_id=factor.id))


def _shown(secret: bytes, user: User) -> TotpEnrolmentRead:
    text = b32encode(secret).decode()
    label = quote(f"{ISSUER}:{user.username}")
    return TotpEnrolmentRead(secret=text, uri=f"otpauth://totp/{label}?secret={text}&issuer={quote(ISSUER)}")


def _recovery_codes(secret: bytes) -> list[str]:
    """Made from the secret, so that a lost answer can be given again though only their hashes are kept."""
    made = [digest(secret, f"zhicha recovery code {place}".encode(), "sha256") for place in range(RECOVERY_CODES)]
    plain = [b32encode(one).decode()[:LETTERS].lower() for one in made]
    return [in_fours(text) for text in plain]


def _kept(code_id: UUID, factor_id: UUID, code: str) -> RecoveryCode:
    return RecoveryCode(id=code_id, factor_id=factor_id, code_hash=_hash(code))


def _hash(code: str) -> bytes:
    return sha256(code.replace("-", "").replace(" ", "").lower().encode()).digest()

"""Users 人员: accounts, who sees whom, and what follows when an account changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import PasswordReset
from models.second_factors import TotpRemoval
from models.users import AccountWrite, IdentityRead, IdentityReveal, User, UserPatch, UserRead, UserWrite
from models.words import EventKind, Hat, Role
from services import acts, events, identities
from services.access import Actor, Deed, in_region
from services.accounts import check_account
from services.auth import second_factor, sessions, throttle
from services.auth.hashing import hash_of
from services.auth.passwords import check_new
from services.auth.sessions import Ended
from services.chance import chance
from services.errors import Conflict, IdTaken, NotAllowed, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.cards import is_card_valid
from services.rules.clocks import local_date
from services.rules.passwords import readable
from services.settings import PasswordPolicy
from services.versions import expect

BY_NAME = Order((col(User.name), col(User.id)))
NAMES_INSPECTORS = (Deed.PLAN_VISIT, Deed.APPROVE_VISIT, Deed.REPORT_INSPECTION, Deed.PATROL)
ENDS_SESSIONS = {"role", "hats", "region", "department_id", "enterprise_id", "disabled_at"}
"""A change of any of these ends the user's sessions at once (threat 3)."""

FIRST_ADMIN = "admin"


@dataclass(eq=False)
class UsernameTaken(Conflict):
    """Another account has this username."""

    code: ClassVar[str] = "username_taken"
    title: ClassVar[str] = "账号已被使用"


async def create(
    tx: AsyncSession,
    actor: Actor,
    body: UserWrite,
    *,
    policy: PasswordPolicy,
    at: datetime,
    hashed: str | None = None,
) -> tuple[User, bool]:
    """A new account, or the one this id made before (its password is not compared).

    `hashed` is the password's hash where many accounts share one: hashing is slow on purpose.
    Raises NotAllowed, InvalidInput, UsernameTaken, IdConflict, IdTaken, SignInBusy.
    """
    actor.require(Deed.MANAGE_ACCOUNTS)
    begun = await acts.begin(tx, actor, "createUser", body, at=at)
    if not begun.is_new:
        user = await tx.scalar(sa.select(User).where(col(User.id) == begun.id, _seen(actor)))
        if user is None:
            raise IdTaken
        return user, False
    password = body.password.get_secret_value()
    await check_new(tx, password, pointer="/password", policy=policy, names=(body.username, body.name))
    user = User(
        **body.model_dump(exclude={"id", "password", "identity_number"}), id=begun.id, password_hash="", created_at=at
    )  # the hash follows when all the rest is right
    user.identity_sealed = identities.sealed(tx, user.id, body.identity_number)
    await check_account(tx, user)
    user.password_hash = hashed or await hash_of(password)
    await add(tx, actor, user, at)
    return user, True


async def enrol(tx: AsyncSession, actor: Actor, body: AccountWrite, user_id: UUID, *, at: datetime) -> User:
    """A new account without a password: nobody signs in by it until a first one is issued.

    Raises NotAllowed, InvalidInput, UsernameTaken.
    """
    actor.require(Deed.MANAGE_ACCOUNTS)
    user = User(**body.model_dump(exclude={"id", "identity_number"}), id=user_id, password_hash="", created_at=at)
    await check_account(tx, user)
    await add(tx, actor, user, at)
    return user


async def list_users(
    tx: AsyncSession, actor: Actor, role: Role | None, *, after: Key | None, limit: int
) -> Slice[User]:
    """The accounts that the actor sees, by name."""
    query = sa.select(User).where(_seen(actor))
    if role is not None:
        query = query.where(col(User.role) == role)
    return await slice_of(tx, query, BY_NAME, lambda user: (user.name, user.id), after=after, limit=limit)


async def get(tx: AsyncSession, actor: Actor, user_id: UUID) -> User:
    """One account that the actor sees. Raises NotFound."""
    user = await tx.scalar(sa.select(User).where(col(User.id) == user_id, _seen(actor)))
    if user is None:
        raise NotFound
    return user


async def update(
    tx: AsyncSession,
    actor: Actor,
    user_id: UUID,
    body: UserPatch,
    *,
    version: int | None,
    at: datetime,
) -> User:
    """Change what the patch names. Raises NotFound, NotAllowed, VersionRequired, VersionMismatch, InvalidInput."""
    user = await _locked(tx, actor, user_id)
    actor.require(Deed.MANAGE_ACCOUNTS)
    expect(user, version)
    before = events.snapshot(user)
    changes = body.model_dump(exclude_unset=True, exclude={"disabled", "identity_number"})
    for name, value in changes.items():
        setattr(user, name, value)
    note = None
    if "identity_number" in body.model_fields_set:
        user.identity_sealed = identities.sealed(tx, user.id, body.identity_number)
        note = identities.CHANGED  # the event says that it changed, never what it is
    if body.disabled is not None:
        user.disabled_at = (user.disabled_at or at) if body.disabled else None
    await check_account(tx, user, names=changes.keys())
    if user.id == actor.id and (user.disabled_at is not None or user.role is not Role.ADMIN):
        raise NotAllowed(Deed.MANAGE_ACCOUNTS)  # an office whose last administrator is gone has no way back
    events.record(tx, actor, EventKind.USER_CHANGED, user, before=before, at=at, note=note)
    await tx.flush()
    now = events.snapshot(user)
    if any(now[name] != before[name] for name in ENDS_SESSIONS):
        await sessions.end(tx, actor, user.id, Ended.ACCOUNT_CHANGED, at=at)
    return user


async def reset_password(
    tx: AsyncSession,
    actor: Actor,
    user_id: UUID,
    body: PasswordReset,
    *,
    policy: PasswordPolicy,
    key: bytes,
    at: datetime,
) -> None:
    """A first password again: sessions end, the count of wrong guesses starts anew.

    Administrators and whoever wears the hat `security` may; nobody their own, and `security` no administrator's.
    Raises NotFound, NotAllowed, InvalidInput, SignInBusy.
    """
    user = await _locked(tx, actor, user_id)
    actor.require(Deed.RESET_PASSWORDS)
    if user.id == actor.id or (user.role is Role.ADMIN and not actor.may(Deed.MANAGE_ACCOUNTS)):
        raise NotAllowed(Deed.RESET_PASSWORDS)
    begun = await acts.begin(tx, actor, "resetPassword", body, at=at, subject_id=user.id)
    if not begun.is_new:
        return
    password = body.new_password.get_secret_value()
    await check_new(tx, password, pointer="/new_password", policy=policy, names=(user.username, user.name))
    before = events.snapshot(user)
    user.password_hash = await hash_of(password)
    user.must_change_password, user.password_set_at = True, at
    user.version += 1
    events.record(tx, actor, EventKind.USER_PASSWORD_RESET, user, before=before, at=at)
    await throttle.forget(tx, throttle.account_of(key, user.username))
    await sessions.end(tx, actor, user.id, Ended.PASSWORD_RESET, at=at)


async def remove_totp(tx: AsyncSession, actor: Actor, user_id: UUID, body: TotpRemoval, *, at: datetime) -> None:
    """Take somebody's second factor away, never one's own. Raises NotFound, NotAllowed, and what acts.begin raises."""
    user = await _locked(tx, actor, user_id)
    actor.require(Deed.REMOVE_TOTP)
    if user.id == actor.id:
        raise NotAllowed(Deed.REMOVE_TOTP)
    begun = await acts.begin(tx, actor, "removeTotp", body, at=at, subject_id=user.id)
    if begun.is_new:
        await second_factor.remove(tx, actor, user.id, body.reason, at=at)


async def reveal_identity(
    tx: AsyncSession, actor: Actor, user_id: UUID, body: IdentityReveal, *, at: datetime
) -> IdentityRead:
    """The identity number in full; each look is an event, a repeat too. Raises NotFound, NotAllowed."""
    user = await _locked(tx, actor, user_id)
    actor.require(Deed.REVEAL_IDENTITY)
    before = events.snapshot(user)
    events.record(tx, actor, EventKind.IDENTITY_REVEALED, user, before=before, at=at, note=body.reason)
    await tx.flush()
    return IdentityRead(identity_number=identities.opened(tx, user))


def shown(tx: AsyncSession, user: User, actor: Actor, *, at: datetime) -> UserRead:
    """The account as the actor sees it: colleagues see name, place and card, not what signs somebody in."""
    is_open = actor.may(Deed.READ_ACCOUNTS) or user.id == actor.id
    return UserRead(
        id=user.id,
        name=user.name,
        role=user.role,
        region=user.region,
        department_id=user.department_id,
        enterprise_id=user.enterprise_id,
        card_number=user.card_number,
        card_from=user.card_from,
        card_to=user.card_to,
        card_valid=is_card_valid(user.card_number, user.card_from, user.card_to, local_date(at)),
        disabled=user.disabled_at is not None,
        version=user.version,
        username=user.username if is_open else None,
        phone=user.phone if is_open else None,
        hats=[Hat(hat) for hat in user.hats] if is_open else None,
        identity_number=identities.masked(tx, user) if is_open else None,
        has_totp=user.totp_since is not None if is_open else None,
        must_change_password=user.must_change_password if is_open else None,
    )


async def ensure_first_admin(tx: AsyncSession, password: str | None, at: datetime) -> str | None:
    """The user `admin` of an office without users. Returns the password to show once, if one had to be made."""
    await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("first admin"))))
    if await tx.scalar(sa.select(sa.exists(sa.select(col(User.id))))):
        return None
    made = None if password else readable(chance(tx).bytes(12), 20)
    user = User(
        id=chance(tx).new_id(),
        username=FIRST_ADMIN,
        name=Role.ADMIN.label,
        role=Role.ADMIN,
        password_hash=await hash_of(password or made or ""),
        created_at=at,
    )
    tx.add(user)
    events.record(tx, None, EventKind.USER_CREATED, user, at=at)
    await tx.flush()
    return made


def _seen(actor: Actor) -> sa.ColumnElement[bool]:
    """Who keeps accounts sees all; who names inspectors sees the people of their region; everybody sees themselves."""
    own = col(User.id) == actor.id
    if actor.may(Deed.READ_ACCOUNTS):
        return sa.true()
    if any(actor.may(deed) for deed in NAMES_INSPECTORS):
        return sa.or_(own, sa.and_(in_region(actor, col(User.region)), col(User.disabled_at).is_(None)))
    return own


async def _locked(tx: AsyncSession, actor: Actor, user_id: UUID) -> User:
    query = sa.select(User).where(col(User.id) == user_id, _seen(actor)).with_for_update(key_share=True)
    user = await tx.scalar(query.execution_options(populate_existing=True))
    if user is None:
        raise NotFound
    return user


async def add(tx: AsyncSession, actor: Actor | None, user: User, at: datetime) -> None:
    """A new account and its event; `actor` is nobody where its owner made it by an invitation. Raises UsernameTaken."""
    tx.add(user)
    try:
        await tx.flush()
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) == "uq_users_username":
            raise UsernameTaken from None
        raise
    events.record(tx, actor, EventKind.USER_CREATED, user, at=at)
    await tx.flush()

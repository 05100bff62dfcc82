"""Invitations 邀请: whoever may see an enterprise in the field hands its contact a code; the contact makes the account.

A code has eighty random bits and is kept as a hash alone. Accepting one opens its own transactions, as signing in does
(decision 0009): the try is counted before the slow hash of the password, and nobody holds a connection meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.invitations import (
    Invitation,
    InvitationAcceptance,
    InvitationAccepted,
    InvitationMade,
    InvitationRead,
    InvitationWithdrawal,
    InvitationWrite,
)
from models.users import User
from models.words import EventKind, Role
from services import acts, events, users
from services.access import Actor, Deed, get_for, sees_invitation
from services.auth import throttle
from services.auth.hashing import STRANGERS, hash_of, is_right
from services.auth.passwords import check_new
from services.auth.signing_in import Door, SignInRules
from services.auth.throttle import Charge
from services.chance import chance
from services.enterprises import expect_unmerged
from services.errors import Conflict, IdTaken, InvalidInput, NotFound
from services.limits import rule_book
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import Rule
from services.rules.spelt_codes import BYTES, in_fours, read, spelt
from services.wall import beyond_sight

NEWEST_FIRST = Order((col(Invitation.made_at), col(Invitation.id)), descending=True)
WORDS = 2
"""A code is this many spelt words of eight characters."""


@dataclass(eq=False)
class InvitationClosed(Conflict):
    """The invitation was accepted or withdrawn before."""

    code: ClassVar[str] = "invitation_closed"
    title: ClassVar[str] = "该邀请已使用或已撤回"


async def create(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: InvitationWrite, *, at: datetime
) -> tuple[InvitationMade, bool]:
    """A new invitation and its code, which a repeat is not shown again.

    Raises NotFound, NotAllowed, EnterpriseMerged, and what acts.begin raises.
    """
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id)
    actor.require(Deed.INVITE_CONTACT)
    begun = await acts.begin(tx, actor, "inviteContact", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        known = await tx.scalar(sa.select(Invitation).where(col(Invitation.id) == begun.id, sees_invitation(actor)))
        if known is None:
            raise IdTaken
        return _made(known, None), False
    expect_unmerged(enterprise)
    code = "".join(spelt(chance(tx).bytes(BYTES)) for _ in range(WORDS))
    lasts = (await rule_book(tx)).due_time(Rule.INVITATION_LASTS, at)
    invitation = Invitation(
        **body.model_dump(exclude={"id"}),
        id=begun.id,
        enterprise_id=enterprise.id,
        code_hash=_hash(code),
        made_by=actor.id,
        made_at=at,
        expires_at=lasts.at if lasts is not None else at,
    )
    tx.add(invitation)
    events.record(tx, actor, EventKind.INVITATION_MADE, invitation, at=at)
    await tx.flush()
    return _made(invitation, in_fours(code)), True


async def list_invitations(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, *, after: Key | None, limit: int
) -> Slice[Invitation]:
    """The enterprise's, the latest first. Raises NotFound, NotAllowed."""
    await get_for(tx, actor, Enterprise, enterprise_id)
    actor.require(Deed.INVITE_CONTACT)
    query = sa.select(Invitation).where(col(Invitation.enterprise_id) == enterprise_id)
    return await slice_of(tx, query, NEWEST_FIRST, lambda row: (row.made_at, row.id), after=after, limit=limit)


async def withdraw(
    tx: AsyncSession, actor: Actor, invitation_id: UUID, body: InvitationWithdrawal, *, at: datetime
) -> tuple[Invitation, bool]:
    """The code was lost or given to the wrong one. Raises NotFound, InvitationClosed."""
    query = sa.select(Invitation).where(col(Invitation.id) == invitation_id, sees_invitation(actor))
    invitation = await tx.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if invitation is None:
        raise NotFound
    begun = await acts.begin(tx, actor, "withdrawInvitation", body, at=at, subject_id=invitation.id)
    if not begun.is_new:
        return invitation, False
    if invitation.withdrawn_at is not None or invitation.accepted_at is not None:
        raise InvitationClosed
    before = events.snapshot(invitation)
    invitation.withdrawn_at = at
    invitation.version += 1
    events.record(tx, actor, EventKind.INVITATION_WITHDRAWN, invitation, before=before, at=at, note=body.reason)
    await tx.flush()
    return invitation, True


async def accept(
    door: Door, rules: SignInRules, body: InvitationAcceptance, network: str, *, at: datetime
) -> tuple[InvitationAccepted, bool]:
    """The contact's account, or the one that this very call made before its answer was lost.

    Raises InvalidInput, UsernameTaken, TooManySignIns, SignInBusy.
    """
    password = body.password.get_secret_value()
    charged = Charge(throttle.account_of(rules.ring.current.secret, "invitation"), {network: rules.paces.network})
    async with door() as tx:
        await throttle.charge(tx, charged, at=at)
    async with door() as tx, beyond_sight(tx):
        invitation = await _by_code(tx, body.code)
        maker = None if invitation.user_id is None else await tx.get_one(User, invitation.user_id)
        _expect_open(invitation, maker, body, at)
        await check_new(tx, password, pointer="/password", policy=rules.policy, names=(body.username, invitation.name))
    if maker is not None and not await is_right(password, maker.password_hash, STRANGERS):
        raise _invalid()
    hashed = await hash_of(password) if maker is None else ""
    async with door() as tx, beyond_sight(tx):
        await throttle.forgive(tx, charged)
        enterprise = await tx.get_one(Enterprise, invitation.enterprise_id)
        user = maker or await _account(tx, invitation.id, body, hashed, at)
        accepted = InvitationAccepted(
            user_id=user.id,
            username=user.username,
            name=user.name,
            enterprise_id=enterprise.id,
            enterprise_name=enterprise.name,
        )
    return accepted, maker is None


def shown(rows: Sequence[Invitation]) -> list[InvitationRead]:
    """Invitations as clients see them."""
    return [InvitationRead(**row.model_dump(include=set(InvitationRead.model_fields))) for row in rows]


def _made(invitation: Invitation, code: str | None) -> InvitationMade:
    return InvitationMade(**shown([invitation])[0].model_dump(), code=code)


def _hash(code: str) -> str:
    return sha256(f"zhicha invitation {code}".encode()).hexdigest()


async def _by_code(tx: AsyncSession, typed: str) -> Invitation:
    invitation = await tx.scalar(sa.select(Invitation).where(col(Invitation.code_hash) == _hash(read(typed))))
    if invitation is None:
        raise _invalid()
    return invitation


def _expect_open(invitation: Invitation, maker: User | None, body: InvitationAcceptance, at: datetime) -> None:
    """Accepted by this very name it is a repeat, whose password is yet to be looked at."""
    if maker is not None and maker.username == body.username:
        return
    if maker is not None or invitation.withdrawn_at is not None or invitation.expires_at <= at:
        raise _invalid()


async def _account(
    tx: AsyncSession, invitation_id: UUID, body: InvitationAcceptance, hashed: str, at: datetime
) -> User:
    query = sa.select(Invitation).where(col(Invitation.id) == invitation_id).with_for_update(key_share=True)
    invitation = await tx.scalar(query.execution_options(populate_existing=True))
    if invitation is None or invitation.user_id is not None or invitation.withdrawn_at is not None:
        raise _invalid()
    user = User(
        id=chance(tx).new_id(),
        username=body.username,
        name=invitation.name,
        phone=invitation.phone,
        role=Role.ENTERPRISE,
        enterprise_id=invitation.enterprise_id,
        password_hash=hashed,
        must_change_password=False,
        password_set_at=at,
        created_at=at,
    )
    await users.add(tx, None, user, at)
    before = events.snapshot(invitation)
    invitation.user_id, invitation.accepted_at = user.id, at
    invitation.version += 1
    events.record(tx, None, EventKind.INVITATION_ACCEPTED, invitation, before=before, at=at)
    await tx.flush()
    return user


def _invalid() -> InvalidInput:
    """One answer for all that is wrong with a code: whoever guesses learns nothing."""
    return InvalidInput.at("/code", "invitation_invalid", "no such invitation, or used, withdrawn or expired")

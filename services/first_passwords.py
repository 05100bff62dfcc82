"""First passwords 初始密码单: made for accounts that came by file, printed once, and kept nowhere but as hashes.

A sheet that was lost is issued again: whoever has not signed in and chosen a password of their own gets another one,
and the older sheet opens nothing any more (decision 0016).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.regions import Region
from models.users import User
from models.words import EventKind, ImportKind
from services import events, imports
from services.access import Actor, Deed
from services.auth import sessions
from services.auth.hashing import hashes_of_chance
from services.auth.passwords import commonest
from services.auth.sessions import Ended
from services.chance import Chance, chance
from services.confined.runner import Confined
from services.documents.fonts import FontShelf
from services.documents.printing import chinese_date, printable
from services.documents.render import render
from services.errors import Conflict, NotFound
from services.rules.clocks import local_date
from services.rules.passwords import readable, weakness_of

TEMPLATE = "first_passwords"
LETTERS = 12
RANDOM_BYTES = 8


@dataclass(eq=False)
class NoFirstPasswords(Conflict):
    """Everybody of this import has chosen a password of their own, or was disabled."""

    code: ClassVar[str] = "no_first_passwords"
    title: ClassVar[str] = "没有需要发放初始密码的账号"


@dataclass(frozen=True)
class Issued:
    """One strip of the sheet."""

    name: str
    username: str
    place: str
    password: str = field(repr=False)


async def issue(tx: AsyncSession, actor: Actor, import_id: UUID, note: str | None, *, at: datetime) -> list[Issued]:
    """New first passwords for all accounts of one's own import that were not taken up yet, by place and name.

    Raises NotAllowed, NotFound, ImportFileGone, InProgress, NoFirstPasswords, SignInBusy.
    """
    made = await imports.made_by_import(tx, actor, import_id)
    actor.require(Deed.MANAGE_ACCOUNTS)
    if made.kind is not ImportKind.USERS:
        raise NotFound
    users = await _waiting(tx, made.ids)
    if not users:
        raise NoFirstPasswords
    places = await _places(tx, users)
    passwords = [first_password(chance(tx), (user.username, user.name)) for user in users]
    hashes = await hashes_of_chance(passwords)
    for user, hashed in zip(users, hashes, strict=True):
        before = events.snapshot(user)
        user.password_hash = hashed
        user.version += 1
        events.record(tx, actor, EventKind.FIRST_PASSWORD_ISSUED, user, before=before, at=at, note=note)
        await sessions.end(tx, actor, user.id, Ended.PASSWORD_RESET, at=at)
    await tx.flush()
    strips = zip(users, passwords, strict=True)
    return [Issued(user.name, user.username, places.get(user.region or "", ""), password) for user, password in strips]


async def sheet(confined: Confined, fonts: FontShelf, address: str, issued: Sequence[Issued], at: datetime) -> bytes:
    """The strips as a PDF to cut up. Raises CharacterNotPrintable, ConfinedFailed."""
    strips = [
        {
            "name": printable(one.name),
            "username": one.username,
            "place": printable(one.place),
            "password": one.password,
        }
        for one in issued
    ]
    paper = {"strips": strips, "address": address, "issued_on": chinese_date(local_date(at))}
    texts = [address, str(paper["issued_on"]), *[text for strip in strips for text in strip.values()]]
    return (await render(confined, fonts, TEMPLATE, paper, texts, at)).pdf


def first_password(by: Chance, names: Sequence[str]) -> str:
    """Sixty bits in groups of four, good by every policy."""
    while True:
        made = readable(by.bytes(RANDOM_BYTES), LETTERS)
        if weakness_of(made, common=commonest(), names=names, classes=True) is None:
            return made


async def _waiting(tx: AsyncSession, ids: Sequence[UUID]) -> list[User]:
    """Accounts whose password nobody has chosen yet, neither they nor an administrator."""
    not_taken_up = sa.select(User).where(
        col(User.id).in_(ids),
        col(User.must_change_password),
        col(User.password_set_at).is_(None),
        col(User.disabled_at).is_(None),
    )
    ordered = not_taken_up.order_by(col(User.region), col(User.name), col(User.id)).with_for_update(key_share=True)
    return list((await tx.scalars(ordered.execution_options(populate_existing=True))).all())


async def _places(tx: AsyncSession, users: Sequence[User]) -> dict[str, str]:
    codes = {user.region for user in users if user.region is not None}
    found = await tx.execute(sa.select(col(Region.code), col(Region.name)).where(col(Region.code).in_(codes)))
    return {str(code): str(name) for code, name in found}

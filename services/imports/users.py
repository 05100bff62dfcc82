"""People by file: accounts matched by their username, new ones without a password until a sheet is issued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.departments import Department
from models.regions import Region
from models.users import AccountWrite, User, UserPatch
from models.words import EventKind, ImportKind, Role
from services import users
from services.access import Actor, Deed
from services.accounts import check_account
from services.chance import chance
from services.errors import InvalidInput
from services.imports.reading import Reading, Wrong, in_parts, layout_of, meant, plain_cells, shaped, told_change
from services.imports.register import Plan, Progress, Register
from services.rules.names import normalise_name
from services.rules.register_files import FileRow, Layout

NOT_BY_FILE = (Role.ADMIN, Role.ENTERPRISE, Role.INTEGRATOR)
"""An administrator is made by an administrator, by hand; the other two belong to somebody outside."""
COPIED = ("name", "role", "region", "department_id", "phone", "card_number", "card_from", "card_to")
"""Fields that a row changes where it says something else; an empty cell changes nothing."""
SAID_AS = {"department_id": "department"}


@dataclass(frozen=True)
class Names:
    """What rows may name instead of a code or an id."""

    regions: Mapping[str, Sequence[str]]
    departments: Mapping[str, UUID]


class Users(Register):
    """The office's people."""

    kind = ImportKind.USERS
    deed = Deed.MANAGE_ACCOUNTS
    imported = EventKind.USERS_IMPORTED

    def layout(self) -> Layout:
        """A name and a role, and what belongs to them."""
        codes = ("username", "region", "phone", "card_number")
        return layout_of(self.kind, ("name", "role"), codes, days=frozenset({"card_from", "card_to"}))

    async def plan(
        self,
        tx: AsyncSession,
        actor: Actor,  # noqa: ARG002  (each register has this shape)
        reading: Reading,
        progress: Progress,
    ) -> Plan:
        """Matched by username; without one the phone is it."""
        made = UserPlan()
        names = await _names(tx)
        taken: set[str] = set()
        for part in in_parts(reading.file.rows):
            writes = [(row, write) for row in part if (write := _read(reading, row, names, taken)) is not None]
            query = sa.select(User).where(col(User.username).in_([write.username for _, write in writes]))
            there = {user.username: user for user in (await tx.scalars(query)).all()}
            for row, write in writes:
                reading.refuse(row, await made.settle(tx, row, write, there.get(write.username)))
            await progress.judged(len(part))
        return made


@dataclass
class UserPlan(Plan):
    """New accounts, and patches of known ones."""

    new: list[AccountWrite] = field(default_factory=list)
    patches: list[tuple[User, UserPatch]] = field(default_factory=list)

    async def settle(self, tx: AsyncSession, row: FileRow, write: AccountWrite, user: User | None) -> list[Wrong]:
        """What one good row comes to; why not, if the account may not be so."""
        if user is not None and user.role in NOT_BY_FILE:
            return [("role", "role_not_by_file")]
        said = {name: getattr(write, name) for name in COPIED}
        changed = {
            name: value
            for name, value in said.items()
            if user is None or (value is not None and value != getattr(user, name))
        }
        would_be = {**({} if user is None else user.model_dump()), **changed, "username": write.username}
        try:
            await check_account(tx, User(**would_be))
        except InvalidInput as refused:
            return [(_column(error.pointer), error.code) for error in refused.errors]
        if user is None:
            self.new.append(write)
            self.created += 1
        elif not changed:
            self.unchanged += 1
        else:
            self.patches.append((user, UserPatch.model_validate(_as_sent(changed))))
            self.updated += 1
            self.changes += [
                told_change(row, user.name, SAID_AS.get(name, name), getattr(user, name), value)
                for name, value in changed.items()
            ]
        return []

    async def apply(self, tx: AsyncSession, actor: Actor, at: datetime, progress: Progress) -> list[UUID]:
        """By the service functions of single calls."""
        made: list[UUID] = []
        for write in self.new:
            user = await users.enrol(tx, actor, write, chance(tx).new_id(), at=at)
            made.append(user.id)
            await progress.written(1)
        for user, patch in self.patches:
            await users.update(tx, actor, user.id, patch, version=user.version, at=at)
            await progress.written(1)
        return made


def _as_sent(changed: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in changed.items()}


def _column(pointer: str) -> str:
    name = pointer.removeprefix("/").split("/")[0]
    return SAID_AS.get(name, name)


def _read(reading: Reading, row: FileRow, names: Names, taken: set[str]) -> AccountWrite | None:
    wrong: list[Wrong] = []
    cells = plain_cells(reading.layout, row, wrong)
    body: dict[str, object] = {name: text for name, text in cells.items() if name != "department"}
    role = meant(Role, "role", cells.get("role", ""))
    if "role" in cells and (role is None or role in NOT_BY_FILE):
        wrong.append(("role", "role_unknown" if role is None else "role_not_by_file"))
    body["role"] = role
    body["region"] = _region(cells, names, wrong)
    body["department_id"] = _department(cells, names, wrong)
    body["username"] = username = cells.get("username") or cells.get("phone")
    if username is None:
        wrong.append(("username", "username_needed"))
    elif username in taken:
        wrong.append(("username", "row_repeated"))
    write = None if wrong else shaped(AccountWrite, body, wrong)
    reading.refuse(row, wrong)
    if write is not None:
        taken.add(write.username)
    return write


def _region(cells: Mapping[str, str], names: Names, wrong: list[Wrong]) -> str | None:
    said = cells.get("region")
    if said is None or said.isdecimal():
        return said
    places = names.regions.get(normalise_name(said), [])
    if len(places) != 1:
        wrong.append(("region", "region_ambiguous" if places else "region_unknown"))
        return None
    return places[0]


def _department(cells: Mapping[str, str], names: Names, wrong: list[Wrong]) -> UUID | None:
    if "department" not in cells:
        return None
    found = names.departments.get(normalise_name(cells["department"]))
    if found is None:
        wrong.append(("department", "department_unknown"))
    return found


async def _names(tx: AsyncSession) -> Names:
    regions: dict[str, list[str]] = {}
    for code, name in await tx.execute(sa.select(col(Region.code), col(Region.name))):
        regions.setdefault(normalise_name(name), []).append(code)
    departments = await tx.execute(sa.select(col(Department.name), col(Department.id)))
    return Names(regions, {normalise_name(name): department_id for name, department_id in departments})

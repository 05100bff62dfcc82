"""What must be true of an account: each role has its own sight, and a card is whole or none."""

from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from models.departments import Department
from models.enterprises import Enterprise
from models.regions import Region
from models.users import User
from models.words import Role
from services.errors import InputError, InvalidInput
from services.wall import beyond_sight


async def check_account(tx: AsyncSession, user: User, names: Collection[str] | None = None) -> None:
    """Raises InvalidInput. `names` are the fields that changed, None for a new account.

    A region must be on the list: a slip of the pen would give somebody the sight of another town.
    """
    wrong = [*_of_role(user), *_of_card(user)]
    if not wrong:
        with tx.no_autoflush:  # a wrong id is told by its pointer, not by a foreign key
            wrong = [error async for error in _unknown(tx, user, names)]
    if wrong:
        raise InvalidInput(wrong)


def _of_role(user: User) -> Iterator[InputError]:
    is_of_enterprise = user.role is Role.ENTERPRISE
    if is_of_enterprise and user.enterprise_id is None:
        yield InputError("/enterprise_id", "enterprise_needed", "an enterprise's account names its enterprise")
    if not is_of_enterprise and user.enterprise_id is not None:
        yield InputError("/enterprise_id", "role_without_enterprise", "only an enterprise's account has one")
    if is_of_enterprise and user.region is not None:
        yield InputError("/region", "role_without_region", "an enterprise sees itself, not a region")
    if not is_of_enterprise and user.role is not Role.ADMIN and user.region is None:
        yield InputError("/region", "region_needed", "without a region this account would see nothing")
    if user.role is Role.DEPARTMENT and user.department_id is None:
        yield InputError("/department_id", "department_needed", "a department's account names its department")
    if user.role in (Role.ADMIN, Role.ENTERPRISE) and user.department_id is not None:
        yield InputError("/department_id", "role_without_department", "this role belongs to no department")
    if user.role is Role.ADMIN and user.hats:
        yield InputError("/hats", "hat_not_for_admin", "these hats are worn by others than the administrator")
    if user.role in (Role.ENTERPRISE, Role.INTEGRATOR) and user.hats:
        yield InputError("/hats", "hat_not_for_outsiders", "these hats are worn by the office's own people")


def _of_card(user: User) -> Iterator[InputError]:
    parts = (user.card_number, user.card_from, user.card_to)
    if any(part is None for part in parts) and any(part is not None for part in parts):
        yield InputError("/card_number", "card_incomplete", "a card has a number and both its dates (安法 第67条)")
    if user.card_from is not None and user.card_to is not None and user.card_to < user.card_from:
        yield InputError("/card_to", "card_dates_crossed", "the card ends before it begins")


async def _unknown(tx: AsyncSession, user: User, names: Collection[str] | None) -> AsyncIterator[InputError]:
    asked = {"region", "department_id", "enterprise_id"} if names is None else names
    if "region" in asked and not await _there(tx, col(Region.code), user.region):
        yield InputError("/region", "region_unknown", "no such region on the list: see listRegions")
    if "department_id" in asked and not await _there(tx, col(Department.id), user.department_id):
        yield InputError("/department_id", "department_unknown", "no such department: see listDepartments")
    if "enterprise_id" in asked and user.enterprise_id is not None:
        async with beyond_sight(tx):  # administrators see no register, and make accounts of its contacts
            enterprise = await tx.get(Enterprise, user.enterprise_id)
        if enterprise is None:
            yield InputError("/enterprise_id", "enterprise_unknown", "no such enterprise")
        elif enterprise.merged_into is not None:
            yield InputError(
                "/enterprise_id", "enterprise_merged", "this enterprise was merged: name the one it is now"
            )


async def _there(tx: AsyncSession, key: Mapped[Any], value: object) -> bool:
    return value is None or bool(await tx.scalar(sa.select(sa.exists().where(key == value))))

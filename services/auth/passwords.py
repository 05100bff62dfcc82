"""New passwords against the office's policy (`ZHICHA_PASSWORD_POLICY`)."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.organs import Organ
from models.users import User
from services.errors import InvalidInput
from services.rules.passwords import Weakness, weakness_of
from services.settings import PasswordPolicy

COMMONEST = Path(__file__).resolve().parents[2] / "catalog" / "common_passwords.txt"
PRODUCT = ("zhicha", "直查")


@cache
def commonest() -> frozenset[str]:
    """The commonest passwords, in lower case; read once a process."""
    lines = COMMONEST.read_text(encoding="utf-8").splitlines()
    return frozenset(line.casefold() for line in lines if line and not line.startswith("#"))


async def check_new(
    tx: AsyncSession,
    password: str,
    *,
    pointer: str,
    policy: PasswordPolicy,
    names: Iterable[str] = (),
    user_id: UUID | None = None,
) -> None:
    """Raises InvalidInput at `pointer`. A password may not contain `names`, the user's account, or an organ's name."""
    of_office = (await tx.scalars(sa.select(col(Organ.name)).union(sa.select(col(Organ.paper_word))))).all()
    account = None if user_id is None else await tx.scalar(sa.select(col(User.username)).where(col(User.id) == user_id))
    told = {*names, *of_office, *PRODUCT, *([account] if account else [])}
    match weakness_of(password, common=commonest(), names=told, classes=policy is PasswordPolicy.MLPS):
        case Weakness.TOO_SHORT:
            raise InvalidInput.at(pointer, "password_too_short", "at least 8 characters")
        case Weakness.COMMON:
            raise InvalidInput.at(pointer, "password_common", "this is one of the commonest passwords")
        case Weakness.NAMES_SOMEBODY:
            raise InvalidInput.at(pointer, "password_names_somebody", "it contains the name of the account or office")
        case Weakness.TOO_FEW_CLASSES:
            raise InvalidInput.at(
                pointer, "password_too_few_classes", "three of: capitals, small letters, digits, other characters"
            )
        case None:
            return

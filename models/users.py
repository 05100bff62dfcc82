"""Users 人员: a role, perhaps hats, a range of sight, and for officers a card 执法证."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import AfterValidator, ConfigDict, SecretStr
from pydantic import Field as Constraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from models.columns import enum_column, region_column
from models.shapes import Day, Filled, Flag, Line, NewId, Patch, Read, RegionCode, Write
from models.words import Hat, Role


class User(SQLModel, table=True):
    """A person or a connected system. `region` null means nobody's region: such a user sees nothing."""

    __tablename__ = "users"

    id: UUID = Field(primary_key=True)
    username: str = Field(sa_type=sa.Text, unique=True)
    name: str = Field(sa_type=sa.Text)
    role: Role = Field(sa_column=enum_column(Role))
    hats: list[str] = Field(default_factory=list, sa_column=sa.Column(ARRAY(sa.Text), nullable=False))
    region: str | None = Field(default=None, sa_column=region_column(nullable=True))
    department_id: UUID | None = Field(default=None, foreign_key="department.id", index=True)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.id", index=True)
    phone: str | None = Field(default=None, sa_type=sa.Text)
    card_number: str | None = Field(default=None, sa_type=sa.Text)
    card_from: date | None = None
    card_to: date | None = None
    password_hash: str = Field(sa_type=sa.Text)
    must_change_password: bool = True
    password_set_at: datetime | None = None
    totp_since: datetime | None = None
    identity_sealed: bytes | None = None
    disabled_at: datetime | None = None
    created_at: datetime
    version: int = 1


Username = Annotated[str, Constraint(strict=True, pattern=r"^[\w.@-]{2,64}$")]


def _encodable(value: SecretStr) -> SecretStr:
    try:
        value.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    return value


Secret = Annotated[SecretStr, Constraint(min_length=1, max_length=256), AfterValidator(_encodable)]
NewPassword = Annotated[
    Secret, Constraint(description="8 characters at least; the commonest and those that name somebody are refused")
]


IdentityNumber = Annotated[
    SecretStr, Constraint(min_length=18, max_length=18, description="GB 11643; kept encrypted, shown masked")
]

MOST_HATS = 10


class AccountWrite(Write):
    """An account but for its password."""

    id: NewId | None = None
    username: Username
    name: Line
    role: Role
    hats: Annotated[list[Hat], Constraint(max_length=MOST_HATS)] = []
    region: RegionCode | None = None
    department_id: NewId | None = None
    enterprise_id: NewId | None = None
    phone: Line | None = None
    card_number: Line | None = None
    card_from: Day | None = None
    card_to: Day | None = None
    identity_number: IdentityNumber | None = None


class UserWrite(AccountWrite):
    """An account as an administrator creates it; the password must be changed at first sign-in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "lin.jc",
                    "name": "林检查",
                    "role": "inspector",
                    "region": "420582104",
                    "card_number": "鄂E2024-0117",
                    "card_from": "2024-01-01",
                    "card_to": "2028-12-31",
                    "password": "three green tea pots",
                }
            ]
        }
    )

    password: NewPassword


class UserPatch(Patch):
    """What may change of an account; absent means unchanged. A change of role or sight ends its sessions."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"region": "420582104201"}]})

    NEVER_NULL = frozenset({"name", "role", "hats", "disabled"})

    name: Line | None = None
    role: Role | None = None
    hats: Annotated[list[Hat], Constraint(max_length=MOST_HATS)] | None = None
    region: RegionCode | None = None
    department_id: NewId | None = None
    enterprise_id: NewId | None = None
    phone: Line | None = None
    card_number: Line | None = None
    card_from: Day | None = None
    card_to: Day | None = None
    identity_number: IdentityNumber | None = None
    disabled: Flag | None = None


class UserRead(Read):
    """An account; nothing of its password. Null where it is not the reader's to see: colleagues see name and card."""

    id: UUID
    name: str
    role: Role
    region: str | None
    department_id: UUID | None
    enterprise_id: UUID | None
    card_number: str | None
    card_from: date | None
    card_to: date | None
    card_valid: Annotated[bool, Constraint(description="valid today")]
    disabled: bool
    version: int
    username: str | None
    phone: str | None
    hats: list[Hat] | None
    identity_number: Annotated[str | None, Constraint(description="masked: 4205**********1234")]
    has_totp: bool | None
    must_change_password: bool | None


class IdentityReveal(Write):
    """Why somebody's identity number must be seen in full."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "办理执法证换发"}]})

    id: NewId | None = None
    reason: Filled


class IdentityRead(Read):
    """An identity number in full; null where none is kept."""

    identity_number: str | None

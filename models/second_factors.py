"""Second factors 双因素: an authenticator app's secret, and codes for the day when the phone is gone."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.shapes import Filled, NewId, Read, Write
from models.users import Secret


class SecondFactor(SQLModel, table=True):
    """One user's authenticator app. The secret is sealed under a key outside the database; `last_step` was used."""

    __tablename__ = "second_factor"

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    secret_sealed: bytes
    made_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0
    removed_at: datetime | None = None


class RecoveryCode(SQLModel, table=True):
    """One of the codes that stand in for the app, each for one sign-in; only its SHA-256 is kept."""

    __tablename__ = "recovery_code"

    id: UUID = Field(primary_key=True)
    factor_id: UUID = Field(foreign_key="second_factor.id", index=True)
    code_hash: bytes
    used_at: datetime | None = None


class TotpEnrolment(Write):
    """The own password, so that an unlocked phone in other hands enrols nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "three green tea pots"}]})

    password: Secret


class TotpEnrolmentRead(Read):
    """What an authenticator app needs; in force once a first code has confirmed it."""

    secret: Annotated[str, Constraint(description="Base32, to type in by hand")]
    uri: Annotated[str, Constraint(description="otpauth://, to show as a QR code")]


class TotpConfirmation(Write):
    """The first code that the app shows."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "287082"}]})

    code: Annotated[str, Constraint(strict=True, pattern=r"^[0-9]{6}$")]


class RecoveryCodesRead(Read):
    """Each signs in once in place of the app. Shown this one time, to be kept on paper."""

    recovery_codes: list[str]


class TotpRemoval(Write):
    """Why somebody's second factor is taken away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "手机丢失，当面核对本人"}]})

    id: NewId | None = None
    reason: Filled

"""Sign-in: one session row a device, and the counters that slow guessing."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.shapes import Line, Read, Write
from models.users import NewPassword, Secret


class DeviceSession(SQLModel, table=True):
    """One device of one user. `generation` counts refresh tokens; only the newest and its predecessor are honoured."""

    __tablename__ = "device_session"
    __table_args__ = (sa.Index("ix_device_session_user_id_device_id", "user_id", "device_id"),)

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    device_id: str = Field(sa_type=sa.Text)
    device_name: str | None = Field(default=None, sa_type=sa.Text)
    generation: int = 0
    rotated_at: datetime
    created_at: datetime
    ended_at: datetime | None = None
    ended_because: str | None = Field(default=None, sa_type=sa.Text)
    queue_count: int | None = None
    queue_oldest_at: datetime | None = None
    queue_told_at: datetime | None = None


class SignInFailure(SQLModel, table=True):
    """Failed tries of one account from one network (/24 or /48); the account is hashed, known or not."""

    __tablename__ = "sign_in_failure"

    account: str = Field(primary_key=True)
    network: str = Field(primary_key=True)
    failures: int
    last_failed_at: datetime


DeviceId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[!-~]{8,128}$"),
    Constraint(description="Made at random once by the device and kept; a known device is never locked out."),
]


class TokenForm(BaseModel):
    """The OAuth 2 password form (RFC 6749 4.3.2) with the device; what we don't know is ignored, as 3.2 asks."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "grant_type": "password",
                    "username": "lin",
                    "password": "three green tea pots",
                    "device_id": "0b6f2f4e-6d0c-4a53-9a57-6a6a5b1f8f11",
                    "device_name": "林检查的手机",
                }
            ]
        },
    )

    grant_type: Literal["password"]
    username: Line
    password: Secret
    device_id: DeviceId
    totp: Annotated[Line | None, Constraint(description="A code of the authenticator app, or a recovery code")] = None
    device_name: Annotated[Line | None, Constraint(description="What its owner calls the device")] = None


class TokenRead(Read):
    """An access token for some minutes and the refresh token that follows it (OAuth 2, RFC 6749 5.1)."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Constraint(description="seconds")]
    must_change_password: bool


_TOKEN = "AZQ1c2Vzc2lvbi1pZC1hbmQtZ2VuZXJhdGlvbg"  # noqa: S105 - an example


class RefreshWrite(Write):
    """The refresh token and the device it was given to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"refresh_token": _TOKEN, "device_id": "0b6f2f4e-6d0c-4a53-9a57-6a6a5b1f8f11"}]}
    )

    refresh_token: Secret
    device_id: DeviceId


class RevokeWrite(Write):
    """The refresh token whose device signs out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": _TOKEN}]})

    refresh_token: Secret


class PasswordChange(Write):
    """The old password and the new one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"old_password": "three green tea pots", "new_password": "nine boats on the river"}]
        }
    )

    old_password: Secret
    new_password: NewPassword


class PasswordReset(Write):
    """A new password set by an administrator; to be changed at the next sign-in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new_password": "seven lamps in the hall"}]})

    new_password: NewPassword

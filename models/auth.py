"""Sign-in: one session row a device, and the counters that slow guessing."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Constraint
from pydantic import SecretStr
from sqlmodel import Field, SQLModel

from models.shapes import Read, Write
from models.users import NewPassword


class DeviceSession(SQLModel, table=True):
    """One device of one user. `generation` counts refresh tokens; only the newest and its predecessor are honoured."""

    __tablename__ = "device_session"
    __table_args__ = (sa.Index("ix_device_session_user_id_device_id", "user_id", "device_id"),)

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    device_id: str = Field(sa_type=sa.Text)
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


class TokenRead(Read):
    """An access token for some minutes and the refresh token that follows it (OAuth 2, RFC 6749 5.1)."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Constraint(description="seconds")]
    must_change_password: bool


class RefreshWrite(Write):
    """The refresh token and the device it was given to."""

    refresh_token: SecretStr
    device_id: Annotated[str, Constraint(strict=True, min_length=8, max_length=128)]


class RevokeWrite(Write):
    """The refresh token whose device signs out."""

    refresh_token: SecretStr


class PasswordChange(Write):
    """The old password and the new one."""

    old_password: SecretStr
    new_password: NewPassword


class PasswordReset(Write):
    """A new password set by an administrator; to be changed at the next sign-in."""

    new_password: NewPassword

"""Invitations 邀请: an enterprise's contact makes an account of their own by a code that was handed to them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from sqlmodel import Field, SQLModel

from models.columns import code_column
from models.shapes import Line, NewId, Read, Text, Write
from models.users import NewPassword, Username


class Invitation(SQLModel, table=True):
    """One code for one contact of one enterprise; only its hash is kept. Used once, withdrawn, or left to expire."""

    __tablename__ = "invitation"

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.id", index=True)
    name: str = Field(sa_type=sa.Text)
    phone: str | None = Field(default=None, sa_type=sa.Text)
    code_hash: str = Field(sa_column=code_column(length=64, unique=True))
    made_by: UUID = Field(foreign_key="users.id")
    made_at: datetime
    expires_at: datetime
    user_id: UUID | None = Field(default=None, foreign_key="users.id")
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    version: int = 1


class InvitationWrite(Write):
    """Whom to invite."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "王安全", "phone": "13800000002"}]})

    id: NewId | None = None
    name: Line
    phone: Line | None = None


class InvitationWithdrawal(Write):
    """Why the code shall be of no use any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "邀请码给错了人"}]})

    id: NewId | None = None
    reason: Text


class InvitationRead(Read):
    """An invitation for those who invite; `user_id` is the account that was made by it."""

    id: UUID
    enterprise_id: UUID
    name: str
    phone: str | None
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    user_id: UUID | None
    withdrawn_at: datetime | None
    version: int


class InvitationMade(InvitationRead):
    """With the code to hand over, shown this once: null in the answer to a repeat."""

    code: str | None


class InvitationAcceptance(Write):
    """The code, and the account as its owner wants it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "7K2M-Q9XA-4TBD-0WZH", "username": "wang.aq", "password": "nine boats on the river"}]
        }
    )

    code: Line
    username: Username
    password: NewPassword


class InvitationAccepted(Read):
    """The account that was made; sign in with it by createToken."""

    user_id: UUID
    username: str
    name: str
    enterprise_id: UUID
    enterprise_name: str

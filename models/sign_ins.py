"""Sign-ins 登录记录: who came in from which network, and who was turned away."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import enum_column
from models.shapes import Read
from models.words import SignInOutcome


class SignIn(SQLModel, table=True):
    """One sign-in, or the refusals that an account had from one network (/24 or /48) within one hour.

    `user_id` is null for accounts that do not exist: what was typed is not kept, for people type passwords there. So
    a flood of guesses adds a row a network and hour, not a row a guess.
    """

    __tablename__ = "sign_in"
    __table_args__ = (sa.Index("ix_sign_in_first_at_id", "first_at", "id"),)

    id: UUID = Field(primary_key=True)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    network: str = Field(sa_type=sa.Text)
    outcome: SignInOutcome = Field(sa_column=enum_column(SignInOutcome))
    tries: int = 1
    throttled: bool = False
    first_at: datetime
    last_at: datetime
    session_id: UUID | None = Field(default=None, foreign_key="device_session.id")


class SignInRead(Read):
    """A sign-in, or the refusals of one hour; `throttled` says that further ones were not even tried."""

    id: UUID
    user_id: Annotated[UUID | None, Constraint(description="null: no such account")]
    user_name: str | None
    network: str
    outcome: SignInOutcome
    outcome_label: str
    tries: int
    throttled: bool
    first_at: datetime
    last_at: datetime
    session_id: UUID | None

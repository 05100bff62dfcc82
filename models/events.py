"""Events 记录: append-only, one for every change of state, written in the transaction of the change."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, region_column
from models.shapes import Read
from models.words import Role


class Event(SQLModel, table=True):
    """What happened, as canonical JSON in `body`, blinded by 16 random bytes and hashed.

    `hash` = SHA-256(nonce || body) for algorithm `sha-256`; the other columns repeat parts of the body for finding it.
    """

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_subject_id_at", "subject_id", "at"),
        sa.Index("ix_event_at_id", "at", "id"),
        {"info": INSERT_ONLY},
    )

    id: UUID = Field(primary_key=True)
    at: datetime
    kind: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    subject_id: UUID
    actor_id: UUID | None = None
    region: str | None = Field(default=None, sa_column=region_column(nullable=True))
    enterprise_id: UUID | None = None
    body: str = Field(sa_type=sa.Text)
    nonce: bytes
    algorithm: str = Field(sa_type=sa.Text)
    hash: bytes


class ChangeRead(Read):
    """One field before and after, as text; null where there was or is nothing."""

    field: str
    before: str | None
    after: str | None


class EventRead(Read):
    """An event as a timeline shows it; `hash` is the hexadecimal SHA-256 that proves it."""

    id: UUID
    at: datetime
    kind: str
    kind_label: str
    actor_id: UUID | None
    actor_name: str | None
    actor_role: Role | None
    changes: list[ChangeRead]
    note: str | None
    hash: str


class ListedEventRead(EventRead):
    """An event in the auditor's list, with the record that it tells of."""

    subject: str
    subject_id: UUID

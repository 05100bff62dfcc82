"""Acts: every id a client ever made a request under, so that a repeat is known for ever."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY


class Act(SQLModel, table=True):
    """One POST under one id: who, which operation, and the hash of what was asked."""

    __tablename__ = "act"
    __table_args__ = ({"info": INSERT_ONLY},)

    id: UUID = Field(primary_key=True)
    operation: str = Field(sa_type=sa.Text)
    actor_id: UUID = Field(foreign_key="users.id")
    content_sha256: bytes
    subject_id: UUID
    at: datetime

"""API keys 接口密钥: how a connected system signs its calls, within scopes and until a day."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from models.shapes import Day, Filled, Id, Line, NewId, Read, Write
from models.words import Scope


class ApiKey(SQLModel, table=True):
    """One key of an integrator's account. Only its SHA-256 is kept: 256 random bits need no slow hash."""

    __tablename__ = "api_key"

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    name: str = Field(sa_type=sa.Text)
    key_hash: bytes = Field(unique=True)
    scopes: list[str] = Field(sa_column=sa.Column(ARRAY(sa.Text), nullable=False))
    networks: list[str] = Field(sa_column=sa.Column(ARRAY(sa.Text), nullable=False))
    expires_on: date
    created_by: UUID = Field(foreign_key="users.id")
    created_at: datetime
    last_used_at: datetime | None = None
    seen_networks: list[str] = Field(default_factory=list, sa_column=sa.Column(ARRAY(sa.Text), nullable=False))
    revoked_at: datetime | None = None
    revoked_by: UUID | None = Field(default=None, foreign_key="users.id")
    revoke_reason: str | None = Field(default=None, sa_type=sa.Text)


MOST_SCOPES = len(Scope)
MOST_NETWORKS = 20
Network = Annotated[Line, Constraint(description="an address or a network, such as 203.0.113.0/24")]


class ApiKeyWrite(Write):
    """A key for an integrator's account. Two may live at once, so that one follows the other without a gap."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "0198f2a0-0000-7000-8000-00000000000a",
                    "name": "县局平台",
                    "scopes": ["enterprises:read", "findings:read"],
                    "expires_on": "2027-05-31",
                    "networks": ["203.0.113.0/24"],
                }
            ]
        }
    )

    id: NewId | None = None
    user_id: Id
    name: Line
    scopes: Annotated[list[Scope], Constraint(min_length=1, max_length=MOST_SCOPES)]
    expires_on: Day
    networks: Annotated[list[Network], Constraint(max_length=MOST_NETWORKS)] = []


class ApiKeyRevocation(Write):
    """Why a key is worth nothing any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "密钥误传到公开代码库"}]})

    id: NewId | None = None
    reason: Filled


class ApiKeyRead(Read):
    """A key without its secret. `live`: neither revoked nor past its last day."""

    id: UUID
    user_id: UUID
    name: str
    scopes: list[Scope]
    networks: Annotated[list[str], Constraint(description="empty: from anywhere")]
    expires_on: Annotated[date, Constraint(description="its last day")]
    live: bool
    created_at: datetime
    last_used_at: Annotated[datetime | None, Constraint(description="exact to five minutes")]
    seen_networks: list[str]
    revoked_at: datetime | None
    revoke_reason: str | None


class ApiKeyMade(ApiKeyRead):
    """A new key: its secret is shown this one time, and to no repeat of the call."""

    key: Annotated[str | None, Constraint(description="for the header Authorization: Bearer, never for an address")]

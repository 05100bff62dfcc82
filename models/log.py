"""The proven past: leaves, tree and signed checkpoints over the events, and what the API says of them (design 6)."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, enum_column
from models.shapes import Read
from models.words import Word

BORN = "born"
"""A column of `event` that no model names: the transaction that wrote the row, given by the database itself.

The sequencer alone asks for it (services/log/sequencer.py); left unmapped, it costs a report's writing nothing.
"""


class EpochReason(Word):
    FOUNDED = "founded", "建立"
    DATABASE_OLDER = "database_older", "数据库比库外留存的最后检查点旧"
    HISTORY_CHANGED = "history_changed", "记录与库外留存的最后检查点不符"


class LogLeaf(SQLModel, table=True):
    """One event's place in the tree: the leaf's data is the event's blinded hash.

    No foreign key to the event: its check would write to the event's row, and the check of the log finds what it would.
    """

    __tablename__ = "log_leaf"
    __table_args__ = ({"info": INSERT_ONLY},)

    position: int = Field(primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"autoincrement": False})
    event_id: UUID = Field(unique=True)
    event_hash: bytes


class LogNode(SQLModel, table=True):
    """A complete subtree over the 2^level leaves that begin at place · 2^level; level 1 is over two leaves."""

    __tablename__ = "log_node"
    __table_args__ = ({"info": INSERT_ONLY},)

    level: int = Field(primary_key=True, sa_type=sa.SmallInteger, sa_column_kwargs={"autoincrement": False})
    place: int = Field(primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"autoincrement": False})
    hash: bytes


class LogEpoch(SQLModel, table=True):
    """One life of the log under one origin. A later one names the head that the database did not hold, and why."""

    __tablename__ = "log_epoch"
    __table_args__ = ({"info": INSERT_ONLY},)

    id: UUID = Field(primary_key=True)
    number: int = Field(unique=True)
    origin: str = Field(sa_type=sa.Text)
    first_size: int = Field(sa_type=sa.BigInteger)
    reason: EpochReason = Field(sa_column=enum_column(EpochReason))
    old_head: str | None = Field(default=None, sa_type=sa.Text)
    opened_at: datetime


class LogCheckpoint(SQLModel, table=True):
    """A signed head of the tree; `note` is the checkpoint as C2SP writes it, and all that a proof needs."""

    __tablename__ = "log_checkpoint"
    __table_args__ = ({"info": INSERT_ONLY},)

    number: int = Field(primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"autoincrement": False})
    epoch: int = Field(foreign_key="log_epoch.number")
    size: int = Field(sa_type=sa.BigInteger)
    root: bytes
    at: datetime
    note: str = Field(sa_type=sa.Text)


class CheckpointRead(Read):
    """A signed head of the log. `note` is the whole proof: origin, size, root, time and signature; hashes are hex."""

    epoch: int
    origin: str
    size: int
    root: str
    at: datetime
    note: str


class InclusionRead(Read):
    """That an event stands in the tree: `path` leads from its leaf to the root of `checkpoint` (RFC 6962 2.1.1)."""

    event_id: UUID
    event_hash: str
    position: int
    path: list[str]
    checkpoint: CheckpointRead


class ConsistencyRead(Read):
    """That the log of `to_size` leaves begins with that of `from_size` (RFC 6962 2.1.2); the roots are told, too."""

    from_size: int
    from_root: str
    to_size: int
    to_root: str
    path: list[str]


class LogKeyRead(Read):
    """A public key of the log: `verifier` is its C2SP form; `current` signs, the others signed before it."""

    key_id: str
    verifier: str
    current: bool


class LogEpochRead(Read):
    """One life of the log; `old_head` is the checkpoint that a restored database could not go on from."""

    number: int
    origin: str
    first_size: int
    reason: EpochReason
    reason_label: str
    old_head: str | None
    opened_at: datetime


class LogRead(Read):
    """What is needed to check the log offline: its public keys, and the epochs it has had."""

    algorithm: str
    keys: list[LogKeyRead]
    epochs: list[LogEpochRead]

"""Column shapes that many tables share."""

from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

INSERT_ONLY = {"grants": "SELECT, INSERT"}
"""`info` of a table whose rows the service may write once and never change (design 6, the past)."""

READ_ONLY = {"grants": "SELECT"}
"""`info` of a table that the owner alone fills (the catalogue, at each start)."""


def enum_column(words: type[Enum], check_name: str | None = None, **options: Any) -> sa.Column[Any]:
    """Text with a CHECK: a native type would store member names and never learn new members.

    A second column of the same words in one table needs its own `check_name`.
    """
    options.setdefault("nullable", False)
    kind = sa.Enum(
        words,
        name=check_name or words.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [str(member.value) for member in members],
    )
    return sa.Column(kind, **options)


def region_column(**options: Any) -> sa.Column[Any]:
    """A region code under C collation, so that `>= a AND < b` walks an index and is leakproof (design 6)."""
    options.setdefault("nullable", False)
    return sa.Column(sa.String(12, collation="C"), **options)


def code_column(*constraints: Any, length: int = 32, **options: Any) -> sa.Column[Any]:
    """A short code compared byte by byte."""
    options.setdefault("nullable", False)
    return sa.Column(sa.String(length, collation="C"), *constraints, **options)

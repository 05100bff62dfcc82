"""Columns as they are written: a word that is none of ours, which no model reads, is to be named and ends no check."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement


def as_written(columns: Iterable[sa.Column[Any]]) -> list[ColumnElement[Any]]:
    """For a select; words of closed sets come as text, as the events tell them."""
    return [
        sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, sa.Enum) else column
        for column in columns
    ]

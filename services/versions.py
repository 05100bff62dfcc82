"""Optimistic versions of rows that people edit."""

from typing import Protocol

from services.errors import VersionMismatch, VersionRequired


class VersionedRow(Protocol):
    """A row with a version that each change raises."""

    version: int


def expect(row: VersionedRow, version: int | None) -> None:
    """Raise the version, if the caller read the one that stands. Raises VersionRequired, VersionMismatch."""
    if version is None:
        raise VersionRequired
    if version != row.version:
        raise VersionMismatch(row.version)
    row.version += 1

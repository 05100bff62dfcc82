"""Optimistic versions of rows that people edit."""

from typing import Protocol

from services.errors import VersionMismatch, VersionRequired


class VersionedRow(Protocol):
    """A row with a version that each change raises."""

    version: int


def refuse_stale(row: VersionedRow, version: int | None) -> None:
    """A move may carry the version it rests on; a phone offline for two days has none. Raises VersionMismatch."""
    if version is not None and version != row.version:
        raise VersionMismatch(row.version)


def expect(row: VersionedRow, version: int | None) -> None:
    """Raise the version, if the caller read the one that stands. Raises VersionRequired, VersionMismatch."""
    if version is None:
        raise VersionRequired
    if version != row.version:
        raise VersionMismatch(row.version)
    row.version += 1

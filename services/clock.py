"""The time: asked here alone, and replaced by tests and the demo town."""

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """The time now, with offset."""
    return datetime.now(UTC)

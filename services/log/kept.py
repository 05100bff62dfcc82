"""What is kept outside the database, beside the photos: the last head that was signed, and the highest paper numbers.

A database restored from an older backup knows nothing of what it lost. This file does (reliability 0.5).
"""

import json
from dataclasses import dataclass, field
from uuid import UUID

from services.photos.store import Store
from services.rules.canonical import canonical_json
from services.rules.checkpoints import Checkpoint, Note, NoteUnreadable

NAME = "log-head.json"

Series = tuple[UUID, str, int]
"""Organ, word and year: what papers are numbered by."""


class KeptUnreadable(Exception):
    """The file outside the database is there and cannot be read; nothing is signed until somebody has looked at it."""

    def __str__(self) -> str:
        return (
            f"库外留存的检查点 kept/{NAME} 无法读取，暂停签署 "
            f"The log's head kept beside the photos (kept/{NAME}) can't be read: put it right or restore it."
        )


@dataclass(frozen=True)
class Kept:
    """The newest head that may have been shown to anybody, as it was signed, and the highest serials by series."""

    epoch: int
    note: str
    serials: dict[Series, int] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        """The head. Raises NoteUnreadable."""
        return Checkpoint.parse(Note.parse(self.note).text)

    def content(self) -> bytes:
        """As the file has it."""
        papers = [
            {"organ": organ, "word": word, "year": year, "serial": serial}
            for (organ, word, year), serial in sorted(self.serials.items())
        ]
        return canonical_json({"epoch": self.epoch, "note": self.note, "papers": papers}) + b"\n"

    @classmethod
    def of(cls, content: bytes) -> "Kept":
        """Raises KeptUnreadable."""
        try:
            told = json.loads(content)
            serials = {
                (UUID(one["organ"]), one["word"], int(one["year"])): int(one["serial"]) for one in told["papers"]
            }
            kept = cls(int(told["epoch"]), str(told["note"]), serials)
            kept.checkpoint  # noqa: B018 - it must be readable
        except (ValueError, KeyError, TypeError, NoteUnreadable):
            raise KeptUnreadable from None
        return kept


async def read_kept(store: Store) -> Kept | None:
    """None where nothing was kept yet. Raises KeptUnreadable, StoreFailed."""
    content = await store.read_note(NAME)
    return None if content is None else Kept.of(content)


async def keep(store: Store, kept: Kept) -> None:
    """On disk when it returns. Raises StoreFailed."""
    await store.write_note(NAME, kept.content())

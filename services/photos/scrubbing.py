"""The store against itself and its rows: rotten and missing originals are named, orphans announced, pictures asked for.

A turn may take weeks: it goes on where it stopped, by a note in the store. Nothing is deleted.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from models.fingerprints import PhotoFingerprint
from models.photos import Orphan, Photo
from services.photos.derivatives import BOTH
from services.photos.errors import OriginalMissing, StoreFailed
from services.photos.shelves import shelves_of_rows
from services.photos.store import Store, summed
from services.photos.storing import expect
from services.queue import ask_for_pictures

NOTE = "scrub.json"
NOTED_EVERY = 100
"""Originals: so many are hashed twice, at most, after a kill."""
Sessions = async_sessionmaker[AsyncSession]


@dataclass
class Turn:
    """How far a turn has come, and what it found; `after` is the last SHA-256 that was looked at."""

    after: str = ""
    checked: int = 0
    rotten: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    pictures: int = 0

    @property
    def is_whole(self) -> bool:
        """Every row's original is there, and itself. Orphans are no harm: they wait for their ninety days."""
        return not self.rotten and not self.missing


async def scrub(
    store: Store, sessions: Sessions, found: Callable[[str, str], None], *, now: Callable[[], datetime]
) -> Turn:
    """One whole turn, or the rest of one that was cut; `found` hears what is wrong with which original at once.

    Raises StoreFailed: what was looked at so far is noted.
    """
    turn = await _noted(store)
    try:
        for start in sorted({*await store.shelves(), *await shelves_of_rows(sessions)}):
            if turn.after[: len(start)] <= start:
                await _shelf(store, sessions, turn, start, found, now)
    except BaseException:
        with suppress(StoreFailed):
            await _note(store, turn)
        raise
    await _note(store, Turn())
    return turn


async def _shelf(
    store: Store,
    sessions: Sessions,
    turn: Turn,
    start: str,
    found: Callable[[str, str], None],
    now: Callable[[], datetime],
) -> None:
    there = await store.originals(start)
    orphans, named = await _rows(sessions, start)
    for sha256 in sorted({*there, *named}):
        if sha256 <= turn.after:
            continue
        if not await _is_itself(store, sha256):
            if sha256 in named:
                wrong = turn.rotten if sha256 in there else turn.missing
                wrong.append(sha256)
                found("rotten" if wrong is turn.rotten else "missing", sha256)
        elif sha256 not in named and sha256 not in orphans:
            turn.orphans.append(sha256)
            async with sessions.begin() as tx:
                await expect(tx, {sha256}, at=now())
            found("orphan", sha256)
        elif named.get(sha256):
            turn.pictures += await _ask_for_missing(store, sessions, sha256)
        turn.after, turn.checked = sha256, turn.checked + 1
        if turn.checked % NOTED_EVERY == 0:
            await _note(store, turn)


async def _rows(sessions: Sessions, start: str) -> tuple[set[str], dict[str, bool]]:
    """Orphans, and what photos name, with whether pictures are made of it. Asked after the store: rows come later."""
    orphan, photo = col(Orphan.sha256), col(Photo.sha256)
    named = sa.select(photo, sa.func.bool_or(~col(Photo.no_pictures))).where(photo.startswith(start)).group_by(photo)
    async with sessions.begin() as tx:
        orphans = (await tx.scalars(sa.select(orphan).where(orphan.startswith(start)))).all()
        return set(orphans), {row[0]: row[1] for row in await tx.execute(named)}


async def _is_itself(store: Store, sha256: str) -> bool:
    try:
        found, _ = await summed(store.read(sha256))
    except OriginalMissing:
        return False
    return found == sha256


async def _ask_for_missing(store: Store, sessions: Sessions, sha256: str) -> int:
    missing = [size for size in BOTH if await store.get_derivative(sha256, size) is None]
    async with sessions.begin() as tx:
        if missing or await tx.get(PhotoFingerprint, sha256) is None:
            await ask_for_pictures(tx, {sha256})
    return len(missing)


async def _noted(store: Store) -> Turn:
    note = await store.read_note(NOTE)
    return Turn() if note is None else Turn(**json.loads(note))


async def _note(store: Store, turn: Turn) -> None:
    await store.write_note(NOTE, json.dumps(asdict(turn)).encode() + b"\n")

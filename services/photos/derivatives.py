"""Which pictures are made where, and the making: in a thread, or in a confined child."""

import asyncio
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from models.photos import Photo
from services.confined.protocol import Reason
from services.confined.runner import Confined, ConfinedFailed
from services.confined.works import PICTURES
from services.photos.errors import NotAPreview, PhotoDamaged, PictureTooHeavy, StoreFailed
from services.photos.imaging import Pictures, make_pictures
from services.photos.ingest import Picture, look_into, look_now, turn_of
from services.photos.kinds import Derivative, ImageKind
from services.photos.store import Store
from services.threads import in_thread

MEGAPIXEL = 1_000_000
MEGABYTE = 1_000_000
# What a thread of the service may decode, within half a second. HEIC and AVIF are not here: theirs run in a child.
IN_THREAD = {ImageKind.JPEG: 32 * MEGAPIXEL, ImageKind.PNG: 12 * MEGAPIXEL, ImageKind.WEBP: 3 * MEGAPIXEL}
HELD_IN_THREAD = 50 * MEGABYTE
HELD_BESIDE = 60 * MEGABYTE
"""Heavier ones are made one at a time: 12 megapixels of HEIC are 55."""
HELD_AT_MOST = 430 * MEGABYTE
"""50 megapixels of AVIF; of HEIC 95. What is heavier keeps its original and gets no pictures: docs/decisions/0029."""
PREVIEWS = (ImageKind.JPEG, ImageKind.WEBP)
PREVIEW_PIXELS = 4 * MEGAPIXEL
BOTH = (Derivative.THUMB, Derivative.SCREEN)


@dataclass(frozen=True)
class Original:
    """What the photo's row knows of the file."""

    sha256: str
    kind: ImageKind
    width: int
    height: int

    @classmethod
    def of(cls, photo: Photo) -> "Original":
        """The original that a photo's row names; a voice note is none."""
        kind = ImageKind(photo.media_type.removeprefix("image/"))
        return cls(photo.sha256, kind, photo.width or 0, photo.height or 0)

    @property
    def fits_a_thread(self) -> bool:
        """False: only the worker makes its pictures, a request answers 503 with Retry-After until they are there.

        True holds of nearly all: of a few, as of a large progressive JPEG, only the file itself tells.
        """
        return self.width * self.height <= IN_THREAD.get(self.kind, 0)


class HeldAlone(Exception):
    """The picture is so heavy that no other such one may be made meanwhile; its maker was not told that none is."""


class PictureMaker:
    """One for each process. No more than `at_once` pictures are decoded at a time, however many are asked for."""

    def __init__(self, store: Store, confined: Confined, *, max_pixels: int, at_once: int = 2) -> None:
        self._store = store
        self._confined = confined
        self._max_pixels = max_pixels
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="pictures")

    def close(self) -> None:
        """Wait for running work and end the threads."""
        self._pool.shutdown()

    async def at_first_look(self, original: Original, derivative: Derivative) -> bytes | None:
        """For a request: the picture as stored, or made now in a thread; None while only the worker can make it.

        Raises PhotoDamaged if it cannot be decoded, OriginalMissing, StoreFailed.
        """
        picture = await self._store.get_derivative(original.sha256, derivative)
        if picture is None and (made := await self._in_thread(original, [derivative])) is not None:
            picture = made[derivative]
            with suppress(StoreFailed):  # a full store is no reason not to show it; it is made again next time
                await self._store.put_derivative(original.sha256, derivative, picture)
        return picture

    async def make_missing(self, original: Original, *, alone: bool = False) -> None:
        """For the worker: every derivative that is not there yet. May be repeated. `alone`: no other heavy one is made.

        Raises PhotoDamaged if it cannot be decoded, PictureTooHeavy, ConfinedFailed when the child went over its limits
        or fell, HeldAlone.
        """
        missing = [d for d in BOTH if await self._store.get_derivative(original.sha256, d) is None]
        if not missing:
            return
        made = await self._in_thread(original, missing)
        if made is None:
            made = await self._in_child(original, missing, alone=alone)
        for derivative, picture in made.items():
            await self._store.put_derivative(original.sha256, derivative, picture)

    async def of_preview(self, content: bytes) -> tuple[Picture, Pictures]:
        """A preview's look and both its pictures, made in a thread: it is small, and of kinds that may be.

        Raises NotAnImage, NotAPreview, PhotoDamaged, PhotoTooManyPixels.
        """

        def make() -> tuple[Picture, Pictures]:
            file = io.BytesIO(content)
            seen = look_into(file, max_pixels=PREVIEW_PIXELS)
            if seen.kind not in PREVIEWS:
                raise NotAPreview
            turn = turn_of(seen.kind, seen.exif)
            return seen, make_pictures(file, seen.kind, turn, BOTH, max_pixels=self._max_pixels)

        return await in_thread(self._pool, make)

    async def in_turn(self, work: Callable[[], bytes]) -> bytes:
        """Other work on pictures, in the same threads: no more of both at a time."""
        return await in_thread(self._pool, work)

    async def _in_thread(self, original: Original, wanted: Sequence[Derivative]) -> Pictures | None:
        """None for what only a child may make."""
        if not original.fits_a_thread:
            return None
        async with self._store.as_file(original.sha256) as path:

            def make() -> Pictures | None:
                seen = look_now(path, max_pixels=self._max_pixels)
                if seen.held > HELD_IN_THREAD:
                    return None
                with path.open("rb") as file:
                    turn = turn_of(original.kind, seen.exif)
                    return make_pictures(file, original.kind, turn, wanted, max_pixels=self._max_pixels)

            return await in_thread(self._pool, make)

    async def _in_child(self, original: Original, wanted: Sequence[Derivative], *, alone: bool) -> Pictures:
        async with self._store.as_file(original.sha256) as path:
            seen = await asyncio.to_thread(look_now, path, max_pixels=self._max_pixels)
            if seen.held > HELD_AT_MOST:
                raise PictureTooHeavy(seen.held, HELD_AT_MOST)
            if seen.held > HELD_BESIDE and not alone:
                raise HeldAlone
            options = {
                "kind": original.kind.value,
                "orientation": turn_of(original.kind, seen.exif),
                "max_pixels": self._max_pixels,
                "sizes": ",".join(wanted),
            }
            try:
                answer = await self._confined.run(PICTURES, path, options)
            except ConfinedFailed as error:
                if error.reason is Reason.REFUSED:
                    raise PhotoDamaged(error.detail) from error
                raise
        if not set(wanted) <= answer.parts.keys():
            raise ConfinedFailed(PICTURES.name, Reason.GARBLED, "a picture is missing")
        return {derivative: answer.parts[derivative.value] for derivative in wanted}

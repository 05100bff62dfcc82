"""What this office answers to every picture in a folder, kind by kind, beside what the decoders alone say of it.

`ODD_PICTURES=FOLDER make bench ARGS=odd`; image libraries' own test sets are the best folders. The second table names
what is refused though a decoder opens it, to be looked at one by one.
"""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from pillow_heif import register_heif_opener

from services.confined.runner import Confined, ConfinedFailed
from services.errors import DomainError
from services.photos.derivatives import Original, PictureMaker
from services.photos.errors import PhotoTooLarge
from services.photos.exif import Exif
from services.photos.ingest import look_now
from services.photos.local_store import LocalStore
from services.photos.storing import Bounds

BOUNDS = Bounds(30 * 1024 * 1024, 110_000_000)
AT_ONCE = 3
DECODERS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")


@dataclass(frozen=True)
class Tried:
    """One file: what a decoder calls it, what we answered, and whether the decoder alone decodes it."""

    name: str
    form: str
    answer: str
    decodes: bool
    facts: tuple[str, ...]


def measure() -> None:
    """Print both tables."""
    folder = os.environ.get("ODD_PICTURES")
    if not folder:
        raise SystemExit("odd: say which folder of pictures, ODD_PICTURES=FOLDER.")
    register_heif_opener()
    Image.init()  # else only the decoders that were used before are tried
    tried = asyncio.run(_all_of(Path(folder)))
    _print(tried)


async def _all_of(folder: Path) -> list[Tried]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as kept:
        store = LocalStore(Path(kept))
        maker = PictureMaker(store, Confined(), max_pixels=BOUNDS.max_pixels)
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(path: Path) -> Tried:
            async with turns:
                return await _tried(path, store, maker)

        return await asyncio.gather(*[one(path) for path in files])


async def _tried(path: Path, store: LocalStore, maker: PictureMaker) -> Tried:
    form, decodes = await asyncio.to_thread(_decoded, path)
    facts: tuple[str, ...] = ()
    try:
        if path.stat().st_size > BOUNDS.max_bytes:
            raise PhotoTooLarge(BOUNDS.max_bytes)
        seen = look_now(path, max_pixels=BOUNDS.max_pixels)
        facts = tuple(_facts(seen.exif))
        async with store.receive(_bytes(path), max_bytes=BOUNDS.max_bytes) as incoming:
            kept = await store.keep(incoming)
        await maker.make_missing(Original(kept.sha256, seen.kind, seen.width, seen.height), alone=True)
    except ConfinedFailed as error:
        answer = f"kept, no pictures: child {error.reason}"
    except DomainError as error:
        answer = f"kept, no pictures: {error.code}" if facts else error.code
    else:
        answer = "pictures"
    return Tried(path.name, form, answer, decodes, facts)


async def _bytes(path: Path) -> AsyncIterator[bytes]:
    yield path.read_bytes()


def _decoded(path: Path) -> tuple[str, bool]:
    """What the decoders that we use call it, and whether they come to its end."""
    Image.MAX_IMAGE_PIXELS = BOUNDS.max_pixels // 2  # Pillow refuses twice this
    form = f"other (.{path.suffix.lstrip('.').lower()})"
    try:
        with Image.open(path, formats=DECODERS) as picture:
            form = picture.format or form
            picture.load()
    except Exception:  # whatever a decoder raises at bytes from anywhere
        return form, False
    return form, True


def _facts(exif: Exif) -> Iterator[str]:
    yield "exif" if exif != Exif() else "no exif"
    if exif.taken_at is not None:
        yield "time without zone" if exif.offset_assumed else "time with zone"
    if exif.lon is not None:
        yield "place"
    if exif.place_impossible:
        yield "place impossible"
    if exif.make or exif.model:
        yield "device"
    if exif.orientation != 1:
        yield "turned"


def _print(tried: list[Tried]) -> None:
    print(f"{len(tried)} files")
    for (form, answer), count in sorted(Counter((one.form, one.answer) for one in tried).items()):
        print(f"  {form:<16} {answer:<48} {count:>5}")
    print("what the accepted say of themselves:")
    for fact, count in Counter(fact for one in tried for fact in one.facts).most_common():
        print(f"  {fact:<20} {count:>5}")
    print("decoded by the decoder alone, not by us:")
    for one in tried:
        if one.decodes and one.answer != "pictures":
            print(f"  {one.name:<60} {one.form:<6} {one.answer}")
    print("not decoded by the decoder alone, by us:")
    for one in tried:
        if not one.decodes and one.answer == "pictures":
            print(f"  {one.name:<60} {one.form:<6}")

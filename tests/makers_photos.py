"""Photos as a phone sends them, and what the office then has on its disk."""

import base64
import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import sqlalchemy as sa
from PIL import Image
from sqlmodel import col

from models.photos import Orphan, Photo
from services.photos.local_store import LocalStore
from tests.pictures import Tags, photo
from tests.world import Person, World

PLACE: dict[str, Any] = {"lat": (30.6923, "N"), "lon": (111.2867, "E")}


def snapped(form: str = "JPEG", *, width: int = 80, height: int = 60, **tags: Any) -> bytes:
    """A photo like no other of this format: a camera of its own is in its EXIF."""
    return photo(form, Tags(**{"model": str(uuid4()), **tags}), width, height)


def bomb() -> bytes:
    """A PNG of some hundred bytes that says it has 64,000 × 64,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64_000, 64_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def undecodable() -> bytes:
    """A JPEG with a sound frame around data that no decoder takes, like no other."""
    whole = bytearray(snapped(width=640, height=480))
    tables = whole.index(b"\xff\xdb")
    whole[tables + 4] = 0x4F  # a quantisation table that does not exist
    return bytes(whole)


def sha256(data: bytes) -> str:
    """Lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def digest(data: bytes) -> dict[str, str]:
    """The header that names these bytes."""
    return {"Repr-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"}


async def put(person: Person, data: bytes, photo_id: str | None = None, **headers: str) -> httpx.Response:
    """PUT as a phone does it, with the digest of the bytes unless a header says otherwise."""
    sent = {**digest(data), "Content-Type": "application/octet-stream", **headers}
    return await person.put(f"/photos/{photo_id or uuid4()}", content=data, headers=sent)


async def put_preview(person: Person, data: bytes, photo_id: str, **headers: str) -> httpx.Response:
    """The small picture ahead of its photo, as a phone sends it."""
    sent = {**digest(data), "Content-Type": "image/jpeg", **headers}
    return await person.put(f"/photos/{photo_id}/preview", content=data, headers=sent)


async def stored(person: Person, data: bytes, photo_id: str | None = None) -> dict[str, Any]:
    """A photo that is there, as putPhoto shows it."""
    answer = await put(person, data, photo_id)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def image(person: Person, photo_id: str, size: str, **headers: str) -> httpx.Response:
    """GET of one picture."""
    return await person.get(f"/photos/{photo_id}/image", params={"size": size}, headers=headers)


def opened(answer: httpx.Response) -> Image.Image:
    """The picture of an answer."""
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def on_disk(world: World, data: bytes) -> Path:
    """Where the store keeps these bytes, if it does."""
    assert isinstance(world.office.store, LocalStore)
    name = sha256(data)
    return world.office.store.root / "originals" / name[:2] / name[2:4] / name


def parts(world: World) -> list[str]:
    """Files that wait to be kept."""
    assert isinstance(world.office.store, LocalStore)
    folder = world.office.store.root / "parts"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


async def rows(world: World, data: bytes) -> int:
    """Photo rows of these bytes."""
    async with world.rows.begin() as tx:
        query = sa.select(sa.func.count()).select_from(Photo).where(col(Photo.sha256) == sha256(data))
        return int(await tx.scalar(query) or 0)


async def is_orphan(world: World, data: bytes) -> bool:
    """Whether the bytes are to be swept some day."""
    async with world.rows.begin() as tx:
        return await tx.get(Orphan, sha256(data)) is not None


async def jobs_waiting(world: World, data: bytes) -> int:
    """Jobs that will make the pictures of these bytes."""
    async with world.rows.begin() as tx:
        query = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND args->>'sha256' = :sha256")
        return int(await tx.scalar(query, {"sha256": sha256(data)}) or 0)

"""A dossier as a stream: what its reader never sees is that the next photo is read while this one is sent."""

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from services.dossiers.zipping import A_HOP, PIECE, Dossier, Original, zipped
from services.photos.store import Store


class Folder:
    """Originals under their names, and how many of them are open now."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.open = 0

    def put(self, content: bytes) -> Original:
        name = hashlib.sha256(content).hexdigest()
        (self.root / name).write_bytes(content)
        return Original(f"photos/{name}.jpg", name, len(content))

    @asynccontextmanager
    async def as_file(self, sha256: str) -> AsyncIterator[Path]:
        self.open += 1
        try:
            yield self.root / sha256
        finally:
            self.open -= 1


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def of(*originals: Original) -> Dossier:
    return Dossier("x.zip", (("page", b"text"),), originals)


async def test_photos_of_every_length_around_a_hop_come_out_whole(folder: Folder) -> None:
    hop = A_HOP * PIECE
    contents = [b"a" * length for length in (1, PIECE, hop - 1, hop, hop + 1, 2 * hop)]
    originals = [folder.put(content) for content in contents]
    out = b"".join([piece async for piece in zipped(cast("Store", folder), of(*originals))])
    with zipfile.ZipFile(io.BytesIO(out)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["page", *(one.path for one in originals)]
        assert [archive.read(one.path) for one in originals] == contents


async def test_a_reader_who_hangs_up_leaves_no_file_open(folder: Folder) -> None:
    originals = [folder.put(bytes([number]) * 3 * A_HOP * PIECE) for number in range(3)]
    async with aclosing(zipped(cast("Store", folder), of(*originals))) as pieces:
        read = 0
        async for piece in pieces:
            read += len(piece)
            if read > A_HOP * PIECE:
                assert folder.open == 1
                break
    assert folder.open == 0

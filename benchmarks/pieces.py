"""A photo in pieces: by tus to the office, and the same pieces to a sink that hashes and fsyncs each and no more."""

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.phones import Phone
from benchmarks.shots import Shot, printed

PIECE_BYTES = 512 * 1024
OFFSET_BYTES = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


def by_tus(phone: Phone, exposure: bytes) -> None:
    """A call that begins it, and one a piece."""
    shot = printed(exposure)
    told = {**TUS, "Upload-Length": str(len(shot.data)), "Upload-Metadata": metadata(shot)}
    phone.call("POST", "/api/v1/uploads", headers=told)
    place = urlsplit(phone.told["Location"]).path
    for offset, piece in pieces(shot.data):
        phone.call("PATCH", place, piece, OFFSET_BYTES, {**TUS, "Upload-Offset": str(offset)})


def to_the_sink(phone: Phone, exposure: bytes) -> None:
    """One call a piece."""
    for _, piece in pieces(printed(exposure).data):
        phone.call("PATCH", "/", piece, OFFSET_BYTES)


def pieces(photo: bytes) -> Iterator[tuple[int, bytes]]:
    """Each with the offset at which it begins."""
    for offset in range(0, len(photo), PIECE_BYTES):
        yield offset, photo[offset : offset + PIECE_BYTES]


def metadata(shot: Shot) -> str:
    """As tus wants it: names, and values in base64."""
    told = {"photo_id": shot.id, "sha256": shot.sha256}
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in told.items())

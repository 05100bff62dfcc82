"""How long the sound of a WebM is (RFC 8794, RFC 9559), read without a decoder.

Elements are read one after another, whatever holds them: a browser that records live names no size of what is around.
"""

import math
import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from services.photos.errors import NotAnImage, NotAVoiceNote, PhotoDamaged
from services.photos.headers import exactly, file_size

ELEMENTS_MAX = 30_000  # a minute in blocks of 20 ms, each in a group of its own, has 12,000
LARGEST_FACT = 64
LAST_BLOCK_SECONDS = 0.02  # what begins with the last block; Opus packets are 20 ms nearly always
EBML, SEGMENT, INFO, TRACKS, TRACK = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE
CLUSTER, GROUP = 0x1F43B675, 0xA0
HOLDERS = {EBML, SEGMENT, INFO, TRACKS, TRACK, CLUSTER, GROUP}
DOC_TYPE, SCALE, DURATION, TRACK_TYPE, CODEC, CLUSTER_TIME = 0x4282, 0x2AD7B1, 0x4489, 0x83, 0x86, 0xE7
FACTS = {DOC_TYPE, SCALE, DURATION, TRACK_TYPE, CODEC, CLUSTER_TIME}
BLOCKS = {0xA3, 0xA1}
SOUND = 2


@dataclass
class Found:
    """What the elements said; times in ticks of `scale` nanoseconds."""

    doc_type: bytes = b""
    scale: int = 1_000_000
    duration: float = 0.0
    tracks: list[int] = field(default_factory=list)
    codecs: list[bytes] = field(default_factory=list)
    cluster: int = 0
    last: int | None = None


def read_webm(file: BinaryIO) -> float:
    """Seconds. Raises NotAnImage without sound or with a picture, NotAVoiceNote for sound of another kind."""
    found, size, at = Found(), file_size(file), 0
    for _ in range(ELEMENTS_MAX):
        if at == size:
            return _seconds(found)
        file.seek(at)
        name, length, start = _element(file, at)
        if length is None and name not in (SEGMENT, CLUSTER):
            raise PhotoDamaged("bad_box")
        if start + (length or 0) > size:
            raise PhotoDamaged("cut_off")
        if name in HOLDERS:
            at = start
            continue
        if name in FACTS:
            _hear(found, name, exactly(file, min(length or 0, LARGEST_FACT)))
        elif name in BLOCKS:
            _hear_block(found, exactly(file, min(length or 0, 16)))
        at = start + (length or 0)
    raise PhotoDamaged("too_many_segments")


def _seconds(found: Found) -> float:
    if found.doc_type != b"webm" or found.tracks != [SOUND]:
        raise NotAnImage
    if found.codecs != [b"A_OPUS"]:
        raise NotAVoiceNote
    if found.last is None:
        raise PhotoDamaged("no_sound")
    tick = found.scale / 1e9
    return max(found.duration * tick, found.last * tick + LAST_BLOCK_SECONDS)


def _element(file: BinaryIO, at: int) -> tuple[int, int | None, int]:
    """Its id, the length of its content (None: until what it cannot hold), and where that begins."""
    head = file.read(12)
    name, used = _number(head, most=4, keeps_marker=True)
    length, more = _number(head[used:], most=8, keeps_marker=False)
    is_unknown = length == (1 << 7 * more) - 1
    file.seek(at + used + more)
    return name, None if is_unknown else length, at + used + more


def _number(data: bytes, *, most: int, keeps_marker: bool) -> tuple[int, int]:
    """A number whose first byte says by its leading zeros how many bytes it has (RFC 8794, 4)."""
    if not data:
        raise PhotoDamaged("cut_off")
    used = 9 - data[0].bit_length()
    if used > most:
        raise PhotoDamaged("bad_box")
    if used > len(data):
        raise PhotoDamaged("cut_off")
    value = int.from_bytes(data[:used], "big")
    return value if keeps_marker else value & (1 << 7 * used) - 1, used


def _hear(found: Found, name: int, content: bytes) -> None:
    whole = int.from_bytes(content[:8], "big")
    if name == DOC_TYPE:
        found.doc_type = content.rstrip(b"\0")
    elif name == SCALE:
        found.scale = whole
    elif name == DURATION:
        found.duration = _float(content)
    elif name == TRACK_TYPE:
        found.tracks.append(whole)
    elif name == CODEC:
        found.codecs.append(content.rstrip(b"\0"))
    elif name == CLUSTER_TIME:
        found.cluster = whole


def _hear_block(found: Found, content: bytes) -> None:
    _, used = _number(content, most=8, keeps_marker=False)
    if len(content) < used + 2:
        raise PhotoDamaged("bad_box")
    begins = found.cluster + int.from_bytes(content[used : used + 2], "big", signed=True)
    found.last = max(begins, found.last or 0)


def _float(content: bytes) -> float:
    if len(content) not in (4, 8):
        raise PhotoDamaged("bad_box")
    value: float = struct.unpack(">f" if len(content) == 4 else ">d", content)[0]
    if not math.isfinite(value) or value < 0:
        raise PhotoDamaged("bad_box")
    return value

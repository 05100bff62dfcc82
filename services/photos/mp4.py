"""How long the sound of an MP4 is (ISO/IEC 14496-12), whole or in fragments as browsers record it, read without a
decoder.
"""

import re
from dataclasses import dataclass
from typing import BinaryIO

from services.photos.errors import NotAnImage, NotAVoiceNote, PhotoDamaged
from services.photos.heif import Bytes, box_content, top_boxes

# The object type in an `esds` box (14496-1, 7.2.6): descriptor 3 with its length, id and flags, then descriptor 4.
OBJECT_TYPE = re.compile(rb"esds.{4}\x03[\x80-\xff]{0,3}[\x00-\x7f].{2}\x00\x04[\x80-\xff]{0,3}[\x00-\x7f](.)", re.S)
AAC = {0x40, 0x66, 0x67, 0x68}
UNKNOWN = {2**32 - 1, 2**64 - 1}


@dataclass
class Track:
    """One track of the film or sound; times in units of its own scale."""

    id: int = 0
    handler: bytes = b""
    scale: int = 0
    duration: int = 0
    samples: int = 0
    kinds: tuple[bytes, ...] = ()
    described: bytes = b""


def read_mp4(file: BinaryIO) -> float:
    """Seconds. Raises NotAnImage without sound or with a picture, NotAVoiceNote for sound of another kind."""
    tracks: list[Track] = []
    each: dict[int, int] = {}
    fragments = 0
    has_data = False
    for name, start, length in top_boxes(file):
        if name == b"moov":
            moov = box_content(file, start, length)
            tracks += [_track(inner) for part, inner in Bytes(moov).boxes() if part == b"trak"]
            each |= _defaults(Bytes(moov))
        elif name == b"moof" and len(tracks) == 1:
            fragments += _fragment(Bytes(box_content(file, start, length)), each.get(tracks[0].id, 0))
        has_data |= name == b"mdat"
    track = _sound_of(tracks)
    if not has_data:
        raise PhotoDamaged("no_sound")
    return max(track.duration, track.samples, fragments) / track.scale


def _sound_of(tracks: list[Track]) -> Track:
    if len(tracks) != 1 or tracks[0].handler != b"soun":
        raise NotAnImage
    [track] = tracks
    if track.scale == 0:
        raise PhotoDamaged("bad_box")
    found = OBJECT_TYPE.search(track.described)
    is_aac = track.kinds == (b"mp4a",) and found is not None and found[1][0] in AAC
    if not is_aac and track.kinds != (b"Opus",):
        raise NotAVoiceNote
    return track


def _track(box: Bytes) -> Track:
    track = Track()
    for name, inner in box.boxes():
        if name == b"tkhd":
            inner.take(16 if inner.number(4) >> 24 else 8)
            track.id = inner.number(4)
        elif name == b"mdia":
            _media(inner, track)
    return track


def _media(box: Bytes, track: Track) -> None:
    for name, inner in box.boxes():
        if name == b"mdhd":
            wide = 8 if inner.number(4) >> 24 else 4
            inner.take(2 * wide)
            track.scale, duration = inner.number(4), inner.number(wide)
            track.duration = 0 if duration in UNKNOWN else duration
        elif name == b"hdlr":
            inner.take(8)
            track.handler = inner.take(4)
        elif name == b"minf":
            for part, table in (each for found, held in inner.boxes() if found == b"stbl" for each in held.boxes()):
                _table(part, table, track)


def _table(name: bytes, table: Bytes, track: Track) -> None:
    if name == b"stsd":
        table.take(8)
        entries = list(table.boxes())
        track.kinds = tuple(kind for kind, _ in entries)
        track.described = b"".join(entry.take(entry.left) for _, entry in entries)
    elif name == b"stts":
        table.take(4)
        track.samples = sum(table.number(4) * table.number(4) for _ in range(table.number(4)))


def _defaults(moov: Bytes) -> dict[int, int]:
    """How long a sample is where a fragment does not say so, by track."""
    found = {}
    for name, inner in moov.boxes():
        for part, trex in inner.boxes() if name == b"mvex" else ():
            if part == b"trex":
                trex.take(4)
                track = trex.number(4)
                trex.take(4)
                found[track] = trex.number(4)
    return found


def _fragment(moof: Bytes, each: int) -> int:
    total = 0
    for name, traf in moof.boxes():
        for part, inner in traf.boxes() if name == b"traf" else ():
            if part == b"tfhd":
                flags = inner.number(4)
                inner.take(4 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0))
                each = inner.number(4) if flags & 8 else each
            elif part == b"trun":
                total += _run(inner, each)
    return total


def _run(trun: Bytes, each: int) -> int:
    flags = trun.number(4)
    count = trun.number(4)
    trun.take((4 if flags & 1 else 0) + (4 if flags & 4 else 0))
    if not flags & 0x100:
        return count * each
    others = 4 * sum(bool(flags & flag) for flag in (0x200, 0x400, 0x800))
    total = 0
    for _ in range(count):  # what it names and does not hold ends this at once
        total += trun.number(4)
        trun.take(others)
    return total

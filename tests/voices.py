"""Voice notes as phones and browsers write them, made by hand: no encoder is needed for what nobody decodes."""

import os
import struct
from collections.abc import Sequence

AAC_RATE = 16_000
SAMPLES = 1024
OPUS_RATE = 48_000
PACKET = 960
"""20 ms."""


def _noise(size: int = 60) -> bytes:
    return os.urandom(size)


def adts(seconds: float = 3.0, *, rate_index: int = 8) -> bytes:
    """AAC in ADTS at 16 kHz, no two alike."""
    frames = b""
    for _ in range(round(seconds * AAC_RATE / SAMPLES)):
        content = _noise()
        length = 7 + len(content)
        head = bytes([0xFF, 0xF1, 0x40 | rate_index << 2, 0x40 | length >> 11, length >> 3 & 0xFF, (length & 7) << 5])
        frames += head + b"\xfc" + content
    return frames


def page(granule: int, packets: Sequence[bytes], *, number: int, flags: int = 0, serial: int = 7) -> bytes:
    """One page of Ogg; its checksum is nobody's affair here."""
    table = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = struct.pack("<4sBBQIII", b"OggS", 0, flags, granule, serial, number, 0)
    return head + bytes([len(table)]) + table + b"".join(packets)


def opus_head(skip: int = 312) -> bytes:
    """The first packet of a stream."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, 1, skip, OPUS_RATE, 0, 0)


def ogg(seconds: float = 3.0, *, head: bytes | None = None) -> bytes:
    """Opus in Ogg, a second in a page, no two alike."""
    pages = [page(0, [head or opus_head()], number=0, flags=2), page(0, [b"OpusTags" + bytes(8)], number=1)]
    total, told = round(seconds * OPUS_RATE), 0
    while told < total:
        told = min(told + OPUS_RATE, total)
        packets = [_noise() for _ in range(50)]
        pages.append(page(told + 312, packets, number=len(pages), flags=4 if told == total else 0))
    return b"".join(pages)


def element(name: int, content: bytes, *, live: bool = False) -> bytes:
    """One element of WebM; a live one does not know its length."""
    size = b"\x01" + b"\xff" * 7 if live else struct.pack(">Q", len(content) | 1 << 56)
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + size + content


def webm(seconds: float = 3.0, *, live: bool = True, codec: bytes = b"A_OPUS", kind: int = 2) -> bytes:
    """Opus in WebM; live as a browser records it, with neither lengths nor a duration."""
    info = element(0x2AD7B1, (1_000_000).to_bytes(3, "big"))
    if not live:
        info += element(0x4489, struct.pack(">d", seconds * 1000))
    track = element(0xD7, b"\x01") + element(0x83, bytes([kind])) + element(0x86, codec)
    parts = element(0x1549A966, info) + element(0x1654AE6B, element(0xAE, track))
    for start in range(0, round(seconds * 1000), 1000):
        ticks = range(0, min(1000, round(seconds * 1000) - start), 20)
        blocks = b"".join(element(0xA3, b"\x81" + struct.pack(">hB", tick, 0x80) + _noise()) for tick in ticks)
        parts += element(0x1F43B675, element(0xE7, start.to_bytes(4, "big")) + blocks, live=live)
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    return head + element(0x18538067, parts, live=live)


def box(name: bytes, content: bytes, *, wide: bool = False) -> bytes:
    """One box of MP4."""
    if wide:
        return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), name) + content


def _entry(kind: bytes, object_type: int) -> bytes:
    sound = bytes(6) + struct.pack(">HQHHIHH", 1, 0, 1, 16, 0, AAC_RATE, 0)
    if kind == b"Opus":
        return box(b"Opus", sound + box(b"dOps", bytes(11)))
    config = bytes([4, 17, object_type, 0x15]) + bytes(11) + bytes([5, 2, 0x14, 0x08])
    return box(kind, sound + box(b"esds", bytes(4) + bytes([3, 3 + len(config)]) + struct.pack(">HB", 1, 0) + config))


def _moov(seconds: float, entry: bytes, handler: bytes, *, whole: bool) -> bytes:
    units = round(seconds * AAC_RATE) if whole else 0
    samples = units // SAMPLES
    stts = struct.pack(">IIII", 0, 1, samples, SAMPLES) if whole else bytes(8)
    table = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1) + entry) + box(b"stts", stts))
    media = box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, AAC_RATE, units, 0))
    media += box(b"hdlr", bytes(8) + handler + bytes(13)) + box(b"minf", table)
    track = box(b"trak", box(b"tkhd", struct.pack(">IIII", 7, 0, 0, 1) + bytes(68)) + box(b"mdia", media))
    extends = b"" if whole else box(b"mvex", box(b"trex", struct.pack(">IIIIII", 0, 1, 1, SAMPLES, 0, 0)))
    return box(b"moov", box(b"mvhd", bytes(100)) + track + extends)


def m4a(
    seconds: float = 3.0,
    *,
    kind: bytes = b"mp4a",
    object_type: int = 0x40,
    handler: bytes = b"soun",
    wide: bool = False,
) -> bytes:
    """AAC in MP4 as a phone's recorder writes it: the sound first, then what it is."""
    sound = _noise(round(seconds * 4000))
    moov = _moov(seconds, _entry(kind, object_type), handler, whole=True)
    return box(b"ftyp", b"M4A \0\0\0\0M4A mp42isom") + box(b"mdat", sound, wide=wide) + moov


def fragmented(seconds: float = 3.0, *, each_told: bool = False) -> bytes:
    """AAC in MP4 as a browser records it: a second in a fragment, and no length anywhere."""
    parts = box(b"ftyp", b"iso5\0\0\0\0iso5mp41") + _moov(0, _entry(b"mp4a", 0x40), b"soun", whole=False)
    left = round(seconds * AAC_RATE / SAMPLES)
    while left:
        count = min(left, 16)
        told = struct.pack(">I", SAMPLES) * count if each_told else b""
        run = struct.pack(">II", 0x100 if each_told else 0, count) + told
        traf = box(b"tfhd", struct.pack(">II", 0, 1)) + box(b"trun", run)
        parts += box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", traf)) + box(b"mdat", _noise(800))
        left -= count
    return parts


def wav(seconds: float = 1.0) -> bytes:
    """Sound as it is, which the office does not take."""
    sound = _noise(round(seconds * 16_000))
    head = (
        b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16_000, 2, 16) + b"data" + struct.pack("<I", len(sound))
    )
    return b"RIFF" + struct.pack("<I", len(head) + len(sound)) + head + sound

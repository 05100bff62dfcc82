"""Voice notes, kept and never decoded: what one is and how long, read from its container in a bounded number of reads.

How long is what the container says, frame by frame where there are frames; what it says wrongly costs nobody anything.
"""

from dataclasses import dataclass
from typing import BinaryIO

from services.photos.errors import NotAVoiceNote, PhotoDamaged, VoiceTooLong
from services.photos.headers import exactly, file_size
from services.photos.heif import AVIF_BRANDS, HEIC_BRANDS, box_content, brands_in, top_boxes
from services.photos.kinds import VoiceKind
from services.photos.mp4 import read_mp4
from services.photos.webm import read_webm

MOST_SECONDS = 60
SLACK_SECONDS = 1.0  # a recorder that is stopped at 60 s ends its last frame first
MOST_BYTES = 5_000_000  # Opus at its most, 510 kbit/s, is 3.8 MB a minute
FRAMES_MAX = 10_000  # of ADTS: a minute at 96 kHz has 5,625
PAGES_MAX = 20_000  # of Ogg: a minute has 3,000, with a packet of 20 ms each
RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
SAMPLES_IN_BLOCK = 1024
OPUS_RATE = 48_000  # whatever was recorded (RFC 7845, 4)
UNKNOWN_GRANULE = 2**64 - 1
OTHER_SOUND = (b"#!AMR", b"ID3", b"fLaC", b"caff", b"FORM", b".snd")


@dataclass(frozen=True)
class Voice:
    """Facts for the photo's row."""

    kind: VoiceKind
    duration_s: float

    @property
    def media_type(self) -> str:
        """What the content is, whatever the sender called it."""
        return self.kind.media_type


def read_voice(file: BinaryIO) -> Voice | None:
    """None for what is no sound at all.

    Raises NotAVoiceNote for sound of other kinds, NotAnImage for films, PhotoDamaged for cut or contradictory
    containers, VoiceTooLong.
    """
    file.seek(0)
    start = file.read(16)
    if _is_other_sound(start):
        raise NotAVoiceNote
    kind = _kind(file, start)
    if kind is None:
        return None
    if file_size(file) > MOST_BYTES:
        raise VoiceTooLong(MOST_SECONDS, MOST_BYTES)
    seconds = {
        VoiceKind.AAC: _read_adts,
        VoiceKind.OGG: _read_ogg,
        VoiceKind.M4A: read_mp4,
        VoiceKind.WEBM: read_webm,
    }[kind](file)
    if seconds > MOST_SECONDS + SLACK_SECONDS:
        raise VoiceTooLong(MOST_SECONDS, MOST_BYTES)
    if seconds <= 0:
        raise PhotoDamaged("no_sound")
    return Voice(kind, round(seconds, 2))


def _kind(file: BinaryIO, start: bytes) -> VoiceKind | None:
    if start[:4] == b"OggS":
        return VoiceKind.OGG
    if start[:4] == b"\x1aE\xdf\xa3":
        return VoiceKind.WEBM
    if _is_adts(start):
        return VoiceKind.AAC
    if start[4:8] == b"ftyp":
        _, at, length = next(top_boxes(file))
        is_picture = brands_in(box_content(file, at, length)) & (HEIC_BRANDS | AVIF_BRANDS)
        return None if is_picture else VoiceKind.M4A
    return None


def _is_other_sound(start: bytes) -> bool:
    is_wav = start[:4] == b"RIFF" and start[8:12] == b"WAVE"
    is_mpeg = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0 and not _is_adts(start)
    return is_wav or is_mpeg or start.startswith(OTHER_SOUND)


def _is_adts(header: bytes) -> bool:
    """Twelve bits of sync, and layer 0, which no other MPEG sound has (13818-7, 6.2)."""
    return len(header) > 1 and header[0] == 0xFF and header[1] & 0xF6 == 0xF0


def _read_adts(file: BinaryIO) -> float:
    size, at, seconds = file_size(file), 0, 0.0
    for _ in range(FRAMES_MAX):
        if at == size or seconds > MOST_SECONDS + SLACK_SECONDS:
            return seconds
        file.seek(at)
        head = exactly(file, 7)
        rate = head[2] >> 2 & 15
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        if not _is_adts(head) or rate >= len(RATES) or length < len(head):
            raise PhotoDamaged("bad_segment")
        at += length
        if at > size:
            raise PhotoDamaged("cut_off")
        seconds += ((head[6] & 3) + 1) * SAMPLES_IN_BLOCK / RATES[rate]
    raise PhotoDamaged("too_many_segments")


def _read_ogg(file: BinaryIO) -> float:
    """One stream of Opus (RFC 7845); where it ends stands in the last page that ends a packet."""
    size, at, serial, skipped, last = file_size(file), 0, b"", 0, 0
    for number in range(PAGES_MAX):
        if at == size:
            return (last - skipped) / OPUS_RATE
        file.seek(at)
        head = exactly(file, 27)
        if head[:5] != b"OggS\0":
            raise PhotoDamaged("bad_segment")
        length = sum(exactly(file, head[26]))
        at += 27 + head[26] + length
        if at > size:
            raise PhotoDamaged("cut_off")
        granule = int.from_bytes(head[6:14], "little")
        if number == 0:
            serial, skipped = head[14:18], _opus_skip(exactly(file, min(length, 19)))
        elif head[14:18] != serial:
            raise PhotoDamaged("several_streams")
        elif granule != UNKNOWN_GRANULE:
            if granule < last:
                raise PhotoDamaged("bad_segment")
            last = granule
    raise PhotoDamaged("too_many_segments")


def _opus_skip(packet: bytes) -> int:
    """Samples before the sound begins. Raises NotAVoiceNote for what else Ogg may hold."""
    if packet[:8] != b"OpusHead" or len(packet) < 19:
        raise NotAVoiceNote
    return int.from_bytes(packet[10:12], "little")

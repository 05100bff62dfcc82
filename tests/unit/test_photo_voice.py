"""Voice notes by their containers: what they are, how long, and that no container makes the reader run on."""

import io
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.photos.errors import NOT_TAKEN, NotAnImage, NotAVoiceNote, PhotoDamaged, VoiceTooLong
from services.photos.kinds import VoiceKind
from services.photos.voice import MOST_BYTES, Voice, read_voice
from tests import voices
from tests.pictures import photo

MAKERS: dict[str, tuple[Callable[[float], bytes], VoiceKind]] = {
    "adts": (voices.adts, VoiceKind.AAC),
    "m4a": (voices.m4a, VoiceKind.M4A),
    "m4a of 64 bits": (lambda seconds: voices.m4a(seconds, wide=True), VoiceKind.M4A),
    "opus in mp4": (lambda seconds: voices.m4a(seconds, kind=b"Opus"), VoiceKind.M4A),
    "fragments": (voices.fragmented, VoiceKind.M4A),
    "fragments that tell each": (lambda seconds: voices.fragmented(seconds, each_told=True), VoiceKind.M4A),
    "ogg": (voices.ogg, VoiceKind.OGG),
    "webm live": (voices.webm, VoiceKind.WEBM),
    "webm whole": (lambda seconds: voices.webm(seconds, live=False), VoiceKind.WEBM),
}
SHORT = {name: make(1.0) for name, (make, _) in MAKERS.items()}
MOST_READS = 100_000


class Counted(io.BytesIO):
    """Counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


def heard(data: bytes) -> Voice | None:
    return read_voice(io.BytesIO(data))


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seconds", [0.5, 12.0, 60.0])
def test_a_voice_note_is_known_by_its_bytes_with_its_length(name: str, seconds: float) -> None:
    make, kind = MAKERS[name]
    voice = heard(make(seconds))
    assert voice is not None
    assert voice.kind is kind
    assert voice.duration_s == pytest.approx(seconds, abs=0.07)


@pytest.mark.parametrize("name", MAKERS)
def test_more_than_a_minute_is_too_long(name: str) -> None:
    with pytest.raises(VoiceTooLong):
        heard(MAKERS[name][0](62.0))


def test_a_note_of_more_bytes_than_any_minute_is_too_long_whatever_it_says_of_itself() -> None:
    note = voices.m4a(1.0) + voices.box(b"free", bytes(MOST_BYTES))
    with pytest.raises(VoiceTooLong):
        heard(note)


@pytest.mark.parametrize("name", MAKERS)
def test_a_note_that_is_cut_off_is_damaged(name: str) -> None:
    with pytest.raises(PhotoDamaged):
        heard(SHORT[name][:-10])


@pytest.mark.parametrize(
    "data",
    [
        voices.wav(),
        b"#!AMR\n" + bytes(100),
        b"#!AMR-WB\n" + bytes(100),
        b"ID3\x04\0\0\0\0\0\0" + bytes(100),
        b"\xff\xfb\x90\x64" + bytes(400),
        b"fLaC" + bytes(100),
        voices.ogg(1.0, head=b"\x01vorbis" + bytes(30)),
        voices.webm(1.0, codec=b"A_VORBIS"),
        voices.m4a(1.0, kind=b"samr"),
        voices.m4a(1.0, kind=b"alac"),
        voices.m4a(1.0, object_type=0x6B),
    ],
    ids=["wav", "amr", "amr-wb", "id3", "mp3", "flac", "vorbis", "vorbis in webm", "amr in mp4", "alac", "mp3 in mp4"],
)
def test_sound_of_other_kinds_is_told_which_kinds_are_taken(data: bytes) -> None:
    with pytest.raises(NotAVoiceNote):
        heard(data)


@pytest.mark.parametrize("data", [voices.m4a(1.0, handler=b"vide"), voices.webm(1.0, kind=1)], ids=["mp4", "webm"])
def test_a_film_is_neither_a_photo_nor_a_voice_note(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        heard(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_a_photo_is_no_sound(form: str) -> None:
    assert heard(photo(form)) is None


@pytest.mark.parametrize(
    "data",
    [
        voices.ogg(1.0) + voices.page(96_000, [b"x"], number=9, serial=8),
        voices.ogg(1.0) + voices.page(5, [b"x"], number=9),
        voices.page(0, [voices.opus_head()], number=0, flags=2),
        voices.box(b"ftyp", b"M4A \0\0\0\0M4A ") + voices.box(b"moov", b"\0\0\0\0trak"),
        voices.m4a(1.0).replace(b"stts", b"xxxx").replace(b"mdhd", b"xxxx"),
        b"\x1aE\xdf\xa3" + bytes(40),
        b"\xff\xf1" + bytes(20),
    ],
    ids=["two streams", "time runs back", "no sound", "a box of size 0", "no length", "zeros", "a frame of size 0"],
)
def test_a_container_that_contradicts_itself_is_damaged(data: bytes) -> None:
    with pytest.raises(PhotoDamaged):
        heard(data)


def answer(data: bytes) -> tuple[object, int]:
    """What becomes of it, and in how many reads. Anything but an answer of our own comes out here."""
    file = Counted(data)
    try:
        return read_voice(file), file.reads
    except NOT_TAKEN as refused:
        return refused, file.reads


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("piece", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1", b"\x01\xff\xff\xff\xff\xff\xff\xff"])
def test_a_number_that_is_nought_or_huge_anywhere_gets_an_answer(name: str, piece: bytes) -> None:
    data = SHORT[name]
    for at in range(min(len(data), 900)):
        _, reads = answer(data[:at] + piece + data[at + len(piece) :])
        assert reads < MOST_READS


@given(st.sampled_from(sorted(SHORT)), st.data())
def test_a_note_bent_anywhere_gets_an_answer(name: str, draw: st.DataObject) -> None:
    data = bytearray(SHORT[name])
    for _ in range(draw.draw(st.integers(1, 8))):
        at = draw.draw(st.one_of(st.integers(0, min(len(data), 700) - 1), st.integers(0, len(data) - 1)))
        data[at] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(0, len(data)))
    _, reads = answer(bytes(data[: cut if draw.draw(st.booleans()) else len(data)]))
    assert reads < MOST_READS


STARTS = [b"OggS\0", b"\x1aE\xdf\xa3", b"\xff\xf1", b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", b"\0\0\0\1ftyp", b"\0\0\0\0ftyp"]


@given(st.sampled_from(STARTS), st.binary(max_size=4000))
@example(b"\0\0\0\1ftyp", b"\xff" * 8)
@example(b"\0\0\0\1ftyp", bytes(8))
def test_anything_behind_the_start_of_a_note_gets_an_answer(start: bytes, rest: bytes) -> None:
    _, reads = answer(start + rest)
    assert reads < MOST_READS


@pytest.mark.parametrize(
    "data",
    [
        voices.ogg(0.5) + voices.page(2**64 - 1, [], number=3) * 180_000,
        voices.webm(0.5)[:200] + b"\xec\x80" * 2_400_000,
        b"\x1aE\xdf\xa3\x80" + b"\xa0\x80" * 2_400_000,
        voices.box(b"ftyp", b"M4A \0\0\0\0M4A ") + voices.box(b"free", b"") * 600_000,
        voices.box(b"ftyp", b"M4A \0\0\0\0M4A ") + voices.box(b"moov", voices.box(b"trak", b"") * 100_000),
        b"\xff\xf1\x40\x40\x00\xe0\xfc" * 700_000,
    ],
    ids=["empty pages", "void elements", "holders", "empty boxes", "tracks", "frames of nothing"],
)
def test_five_megabytes_of_nothing_end_within_a_bounded_number_of_reads(data: bytes) -> None:
    assert len(data) < MOST_BYTES + 1_000_000
    _, reads = answer(data[:MOST_BYTES])
    assert reads < MOST_READS

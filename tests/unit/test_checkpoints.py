"""Checkpoints as text: one form, read back exactly, refused in any other."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.checkpoints import Checkpoint, Note, NoteUnreadable, Signed, VerifierKey

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ONE = Checkpoint("zhicha/0123456789ab/1", 42, bytes(range(32)), AT)
TEXT = "zhicha/0123456789ab/1\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ntime 2026-11-24T01:00:00.000000Z\n"


def test_a_checkpoint_is_written_as_the_standard_says_with_its_time_as_an_extension() -> None:
    assert ONE.text() == TEXT
    assert Checkpoint.parse(TEXT) == ONE


def test_the_key_of_the_standards_own_example_has_the_id_that_it_says() -> None:
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = VerifierKey.parse(text)
    assert key.key_id.hex() == "c74f20a3"
    assert str(key) == text


@given(
    st.integers(0, 2**60),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**37),
    st.integers(-12, 12),
)
def test_every_checkpoint_is_read_back_as_it_was(size: int, root: bytes, seconds: int, offset: int) -> None:
    zone = timezone(timedelta(hours=offset))
    made = Checkpoint("a log", size, root, datetime.fromtimestamp(seconds + 0.25, zone))
    assert Checkpoint.parse(made.text()) == made
    note = Note(made.text(), (Signed("a-key", b"1234", b"x" * 64), Signed("older", b"5678", b"y" * 64)))
    assert Note.parse(str(note)) == note


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "more\n",
        TEXT.replace("42", "042"),
        TEXT.replace("42", "-1"),
        TEXT.replace("42", "４２"),
        TEXT.replace("AAEC", "AA-C"),
        TEXT.replace("GxwdHh8=", ""),
        TEXT.replace("time ", "Time "),
        TEXT.replace("000000Z", "0Z"),
        TEXT.replace("000000Z", "000000+00:00"),
        TEXT.replace("zhicha/0123456789ab/1", ""),
    ],
)
def test_a_checkpoint_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(NoteUnreadable):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "whole",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + "\n— name\n",
        TEXT + "\n— name AAAA\n",
        TEXT + "\n- name MTIzNHh4\n",
        TEXT + "\n— name MTIzNHh4",
    ],
)
def test_a_note_without_a_signature_line_in_its_form_is_refused(whole: str) -> None:
    with pytest.raises(NoteUnreadable):
        Note.parse(whole)


@pytest.mark.parametrize(
    "text", ["", "name", "name+c74f20a3+ARpc", "PeterNeumann+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
)
def test_a_key_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(NoteUnreadable):
        VerifierKey.parse(text)

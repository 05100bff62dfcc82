"""Canonical JSON and the hash of a record."""

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, StrEnum
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.canonical import HASH_ALGORITHM, NONCE_BYTES, NotCanonicalError, canonical_json, event_hash


class Grade(StrEnum):
    MAJOR = "major"


class Level(Enum):
    TWO = 2


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def test_keys_are_sorted_and_nothing_stands_between_the_tokens() -> None:
    assert (
        canonical_json({"乙": [1, True, None], "a": {"c": 1.0, "b": "x"}})
        == '{"a":{"b":"x","c":1.0},"乙":[1,true,null]}'.encode()
    )


def test_dates_times_ids_and_enums_become_their_one_text() -> None:
    shanghai = timezone(timedelta(hours=8))
    value = {
        "day": date(2026, 12, 1),
        "at": datetime(2026, 11, 24, 9, 12, 31, tzinfo=shanghai),
        "id": UUID("0198ABCD-0000-7000-8000-000000000001"),
        "grade": Grade.MAJOR,
        "level": Level.TWO,
    }
    assert json.loads(canonical_json(value)) == {
        "day": "2026-12-01",
        "at": "2026-11-24T01:12:31.000000Z",
        "id": "0198abcd-0000-7000-8000-000000000001",
        "grade": "major",
        "level": 2,
    }


def test_the_same_moment_in_two_zones_has_the_same_bytes() -> None:
    here = datetime(2026, 11, 24, 1, 12, 31, 5, tzinfo=UTC)
    assert canonical_json(here) == canonical_json(here.astimezone(timezone(timedelta(hours=8))))


def test_strings_are_escaped_only_where_json_demands_it_and_never_normalised() -> None:
    assert (
        canonical_json('"\\/\n\x00\x1f\x7fé' + "e\u0301")
        == '"\\"\\\\/\\n\\u0000\\u001f\x7fé'.encode() + 'e\u0301"'.encode()
    )


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [0, math.nan]}, "/a/1"),
        ({"a": math.inf}, "/a"),
        ({"a": "\ud800"}, "/a"),
        ({"\udfff": 1}, "/"),
        ({1: "a"}, "/"),
        ({"at": datetime(2026, 1, 1)}, "/at"),  # noqa: DTZ001  a time without offset is what is refused here
        ({"at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))}, "/at"),
        ({"a": b"bytes"}, "/a"),
        ({"a": {1, 2}}, "/a"),
    ],
)
def test_what_has_no_canonical_form_is_refused_and_its_place_named(value: object, place: str) -> None:
    with pytest.raises(NotCanonicalError, match=f"^{place}: "):
        canonical_json(value)


@given(values)
def test_reading_the_canonical_form_and_writing_it_again_gives_the_same_bytes(value: object) -> None:
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_in_which_keys_were_put_in_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


def test_a_record_is_hashed_with_its_nonce_in_front() -> None:
    nonce = bytes(range(NONCE_BYTES))
    assert HASH_ALGORITHM == "sha-256"
    assert event_hash(b'{"a":1}', nonce) == sha256(nonce + b'{"a":1}').digest()
    assert event_hash(b'{"a":1}', bytes(NONCE_BYTES)) != event_hash(b'{"a":1}', nonce)


@pytest.mark.parametrize("nonce", [b"", bytes(15), bytes(17)])
def test_a_nonce_of_another_length_is_refused(nonce: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        event_hash(b"{}", nonce)

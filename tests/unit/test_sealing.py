"""Sealed boxes: nobody opens them without the key, in another row, or with a bit turned."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sealing import SealBroken, SealKeyMissing, SealRing, box_hash

ROW = UUID("0d9c3f0e-5f2b-4c0e-9a53-0b1b6f6a0001")
SALT = bytes(range(16))
OLD, NEW = b"o" * 32, b"n" * 32
RING = SealRing("k1", {"k1": OLD})
CONTENT = {"enterprise_id": str(uuid4()), "content": "消防通道与夜间住人"}


def sealed(content: object = CONTENT, ring: SealRing = RING) -> bytes:
    return ring.seal(content, table="visit", row_id=ROW, salt=SALT)


def test_a_box_gives_back_what_was_sealed() -> None:
    assert RING.open(sealed(), table="visit", row_id=ROW) == CONTENT


def test_nothing_of_the_content_stands_in_the_box() -> None:
    box = sealed({"name": "CANARY-机械厂"})
    assert b"CANARY" not in box
    assert "机械厂".encode() not in box


def test_a_box_does_not_open_in_another_row_or_table() -> None:
    with pytest.raises(SealBroken):
        RING.open(sealed(), table="visit", row_id=uuid4())
    with pytest.raises(SealBroken):
        RING.open(sealed(), table="draw", row_id=ROW)


def test_a_wrong_key_opens_nothing_and_a_missing_one_is_named() -> None:
    with pytest.raises(SealBroken):
        SealRing("k1", {"k1": NEW}).open(sealed(), table="visit", row_id=ROW)
    with pytest.raises(SealKeyMissing, match="k1"):
        SealRing("k2", {"k2": NEW}).open(sealed(), table="visit", row_id=ROW)


def test_every_flipped_bit_and_every_cut_is_refused() -> None:
    box = sealed()
    places = [*range(64), *range(64, len(box), 61), len(box) - 1]
    for place in places:
        for bit in range(8):
            broken = bytearray(box)
            broken[place] ^= 1 << bit
            with pytest.raises((SealBroken, SealKeyMissing)):
                RING.open(bytes(broken), table="visit", row_id=ROW)
    for length in (0, 1, 2, 4, 15, len(box) - 1):
        with pytest.raises((SealBroken, SealKeyMissing)):
            RING.open(box[:length], table="visit", row_id=ROW)


def test_an_older_box_still_opens_after_the_key_was_changed() -> None:
    both = SealRing("k2", {"k1": OLD, "k2": NEW})
    assert both.open(sealed(), table="visit", row_id=ROW) == CONTENT
    assert both.open(sealed(ring=both), table="visit", row_id=ROW) == CONTENT
    with pytest.raises(SealKeyMissing):
        RING.open(sealed(ring=both), table="visit", row_id=ROW)


def test_the_size_tells_nothing_of_a_visit() -> None:
    short = sealed({"content": None})
    assert len(short) == len(sealed({"content": "夜间住人" * 100})) == len(sealed(CONTENT))


@settings(deadline=None)
@given(st.integers(0, 9000))
def test_content_of_any_length_comes_back_and_sizes_are_powers_of_two(length: int) -> None:
    content = {"x": "a" * length}
    box = sealed(content)
    assert RING.open(box, table="visit", row_id=ROW) == content
    plain = len(box) - len(sealed({})) + 2048
    assert plain >= 2048
    assert plain & (plain - 1) == 0


def test_a_blinded_hash_needs_the_key_and_outlives_a_change_of_keys() -> None:
    digest = b"d" * 32
    seen = RING.blinded(digest)
    assert seen != digest
    assert SealRing("k2", {"k1": OLD, "k2": NEW}).is_blinded(digest, seen)
    assert not SealRing("k2", {"k2": NEW}).is_blinded(digest, seen)
    assert not RING.is_blinded(b"e" * 32, seen)


def test_a_ring_without_its_current_key_or_with_a_short_one_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the ring"):
        SealRing("k2", {"k1": OLD})
    with pytest.raises(ValueError, match="32 bytes"):
        SealRing("k1", {"k1": b"short"})


def test_a_chance_that_repeats_uses_no_nonce_for_two_contents_or_rows() -> None:
    length = len(RING.current) + 2
    nonces = {box[length : length + 12] for box in (sealed(), sealed({}), sealed({"content": "x"}))}
    other = RING.seal(CONTENT, table="visit", row_id=uuid4(), salt=SALT)
    assert len(nonces | {other[length : length + 12]}) == 4


def test_two_boxes_of_one_content_have_different_hashes() -> None:
    other = RING.seal(CONTENT, table="visit", row_id=ROW, salt=bytes(16))
    assert box_hash(other) != box_hash(sealed())

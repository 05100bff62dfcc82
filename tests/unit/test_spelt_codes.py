"""Codes that are read out and typed: eight letters that nobody mistakes."""

from hypothesis import given
from hypothesis import strategies as st

from services.rules.spelt_codes import ALPHABET, BYTES, LENGTH, read, spelt

forty_bits = st.binary(min_size=BYTES, max_size=BYTES)


@given(forty_bits)
def test_a_code_has_eight_letters_of_which_none_looks_like_another(chance: bytes) -> None:
    assert len(spelt(chance)) == LENGTH
    assert set(spelt(chance)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("ILOU")


@given(forty_bits, forty_bits)
def test_other_chance_is_another_code(one: bytes, other: bytes) -> None:
    assert (spelt(one) == spelt(other)) is (one == other)


@given(forty_bits)
def test_a_code_is_read_as_people_write_it(chance: bytes) -> None:
    code = spelt(chance)
    assert read(f" {code[:4].lower()} - {code[4:]}") == code
    assert read(code.replace("0", "O").replace("1", "l")) == code

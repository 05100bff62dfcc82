"""Codes of enterprises and places."""

import re

import pytest
import stdnum.cn.uscc
from hypothesis import given
from hypothesis import strategies as st

from services.rules.codes import (
    USCC_ALPHABET,
    is_region_code,
    normalise_code,
    office_code,
    parent_region,
    read_uscc,
    region_range,
    trim_region_code,
    uscc_check_character,
)

REAL_CODES = ["914403001922038216", "9144030071526726XG", "91110000802100433B"]
uscc_bodies = st.builds(
    lambda head, region, body: head + region + body,
    st.text(USCC_ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(USCC_ALPHABET, min_size=9, max_size=9),
)


@pytest.mark.parametrize("code", REAL_CODES)
def test_a_really_issued_credit_code_is_well_formed_with_a_good_check_digit(code: str) -> None:
    reading = read_uscc(code)
    assert (reading.code, reading.well_formed, reading.check_digit_ok) == (code, True, True)


def test_a_village_collectives_code_beginning_with_n_is_well_formed() -> None:
    body = "N2420582MF1234567"
    reading = read_uscc(body + uscc_check_character(body))
    assert reading.well_formed
    assert reading.check_digit_ok


def test_a_wrong_check_digit_is_told_apart_from_a_code_of_the_wrong_shape() -> None:
    slip = read_uscc("914403001922038215")
    assert (slip.well_formed, slip.check_digit_ok) == (True, False)
    shape = read_uscc("91440300192203821")
    assert (shape.well_formed, shape.check_digit_ok) == (False, False)


@pytest.mark.parametrize("letter", "IOSVZ")
def test_letters_that_the_standard_leaves_out_make_a_code_malformed(letter: str) -> None:
    assert not read_uscc("9144030071526726" + letter + "G").well_formed


def test_letters_in_the_region_part_make_a_code_malformed() -> None:
    assert not read_uscc("91A40300715267260G").well_formed


def test_full_width_lower_case_and_blank_characters_are_read_as_the_code_meant() -> None:
    typed = "\ufeff９１４４ 0300\u30007152\u200b6726ｘg\n"
    assert read_uscc(typed).code == "9144030071526726XG"
    assert read_uscc(typed).check_digit_ok


@given(uscc_bodies)
def test_our_check_character_agrees_with_an_independent_library_on_any_body(body: str) -> None:
    assert uscc_check_character(body) == stdnum.cn.uscc.calc_check_digit(body)


@given(uscc_bodies, st.integers(0, 16), st.sampled_from(USCC_ALPHABET))
def test_one_mistyped_character_never_keeps_the_check_digit_right(body: str, place: int, other: str) -> None:
    mistyped = body[:place] + other + body[place + 1 :]
    if other != body[place]:
        assert uscc_check_character(mistyped) != uscc_check_character(body)


@given(st.text())
def test_any_text_at_all_can_be_read_as_a_code_without_an_error(text: str) -> None:
    reading = read_uscc(text)
    assert normalise_code(reading.code) == reading.code


@given(st.binary(min_size=8, max_size=16))
def test_an_office_code_names_its_township_and_never_looks_like_a_credit_code(random: bytes) -> None:
    code = office_code("420582101203", random)
    assert code.startswith("T420582101-")
    assert re.fullmatch(f"T[0-9]{{9}}-[{USCC_ALPHABET}]{{6}}", code)
    assert not read_uscc(code).well_formed


def test_different_random_bytes_give_different_office_codes() -> None:
    assert office_code("420582101", bytes(7) + b"\x01") != office_code("420582101", bytes(7) + b"\x02")


def test_an_office_code_refuses_a_county_and_too_few_random_bytes() -> None:
    with pytest.raises(ValueError, match="township"):
        office_code("420582", bytes(8))
    with pytest.raises(ValueError, match="random"):
        office_code("420582101", bytes(7))


@pytest.mark.parametrize("code", ["42", "4205", "420582", "420582101", "420582101203", "500101"])
def test_region_codes_have_two_four_six_nine_or_twelve_digits(code: str) -> None:
    assert is_region_code(code)


@pytest.mark.parametrize(
    "code", ["", "4", "420", "42058", "4205821", "42058210120", "4205821012031", "０１", "4２", "42\n"]
)
def test_other_lengths_and_other_digits_are_no_region_codes(code: str) -> None:
    assert not is_region_code(code)


def test_a_code_filled_up_with_zeros_is_trimmed_to_the_ancestor_it_means() -> None:
    assert not is_region_code("420500")
    assert trim_region_code("420500") == "4205"
    assert trim_region_code(" 420582000000 ") == "420582"
    assert trim_region_code("420000") == "42"
    assert trim_region_code("500000") == "50"
    assert trim_region_code("420582101203") == "420582101203"


def test_a_parent_is_the_prefix_and_a_province_has_none() -> None:
    assert parent_region("420582101203") == "420582101"
    assert parent_region("420582101") == "420582"
    assert parent_region("42") is None


def test_a_range_after_nine_ends_before_every_sibling() -> None:
    assert region_range("429") == ("429", "42:")
    assert region_range("420582101") == ("420582101", "420582102")


@given(st.text("0123456789", min_size=1, max_size=12), st.text("0123456789", max_size=12))
def test_a_range_holds_exactly_the_codes_that_begin_with_it(scope: str, code: str) -> None:
    first, after = region_range(scope)
    assert (first <= code < after) == code.startswith(scope)


@pytest.mark.parametrize("scope", ["", "42%", "４２"])
def test_an_empty_or_odd_scope_makes_no_range_at_all(scope: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        region_range(scope)

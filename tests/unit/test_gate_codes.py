"""What was scanned, pasted or typed is read as the code that was printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.gate_codes import address, fingerprint, scanned

CODE = "7K2MQ9XA4TBD0WZH7K2MQ9XA4TBD0WZH"


@pytest.mark.parametrize(
    "sent",
    [
        f"https://zhicha.example.cn/e/{CODE}",
        f"https://old.example.cn/some/prefix/e/{CODE}/?from=wechat#top",
        f"  https://zhicha.example.cn/e/{CODE}\n",
        f"ｈｔｔｐｓ：／／ｚｈｉｃｈａ．ｅｘａｍｐｌｅ．ｃｎ／ｅ／{CODE}",
        f"HTTPS://ZHICHA.EXAMPLE.CN/E/{CODE.lower()}",
        f"\u200b{CODE[:8]} {CODE[8:16]}-{CODE[16:]}\u3000",
        CODE.replace("0", "O"),
    ],
)
def test_ours_is_read_from_any_address_and_however_it_was_pasted(sent: str) -> None:
    assert scanned(sent).own == CODE


def test_an_upper_code_is_compared_as_it_is_but_for_width_and_blanks() -> None:
    upper = "https://qym.example.gov.cn/Q?c=aB3"
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in upper)
    assert {scanned(upper).whole, scanned(f" {wide}\r\n").whole} == {upper}
    assert scanned(upper).whole != scanned(upper.lower()).whole
    assert scanned(upper).own is None


def test_the_number_below_the_code_is_eight_letters() -> None:
    assert scanned("7k2m-q9xa").short == "7K2MQ9XA"
    assert scanned(CODE).short is None


@pytest.mark.parametrize("sent", ["", " \u3000\u200b", "https://zhicha.example.cn/e/", "/e/7K2M", f"{CODE}7", "？"])
def test_what_is_no_code_of_ours_is_none(sent: str) -> None:
    assert (scanned(sent).own, scanned(sent).short) == (None, None)


def test_nothing_scanned_is_known_by_nothing() -> None:
    assert scanned(" \u3000").meant is None
    assert scanned(CODE).meant == fingerprint(CODE)


@given(st.text(max_size=300))
def test_any_text_can_be_read(sent: str) -> None:
    assert len(scanned(sent).fingerprints) <= 2


@pytest.mark.parametrize("base", ["https://zhicha.example.cn", "https://zhicha.example.cn/", "https://a.cn/office"])
def test_what_the_qr_says_is_read_back(base: str) -> None:
    assert scanned(address(base, CODE)).own == CODE

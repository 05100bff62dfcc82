"""Which passwords are refused under which policy."""

import pytest

from services.auth.passwords import commonest
from services.rules.passwords import Weakness, weakness_of

NAMES = ("lin.jc", "林检", "li", "某镇人民政府")


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("7 chars", Weakness.TOO_SHORT),
        ("Admin@123", Weakness.COMMON),
        ("woaini1314", Weakness.COMMON),
        ("ababababab", Weakness.COMMON),
        ("my lin.JC phone", Weakness.NAMES_SOMEBODY),
        ("我是林检不是别人", Weakness.NAMES_SOMEBODY),
        ("a big family", None),
        ("three green tea pots", None),
        ("三只绿茶壶两条船", None),
        ("x" * 30 + "yz" * 17, None),
    ],
)
def test_length_and_blocklists_decide_and_nothing_else(password: str, weakness: Weakness | None) -> None:
    assert weakness_of(password, common=commonest(), names=NAMES, classes=False) is weakness


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("three green tea pots", Weakness.TOO_FEW_CLASSES),
        ("three Green tea pots", None),
        ("threegreen77", Weakness.TOO_FEW_CLASSES),
        ("Threegreen77", None),
    ],
)
def test_assessed_offices_ask_for_three_of_four_classes_as_well(password: str, weakness: Weakness | None) -> None:
    assert weakness_of(password, common=commonest(), names=NAMES, classes=True) is weakness


def test_the_list_of_the_commonest_holds_two_hundred_and_none_that_length_refuses_anyway() -> None:
    assert len(commonest()) >= 200
    assert [word for word in commonest() if len(word) < 8] == []

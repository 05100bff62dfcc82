"""Names made comparable for search."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enterprises.duplicates import ENDINGS, core_of
from services.rules.names import bigrams, normalise_name


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("宜都市　红花套镇（中心）幼儿园", "宜都市红花套镇中心幼儿园"),
        ("ＡＢＣ化工 有限公司", "abc化工有限公司"),
        ("STRASSE-Straße", "strassestrasse"),
        ("“老王”饭店·分店", "老王饭店分店"),
        ("7天酒店\u200b", "7天酒店"),
        ("——", ""),
    ],
)
def test_spelling_differences_that_people_do_not_see_vanish(typed: str, normal: str) -> None:
    assert normalise_name(typed) == normal


def test_two_characters_in_the_middle_of_a_name_are_among_its_pairs() -> None:
    assert bigrams("化工") <= bigrams("宜都兴发化工有限公司")
    assert not bigrams("花炮") <= bigrams("宜都兴发化工有限公司")


def test_a_one_character_name_gives_that_character_and_an_empty_one_nothing() -> None:
    assert bigrams("厂") == {"厂"}
    assert bigrams("（）") == frozenset()


def test_characters_beyond_the_basic_plane_count_as_one() -> None:
    assert bigrams("𠮷野家") == {"𠮷野", "野家"}


@given(st.text())
def test_normalising_a_name_twice_changes_nothing_more(name: str) -> None:
    assert normalise_name(normalise_name(name)) == normalise_name(name)


@given(
    st.text("化工厂有限公司ABc（ 7", max_size=8),
    st.text("化工厂有限公司ABc（ 7", max_size=8),
    st.text("厂7 a", max_size=4),
)
def test_a_name_has_every_pair_of_every_text_it_contains(before: str, text: str, behind: str) -> None:
    wanted = bigrams(text)
    if len(normalise_name(text)) >= 2:
        assert wanted <= bigrams(before + text + behind)


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("宏达机械有限公司", "宏达机械"),
        ("宏达机械（集团）有限责任公司", "宏达机械"),
        ("宏达机械厂", "宏达机械"),
        ("老王饭店（个体工商户）", "老王饭"),
        ("老王", "老王"),
        ("王记店", "王记"),
        ("店", "店"),
        ("有限公司", "有限"),
        ("——", None),
    ],
)
def test_two_spellings_of_one_enterprise_share_the_name_without_its_endings(name: str, core: str | None) -> None:
    assert core_of(name) == core


def test_the_endings_are_those_that_the_kept_cores_were_worked_out_by() -> None:
    """Whoever changes the file adds a revision that works the cores out anew (decision 0022), and then this hash."""
    assert (
        sha256(ENDINGS.read_bytes()).hexdigest() == "6fd9f6022cef06d15367a3ca1d7b4d19efea9f047777736255f13cdddec48039"
    )

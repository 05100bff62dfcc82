"""Names made comparable for search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

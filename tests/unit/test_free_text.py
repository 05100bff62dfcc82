"""Free text is kept exactly as sent, or refused."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ValidationError

from services.rules.free_text import refuse_unstorable


class Note(BaseModel):
    text: Annotated[str, AfterValidator(refuse_unstorable)]


@pytest.mark.parametrize(("text", "reason"), [("上锁\x00", "NUL"), ("\ud83d", "surrogate"), ("a\udfffb", "surrogate")])
def test_a_text_that_the_database_cannot_store_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        refuse_unstorable(text)


def test_a_field_with_a_nul_character_gives_an_error_of_that_field() -> None:
    with pytest.raises(ValidationError, match="NUL") as refusal:
        Note(text="a\x00")
    assert refusal.value.errors()[0]["loc"] == ("text",)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_every_other_text_comes_back_exactly_as_it_was_sent(text: str) -> None:
    assert refuse_unstorable(text) == text
    assert Note(text=text).text == text


def test_emoji_blanks_and_odd_controls_are_kept_as_sent() -> None:
    text = " \t夜间卷帘门\r\n😀\u202e\u200b\x1b "
    assert refuse_unstorable(text) == text

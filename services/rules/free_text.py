"""Free text is kept exactly as sent, or refused; nothing is trimmed, normalised or replaced."""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def refuse_unstorable(text: str) -> str:
    """The very text, or ValueError with a sentence: PostgreSQL can store neither NUL nor half a surrogate pair.

    Raises ValueError, which pydantic turns into an error of the field.
    """
    if "\x00" in text:
        raise ValueError(
            "the text contains the character NUL (U+0000), which cannot be stored 文本含有无法保存的空字符"
        )
    if _SURROGATE.search(text):
        raise ValueError("the text contains half a surrogate pair, which cannot be stored 文本含有无法保存的残缺字符")
    return text

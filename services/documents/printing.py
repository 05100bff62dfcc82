"""Text as paper can carry it: visible characters in the order they were written, and line breaks."""

import re
from datetime import date

# Default ignorables (Unicode 5.21): marks that turn, join, break or vary what stands beside them. On paper they would
# be nothing or, as U+202E does, turn the words round. What was sent stays as it was; the print leaves them out.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# Spaces of a width that fonts need not have; U+3000 stays, Chinese paragraphs are indented with it.
SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f]")


def printable(text: str) -> str:
    """Nothing visible is lost: what has no glyph is found by the fonts' own tables (services/documents/fonts.py)."""
    return "\n".join(SPACES.sub(" ", INVISIBLE.sub("", line)) for line in text.splitlines())


def chinese_date(day: date) -> str:
    """2026年11月24日, without leading zeros (GB/T 9704-2012 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"

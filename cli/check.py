"""Checks that need no office: what was proven can be proven again by anybody who holds the file."""

import json
from pathlib import Path

from services.rules.draw_files import differences, drawn_of


class CheckFailed(Exception):
    """Something is not as it must be; the text names each place, line by line."""


def check_draw(path: Path, published: str | None) -> str:
    """Draw again what an opened draw tells. Raises CheckFailed or DrawFileUnreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckFailed(f"{path} can't be read: {error}") from None
    found = differences(text, published)
    if found:
        raise CheckFailed("\n".join(found))
    count = len(drawn_of(json.loads(text)))
    return f"抽取相符 The draw gives the same list again: {count} 家 enterprises."

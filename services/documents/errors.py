"""What the making of a paper says no to."""

from dataclasses import dataclass
from typing import ClassVar

from services.errors import Conflict, Unavailable


@dataclass(eq=False)
class PaperNotReady(Unavailable):
    """The worker is making this paper; ask again in a moment."""

    code: ClassVar[str] = "paper_not_ready"
    title: ClassVar[str] = "文书正在生成，请稍后再取"


@dataclass(eq=False)
class CharacterNotPrintable(Conflict):
    """No font here has a glyph for a character of the paper. Put a font that has it into the office's font folder.

    A paper that silently lacks a character of a name is a legal defect, so none is made.
    """

    code: ClassVar[str] = "character_not_printable"
    title: ClassVar[str] = "文书中有字体无法印出的字"
    character: str
    code_point: str

    @classmethod
    def of(cls, character: str) -> "CharacterNotPrintable":
        """The character and its code point, as U+1F600."""
        return cls(character, f"U+{ord(character):04X}")

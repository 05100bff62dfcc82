"""One seeded fault, as data."""

from dataclasses import dataclass


class AnchorLost(Exception):
    """The text that a mutant replaces stands nowhere in its file, or more than once."""


@dataclass(frozen=True)
class Mutant:
    """A fault that somebody could make in good faith, and the tests that must notice it.

    `why` says what an office would lose. `old` stands exactly once in `file`; `tests` are pytest's node ids.
    """

    name: str
    why: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def spoilt(self, text: str) -> str:
        """The file's text with the fault in it. Raises AnchorLost."""
        if (times := text.count(self.old)) != 1:
            raise AnchorLost(f"{self.name}: its text stands {times} times in {self.file}")
        return text.replace(self.old, self.new)

"""One seeded fault, as data."""

from dataclasses import dataclass


class AnchorLost(Exception):
    """The text that a mutant replaces stands nowhere in its file, or more than once."""


@dataclass(frozen=True)
class Edit:
    """A text that stands exactly once in its file, and what is put in its place."""

    file: str
    old: str
    new: str

    def spoilt(self, text: str) -> str:
        """The file's text with the edit in it. Raises AnchorLost."""
        if (times := text.count(self.old)) != 1:
            raise AnchorLost(f"{self.old!r} stands {times} times in {self.file}")
        return text.replace(self.old, self.new)


WALL_DOWN = Edit("services/wall.py", '"acts": sa.cast(col(User.role), sa.Text),', '"acts": sa.literal("job"),')
"""Every caller is let through by row security, as the office's own jobs are: the application's sight stands alone."""


@dataclass(frozen=True)
class Mutant(Edit):
    """A fault that somebody could make in good faith, and the tests that must notice it.

    `why` says what an office would lose; `tests` are pytest's node ids. A fault in sight is tried with the second wall
    down, for that wall hides it: what each wall holds alone is tests/doors/test_wall.py for the other one.
    """

    name: str
    why: str
    tests: tuple[str, ...]
    wall_is_down: bool = False

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All that is changed in the tree while this fault is tried."""
        return (self, WALL_DOWN) if self.wall_is_down else (self,)

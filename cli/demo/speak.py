"""What the loop says: each step in Chinese and English with a mark, and what came back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from services.rules.clocks import SHANGHAI


class Deviation(Exception):
    """Something came back otherwise than it must."""

    def __init__(self, what: str, wanted: object, got: object) -> None:
        super().__init__(what)
        self.what, self.wanted, self.got = what, wanted, got


def expect(what: str, got: object, wanted: object) -> None:
    """Raises Deviation unless both are the same."""
    if got != wanted:
        raise Deviation(what, wanted, got)


@dataclass
class Teller:
    """Numbers the steps and prints them as they end."""

    console: Console
    steps: int = 0
    _notes: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, zh: str, en: str) -> Iterator[None]:
        """One step; a deviation in it is printed with what was expected, and goes on up."""
        self.steps += 1
        self._notes = []
        title = f"{self.steps:>2}. {escape(zh)}  [dim]{escape(en)}[/dim]"
        try:
            yield
        except Deviation as other:
            self._print("[bold red]✘[/bold red]", title)
            self.console.print(f"      [red]不符 deviation:[/red] {escape(other.what)}", soft_wrap=True)
            self.console.print(f"      应为 expected: {escape(str(other.wanted))}", soft_wrap=True)
            self.console.print(f"      实为 got:      {escape(str(other.got))}", soft_wrap=True)
            raise
        self._print("[bold green]✔[/bold green]", title)

    def note(self, text: str) -> None:
        """A line below the step."""
        self._notes.append(text)

    def _print(self, mark: str, title: str) -> None:
        self.console.print(f"{mark} {title}", highlight=False, soft_wrap=True)
        for text in self._notes:
            self.console.print(f"      {escape(text)}", highlight=False, soft_wrap=True)


def short(known: object) -> str:
    """The beginning of an id or a hash, enough to recognise it."""
    return f"{str(known)[:8]}…"


def clock(moment: datetime) -> str:
    """A moment as people in Shanghai read it."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")

"""What the check of the log finds: each line names what is wrong, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """`where` names the row or the file, `what` says what does not agree with what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"

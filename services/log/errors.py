"""What the log says no to."""

from dataclasses import dataclass
from typing import ClassVar

from services.errors import Conflict, Unavailable


@dataclass(eq=False)
class NotInLogYet(Unavailable):
    """The sequencer has not come to it yet; ask again in a moment."""

    code: ClassVar[str] = "not_in_log_yet"
    title: ClassVar[str] = "记录尚未编入记录树，请稍后再取"


@dataclass(eq=False)
class SizeNotInLog(Conflict):
    """The log has no signed head of that size; `size` is that of the newest.

    Whoever holds a checkpoint of a larger tree, signed by this office, holds the proof that its past was cut off.
    """

    code: ClassVar[str] = "size_not_in_log"
    title: ClassVar[str] = "记录树没有这么大"
    size: int

"""Domain errors: classes with a stable code, in families. HTTP knows the families in api/problems.py alone.

`code` is a promise to clients: never renamed, never used again for something else. `title` is what people read.
A class's own fields become members of the problem document.
"""

from dataclasses import dataclass
from typing import ClassVar

MOST_ERRORS = 100


@dataclass(eq=False)
class DomainError(Exception):
    """What the office says no to."""

    code: ClassVar[str]
    title: ClassVar[str]

    def __str__(self) -> str:
        return (self.__doc__ or self.code).strip().splitlines()[0]


class Absent(DomainError):
    """Family: no such record, or not yours to see."""


class Forbidden(DomainError):
    """Family: seen, but the deed is not yours."""


class Unauthenticated(DomainError):
    """Family: who acts is not known."""


class Conflict(DomainError):
    """Family: the record's state, or an id, stands against it."""


class Unreadable(DomainError):
    """Family: the request lacks what is needed to read it at all."""


class Invalid(DomainError):
    """Family: the input cannot be taken."""


class Gone(DomainError):
    """Family: the record was cancelled."""


class Busy(DomainError):
    """Family: somebody is at it right now; ask again in a moment."""


class VersionNeeded(DomainError):
    """Family: a change without the version it rests on."""


class VersionStale(DomainError):
    """Family: a change that rests on an older version."""


class TooLarge(DomainError):
    """Family: more bytes than we take."""


class TooMany(DomainError):
    """Family: too many tries; wait."""

    retry_after_seconds: int


class Garbled(DomainError):
    """Family: bytes that changed on the way; nothing was kept, send them again."""


class Unavailable(DomainError):
    """Family: not now; nothing was kept, try again."""


class StorageFull(DomainError):
    """Family: no room; nothing was kept, try again later."""


@dataclass(eq=False)
class NotFound(Absent):
    """There is no such record, or it is not yours to see: both look the same."""

    code: ClassVar[str] = "not_found"
    title: ClassVar[str] = "没有这条记录"


@dataclass(eq=False)
class NotAllowed(Forbidden):
    """Your role does not include this deed."""

    code: ClassVar[str] = "not_allowed"
    title: ClassVar[str] = "您的角色不能做这件事"
    deed: str


@dataclass
class InputError:
    """One thing wrong with the input: where (JSON pointer), a stable code, a sentence. Never the value."""

    pointer: str
    code: str
    detail: str


@dataclass(eq=False)
class InvalidInput(Invalid):
    """The input cannot be taken; `errors` says where and why, a hundred at most."""

    code: ClassVar[str] = "invalid_input"
    title: ClassVar[str] = "提交的内容有误"
    errors: list[InputError]

    def __post_init__(self) -> None:
        """A small body can hold a hundred thousand errors; nobody reads them, and the answer would be huge."""
        self.errors = self.errors[:MOST_ERRORS]

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> "InvalidInput":
        """The common case of one error."""
        return cls([InputError(pointer, code, detail)])


@dataclass(eq=False)
class IdConflict(Conflict):
    """This id is known with other content."""

    code: ClassVar[str] = "id_conflict"
    title: ClassVar[str] = "同一编号已有不同内容"


@dataclass(eq=False)
class IdTaken(Conflict):
    """This id cannot be used; choose a new one."""

    code: ClassVar[str] = "id_taken"
    title: ClassVar[str] = "该编号不可用"


@dataclass(eq=False)
class InProgress(Busy):
    """The same id is being worked on right now; ask again in a moment."""

    code: ClassVar[str] = "in_progress"
    title: ClassVar[str] = "同一编号正在处理"


@dataclass(eq=False)
class VersionRequired(VersionNeeded):
    """This change needs If-Match with the version you read."""

    code: ClassVar[str] = "version_required"
    title: ClassVar[str] = "请带上所读版本（If-Match）"


@dataclass(eq=False)
class VersionMismatch(VersionStale):
    """Somebody changed the record since you read it; read it again."""

    code: ClassVar[str] = "version_mismatch"
    title: ClassVar[str] = "记录已被他人修改，请重新读取"
    current: int

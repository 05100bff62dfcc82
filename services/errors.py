"""Domain errors: classes with a stable code. HTTP knows them in api/problems.py alone."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class DomainError(Exception):
    """What the office says no to. `code` is a promise to clients: never renamed, never used for something else."""

    code: ClassVar[str] = "domain_error"

    def __str__(self) -> str:
        return (self.__doc__ or self.code).splitlines()[0]


@dataclass(eq=False)
class NotFound(DomainError):
    """There is no such record, or it is not yours to see: both look the same."""

    code: ClassVar[str] = "not_found"


@dataclass(eq=False)
class NotAllowed(DomainError):
    """Your role does not include this deed."""

    code: ClassVar[str] = "not_allowed"
    deed: str


@dataclass(eq=False)
class InputError:
    """One thing wrong with the input: where (JSON pointer), a stable code, a sentence. Never the value."""

    pointer: str
    code: str
    detail: str


@dataclass(eq=False)
class InvalidInput(DomainError):
    """The input cannot be taken; `errors` says where and why."""

    code: ClassVar[str] = "invalid_input"
    errors: list[InputError]

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> "InvalidInput":
        """The common case of one error."""
        return cls([InputError(pointer, code, detail)])


@dataclass(eq=False)
class IdConflict(DomainError):
    """This id is known with other content."""

    code: ClassVar[str] = "id_conflict"


@dataclass(eq=False)
class IdTaken(DomainError):
    """This id cannot be used; choose a new one."""

    code: ClassVar[str] = "id_taken"


@dataclass(eq=False)
class InProgress(DomainError):
    """The same id is being worked on right now; ask again in a moment."""

    code: ClassVar[str] = "in_progress"


@dataclass(eq=False)
class Gone(DomainError):
    """The record of this id was cancelled or withdrawn."""

    code: ClassVar[str] = "gone"


@dataclass(eq=False)
class VersionRequired(DomainError):
    """This change needs If-Match with the version you read."""

    code: ClassVar[str] = "version_required"


@dataclass(eq=False)
class VersionMismatch(DomainError):
    """Somebody changed the record since you read it; read it again."""

    code: ClassVar[str] = "version_mismatch"
    current: int

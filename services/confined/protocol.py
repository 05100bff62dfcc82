"""What parent and child say to each other: an order as one argument, an answer as one frame on stdout."""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

MAGIC = b"ZHC1"
Fact = str | int | float | bool | None


class Reason(StrEnum):
    """Why confined work gave no result."""

    REFUSED = "refused"  # the work itself says the input is bad
    TIME = "time"  # CPU or wall clock
    MEMORY = "memory"
    CRASHED = "crashed"  # a signal, or an exception nobody expected
    GARBLED = "garbled"  # an answer that is not ours or too long
    START = "start"  # the child could not be started or prepared


@dataclass(frozen=True)
class Limits:
    """What one piece of work may use."""

    wall_seconds: float
    cpu_seconds: int
    memory_bytes: int
    input_max_bytes: int
    answer_max_bytes: int


@dataclass(frozen=True)
class Order:
    """What the child is told. No secrets and no paths of records: arguments can be read in the process list."""

    module: str
    limits: Limits
    options: Mapping[str, Fact]
    parent_pid: int

    def to_text(self) -> str:
        """One argument."""
        return json.dumps(asdict(self) | {"options": dict(self.options)})

    @classmethod
    def from_text(cls, text: str) -> "Order":
        """Trusted: it comes from our own parent."""
        raw = json.loads(text)
        return cls(raw["module"], Limits(**raw["limits"]), raw["options"], raw["parent_pid"])


@dataclass(frozen=True)
class Answer:
    """A result: small named facts and named bytes."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """The child's own word on why not; `detail` is a class name or a short word of the work, never input."""

    reason: Reason
    detail: str


class Refused(Exception):
    """Raised by the work: the input is bad. Carries one short word."""


class BadFrame(Exception):
    """The bytes are not an answer."""


def pack(outcome: Answer | Failure) -> bytes:
    """One frame."""
    if isinstance(outcome, Failure):
        head: dict[str, object] = {"reason": outcome.reason.value, "detail": outcome.detail}
        body: list[bytes] = []
    else:
        body = list(outcome.parts.values())
        head = {"facts": dict(outcome.facts), "parts": [[name, len(part)] for name, part in outcome.parts.items()]}
    text = json.dumps(head).encode()
    return b"".join([MAGIC, struct.pack(">I", len(text)), text, *body])


def unpack(frame: bytes) -> Answer | Failure:
    """Raises BadFrame: the child may have been taken over by its input, so nothing here is trusted."""
    try:
        (length,) = struct.unpack(">I", frame[4:8])
        head = json.loads(frame[8 : 8 + length])
        if frame[:4] != MAGIC:
            raise BadFrame("magic")
        if "reason" in head:
            return Failure(Reason(head["reason"]), str(head["detail"])[:100])
        return Answer(_facts(head["facts"]), _parts(head["parts"], frame, 8 + length))
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFrame(type(error).__name__) from error


def _facts(raw: object) -> dict[str, Fact]:
    if not isinstance(raw, dict) or not all(isinstance(v, str | int | float | None) for v in raw.values()):
        raise BadFrame("facts")
    return raw


def _parts(raw: object, frame: bytes, at: int) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    for name, length in raw if isinstance(raw, list) else [(None, None)]:
        if not isinstance(name, str) or not isinstance(length, int) or length < 0 or at + length > len(frame):
            raise BadFrame("parts")
        parts[name] = frame[at : at + length]
        at += length
    if at != len(frame):
        raise BadFrame("trailing bytes")
    return parts

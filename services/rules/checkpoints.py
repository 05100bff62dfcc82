"""Checkpoints and signed notes as C2SP writes them (tlog-checkpoint, signed-note): text that outlives any database.

A note is a text, an empty line, and one line a signature. A checkpoint's text is the log's origin, the tree's size, its
root in base64, and here one line more: the time of signing. Signing itself lies outside (services/signatures.py).
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

ED25519 = b"\x01"
"""The type of a signature in C2SP's list."""

HASH_BYTES = 32
KEY_ID_BYTES = 4
TIME = "time "
DASH = "— "


class NoteUnreadable(ValueError):
    """Not a signed note, or not a checkpoint; the text says what is wrong with it."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key under its name: `name+hash+base64`, as C2SP writes it."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a signature line names its key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Raises NoteUnreadable."""
        name, _, rest = text.strip().partition("+")
        stated, _, encoded = rest.partition("+")
        raw = _from_base64(encoded)
        key = cls(name, raw[1:])
        if not name or raw[:1] != ED25519 or len(key.public) != HASH_BYTES or key.key_id.hex() != stated:
            raise NoteUnreadable("not a verifier key of the form name+hash+key")
        return key


@dataclass(frozen=True)
class Signed:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """As the note writes it."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text that ends with a newline, and its signatures."""

    text: str
    signatures: tuple[Signed, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signed.line() for signed in self.signatures)

    @classmethod
    def parse(cls, whole: str) -> "Note":
        """Raises NoteUnreadable."""
        text, gap, lines = whole.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise NoteUnreadable("no signature stands below the text")
        return cls(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint states: this log, so many leaves, this root, at this time."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """The note's text."""
        moment = self.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{TIME}{moment}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Only the one way of writing it is read. Raises NoteUnreadable."""
        lines = text.split("\n")
        if len(lines) != 5 or not lines[1].isdigit() or not lines[3].startswith(TIME):
            raise NoteUnreadable("not a checkpoint: origin, size, root and time are wanted")
        try:
            moment = datetime.fromisoformat(lines[3].removeprefix(TIME))
            read = cls(lines[0], int(lines[1]), _from_base64(lines[2]), moment)
            same = read.text() == text
        except ValueError:
            raise NoteUnreadable("the checkpoint's size, root or time cannot be read") from None
        if not same or len(read.root) != HASH_BYTES or not read.origin:
            raise NoteUnreadable("the checkpoint is not written in its one form")
        return read


def _signature(line: str) -> Signed:
    name, gap, encoded = line.removeprefix(DASH).partition(" ")
    raw = _from_base64(encoded)
    if not line.startswith(DASH) or not gap or not name or len(raw) <= KEY_ID_BYTES:
        raise NoteUnreadable("a signature line cannot be read")
    return Signed(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteUnreadable("not base64") from None

"""Codes at gates 扫码入企: what somebody scanned, pasted or typed, read as the code that it was printed as.

An upper system's code is any text, compared as it is; ours is the last step of an address that may have changed since
the sticker was printed, so that only the step counts.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from services.rules.codes import as_ascii
from services.rules.spelt_codes import ALPHABET, LENGTH, read

WORDS = 4
"""A code of ours is this many spelt words: 160 random bits, of which nothing follows from the enterprise."""

STEP = "e"
"""Our page's step in an address: …/e/<code>."""

_OURS = re.compile(rf"(?:.*/{STEP}/)?([^/?#]+)/?(?:[?#].*)?", re.IGNORECASE)
_SPELT = re.compile(f"[{ALPHABET}]{{{WORDS * LENGTH}}}")
_SHORT = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


@dataclass(frozen=True)
class Scan:
    """One scanned text: `whole` as upper systems' codes are compared, and what it is as one of ours, if it can be.

    `short` is the number that stands below our code for people to read.
    """

    whole: str
    own: str | None
    short: str | None

    @property
    def fingerprints(self) -> list[str]:
        """What the codes that it may be are known by, an upper system's first."""
        return [fingerprint(text) for text in (self.whole, self.own) if text]

    @property
    def meant(self) -> str | None:
        """What it is known by in a report, where nobody looks it up; none of an empty text."""
        text = self.own or self.whole
        return fingerprint(text) if text else None


def scanned(text: str) -> Scan:
    """Full-width characters to ASCII, blanks and invisible characters dropped; capitals stay, addresses tell them."""
    whole = as_ascii(text)
    match = _OURS.fullmatch(whole)
    typed = read(match[1]) if match else ""
    return Scan(
        whole=whole,
        own=typed if _SPELT.fullmatch(typed) else None,
        short=typed if _SHORT.fullmatch(typed) else None,
    )


def fingerprint(text: str) -> str:
    """SHA-256 of a code, by which it is looked up and told of in events."""
    return sha256(text.encode()).hexdigest()


def address(public_url: str, code: str) -> str:
    """What our QR says."""
    return f"{public_url.rstrip('/')}/{STEP}/{code}"

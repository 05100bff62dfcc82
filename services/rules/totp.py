"""One-time codes of an authenticator app (RFC 6238 over RFC 4226: SHA-1, six digits, thirty seconds)."""

import hmac
from datetime import datetime

STEP_SECONDS = 30
DIGITS = 6
SKEW_STEPS = 1
"""A phone's clock may be a step off (RFC 6238, 5.2)."""


def step_at(at: datetime) -> int:
    """The number of the thirty seconds that a moment lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, *, at: datetime, after: int) -> int | None:
    """The step whose code this is, later than `after`: a code that was used once is worth nothing a second time."""
    now = step_at(at)
    steps = range(max(now - SKEW_STEPS, after + 1), now + SKEW_STEPS + 1)
    matching = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), code.encode())]
    return matching[0] if matching else None

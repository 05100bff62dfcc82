"""Access tokens (JWT, some minutes) and refresh tokens (derived, so that a lost answer can be given again)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

import jwt

from services.errors import Unauthenticated
from services.keys import Key, Ring

ALGORITHM = "HS256"


@dataclass(eq=False)
class TokenInvalid(Unauthenticated):
    """The token is not valid, or no longer."""

    code: ClassVar[str] = "token_invalid"
    title: ClassVar[str] = "登录凭证无效或已过期"


@dataclass(frozen=True)
class Access:
    """Who an access token speaks for, and under which session row."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class Refresh:
    """Which session a refresh token belongs to, and which in its line it is."""

    session_id: UUID
    generation: int


def write_access(ring: Ring, access: Access, *, token_id: UUID, at: datetime, lasts: timedelta) -> str:
    """A signed access token."""
    claims = {
        "sub": str(access.user_id),
        "sid": str(access.session_id),
        "jti": str(token_id),
        "iat": int(at.timestamp()),
        "exp": int((at + lasts).timestamp()),
    }
    return jwt.encode(claims, ring.current.secret, algorithm=ALGORITHM)


def read_access(ring: Ring, token: str, *, at: datetime) -> Access:
    """What a token says. Raises TokenInvalid, also when it has expired at `at` (our clock, not the library's)."""
    try:
        claims = _claims(ring, token)
        access = Access(UUID(str(claims["sub"])), UUID(str(claims["sid"])))
        expires = int(str(claims["exp"]))
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise TokenInvalid from None
    if at.timestamp() >= expires:
        raise TokenInvalid
    return access


def _claims(ring: Ring, token: str) -> dict[str, object]:
    """Signed by any key of the ring: one that was exchanged lets nobody out before their token ends."""
    required = {"require": ["exp", "sub", "iat", "jti", "sid"], "verify_exp": False, "verify_iat": False}
    *younger, oldest = ring.all
    for key in younger:
        with suppress(jwt.InvalidSignatureError):
            return jwt.decode(token, key.secret, algorithms=[ALGORITHM], options=required)  # type: ignore[arg-type]
    return jwt.decode(token, oldest.secret, algorithms=[ALGORITHM], options=required)  # type: ignore[arg-type]


def write_refresh(ring: Ring, refresh: Refresh) -> str:
    """The refresh token of one generation: the same each time it is asked for, so no secret has to be stored."""
    body = refresh.session_id.bytes + refresh.generation.to_bytes(8, "big")
    return urlsafe_b64encode(body + _seal(ring.current, body)).decode().rstrip("=")


def read_refresh(ring: Ring, token: str) -> Refresh:
    """What a refresh token says. Raises TokenInvalid unless we made it."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (BadBase64, ValueError):
        raise TokenInvalid from None
    body, seal = raw[:24], raw[24:]
    if len(raw) != 56 or not any(hmac.compare_digest(seal, _seal(key, body)) for key in ring.all):
        raise TokenInvalid
    return Refresh(UUID(bytes=body[:16]), int.from_bytes(body[16:], "big"))


def _seal(key: Key, body: bytes) -> bytes:
    return hmac.new(key.secret, b"zhicha refresh token\x00" + body, sha256).digest()

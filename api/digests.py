"""Repr-Digest (RFC 9530): what the sender says the bytes are."""

import base64
import re

from services.photos.errors import DigestRequired

# A dictionary of structured fields (RFC 8941); a member may carry parameters, other algorithms stand beside ours.
SHA256_MEMBER = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:[;,]|$)")


def sha256_in(header: str | None) -> str:
    """Lower-case hex. Raises DigestRequired when there is no readable sha-256."""
    member = SHA256_MEMBER.search(header or "")
    if member is None:
        raise DigestRequired
    return base64.b64decode(member[1]).hex()


def repr_digest(sha256: str) -> str:
    """The header's value for these bytes."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"

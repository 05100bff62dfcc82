"""What tus 1.0 writes into headers: the metadata of an upload, the checksum of a piece."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "checksum", "expiration", "termination")
ALGORITHMS = ("sha256", "sha1", "md5")
"""sha1 is asked for by the protocol; all three only notice bytes that changed on the way, none of them proves."""

KEY = re.compile(r"[^\s,]+")


class Checksum(NamedTuple):
    """What the bytes of one piece should hash to."""

    algorithm: str
    digest: bytes


def read_metadata(header: str) -> dict[str, str] | None:
    """Key and decoded value of each pair, undecodable bytes replaced; None if it cannot be read."""
    read: dict[str, str] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if not key:
            continue
        try:
            plain = base64.b64decode(value.strip(), validate=True)
        except binascii.Error:
            return None
        if not KEY.fullmatch(key) or key in read:
            return None
        read[key] = plain.decode("utf-8", errors="replace")
    return read


def read_checksum(header: str) -> Checksum | None:
    """Algorithm and digest; None if the algorithm is none of ours or the digest has not its length."""
    algorithm, _, value = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        return None
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        return None
    fits = len(digest) == hashlib.new(algorithm, usedforsecurity=False).digest_size
    return Checksum(algorithm, digest) if fits else None

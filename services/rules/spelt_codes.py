"""Codes to photograph, read out and type, forty random bits each: no letter looks like another (Crockford)."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BYTES = 5
LENGTH = 8
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


def spelt(chance: bytes) -> str:
    """Five random bytes as eight characters."""
    number = int.from_bytes(chance)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def in_fours(letters: str) -> str:
    """As people copy it: a hyphen after every fourth."""
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def read(typed: str) -> str:
    """The code that somebody meant."""
    return typed.upper().translate(_LOOKALIKES)

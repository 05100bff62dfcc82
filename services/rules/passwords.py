"""Which passwords are refused, by the policy that the office chose.

`asvs`: length and blocklists alone (OWASP ASVS 5.0, 6.2.1, 6.2.4, 6.2.5, 6.2.9, 6.2.11). `mlps`: three of four classes
of characters as well, as assessors of 等保 ask.
"""

from collections.abc import Collection
from enum import StrEnum

from services.rules.spelt_codes import in_fours

SHORTEST = 8
FEWEST_CLASSES = 3
FEWEST_DIFFERENT = 3


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "password_too_short"
    COMMON = "password_common"
    NAMES_SOMEBODY = "password_names_somebody"
    TOO_FEW_CLASSES = "password_too_few_classes"


def weakness_of(password: str, *, common: Collection[str], names: Collection[str], classes: bool) -> Weakness | None:
    """The first thing wrong with a new password, or None.

    `common` are the commonest ones in lower case; `names` what it may not contain: the account, the person, the office.
    """
    if len(password) < SHORTEST:
        return Weakness.TOO_SHORT
    plain = password.casefold()
    if plain in common or len(set(plain)) < FEWEST_DIFFERENT:
        return Weakness.COMMON
    if any(name.casefold() in plain for name in names if _tells(name)):
        return Weakness.NAMES_SOMEBODY
    if classes and _classes(password) < FEWEST_CLASSES:
        return Weakness.TOO_FEW_CLASSES
    return None


def _tells(name: str) -> bool:
    """Two Chinese characters name somebody; of Latin letters it takes three, or `li` would forbid `family`."""
    return len(name) >= (3 if name.isascii() else 2)


def _classes(password: str) -> int:
    kinds = {
        "upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "other" for c in password
    }
    return len(kinds)


_READABLE = "abcdefghjkmnpqrstuvwxyz23456789@"
"""Without the letters and digits that are read for one another; thirty-two of them, so that none is likelier."""


def readable(random: bytes, letters: int) -> str:
    """A password that chance made, to be printed and typed: five bits a letter, in groups of four."""
    number = int.from_bytes(random, "big")
    return in_fours("".join(_READABLE[number >> (5 * place) & 31] for place in range(letters)))

"""What an enterprise is found by besides its name: pinyin, the end of its USCC, its phones. Every question is a range.

A key says by its first letter what it is of. Ends are kept turned round, so that the end of a code is a beginning, too.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from services.rules.codes import normalise_code
from services.rules.pinyin import LONGEST_KEY, initial_keys

LONGEST = 24
SHORTEST_INITIALS = 2
SHORTEST_NUMBER = 4
_PINYIN, _USCC_END, _PHONE, _PHONE_END = "p", "u", "t", "e"


def keys_of(name: str, uscc: str | None, phones: Iterable[str | None]) -> frozenset[str]:
    """All keys of one enterprise."""
    keys = {_PINYIN + key for key in initial_keys(name)}
    if uscc is not None:
        keys.add(_USCC_END + uscc[::-1])
    for phone in phones:
        digits = _digits(phone or "")
        if len(digits) >= SHORTEST_NUMBER:
            keys |= {_PHONE + digits, _PHONE_END + digits[::-1]}
    return frozenset(key[:LONGEST] for key in keys)


def phone_keys(phones: Iterable[str | None]) -> frozenset[str]:
    """The keys that two enterprises share who have one phone."""
    told = (_digits(phone or "") for phone in phones)
    return frozenset((_PHONE + digits)[:LONGEST] for digits in told if len(digits) >= SHORTEST_NUMBER)


PHONE_KEYS = (_PHONE, chr(ord(_PHONE) + 1))
"""All keys of phones lie from the first to before the second."""


def asked_keys(q: str) -> Iterator[str]:
    """Beginnings of keys by which a text may be meant; none for a text of Chinese characters."""
    code = normalise_code(q).replace("-", "")
    if not code.isascii() or not code.isalnum():
        return
    if not code.isdigit() and len(code) >= SHORTEST_INITIALS:
        yield (_PINYIN + code.lower()[:LONGEST_KEY])[:LONGEST]
    if len(code) >= SHORTEST_NUMBER:
        yield (_USCC_END + code.upper()[::-1])[:LONGEST]
        if code.isdigit():
            yield (_PHONE + code)[:LONGEST]
            yield (_PHONE_END + code[::-1])[:LONGEST]


def _digits(phone: str) -> str:
    """A phone as it is dialled: 0717-421 1234 and ０７１７４２１１２３４ are one."""
    return "".join(char for char in unicodedata.normalize("NFKC", phone) if char.isascii() and char.isdigit())

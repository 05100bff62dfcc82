"""Names made comparable for search: one normal form and its pairs of characters.

Chinese names are found by two characters anywhere in them, which trigrams cannot do and a plain table of pairs can.
"""

import unicodedata
from collections.abc import Collection

# Separators, punctuation, symbols, control and format characters carry no part of a name: （有限）公司 = 有限公司.
_DROPPED_CATEGORIES = frozenset("ZPSC")


def normalise_name(name: str) -> str:
    """The form in which two spellings of one name are equal: NFKC, case folded, letters and digits only.

    May be empty, when the name was punctuation only. Stable: normalising again changes nothing.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(char for char in folded if unicodedata.category(char)[0] not in _DROPPED_CATEGORIES)
    # Dropping what stood between two characters may let them compose.
    return unicodedata.normalize("NFKC", kept)


def bigrams(name: str) -> frozenset[str]:
    """All pairs of neighbouring characters of the normalised name, for writing to and asking the table of names.

    A one-character name gives that character alone; an empty one nothing. A name that contains a text of two or more
    characters has all the text's pairs; the reverse must still be checked on the normalised name.
    """
    plain = normalise_name(name)
    if len(plain) == 1:
        return frozenset({plain})
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


SHORTEST_CORE = 2
"""Characters that are left at least: 公司 alone is no name, and 店 says nothing."""


def name_core(name: str, endings: Collection[str]) -> str:
    """What two spellings of one enterprise share: 宏达机械厂 and 宏达机械有限公司 are both 宏达机械.

    The endings are taken off for as long as one stands at the end. Empty where the normal form is.
    """
    core = normalise_name(name)
    while True:
        shorter = [core[: -len(one)] for one in endings if core.endswith(one) and len(core) - len(one) >= SHORTEST_CORE]
        if not shorter:
            return core
        core = min(shorter, key=len)

"""Names made comparable for search: one normal form and its pairs of characters.

Chinese names are found by two characters anywhere in them, which trigrams cannot do and a plain table of pairs can.
"""

import unicodedata

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

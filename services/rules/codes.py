"""Codes that name enterprises and places: 统一社会信用代码, the office's own code, 行政区划代码.

Sources: GB 32100-2015 (USCC), GB/T 2260 + GB/T 10114 (regions; the village level is the statistics office's).
"""

import re
from dataclasses import dataclass
from operator import mul

# GB 32100-2015 leaves out I, O, S, V and Z because they are misread as digits.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# GB 32100-2015, 4.6: 3^(i-1) mod 31 for the first seventeen characters.
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
# Two characters of any category (N… village collectives, Y…, A… are really issued), six digits of region, ten more.
_USCC_SHAPE = re.compile(f"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}")

_FULL_WIDTH_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# What web pages and spreadsheets leave between characters and nobody sees.
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))

_OFFICE_CODE_LETTERS = 6

_REGION_LENGTHS = (2, 4, 6, 9, 12)
_REGION_SHAPE = re.compile(r"[1-9][0-9](?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{3}(?:[0-9]{3})?)?)?)?")


@dataclass(frozen=True)
class UsccReading:
    """What reading a code showed.

    `code` is the normalised text. Not `well_formed`: no USCC at all, refuse it. Well formed, but not `check_digit_ok`:
    either a slip of the pen or one of the codes that were really issued so; warn and keep.
    """

    code: str
    well_formed: bool
    check_digit_ok: bool


def as_ascii(text: str) -> str:
    """Full-width characters to ASCII, blanks and invisible characters dropped."""
    return "".join(text.translate(_INVISIBLE).split()).translate(_FULL_WIDTH_TO_ASCII)


def normalise_code(text: str) -> str:
    """The same in capitals."""
    return as_ascii(text).upper()


def uscc_check_character(first_seventeen: str) -> str:
    """The eighteenth character by GB 32100-2015.

    Raises ValueError when a character is not of the alphabet or there are not seventeen.
    """
    if len(first_seventeen) != len(_USCC_WEIGHTS):
        raise ValueError("a USCC has seventeen characters before the last")
    # Every list shows whether it is right, for each of its rows: without a loop of our own it costs a third.
    total = sum(map(mul, map(USCC_ALPHABET.index, first_seventeen), _USCC_WEIGHTS))
    return USCC_ALPHABET[-total % 31]


def read_uscc(text: str) -> UsccReading:
    """Normalise and judge a 统一社会信用代码 as somebody typed it."""
    code = normalise_code(text)
    well_formed = _USCC_SHAPE.fullmatch(code) is not None
    return UsccReading(
        code=code,
        well_formed=well_formed,
        check_digit_ok=well_formed and uscc_check_character(code[:17]) == code[17],
    )


IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"


def is_identity_number(text: str) -> bool:
    """Whether a 居民身份证 number has the right form and check character (GB 11643)."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text, re.ASCII):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, text, strict=False))
    return IDENTITY_CHECKS[total % 11] == text[17]


def masked_identity(text: str) -> str:
    """What is shown of it: the county and the last four, 4205**********1234."""
    return f"{text[:4]}{'*' * 10}{text[-4:]}"


def office_code(region: str, random: bytes) -> str:
    """A code for a place without USCC: T, the township's nine digits, a dash, six characters of the USCC alphabet.

    The dash keeps it apart from every USCC. `random` is at least 8 bytes, so that no character is likelier.
    Raises ValueError when it is shorter or `region` names no township or village.
    """
    if not is_region_code(region) or len(region) < 9:
        raise ValueError("an office code needs the code of a township or a village")
    if len(random) < 8:
        raise ValueError("an office code needs at least 8 random bytes")
    number = int.from_bytes(random, "big")
    letters = ""
    for _ in range(_OFFICE_CODE_LETTERS):
        number, digit = divmod(number, len(USCC_ALPHABET))
        letters += USCC_ALPHABET[digit]
    return f"T{region[:9]}-{letters}"


def is_region_code(code: str) -> bool:
    """Whether `code` is 2, 4, 6, 9 or 12 digits: province, city, county, township, village.

    A last part of zeros only (420500, 420582000) is an ancestor filled up to length, not a place of that level:
    it would have no children by prefix, so it is not a code here; `trim_region_code` makes it one.
    """
    if _REGION_SHAPE.fullmatch(code) is None:
        return False
    parent = parent_region(code)
    return parent is None or code[len(parent) :].strip("0") != ""


def trim_region_code(text: str) -> str:
    """The code as we keep it: normalised, and without the zeros that lists fill short codes up with."""
    code = normalise_code(text)
    while _REGION_SHAPE.fullmatch(code) and not is_region_code(code):
        code = code[: _length_above(code)]
    return code


def parent_region(code: str) -> str | None:
    """The code one level up, which is its prefix; None for a province."""
    length = _length_above(code)
    return code[:length] if length else None


def region_range(code: str) -> tuple[str, str]:
    """Half-open range [first, after) that holds the region and all below it, for columns of collation C.

    `after` raises the last digit's code point by one; after 9 comes ':', which no code contains.
    Raises ValueError unless `code` is made of digits: an empty scope must see nothing, never everything.
    """
    if not (code.isascii() and code.isdigit()):
        raise ValueError("a region's code is made of digits")
    return code, code[:-1] + chr(ord(code[-1]) + 1)


def _length_above(code: str) -> int:
    return max((length for length in _REGION_LENGTHS if length < len(code)), default=0)

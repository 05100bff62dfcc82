"""What a cell of a register says: one text in, one value out, or the reason why it says nothing we could take.

What spreadsheets do to such cells was tried: 13800000000 comes back as 13800000000.0, an 18-digit code typed as a
number has lost its last digits, codes are full-width, a day is a number of days since 1899.
"""

import re
import unicodedata
from datetime import date, timedelta

from services.rules.codes import normalise_code, read_uscc, trim_region_code
from services.rules.register_files import Layout

_EMPTY_WORDS = frozenset({"无", "暂无", "没有", "/", "\\", "-", "—", "——", "--", "N/A", "n/a"})
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_TEXT_FORMULA = re.compile(r'="(.*)"')
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_POINT_ZERO = re.compile(r"(\d+)\.0+")
_SEPARATORS = re.compile(r"[,;、/|\s]+")
_DAY = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)
_BARE_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_DAY_ZERO = date(1899, 12, 30)
"""Spreadsheets count days from here (ECMA-376 18.17.4.1, the 1900 system from March 1900 on)."""


class BadCell(Exception):
    """A cell that means nothing we could take; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def plain(layout: Layout, field: str, cell: str) -> str | None:
    """What a cell says, or None when it says nothing. Free text is kept; codes, phones and days are mended.

    Raises BadCell when the spreadsheet has destroyed a number, or the cell shows an error of a formula.
    """
    text = cell.strip()
    if text in _ERRORS:
        raise BadCell("cell_error")
    if field not in layout.codes | layout.lists | layout.days:
        return None if text in _EMPTY_WORDS or not text else cell
    formula = _TEXT_FORMULA.fullmatch(text)
    text = unicodedata.normalize("NFKC", formula[1] if formula else text).removeprefix("'").strip()
    if text in _EMPTY_WORDS or not text:
        return None
    if field in layout.days:
        return read_day(text).isoformat()
    if field not in layout.codes:
        return text
    if _SCIENTIFIC.fullmatch(text):
        raise BadCell("number_rounded")
    whole = _POINT_ZERO.fullmatch(text)
    return _code(field, whole[1] if whole else text)


def several(text: str) -> list[str]:
    """The parts of a cell that lists things."""
    return [part for part in _SEPARATORS.split(text) if part]


def read_day(text: str) -> date:
    """A day as offices write it: 2026-1-2, 2026/1/2, 2026.1.2, 2026年1月2日, 20260102, or a spreadsheet's number.

    Raises BadCell.
    """
    match = _DAY.fullmatch(text) or _BARE_DAY.fullmatch(text)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if _SERIAL.fullmatch(text):
            return _DAY_ZERO + timedelta(days=int(float(text)))
    except ValueError:
        pass
    raise BadCell("day_unreadable")


def _code(field: str, text: str) -> str:
    if field == "uscc":
        reading = read_uscc(text)
        # Spreadsheets keep fifteen digits and put zeros for the rest.
        if reading.code.isdecimal() and reading.code.endswith("000") and not reading.check_digit_ok:
            raise BadCell("number_rounded")
        return reading.code
    if field in ("region", "code"):
        code = trim_region_code(text)
        return code if code.isdecimal() else text
    return normalise_code(text) if field == "office_code" else text

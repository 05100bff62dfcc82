"""Confined work: the sheets of an import as a workbook whose bad cells are marked and say why.

The cells are anybody's text, so each is written as a string: nothing begins to compute because it begins with =.
"""

import io
import json
import re
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from services.confined.protocol import Answer, Fact
from services.rules.sheets import Sheet, cell_place, from_json

MOST_COMMENTS = 5_000
"""Each is a drawing; beyond it a cell is still marked, and the list has its reason."""
LONGEST = 32_767
"""Characters that a cell takes."""
MOST_MERGED = 20_000
"""Cells of one merged area: each becomes a cell of the file."""
OF_CSV = "导入内容"
PROBLEMS = "有误的单元格"
CHANGES = "将改或已改的内容"
CAUTIONS = "疑似重复"
PROBLEM_HEADINGS = {
    "sheet": "所在表",
    "row": "行号",
    "cell": "位置",
    "column": "列名",
    "value_class": "内容类别",
    "code": "代号",
    "detail": "原因",
}
CHANGE_HEADINGS = {
    "sheet": "所在表",
    "row": "行号",
    "name": "对应记录",
    "column": "列名",
    "before": "原有",
    "after": "改为",
}
CAUTION_HEADINGS = {
    "sheet": "所在表",
    "row": "行号",
    "name": "对应记录",
    "other_name": "疑似与之相同",
    "other_sheet": "另一行所在表",
    "other_row": "另一行行号",
    "detail": "原因",
}

Told = list[dict[str, Any]]

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def prepare(options: dict[str, Fact]) -> None:  # noqa: ARG001  (each work has this shape)
    """The writer with all that it loads at first use."""
    import xlsxwriter.exceptions  # noqa: F401

    work(pack(b"[]", [], [], []), {})


def pack(sheets: bytes, problems: Told, changes: Told, cautions: Told) -> bytes:
    """What `work` takes: the sheets as they are kept, and what is told of them."""
    told = json.dumps([problems, changes, cautions], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return struct.pack(">I", len(told)) + told + sheets


def work(data: bytes, options: dict[str, Fact]) -> Answer:  # noqa: ARG001
    """The workbook as the part `xlsx`."""
    import xlsxwriter

    (length,) = struct.unpack(">I", data[:4])
    problems, changes, cautions = json.loads(data[4 : 4 + length].decode("utf-8", "surrogatepass"))
    sheets = from_json(data[4 + length :])
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    marked = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
    names: set[str] = set()
    for sheet in sheets:
        page = book.add_worksheet(_name(sheet.name or OF_CSV, names))
        if sheet.is_hidden:
            page.hide()
        reasons = _reasons(problem for problem in problems if problem["sheet"] == sheet.name)
        _write(page, sheet, reasons, marked)
    _list(book.add_worksheet(_name(PROBLEMS, names)), PROBLEM_HEADINGS, problems)
    _list(book.add_worksheet(_name(CHANGES, names)), CHANGE_HEADINGS, changes)
    _list(book.add_worksheet(_name(CAUTIONS, names)), CAUTION_HEADINGS, cautions)
    book.close()
    return Answer(parts={"xlsx": made.getvalue()})


def _name(wanted: str, taken: set[str]) -> str:
    """A name that a spreadsheet allows: 31 characters, some not at all, no two the same."""
    plain = _NOT_IN_NAMES.sub("_", wanted).strip("'")[:31] or "_"
    name, number = plain, 1
    while name.casefold() in taken or name.casefold() == "history":
        number += 1
        name = f"{plain[:26]}({number})"
    taken.add(name.casefold())
    return name


def _reasons(problems: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    reasons: dict[str, list[str]] = {}
    for problem in problems:
        reasons.setdefault(problem["cell"], []).append(problem["detail"])
    return {cell: "；".join(details) for cell, details in reasons.items()}


def _write(page: Any, sheet: Sheet, reasons: Mapping[str, str], marked: Any) -> None:
    """Where they stood, so that the addresses of the problems lead to them; merged as they were, hidden no more."""
    _merge(page, sheet)
    for line in sheet.lines:
        for place, text in enumerate(line.cells):
            if text:
                page.write_string(line.number - 1, place, text[:LONGEST])
    cells = (
        {(line.number, place): text for line in sheet.lines for place, text in enumerate(line.cells)} if reasons else {}
    )
    for count, (cell, reason) in enumerate(reasons.items()):
        row, place = cell_place(cell)
        text = cells.get((row, place), "")
        if text:
            page.write_string(row - 1, place, text[:LONGEST], marked)
        else:
            page.write_blank(row - 1, place, None, marked)
        if count < MOST_COMMENTS:
            page.write_comment(row - 1, place, reason, {"author": "直查"})


def _merge(page: Any, sheet: Sheet) -> None:
    from xlsxwriter.exceptions import OverlappingRange

    for area in sheet.merged:
        height, width = area.bottom - area.top + 1, area.right - area.left + 1
        if 1 < height * width <= MOST_MERGED and min(height, width) > 0:
            with suppress(OverlappingRange):  # no spreadsheet writes such, and none would open it
                page.merge_range(area.top - 1, area.left, area.bottom - 1, area.right, "")


def _list(page: Any, headings: Mapping[str, str], told: Iterable[Mapping[str, Any]]) -> None:
    for place, heading in enumerate(headings.values()):
        page.write_string(0, place, heading)
    for number, each in enumerate(told, start=1):
        for place, name in enumerate(headings):
            page.write_string(number, place, "" if each[name] is None else str(each[name])[:LONGEST])

"""Exports 导出: the register as a file that imports back to the same, and in which no text becomes a formula."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import EnterpriseListed
from models.industries import Industry
from models.words import ExportForm
from services.access import Actor
from services.enterprises import Filters, list_enterprises
from services.paging import Key
from services.rules.clocks import local_date
from services.rules.register_cells import several
from services.rules.sheets import quoted

COLUMNS = {
    "name": "企业名称",
    "uscc": "统一社会信用代码",
    "office_code": "办公室编号",
    "region": "区划代码",
    "address": "地址",
    "main_industry": "行业",
    "industries": "其他行业",
    "principal_name": "主要负责人",
    "principal_phone": "主要负责人电话",
    "safety_manager_name": "安全员",
    "safety_manager_phone": "安全员电话",
    "size": "规模",
    "risk": "风险等级",
    "standard_level": "标准化等级",
    "lon": "经度",
    "lat": "纬度",
    "crs": "坐标系",
}
"""Field and heading; the headings are of those that an import knows."""

MARK = "导出"
"""Heading of the last column, which no import reads: a list that is passed on names in every row who took it out."""
HEADINGS = [*COLUMNS.values(), MARK]
SHEET = "企业台账"
UNDATED = datetime(2000, 1, 1)  # noqa: DTZ001  (the writer takes no zone)
"""The same register gives the same person the same bytes, whenever they ask on one day."""
AT_ONCE = 500
PIECE = 256 * 1024

Acting = Callable[[], AbstractAsyncContextManager[tuple[AsyncSession, Actor]]]
Rows = list[list[str]]


async def enterprises(
    acting: Acting, filters: Filters, form: ExportForm, scratch: Path, *, at: datetime
) -> AsyncIterator[bytes]:
    """The enterprises in sight that the filters leave, by name, each page read in a short transaction of its own.

    The first page is read before this returns. A workbook that is being made lies in the folder `scratch`.
    Raises InvalidInput, and what `acting` raises.
    """
    pages = _pages(acting, filters, local_date(at))
    first = await anext(pages)
    return _as_csv(first, pages) if form is ExportForm.CSV else _as_workbook(first, pages, scratch)


async def _pages(acting: Acting, filters: Filters, day: date) -> AsyncIterator[Rows]:
    after: Key | None = None
    while True:
        async with acting() as (tx, actor):
            found = await list_enterprises(tx, actor, filters, after=after, limit=AT_ONCE)
            labels = await _labels(tx)
        yield [[*_cells(row, labels), f"{actor.name} {day}"] for row in found.rows]
        after = found.last
        if after is None:
            return


async def _labels(tx: AsyncSession) -> dict[str, str]:
    """Industries by their names, or by their codes where a name would be read as several."""
    found = await tx.execute(sa.select(col(Industry.code), col(Industry.name_zh)))
    return {code: name if several(name) == [name] else code for code, name in found}


def _cells(row: EnterpriseListed, labels: Mapping[str, str]) -> list[str]:
    place = {} if row.location is None else row.location.model_dump(include={"lon", "lat", "crs"})
    said = {
        **row.model_dump(include=set(COLUMNS)),
        "main_industry": labels[row.main_industry],
        "industries": "、".join(labels[code] for code in row.industries if code != row.main_industry),
        "size": row.size and row.size.label,
        "risk": row.risk and row.risk.label,
        "standard_level": row.standard_level and row.standard_level.label,
        **place,
    }
    return [str(said[name]) if said.get(name) is not None else "" for name in COLUMNS]


async def _as_csv(first: Rows, pages: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    """UTF-8 with a BOM, or spreadsheets take it for another encoding."""
    yield b"\xef\xbb\xbf" + _csv_lines([HEADINGS])
    yield _csv_lines(first)
    async for rows in pages:
        yield _csv_lines(rows)


def _csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([quoted(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


async def _as_workbook(first: Rows, pages: AsyncIterator[Rows], scratch: Path) -> AsyncIterator[bytes]:
    """A workbook is read from its end, so it is sent once it is whole; until then it lies on the disk."""
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"created": UNDATED})
        page = book.add_worksheet(SHEET)
        as_text = book.add_format({"num_format": "@"})
        page.set_column(0, len(HEADINGS) - 1, 18, as_text)
        page.freeze_panes(1, 1)
        _write(page, 0, [HEADINGS], as_text)
        number, rows = 1, first
        while rows:
            await asyncio.to_thread(_write, page, number, rows, as_text)
            number += len(rows)
            rows = await anext(pages, [])
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece


def _write(page: Any, first: int, rows: Sequence[Sequence[str]], as_text: Any) -> None:
    """Strings alone: what begins with = or looks like an address stays what it is."""
    for number, row in enumerate(rows, start=first):
        for place, cell in enumerate(row):
            if cell:
                page.write_string(number, place, cell, as_text)

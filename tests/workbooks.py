"""Workbooks for the tests: tidy ones, and parts put together by hand that no spreadsheet would write."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | bool | None
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
ROOT = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Target="xl/workbook.xml" '
    f'Type="{OFFICE}/officeDocument"/></Relationships>'
)
STRINGS = f'<sst xmlns="{MAIN}"><si><t>企业名称</t></si></sst>'
ONE_CELL = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Cell]]], more: Callable[[xlsxwriter.Workbook], None] | None = None
) -> bytes:
    """A workbook of plain cells; `more` changes it before it is closed."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    for name, rows in sheets.items():
        sheet: Worksheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, place, cell)
    if more is not None:
        more(book)
    book.close()
    return made.getvalue()


def sheet_xml(rows: str, before: str = "") -> str:
    """The part of one sheet."""
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def by_hand(sheet: str, *, strings: str = STRINGS, names: Sequence[str] = ("台账",), **parts: str) -> bytes:
    """A workbook from its parts as they are; every sheet is the same part."""
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="rId1"/>' for at, name in enumerate(names, start=1))
    told = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="{OFFICE}/worksheet"/>'
            f'<Relationship Id="rId2" Target="sharedStrings.xml" Type="{OFFICE}/sharedStrings"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings,
        **parts,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in told.items():
            archive.writestr(path, text)
    return made.getvalue()


def with_lying_size(raw: bytes, path: str, size: int) -> bytes:
    """The same archive, whose directory says that this part has another size."""
    name = path.encode()
    at = raw.index(b"PK\x01\x02")
    while raw[at + 46 : at + 46 + len(name)] != name:
        at = raw.index(b"PK\x01\x02", at + 4)
    return raw[: at + 24] + size.to_bytes(4, "little") + raw[at + 28 :]

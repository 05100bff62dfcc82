"""Imports 导入: a register that an office kept in a file."""

from services.imports.errors import ImportFileGone, ImportUnreadable
from services.imports.kept import opened as sheets_in
from services.imports.marked import Marked, marked, to_mark
from services.imports.running import carry_out_kept, get, made_by_import, opened, send

__all__ = [
    "ImportFileGone",
    "ImportUnreadable",
    "Marked",
    "carry_out_kept",
    "get",
    "made_by_import",
    "marked",
    "opened",
    "send",
    "sheets_in",
    "to_mark",
]

"""Imports 导入: a register that an office kept in a file."""

from services.imports.errors import ImportFileGone, ImportUnreadable
from services.imports.kept import opened as sheets_in
from services.imports.running import carry_out_kept, get, opened, send

__all__ = ["ImportFileGone", "ImportUnreadable", "carry_out_kept", "get", "opened", "send", "sheets_in"]

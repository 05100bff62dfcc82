"""Imports 导入: a register that an office kept in a file."""

from services.imports.errors import ImportUnreadable
from services.imports.running import get, run, shown

__all__ = ["ImportUnreadable", "get", "run", "shown"]

"""Enterprises 企业: the register. Other services add to it by `register` and copy from it under `standing`."""

from services.enterprises.changing import change, change_errors, update
from services.enterprises.checks import input_errors, links
from services.enterprises.closing import close, reopen
from services.enterprises.merging import merge
from services.enterprises.queries import (
    expect_unmerged,
    get,
    industries_of,
    is_any,
    kept_ids,
    known_as,
    shown,
    standing,
)
from services.enterprises.registering import Entry, add_all, create, register
from services.enterprises.searching import Filters, Near, list_enterprises

__all__ = [
    "Entry",
    "Filters",
    "Near",
    "add_all",
    "change",
    "change_errors",
    "close",
    "create",
    "expect_unmerged",
    "get",
    "industries_of",
    "input_errors",
    "is_any",
    "kept_ids",
    "known_as",
    "links",
    "list_enterprises",
    "merge",
    "register",
    "reopen",
    "shown",
    "standing",
    "update",
]

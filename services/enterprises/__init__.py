"""Enterprises 企业: the register. Other services add to it by `register` and copy from it under `standing`."""

from services.enterprises.changing import change, change_errors, update
from services.enterprises.checks import input_errors, links
from services.enterprises.closing import close, reopen
from services.enterprises.queries import get, industries_of, shown, standing
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
    "get",
    "industries_of",
    "input_errors",
    "links",
    "list_enterprises",
    "register",
    "reopen",
    "shown",
    "standing",
    "update",
]

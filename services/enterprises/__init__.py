"""Enterprises 企业: the register. Other services add to it by `register` and copy from it under `standing`."""

from services.enterprises.changing import change, update
from services.enterprises.checks import input_errors
from services.enterprises.queries import Filters, get, list_enterprises, shown, standing
from services.enterprises.registering import add_all, create, register

__all__ = [
    "Filters",
    "add_all",
    "change",
    "create",
    "get",
    "input_errors",
    "list_enterprises",
    "register",
    "shown",
    "standing",
    "update",
]

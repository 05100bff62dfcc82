"""Inspections 检查: what phones report, and what the office makes of it."""

from services.inspections.amend import amend
from services.inspections.cases import Case
from services.inspections.evidence import evidence
from services.inspections.held import resolve_held
from services.inspections.parsing import Sent, read_sent
from services.inspections.queries import Filters, get, get_version, list_inspections
from services.inspections.reading import shown, shown_whole, summaries
from services.inspections.receipt import receipt
from services.inspections.reinspect import reinspect
from services.inspections.submit import submit

__all__ = [
    "Case",
    "Filters",
    "Sent",
    "amend",
    "evidence",
    "get",
    "get_version",
    "list_inspections",
    "read_sent",
    "receipt",
    "reinspect",
    "resolve_held",
    "shown",
    "shown_whole",
    "submit",
    "summaries",
]

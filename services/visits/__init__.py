"""Visits 检查安排: planned in silence, sealed until somebody arrives, approved, and done or cancelled."""

from services.visits.errors import VisitCancelled, VisitSettled
from services.visits.planning import approve, cancel, plan
from services.visits.reading import approval_due, get, list_visits, shown
from services.visits.sealed import facts_of, looked_into, open_at_arrival

__all__ = [
    "VisitCancelled",
    "VisitSettled",
    "approval_due",
    "approve",
    "cancel",
    "facts_of",
    "get",
    "list_visits",
    "looked_into",
    "open_at_arrival",
    "plan",
    "shown",
]

"""What an office should look at in a report that was accepted all the same: stable codes, `code:where`."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.reports import Report
from models.words import EnterpriseStatus, InspectionKind
from services.rules.clocks import WorkCalendar

SKEW_TOLERATED = timedelta(minutes=5)
SOON = timedelta(days=1)
"""A report that comes later than this is honest in a valley without signal, and still to be looked at (threat 13)."""


def of_times(report: Report, received_at: datetime, skew: timedelta | None) -> Iterator[str]:
    """The device's clock against the server's, and the visit's times against each other."""
    if skew is not None and abs(skew) > SKEW_TOLERATED:
        yield "clock_skew"
    if report.arrived_at > received_at + SKEW_TOLERATED:
        yield "arrived_in_future"
    if received_at - report.arrived_at > SOON:
        yield "reported_after_a_day"
    if report.left_at is not None and report.left_at < report.arrived_at:
        yield "left_before_arrived"


def of_kind(report: Report, kind: InspectionKind, carded: int) -> Iterator[str]:
    """Too few cards make a patrol; a visit that nobody planned needs a reason (国办发〔2024〕54号)."""
    if kind is InspectionKind.PATROL and report.kind is not InspectionKind.PATROL:
        yield "fewer_than_two_cards" if carded < 2 else "patrol_only"
    unplanned = report.visit_id is None and not report.urgent_reason
    if unplanned and kind not in (InspectionKind.PATROL, InspectionKind.REINSPECTION):
        yield "no_visit_no_reason"


def of_enterprise(status: EnterpriseStatus) -> Iterator[str]:
    """A place that is closed on the register was inspected all the same: perhaps it works again."""
    if status is EnterpriseStatus.CLOSED:
        yield "enterprise_closed"


def of_items(report: Report, known: Collection[str]) -> Iterator[str]:
    """Items that no checklist of this office has, or that were answered twice: the last answer counts."""
    answered = [answer.item for answer in report.answers]
    found = [finding.item for finding in report.findings if finding.item is not None]
    yield from (f"unknown_item:{item}" for item in dict.fromkeys([*answered, *found]) if item not in known)
    yield from (f"duplicate_answer:{item}" for item in dict.fromkeys(answered) if answered.count(item) > 1)


@dataclass(frozen=True)
class Due:
    """The deadline of the finding at a place of the report; `is_done` for one that was fixed on site."""

    place: int
    deadline: date | None
    is_done: bool


def of_deadlines(dues: Iterable[Due], day: date, calendar: WorkCalendar) -> Iterator[str]:
    """Deadlines against the visit's own day, however late the report comes."""
    for due in dues:
        if due.is_done:
            continue
        if due.deadline is None:
            yield _of(due, "deadline_missing")
        elif due.deadline < day:
            yield _of(due, "deadline_before_visit")
        elif not calendar.is_working_day(due.deadline):
            yield _of(due, "deadline_on_holiday")


def is_of_deadline(caution: str) -> bool:
    """Whether `of_deadlines` said it."""
    return caution.startswith("deadline_")


def _of(due: Due, code: str) -> str:
    return f"{code}:/findings/{due.place}/deadline"

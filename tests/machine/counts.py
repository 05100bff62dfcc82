"""Counting the oracle: the statistics and the work of one reader, straight from its records."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from models.words import FindingState, Grade, InspectionKind, InspectionState, PlanState, Role, VisitState
from services.rules.clocks import local_date
from tests.machine.oracle import OPEN, Finding, Oracle
from tests.machine.town import DECIDES, INSPECTS, REPORTS, WRITES_OFF, Who

RECTIFIED = (FindingState.VERIFIED, FindingState.CLOSED)
ORDERED = (FindingState.ORDERED, FindingState.RECTIFYING)
Cell = tuple[str, str, str, Grade, FindingState]


def counted(office: Oracle, who: Who, today: date) -> tuple[dict[Cell, tuple[int, ...]], tuple[int, ...]]:
    """Figures by month, region, industry, grade and state, and their total."""
    cells: dict[Cell, list[tuple[int, ...]]] = defaultdict(list)
    for finding in office.findings.values():
        if _counts(office, who, finding):
            region = office.place_of(finding).region
            cell = (f"{finding.found_on:%Y-%m}", region, finding.industry, finding.grade, finding.state)
            cells[cell].append(tuple(int(is_so) for is_so in _figures(finding, today)))
    rows = {cell: _sum(figures) for cell, figures in cells.items()}
    return rows, _sum(list(rows.values()))


def work_of(office: Oracle, who: Who, at: datetime) -> Iterator[tuple[str, str]]:
    """Kind and subject of everything that waits for somebody; no subject where the office made its id."""
    yield from _of_visits(office, who, at)
    yield from _of_reports(office, who)
    for finding in office.findings.values():
        if office.sees_finding(who, finding):
            yield from ((kind, finding.id) for kind in _of_finding(office, who, finding, local_date(at)))


def _counts(office: Oracle, who: Who, finding: Finding) -> bool:
    """The rollup knows no enterprise: a department counts its trades alone."""
    if who.role is Role.ENTERPRISE:
        return finding.place == who.own
    by_trade = who.trades is None or finding.industry in who.trades
    return by_trade and who.covers(office.place_of(finding).region)


def _figures(finding: Finding, today: date) -> Iterator[bool]:
    state = finding.state
    yield True
    yield state in OPEN
    yield state in RECTIFIED
    yield state is FindingState.CLOSED
    yield state is FindingState.TRANSFERRED
    yield state is FindingState.WITHDRAWN
    yield finding.overdue(today)
    yield finding.reported_late and state in (*RECTIFIED, FindingState.REPORTED)
    yield finding.office_overdue(today)


def _sum(figures: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*figures, strict=True)) or (0,) * 9


def _of_visits(office: Oracle, who: Who, at: datetime) -> Iterator[tuple[str, str]]:
    for visit in office.visits.values():
        anybody = visit.approver is None and visit.made_by != who.id and who.sees(office.places[visit.place])
        mine = visit.approver == who.id
        if who.role in DECIDES and visit.state is VisitState.PROPOSED and (mine or anybody):
            yield "approve_visit", "" if visit.approver is None else visit.id
        waits = visit.state is VisitState.APPROVED and not visit.arrived and visit.release_at <= at
        if who.role in INSPECTS and waits and who.id in visit.inspectors:
            yield "make_visit", visit.id


def _of_reports(office: Oracle, who: Who) -> Iterator[tuple[str, str]]:
    for report in office.inspections.values():
        if not office.sees_inspection(who, report):
            continue
        if who.role in DECIDES and report.state is InspectionState.HELD:
            yield "resolve_held", report.id
        open_patrol = report.kind is InspectionKind.PATROL and any(
            finding.state is FindingState.REGISTERED for finding in office.found(report.id)
        )
        awaits_visit = open_patrol and not _inspected_since(office, report.id)
        sees_place = report.place is not None and who.sees(office.places[report.place])  # its author may not
        if who.role in INSPECTS and sees_place and awaits_visit:
            yield "follow_up_patrol", report.id
    if who.role in REPORTS:
        waiting = [use for use in office.uses.values() if use.by == who.id]
        missing = {use.subject_id for use in waiting if not use.holds(office.photos.get(use.photo))}
        yield from (("send_photos", subject_id) for subject_id in missing)


def _inspected_since(office: Oracle, patrol_id: str) -> bool:
    patrol = office.inspections[patrol_id]
    return any(
        other.place == patrol.place
        and other.kind is not InspectionKind.PATROL
        and other.state is InspectionState.ACCEPTED
        and other.arrived_at > patrol.arrived_at
        for other in office.inspections.values()
    )


def _of_finding(office: Oracle, who: Who, finding: Finding, today: date) -> Iterator[str]:
    state, inspects, is_boss = finding.state, who.role in INSPECTS, who.role is Role.ENTERPRISE
    on_patrol = office.inspections[finding.inspection].kind is InspectionKind.PATROL
    if inspects and state is FindingState.REGISTERED and not on_patrol:
        yield "issue_order"
    if inspects and state in ORDERED and finding.awaits_new_order:
        yield "issue_new_order"
    planned = any(plan is not PlanState.RETURNED for plan in finding.plans)
    if is_boss and state is FindingState.ORDERED and finding.grade is Grade.MAJOR and not planned:
        yield "file_plan"
    if is_boss and state in ORDERED:
        yield "rectify"
    if who.role in DECIDES and state is FindingState.ORDERED and PlanState.FILED in finding.plans:
        yield "decide_plan"
    if inspects and state is FindingState.REPORTED:
        yield "reinspect"
    if inspects and state in ORDERED and not finding.awaits_new_order and finding.overdue(today):
        yield "reinspect_expired"
    closes = DECIDES if finding.grade is Grade.MAJOR else WRITES_OFF
    if who.role in closes and state is FindingState.VERIFIED:
        yield "write_off"

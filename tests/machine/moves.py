"""The steps of a finding's life, as somebody asks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from models.words import FindingState, Grade, InspectionKind, PlanState, Role
from services.rules.clocks import local_date
from tests.machine.calls import Request, Told, content_of
from tests.machine.looks import Look, finding_shown, order_shown
from tests.machine.oracle import OPEN, Finding, Oracle, Paper, Refused, Use, require
from tests.machine.reports import Case, apply
from tests.machine.town import DECIDES, FILES, INSPECTS, WRITES_OFF, Who

CURED_IN = (FindingState.ORDERED, FindingState.RECTIFYING)


@dataclass(frozen=True)
class Order:
    """责令 one finding of an inspection."""

    body: Mapping[str, Any]

    @cached_property
    def request(self) -> Request:
        return Request.of_json("POST", "/orders", self.body)

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        inspection = office.inspection_for(who, self.body["inspection_id"])
        require(who, INSPECTS)
        order_id = self.body["id"]
        if office.known(who, "issueOrder", order_id, content_of(self.body)):
            return self._again(office, who, order_id)
        if inspection.kind is InspectionKind.PATROL:
            raise Refused(409, "patrol_carries_no_order")
        [finding_id] = self.body["finding_ids"]
        finding = office.findings.get(finding_id)
        if finding is None or not office.sees_finding(who, finding) or finding.place != inspection.place:
            raise Refused(422, "invalid_input")
        failed_here = (finding_id, False) in inspection.verdicts
        if not (failed_here or (finding.inspection == inspection.id and not finding.awaits_new_order)):
            raise Refused(422, "invalid_input")
        self._check(finding, at)
        state = FindingState.ORDERED if finding.state is FindingState.REGISTERED else finding.state
        year = local_date(at).year
        earlier = [paper for paper in office.orders.values() if paper.year == year]
        office.orders[order_id] = Paper(finding_id, year, len(earlier) + 1)
        office.change(finding, state=state, order=order_id, awaits_new_order=False)
        return Told(201, order_shown(order_id), (Look("finding", finding_id),))

    def _again(self, office: Oracle, who: Who, order_id: str) -> Told:
        paper = office.orders[order_id]
        if not who.sees(office.place_of(office.findings[paper.finding])):
            raise Refused(409, "id_taken")
        return Told(200, order_shown(order_id))

    def _check(self, finding: Finding, at: datetime) -> None:
        is_first = finding.order is None and finding.state is FindingState.REGISTERED
        is_next = finding.order is not None and finding.state in CURED_IN and finding.awaits_new_order
        if not (is_first or is_next):
            raise Refused(409, "illegal_transition")
        in_time = finding.deadline is not None and finding.deadline >= local_date(at)
        if not (finding.described and in_time and (finding.has_basis or finding.grade is Grade.GENERAL)):
            raise Refused(422, "invalid_input")


@dataclass(frozen=True)
class Step:
    """A step on one finding; `kind` says which, one of STEPS."""

    kind: str
    finding_id: str
    body: Mapping[str, Any]
    version: int | None = None

    @cached_property
    def request(self) -> Request:
        headers = {} if self.version is None else {"If-Match": f'"{self.version}"'}
        return Request.of_json("POST", f"/findings/{self.finding_id}/{STEPS[self.kind].path}", self.body, **headers)

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        rule = STEPS[self.kind]
        finding = office.finding_for(who, self.finding_id)
        require(who, rule.by)
        if rule.before is not None:
            rule.before(self, finding, who)
        if office.known(who, rule.operation, self.body["id"], content_of(self.body), self.finding_id):
            return self._again(office, who)
        if self.version not in (None, finding.version):
            raise Refused(412, "version_mismatch")
        rule.make(self, office, finding, who, at)
        touched = (Look("receipt", self.body["id"]),) if self.kind == "reinspect" else ()
        return Told(201, finding_shown(finding.id), touched)

    def _again(self, office: Oracle, who: Who) -> Told:
        if self.kind == "reinspect":
            office.inspection_for(who, self.body["id"])
        return Told(200, finding_shown(self.finding_id))


def _own_or_on_behalf(step: Step, finding: Finding, who: Who) -> None:
    named = step.body.get("on_behalf_of")
    is_boss = who.role is Role.ENTERPRISE
    if not (named == finding.place or (is_boss and named is None)):
        raise Refused(422, "invalid_input")
    if step.kind == "report" and not is_boss and not step.body.get("paper_photo_ids"):
        raise Refused(422, "invalid_input")


def _allowed_by_grade(step: Step, finding: Finding, who: Who) -> None:
    if finding.grade is Grade.MAJOR:
        require(who, DECIDES)


def _file_plan(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    if finding.state is not FindingState.ORDERED:
        raise Refused(409, "illegal_transition")
    if finding.plans[-1:] == (PlanState.FILED,):
        raise Refused(409, "plan_waits")
    office.change(finding, plans=(*finding.plans, PlanState.FILED))


def _decide_plan(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    if finding.plans[-1:] != (PlanState.FILED,):
        raise Refused(409, "no_plan_waits")
    if not step.body["accepted"]:
        office.change(finding, plans=(*finding.plans[:-1], PlanState.RETURNED))
        return
    if finding.state is not FindingState.ORDERED:
        raise Refused(409, "illegal_transition")
    office.change(finding, plans=(*finding.plans[:-1], PlanState.ACCEPTED), state=FindingState.RECTIFYING)


def _report(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    needs_plan = finding.grade is Grade.MAJOR and finding.state is FindingState.ORDERED
    if finding.state not in CURED_IN or needs_plan:
        raise Refused(409, "illegal_transition")
    today = local_date(at)
    is_late = finding.deadline is not None and finding.deadline < today
    office.change(
        finding,
        state=FindingState.REPORTED,
        reported_late=finding.reported_late or is_late,
        reinspect_by=office.reinspect_by(today),
        awaits_new_order=False,
    )
    declared = {photo["id"]: photo["sha256"] for photo in step.body["photos"]}
    purposes = dict.fromkeys(step.body["photo_ids"], "after")
    purposes |= {photo: "paper" for photo in step.body.get("paper_photo_ids", ()) if photo not in purposes}
    report_id, place = step.body["id"], finding.place
    for photo, purpose in purposes.items():
        use = Use(photo, "rectification", report_id, purpose, finding.id, None, place, declared.get(photo), who.id, at)
        office.name(who.id, [use])


def _reinspect(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    told = {"finding_id": finding.id, **step.body}
    body = {
        "kind": InspectionKind.REINSPECTION,
        "enterprise_id": finding.place,
        "arrived_at": at.isoformat(),
        "inspectors": step.body["inspectors"],
        "photos": step.body["photos"],
        "findings": [],
        "reinspections": [told],
    }
    apply(office, Case(step.body["id"], body, who, at), None)


def _write_off(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    if finding.grade is Grade.MAJOR and who.id in _looked_again(office, finding):
        raise Refused(403, "second_officer_needed")
    if finding.state is not FindingState.VERIFIED:
        raise Refused(409, "illegal_transition")
    office.change(finding, state=FindingState.CLOSED)


def _looked_again(office: Oracle, finding: Finding) -> set[str]:
    rows = [row for row in office.inspections.values() if finding.id in dict(row.verdicts)]
    rows = rows or [office.inspections[finding.inspection]]
    return {user_id for row in rows for user_id in (row.author, *row.inspectors)}


def _transfer(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    _end(office, finding, FindingState.TRANSFERRED)


def _withdraw(step: Step, office: Oracle, finding: Finding, who: Who, at: datetime) -> None:
    if who.id == finding.registered_by:
        raise Refused(403, "second_officer_needed")
    _end(office, finding, FindingState.WITHDRAWN)


def _end(office: Oracle, finding: Finding, state: FindingState) -> None:
    if finding.state not in OPEN:
        raise Refused(409, "illegal_transition")
    office.change(finding, state=state, awaits_new_order=False)


@dataclass(frozen=True)
class StepRule:
    """Where a step is posted, whose it is, what must be so before it is known, what it makes."""

    path: str
    operation: str
    by: frozenset[Role]
    make: Callable[[Step, Oracle, Finding, Who, datetime], None]
    before: Callable[[Step, Finding, Who], None] | None = None


STEPS = {
    "plan": StepRule("plan", "filePlan", FILES, _file_plan, _own_or_on_behalf),
    "decide": StepRule("plan/acceptance", "acceptPlan", DECIDES, _decide_plan),
    "report": StepRule("rectifications", "reportRectification", FILES, _report, _own_or_on_behalf),
    "reinspect": StepRule("reinspections", "reinspectFinding", INSPECTS, _reinspect),
    "write_off": StepRule("write-off", "writeOffFinding", WRITES_OFF, _write_off, _allowed_by_grade),
    "transfer": StepRule("transfer", "transferFinding", INSPECTS, _transfer),
    "withdraw": StepRule("withdrawal", "withdrawFinding", DECIDES, _withdraw),
}

"""Reports and what becomes of them: accepted, held, amended, released, rejected."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from models.words import FindingState, Grade, InspectionKind, InspectionState, Role, VisitState
from services.rules.clocks import local_date
from tests.machine.calls import Request, Told, content_of
from tests.machine.looks import Look, inspection_shown
from tests.machine.oracle import Finding, Inspection, Oracle, Refused, Use, Visit, require
from tests.machine.photos import arrive
from tests.machine.town import DECIDES, INSPECTS, REPORTS, Place, Who
from tests.makers_reports import Shot

ITEM_INDUSTRY = {"MIXD11": "MIXD"}
TWO = 2


@dataclass(frozen=True)
class SendReport:
    """A report as JSON, or with photos in one body."""

    body: Mapping[str, Any]
    brought: tuple[Shot, ...] = ()

    @cached_property
    def request(self) -> Request:
        plain = Request.of_json("POST", "/inspections", self.body)
        return Request.of_parts("/inspections", plain.content or b"", self.brought) if self.brought else plain

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        require(who, REPORTS)
        report_id = self.body["id"]
        is_known = office.known(who, "submitInspection", report_id, content_of(self.body))
        if not is_known:
            raw = Request.of_json("POST", "/inspections", self.body).content or b""
            take(office, Case(report_id, self.body, who, at), hashlib.sha256(raw).hexdigest())
        elif not office.sees_inspection(who, office.inspections[report_id]):
            raise Refused(409, "id_taken")
        for shot in self.brought:
            arrive(office, who, shot, at)
        judged = (verdict["finding_id"] for verdict in self.body.get("reinspections", ()))
        touched = tuple(Look("finding", finding_id) for finding_id in judged)
        return Told(200 if is_known else 201, inspection_shown(report_id), touched)


@dataclass(frozen=True)
class Case:
    """One report to be applied; `author` with the sight of the office that releases it."""

    id: str
    body: Mapping[str, Any]
    author: Who
    at: datetime
    is_release: bool = False

    @property
    def arrived_at(self) -> datetime:
        return datetime.fromisoformat(self.body["arrived_at"])


def take(office: Oracle, case: Case, sha256: str | None) -> None:
    """Accepted as a whole, or held as a whole."""
    tried = office.copy()
    try:
        apply(tried, case, sha256)
    except Refused as no:
        _hold(office, case, no.because(), sha256)
    else:
        office.become(tried)


def apply(office: Oracle, case: Case, sha256: str | None) -> None:
    """Accept the report. Raises Refused with every reason against it."""
    body, author = case.body, case.author
    visit = office.visits.get(body.get("visit_id") or "")
    reasons = list(_against(office, case, visit))
    if reasons:
        raise Refused(409, "report_not_applicable", tuple(reasons))
    carded = tuple(user_id for user_id in body["inspectors"] if _inspects(office, user_id))
    is_patrol = len(carded) < TWO or author.role not in INSPECTS
    kind = InspectionKind.PATROL if is_patrol else InspectionKind(body["kind"])
    earlier = office.inspections.get(case.id)
    office.inspections[case.id] = Inspection(
        id=case.id,
        author=author.id,
        place=body["enterprise_id"],
        kind=kind,
        state=InspectionState.ACCEPTED,
        inspectors=tuple(body["inspectors"]),
        carded=carded,
        arrived_at=case.arrived_at,
        body=body,
        sha256=sha256,
        version=earlier.version + 1 if earlier else 1,
    )
    _visited(office, case, kind, visit)
    for told in body["findings"]:
        register(office, case.id, told, author.id)
    for verdict in body.get("reinspections", ()):
        judge(office, case, verdict)
    office.name(author.id, _uses(office, case))


def register(office: Oracle, inspection_id: str, told: Mapping[str, Any], author: str) -> None:
    """A finding comes into being."""
    inspection = office.inspections[inspection_id]
    assert inspection.place is not None
    grade = Grade(told["grade"])
    is_fixed = bool(told.get("fixed_on_site"))
    office.findings[told["id"]] = Finding(
        id=told["id"],
        inspection=inspection_id,
        place=inspection.place,
        industry=ITEM_INDUSTRY.get(told.get("item") or "", office.places[inspection.place].industry),
        grade=grade,
        state=FindingState.VERIFIED if is_fixed else FindingState.REGISTERED,
        deadline=day_of(told["deadline"]),
        described=bool(told["measure"]),
        has_basis=bool(told.get("major_basis")),
        found_on=local_date(inspection.arrived_at),
        registered_by=author,
        version=2 if is_fixed else 1,
    )


def judge(office: Oracle, case: Case, verdict: Mapping[str, Any]) -> None:
    """复查 of one finding. Raises Refused."""
    finding = office.finding_for(case.author, verdict["finding_id"])
    require(case.author, INSPECTS)
    if finding.state is not FindingState.REPORTED:
        raise Refused(409, "illegal_transition")
    inspection = office.inspections[case.id]
    if finding.place != inspection.place:
        raise Refused(409, "finding_elsewhere")
    if len(inspection.carded) < TWO:
        raise Refused(409, "two_officers_needed")
    known = {use.photo for use in office.uses.values() if use.finding == finding.id and use.inspection != case.id}
    if not set(verdict["photo_ids"]) - known:
        raise Refused(409, "new_photos_needed")
    if set(inspection.carded) <= {finding.registered_by, *office.inspections[finding.inspection].inspectors}:
        raise Refused(409, "other_reinspector_needed")
    verdicts = (*inspection.verdicts, (finding.id, verdict["passed"]))
    office.inspections[case.id] = replace(inspection, verdicts=verdicts)
    if verdict["passed"]:
        office.change(finding, state=FindingState.VERIFIED, reinspect_by=None)
        return
    office.change(
        finding,
        state=FindingState.ORDERED,
        reinspect_by=None,
        deadline=day_of(verdict["new_deadline"]),
        failed=finding.failed + 1,
        awaits_new_order=True,
    )


@dataclass(frozen=True)
class Amend:
    """PATCH of a report with the version that the phone believes in."""

    inspection_id: str
    body: Mapping[str, Any]
    version: int

    @cached_property
    def request(self) -> Request:
        return Request.of_json(
            "PATCH", f"/inspections/{self.inspection_id}", self.body, **{"If-Match": f'"{self.version}"'}
        )

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        row = office.inspection_for(who, self.inspection_id)
        require(who, REPORTS | DECIDES)
        if row.author != who.id and who.role not in DECIDES and who.id not in row.inspectors:
            raise Refused(403, "not_allowed")
        if row.state is not InspectionState.ACCEPTED:
            raise Refused(409, "wrong_inspection_state")
        if self.version != row.version:
            raise Refused(412, "version_mismatch")
        for told in self.body["findings"]:
            self._amend(office, who, told)
        assert self.request.content is not None
        sha256 = hashlib.sha256(self.request.content).hexdigest()
        office.inspections[row.id] = replace(row, version=row.version + 1, sha256=sha256)
        office.name(who.id, _uses(office, Case(row.id, self.body, who, at)))
        return Told(200, inspection_shown(row.id))

    def _amend(self, office: Oracle, who: Who, told: Mapping[str, Any]) -> None:
        finding = office.findings.get(told["id"])
        if finding is None:
            register(office, self.inspection_id, told, who.id)
            return
        if finding.inspection != self.inspection_id:
            raise Refused(409, "id_taken")
        if finding.state is not FindingState.REGISTERED:
            raise Refused(409, "finding_not_amendable")
        fields: dict[str, Any] = {"grade": Grade(told["grade"]), "deadline": day_of(told["deadline"])}
        if "measure" in told:
            fields |= {"described": bool(told["measure"]), "has_basis": bool(told["major_basis"])}
        office.change(finding, **fields)


@dataclass(frozen=True)
class Resolve:
    """The office releases a held report, or rejects it."""

    inspection_id: str
    body: Mapping[str, Any]

    @cached_property
    def request(self) -> Request:
        return Request.of_json("POST", f"/inspections/{self.inspection_id}/resolution", self.body)

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        row = office.inspection_for(who, self.inspection_id)
        require(who, DECIDES)
        content = content_of(self.body)
        if office.known(who, "resolveHeldInspection", self.body["id"], content, self.inspection_id):
            return Told(200, inspection_shown(row.id))
        if row.state is not InspectionState.HELD:
            raise Refused(409, "wrong_inspection_state")
        if self.body["decision"] == "reject":
            office.inspections[row.id] = replace(row, state=InspectionState.REJECTED, version=row.version + 1)
            return Told(201, inspection_shown(row.id))
        author = replace(office.who(row.author), region=who.region, trades=who.trades)
        try:
            apply(office, Case(row.id, row.body, author, at, is_release=True), row.sha256)
        except Refused:
            raise Refused(409, "report_not_applicable") from None
        place = office.inspections[row.id].place
        office.uses |= {key: replace(use, place=place) for key, use in office.uses.items() if use.inspection == row.id}
        return Told(201, inspection_shown(row.id))


def day_of(text: str | None) -> date | None:
    """A day as JSON has it."""
    return None if text is None else date.fromisoformat(text)


def _against(office: Oracle, case: Case, visit: Visit | None) -> Iterator[str]:
    body, author = case.body, case.author
    place = office.places[body["enterprise_id"]]
    region = place.region if author.sees(place) else author.region
    if not all(_belongs(office.who(user_id), region, case) for user_id in body["inspectors"]):
        yield "inspector_unknown"
    if author.id not in body["inspectors"] and author.role is not Role.OFFICE and not case.is_release:
        yield "not_an_inspector"
    if visit is not None and not _knows(office, author, visit, case.at):
        visit = None
    if visit is None and body.get("visit_id"):
        yield "visit_unknown"
    if any(told["id"] in office.findings for told in body["findings"]):
        yield "finding_id_taken"
    if not author.sees(place):
        yield "enterprise_unknown"
    elif visit is not None and visit.place != place.id:
        yield "visit_of_other_enterprise"


def _belongs(who: Who, region: str | None, case: Case) -> bool:
    """Whom a report may name as an officer; the office that releases it vouches for who moved away."""
    return who.role is not Role.ENTERPRISE and (case.is_release or (region is not None and who.covers(region)))


def _knows(office: Oracle, who: Who, visit: Visit, at: datetime) -> bool:
    return who.id in (visit.made_by, visit.approver, *visit.inspectors) or office.sees_visit(who, visit, at)


def _inspects(office: Oracle, user_id: str) -> bool:
    who = office.who(user_id)
    return who.carded and who.role in INSPECTS


def _hold(office: Oracle, case: Case, reasons: Sequence[str], sha256: str | None) -> None:
    place: Place = office.places[case.body["enterprise_id"]]
    office.inspections[case.id] = Inspection(
        id=case.id,
        author=case.author.id,
        place=place.id if case.author.sees(place) else None,
        kind=InspectionKind(case.body["kind"]),
        state=InspectionState.HELD,
        inspectors=(),
        arrived_at=case.arrived_at,
        body=case.body,
        reasons=tuple(reasons),
        held_region=place.region,
        sha256=sha256,
    )
    told = (*case.body["findings"], *case.body.get("reinspections", ()))
    declared = _declared(case.body)
    ids = {photo for part in told for photo in (*part["photo_ids"], *_after(part))} | set(declared)
    office.name(
        case.author.id,
        [
            Use(i, "inspection", case.id, "scene", None, case.id, None, declared.get(i), case.author.id, case.at)
            for i in ids
        ],
    )


def _visited(office: Oracle, case: Case, kind: InspectionKind, visit: Visit | None) -> None:
    if kind is InspectionKind.PATROL:
        return
    if visit is None:
        if kind is not InspectionKind.REINSPECTION:
            made = case.body["inspectors"]
            place = case.body["enterprise_id"]
            urgent = Visit(
                f"of {case.id}", place, VisitState.PROPOSED, case.author.id, None, tuple(made), case.arrived_at
            )
            office.visits[urgent.id] = replace(urgent, arrived=True)
        return
    if visit.state is VisitState.CANCELLED or visit.arrived:
        return
    state = VisitState.DONE if visit.is_approved else visit.state
    office.visits[visit.id] = replace(visit, arrived=True, state=state)


def _uses(office: Oracle, case: Case) -> Iterator[Use]:
    """Photos by what names them; what nothing names is the report's own."""
    row = office.inspections[case.id]
    declared = _declared(case.body)
    named: set[str] = set()

    def use(photo: str, subject: str, subject_id: str, purpose: str, finding: str | None) -> Use:
        named.add(photo)
        sha256 = declared.get(photo)
        return Use(photo, subject, subject_id, purpose, finding, case.id, row.place, sha256, case.author.id, case.at)

    for told in case.body["findings"]:
        yield from (use(photo, "finding", told["id"], "before", told["id"]) for photo in told.get("photo_ids", ()))
        yield from (use(photo, "finding", told["id"], "fixed_on_site", told["id"]) for photo in _after(told))
    for verdict in case.body.get("reinspections", ()):
        finding_id = verdict["finding_id"]
        subject_id = str(uuid5(UUID(case.id), finding_id))
        yield from (use(p, "reinspection", subject_id, "reinspection", finding_id) for p in verdict["photo_ids"])
    yield from (use(photo, "inspection", case.id, "scene", None) for photo in declared if photo not in named)


def _after(told: Mapping[str, Any]) -> Sequence[str]:
    """Photos of what was fixed on site."""
    fixed = told.get("fixed_on_site")
    return list(fixed["photo_ids"]) if fixed else []


def _declared(body: Mapping[str, Any]) -> dict[str, str | None]:
    return {photo["id"]: photo.get("sha256") for photo in body["photos"]}

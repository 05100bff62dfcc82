"""Somebody looks: what each record, list and count should show them. Checks of answers to other calls, too."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx

from models.words import Role
from services.rules.clocks import local_date
from tests.machine.calls import Check, Request, Told
from tests.machine.counts import counted, work_of
from tests.machine.oracle import NEVER, Finding, Inspection, Oracle, Refused
from tests.machine.town import DECIDES, REPORTS, Who

ABSENT = "0198f2a0-0000-7000-8000-00000000dead"


@dataclass(frozen=True)
class Look:
    """GET of something; `subject` is an id where it is one record."""

    what: str
    subject: str = ""

    @property
    def request(self) -> Request:
        return Request("GET", ADDRESSES[self.what].format(self.subject))

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        return Told(200, PLAYS[self.what](office, who, self.subject))


def differing(**pairs: tuple[object, object]) -> Iterator[str]:
    """What is not as it should be; each pair is shown, expected."""
    for name, (shown, expected) in pairs.items():
        if shown != expected:
            yield f"{name}: shown {shown!r}, expected {expected!r}"


def photo_shown(photo_id: str) -> Check:
    """A photo as its record shows it."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        body, photo = answer.json(), office.photos[photo_id]
        seen = {use.subject_id for use in office.uses_of(photo_id) if office.sees_use(who, use)}
        yield from differing(
            id=(body["id"], photo_id),
            sha256=(body["sha256"], photo.sha256),
            bytes=(body["bytes"], len(photo.data)),
            uploaded_by=(body["uploaded_by"], photo.by),
            uses=({use["subject_id"] for use in body["uses"]}, seen),
        )

    return check


def bytes_shown(photo_id: str) -> Check:
    """The original, byte for byte."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        if answer.content != office.photos[photo_id].data:
            yield "original: other bytes"

    return check


def finding_shown(finding_id: str) -> Check:
    """A finding with its file."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        body, finding = answer.json(), office.findings[finding_id]
        uses = [use for use in office.uses.values() if use.finding == finding_id]
        yield from _summary_differs(body, finding, local_date(at))
        yield from differing(
            failed=(body["failed_reinspections"], finding.failed),
            late=(body["reported_late"], finding.reported_late),
            orders=([order["id"] for order in body["orders"]], _orders_of(office, finding)),
            plans=([plan["state"] for plan in body["plans"]], list(finding.plans)),
            photos=(
                {(photo["id"], photo["subject_id"], photo["purpose"], photo["arrived"]) for photo in body["photos"]},
                {(u.photo, u.subject_id, u.purpose, u.holds(office.photos.get(u.photo))) for u in uses},
            ),
            looked_again=(
                {(look["inspection_id"], look["passed"]) for look in body["reinspections"]},
                {(i.id, passed) for i in office.inspections.values() for f, passed in i.verdicts if f == finding_id},
            ),
        )

    return check


def inspection_shown(inspection_id: str) -> Check:
    """A report, for whoever may read how much."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        body, inspection = answer.json(), office.inspections[inspection_id]
        uses = [use for use in office.uses.values() if use.inspection == inspection_id]
        missing = office.missing(uses)
        yield from _report_differs(office, body, inspection)
        yield from differing(
            inspectors=([person["user_id"] for person in body["inspectors"]], list(inspection.inspectors)),
            findings=(
                {(f["id"], f["state"], f["deadline"], f["grade"]) for f in body["findings"]},
                {(f.id, f.state, _day(f.deadline), f.grade) for f in office.found(inspection_id)},
            ),
            verdicts=({(v["finding_id"], v["passed"]) for v in body["reinspections"]}, set(inspection.verdicts)),
            missing=(set(body["missing_photos"]), missing),
            photos=({photo["id"] for photo in body["photos"]}, {use.photo for use in uses}),
            of_findings=(
                {(photo["id"], f) for photo in body["photos"] for f in photo["finding_ids"]},
                {(use.photo, use.finding) for use in uses if use.finding},
            ),
        )
        if who.role is not Role.ENTERPRISE:
            yield from differing(reasons=(sorted(body["held_reasons"]), sorted(inspection.reasons)))

    return check


def receipt_shown(inspection_id: str) -> Check:
    """What a phone may rely on."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        body, inspection = answer.json(), office.inspections[inspection_id]
        uses = [use for use in office.uses.values() if use.inspection == inspection_id]
        missing = office.missing(uses)
        stored = [office.photos[use.photo] for use in uses if use.photo in office.photos]
        seen = {photo.id: photo.sha256 for photo in stored if office.sees_photo(who, photo)}
        yield from differing(
            version=(body["version"], inspection.version),
            state=(body["state"], inspection.state),
            missing=(set(body["missing_photos"]), missing),
            stored=({p["id"] for p in body["photos"] if p["stored"]}, {use.photo for use in uses} - missing),
            sha256=({p["id"]: p["sha256"] for p in body["photos"] if p["sha256"]}, seen),
            kept_at=(body["kept_at"], None),
        )
        if inspection.sha256 is not None:
            yield from differing(report_sha256=(body["report_sha256"], inspection.sha256))

    return check


def order_shown(order_id: str) -> Check:
    """An order: its findings, and the number that no other has."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        body, paper = answer.json(), office.orders[order_id]
        yield from differing(
            id=(body["id"], order_id),
            number=(body["number"].partition("〔")[2], f"{paper.year}〕{paper.serial}号"),
            findings=([printed["finding_id"] for printed in body["findings"]], [paper.finding]),
        )

    return check


def visit_shown(visit_id: str) -> Check:
    """A planned visit."""

    def check(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
        body, visit = answer.json(), office.visits[visit_id]
        yield from differing(
            id=(body["id"], visit_id),
            state=(body["state"], visit.state),
            place=(body["enterprise_id"], visit.place),
            inspectors=(set(body["inspectors"]), set(visit.inspectors)),
        )

    return check


def _findings(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
    today = local_date(at)
    seen = [finding for finding in office.findings.values() if office.sees_finding(who, finding)]
    seen.sort(key=lambda finding: (finding.deadline or NEVER, finding.id))
    items = answer.json()["items"]
    yield from differing(listed=([item["id"] for item in items], [finding.id for finding in seen]))
    for item in items:
        if item["id"] in office.findings:
            yield from _summary_differs(item, office.findings[item["id"]], today)


def _inspections(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
    seen = {row.id for row in office.inspections.values() if office.sees_inspection(who, row)}
    items = answer.json()["items"]
    yield from differing(listed=({item["id"] for item in items}, seen))
    for item in items:
        if item["id"] in office.inspections:
            row = office.inspections[item["id"]]
            uses = [use for use in office.uses.values() if use.inspection == row.id]
            yield from _report_differs(office, item, row)
            yield from differing(missing_count=(item["missing_photos_count"], len(office.missing(uses))))


def _worklist(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
    body = answer.json()
    items = sorted((item["kind"], _known(office, item["subject_id"])) for item in body["items"])
    yield from differing(work=(items, sorted(work_of(office, who, at))), cut=(body["cut"], False))


def _statistics(office: Oracle, who: Who, at: datetime, answer: httpx.Response) -> Iterator[str]:
    rows, total = counted(office, who, local_date(at))
    body = answer.json()
    shown = {tuple(row[name] for name in BY): _figures(row) for row in body["rows"] if any(_figures(row))}
    yield from differing(counts=(shown, rows), total=(_figures(body["total"]), total))


BY = ("month", "region", "industry", "grade", "state")
FIGURES = (
    "findings", "open", "rectified", "closed", "transferred", "withdrawn", "overdue", "reported_late",
    "reinspection_overdue",
)  # fmt: skip
ADDRESSES = {
    "finding": "/findings/{}",
    "inspection": "/inspections/{}",
    "receipt": "/inspections/{}/receipt",
    "photo": "/photos/{}",
    "image": "/photos/{}/image?size=original",
    "findings": "/findings?limit=200",
    "inspections": "/inspections?limit=200",
    "worklist": "/worklist?limit=200",
    "statistics": "/statistics?" + "&".join(f"by={name}" for name in BY),
}
RECORDS = ("finding", "inspection", "receipt", "photo", "image")
LISTS = ("findings", "inspections", "worklist", "statistics")


def _one_finding(office: Oracle, who: Who, subject: str) -> Check:
    return finding_shown(office.finding_for(who, subject).id)


def _one_inspection(office: Oracle, who: Who, subject: str) -> Check:
    return inspection_shown(office.inspection_for(who, subject).id)


def _one_receipt(office: Oracle, who: Who, subject: str) -> Check:
    inspection = office.inspection_for(who, subject)
    if who.role not in REPORTS | DECIDES:
        raise Refused(403, "not_allowed")
    return receipt_shown(inspection.id)


def _one_photo(office: Oracle, who: Who, subject: str) -> Check:
    photo = office.photos.get(subject)
    if photo is None or not office.sees_photo(who, photo):
        raise Refused(404, "not_found")
    return photo_shown(subject)


def _one_image(office: Oracle, who: Who, subject: str) -> Check:
    _one_photo(office, who, subject)
    return bytes_shown(subject)


PLAYS: dict[str, Callable[[Oracle, Who, str], Check]] = {
    "finding": _one_finding,
    "inspection": _one_inspection,
    "receipt": _one_receipt,
    "photo": _one_photo,
    "image": _one_image,
    "findings": lambda office, who, subject: _findings,
    "inspections": lambda office, who, subject: _inspections,
    "worklist": lambda office, who, subject: _worklist,
    "statistics": lambda office, who, subject: _statistics,
}


def _summary_differs(body: dict[str, Any], finding: Finding, today: date) -> Iterator[str]:
    yield from differing(
        id=(body["id"], finding.id),
        inspection=(body["inspection_id"], finding.inspection),
        enterprise=(body["enterprise_id"], finding.place),
        industry=(body["industry"], finding.industry),
        state=(body["state"], finding.state),
        grade=(body["grade"], finding.grade),
        deadline=(body["deadline"], _day(finding.deadline)),
        version=(body["version"], finding.version),
        order=(body["order_id"], finding.order),
        awaits_new_order=(body["awaits_new_order"], finding.awaits_new_order),
        reinspect_by=(body["reinspect_by"], _day(finding.reinspect_by)),
        overdue=(body["overdue"], finding.overdue(today)),
        reinspection_overdue=(body["reinspection_overdue"], finding.office_overdue(today)),
    )


def _report_differs(office: Oracle, body: dict[str, Any], row: Inspection) -> Iterator[str]:
    yield from differing(
        id=(body["id"], row.id),
        state=(body["state"], row.state),
        kind=(body["kind"], row.kind),
        enterprise=(body["enterprise_id"], row.place),
        version=(body["version"], row.version),
        findings_count=(body["findings_count"], len(office.found(row.id))),
    )


def _orders_of(office: Oracle, finding: Finding) -> Sequence[str]:
    return [order_id for order_id, paper in office.orders.items() if paper.finding == finding.id]


def _figures(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in FIGURES)


def _known(office: Oracle, subject_id: str) -> str:
    """An id that phones made, or nothing for one that the office made."""
    ours = (office.findings, office.inspections, office.acts, {use.subject_id for use in office.uses.values()})
    return subject_id if any(subject_id in ids for ids in ours) else ""


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

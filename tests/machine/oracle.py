"""What the office should know by now: records that never change, in dictionaries that do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from models.words import FindingState, Grade, InspectionKind, InspectionState, PlanState, Role, VisitState
from tests.machine.town import DECIDES, Place, Who

MUST_ACT = (FindingState.REGISTERED, FindingState.ORDERED, FindingState.RECTIFYING)
OPEN = (*MUST_ACT, FindingState.REPORTED, FindingState.VERIFIED)
NEVER = date.max


@dataclass(eq=False)
class Refused(Exception):
    """The office says no, and nothing of the call holds; `reasons` is what it would hold a report for."""

    status: int
    code: str
    reasons: tuple[str, ...] = ()

    def because(self) -> tuple[str, ...]:
        """The reasons, or the code where there are none."""
        return self.reasons or (self.code,)


@dataclass(frozen=True)
class Act:
    """A call whose id is known for ever."""

    operation: str
    subject: str
    content: str
    by: str


@dataclass(frozen=True)
class Finding:
    """A hazard. `described` tells whether measure, standard and responsible person are there."""

    id: str
    inspection: str
    place: str
    industry: str
    grade: Grade
    state: FindingState
    deadline: date | None
    described: bool
    has_basis: bool
    found_on: date
    registered_by: str
    order: str | None = None
    plans: tuple[PlanState, ...] = ()
    awaits_new_order: bool = False
    reported_late: bool = False
    reinspect_by: date | None = None
    failed: int = 0
    version: int = 1

    def overdue(self, today: date) -> bool:
        """The enterprise's lateness."""
        return self.state in MUST_ACT and self.deadline is not None and self.deadline < today

    def office_overdue(self, today: date) -> bool:
        """The office's own lateness."""
        return self.state is FindingState.REPORTED and self.reinspect_by is not None and self.reinspect_by < today


@dataclass(frozen=True)
class Inspection:
    """A report. A held one has a place only for readers who see it, and belongs to the office of `held_region`."""

    id: str
    author: str
    place: str | None
    kind: InspectionKind
    state: InspectionState
    inspectors: tuple[str, ...]
    arrived_at: datetime
    body: Mapping[str, Any]
    reasons: tuple[str, ...] = ()
    held_region: str | None = None
    carded: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, bool], ...] = ()
    sha256: str | None = None
    version: int = 1


@dataclass(frozen=True)
class Photo:
    """Bytes on the office's disk."""

    id: str
    data: bytes
    sha256: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Use:
    """A record that names a photo; what a held report names has no place."""

    photo: str
    subject: str
    subject_id: str
    purpose: str
    finding: str | None
    inspection: str | None
    place: str | None
    declared: str | None
    by: str
    at: datetime

    def holds(self, photo: Photo | None) -> bool:
        """Whether the photo that is here is the one that this record means."""
        if photo is None:
            return False
        if self.declared is not None:
            return self.declared == photo.sha256
        return self.by == photo.by or self.at < photo.at


@dataclass(frozen=True)
class Paper:
    """An order; numbers run through a year without gaps."""

    finding: str
    year: int
    serial: int


@dataclass(frozen=True)
class Visit:
    """A planned visit, or one that an unplanned report made (then without approver, and its id is the office's)."""

    id: str
    place: str
    state: VisitState
    made_by: str
    approver: str | None
    inspectors: tuple[str, ...]
    release_at: datetime
    is_approved: bool = False
    arrived: bool = False


@dataclass
class Oracle:
    """One possible truth; where an answer was lost there are two until something tells them apart."""

    places: Mapping[str, Place]
    who: Callable[[str], Who]
    reinspect_by: Callable[[date], date]
    acts: dict[str, Act] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    inspections: dict[str, Inspection] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)
    uses: dict[tuple[str, str], Use] = field(default_factory=dict)
    orders: dict[str, Paper] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)

    def copy(self) -> "Oracle":
        """The same truth, to go on from."""
        other = Oracle(self.places, self.who, self.reinspect_by)
        for name in KEPT:
            setattr(other, name, dict(getattr(self, name)))
        return other

    def become(self, other: "Oracle") -> None:
        """What was tried on a copy holds."""
        for name in KEPT:
            setattr(self, name, getattr(other, name))

    def known(self, who: Who, operation: str, act_id: str, content: str, subject: str = "") -> bool:
        """Whether this very call was heard before, by whomever. Raises Refused when the id stands for another."""
        act = Act(operation, subject, content, who.id)
        earlier = self.acts.setdefault(act_id, act)
        if earlier is act:
            return False
        if replace(earlier, by=who.id) == act:
            return True
        raise Refused(409, "id_conflict" if earlier.by == who.id else "id_taken")

    def change(self, finding: Finding, **fields: Any) -> None:
        """A finding goes on: every change is a version."""
        self.findings[finding.id] = replace(finding, version=finding.version + 1, **fields)

    def name(self, who_id: str, uses: Iterable[Use]) -> None:
        """Records name photos; other bytes of the same sender that no record names make room for declared ones."""
        for use in uses:
            stored = self.photos.get(use.photo)
            is_free = stored is not None and stored.by == who_id and not self.uses_of(use.photo)
            if is_free and stored is not None and use.declared not in (None, stored.sha256):
                del self.photos[use.photo]
            self.uses.setdefault((use.photo, use.subject_id), use)

    def place_of(self, finding: Finding) -> Place:
        """Where it was found."""
        return self.places[finding.place]

    def found(self, inspection_id: str) -> list[Finding]:
        """The findings of a report."""
        return [finding for finding in self.findings.values() if finding.inspection == inspection_id]

    def sees_finding(self, who: Who, finding: Finding) -> bool:
        """A department sees its trade's findings also at enterprises of others."""
        place = self.place_of(finding)
        by_trade = who.trades is not None and finding.industry in who.trades and who.covers(place.region)
        return by_trade or who.sees(place)

    def sees_inspection(self, who: Who, inspection: Inspection) -> bool:
        """An accepted one by sight; a held or rejected one is its author's and that of the office that decides."""
        if inspection.author == who.id:
            return True
        if inspection.state is InspectionState.ACCEPTED:
            return inspection.place is not None and who.sees(self.places[inspection.place])
        return who.role in DECIDES and who.trades is None and who.covers(inspection.held_region)

    def sees_use(self, who: Who, use: Use) -> bool:
        """Sight of the record that names a photo."""
        if use.by == who.id:
            return True
        if use.place is not None:
            return who.sees(self.places[use.place])
        return use.inspection is not None and self.sees_inspection(who, self.inspections[use.inspection])

    def sees_photo(self, who: Who, photo: Photo) -> bool:
        """Through a record that means it; its sender alone while none does."""
        holding = [use for use in self.uses_of(photo.id) if use.holds(photo)]
        return any(self.sees_use(who, use) for use in holding) or (not holding and photo.by == who.id)

    def sees_visit(self, who: Who, visit: Visit, at: datetime) -> bool:
        """Its maker's and approver's; its inspectors' from release; by sight once somebody arrived."""
        if who.role is Role.ENTERPRISE:
            return False
        released = visit.is_approved and visit.release_at <= at and who.id in visit.inspectors
        arrived = visit.arrived and who.sees(self.places[visit.place])
        return who.id in (visit.made_by, visit.approver) or released or arrived

    def uses_of(self, photo_id: str) -> list[Use]:
        """Every record that names a photo."""
        return [use for use in self.uses.values() if use.photo == photo_id]

    def missing(self, uses: Iterable[Use]) -> set[str]:
        """Photos that some of these records still wait for."""
        return {use.photo for use in uses if not use.holds(self.photos.get(use.photo))}

    def finding_for(self, who: Who, finding_id: str) -> Finding:
        """Raises Refused alike for absent and unseen."""
        finding = self.findings.get(finding_id)
        if finding is None or not self.sees_finding(who, finding):
            raise Refused(404, "not_found")
        return finding

    def inspection_for(self, who: Who, inspection_id: str) -> Inspection:
        """Raises Refused alike for absent and unseen."""
        inspection = self.inspections.get(inspection_id)
        if inspection is None or not self.sees_inspection(who, inspection):
            raise Refused(404, "not_found")
        return inspection


KEPT = ("acts", "findings", "inspections", "photos", "uses", "orders", "visits")


def require(who: Who, roles: frozenset[Role]) -> None:
    """Raises Refused unless the role includes the deed."""
    if who.role not in roles:
        raise Refused(403, "not_allowed")

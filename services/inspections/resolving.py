"""What a report refers to, looked up in its author's sight; all that does not fit is told at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseWrite
from models.visits import Visit
from models.words import InspectionKind, Role, VisitState
from services.access import Actor, Deed, knows_visit, sees_visit
from services.chance import chance
from services.enterprises import kept_ids, register, standing
from services.errors import NotFound
from services.inspections.cases import Case
from services.inspections.errors import NotApplicable
from services.officers import officers
from services.visits import facts_of
from services.wall import is_any_a_finding

TWO_CARDS = 2
"""行政处罚法 第42条; with fewer the visit is a patrol (国办发〔2024〕54号: only carded officers inspect)."""

NO_INSPECTORS = frozenset({Role.ADMIN, Role.ENTERPRISE, Role.INTEGRATOR})


@dataclass(frozen=True)
class Inspector:
    """One person who inspected; `card_valid` on the visit's own day, for a role that inspects at all."""

    user_id: UUID
    name: str
    card_number: str | None
    card_valid: bool


@dataclass(frozen=True)
class Resolved:
    """All that a report refers to; the enterprise holds still until the transaction ends."""

    enterprise: Enterprise
    visit: Visit | None
    inspectors: list[Inspector]
    kind: InspectionKind

    @property
    def carded(self) -> int:
        """How many had a valid card."""
        return sum(inspector.card_valid for inspector in self.inspectors)


async def resolve(tx: AsyncSession, case: Case) -> Resolved:
    """Raises NotApplicable with every reason, or what the register says to an enterprise that comes with the report.

    An enterprise, a visit or a finding out of sight gives the same reason as one that does not exist.
    """
    reasons: list[str] = []
    named = list(dict.fromkeys(case.report.inspectors)) or [case.author.id]
    people = await officers(tx, named, also_disabled=True)
    inspectors = [_inspector(people[user_id], case) for user_id in named if user_id in people]
    if case.author.id not in named and case.author.role is not Role.OFFICE and not case.is_release:
        reasons.append("not_an_inspector")
    kind = _kind(case, inspectors, reasons)
    visit = await _visit(tx, case, reasons)
    visited_id = None if visit is None else await _visited(tx, visit)
    reasons += await _of_findings(tx, case)
    enterprise = await _enterprise(tx, case, visited_id, reasons)
    if enterprise is not None and visited_id not in (None, enterprise.id):
        reasons.append("visit_of_other_enterprise")
    region = case.author.region if enterprise is None else enterprise.region
    if not all(_is_known(people.get(user_id), case, region) for user_id in named):
        reasons.insert(0, "inspector_unknown")  # in the order of the report's own fields
    if reasons or enterprise is None:
        raise NotApplicable(reasons)
    return Resolved(enterprise, visit, inspectors, kind)


def _is_known(person: Actor | None, case: Case, region: str | None) -> bool:
    """Officers of another region answer like ids of nobody: a report shows the names and cards of whom it names.

    Who moved away since the visit did inspect: the office that releases the report vouches for them.
    """
    if person is None or person.role in NO_INSPECTORS:
        return False
    return case.is_release or (region is not None and person.covers(region))


def _inspector(officer: Actor, case: Case) -> Inspector:
    valid = officer.may(Deed.REPORT_INSPECTION) and officer.has_valid_card(case.day)
    return Inspector(officer.id, officer.name, officer.card_number, valid)


def _kind(case: Case, inspectors: list[Inspector], reasons: list[str]) -> InspectionKind:
    carded = sum(inspector.card_valid for inspector in inspectors)
    is_patrol = carded < TWO_CARDS or not case.author.may(Deed.REPORT_INSPECTION)
    kind = InspectionKind.PATROL if is_patrol else case.report.kind
    if case.report.reinspections and case.report.kind is not InspectionKind.REINSPECTION:
        reasons.append("not_a_reinspection")  # of one with too few cards the verdict itself says so
    return kind


async def _visit(tx: AsyncSession, case: Case, reasons: list[str]) -> Visit | None:
    if case.report.visit_id is None:
        return None
    may_report = sa.or_(knows_visit(case.author, on=case.day), sees_visit(case.author, at=case.at))
    visit = await tx.scalar(sa.select(Visit).where(col(Visit.id) == case.report.visit_id, may_report))
    if visit is None:
        reasons.append("visit_unknown")
    elif visit.state is VisitState.CANCELLED:
        reasons.append("visit_cancelled")
    return visit


async def _visited(tx: AsyncSession, visit: Visit) -> UUID:
    """The enterprise that a visit was planned for, whatever it is merged into since."""
    planned = facts_of(tx, visit).enterprise_id
    return (await kept_ids(tx, [planned])).get(planned, planned)


async def _of_findings(tx: AsyncSession, case: Case) -> list[str]:
    ids = [finding.id for finding in case.report.findings]
    judged = [verdict.finding_id for verdict in case.report.reinspections]
    taken = bool(ids) and await is_any_a_finding(tx, ids)
    return list(_wrong_ids(ids, judged, taken))


def _wrong_ids(ids: list[UUID], judged: list[UUID], taken: bool) -> Iterator[str]:
    if taken:
        yield "finding_id_taken"
    if len(set(ids)) < len(ids) or len(set(judged)) < len(judged):
        yield "finding_named_twice"


async def _enterprise(tx: AsyncSession, case: Case, visited_id: UUID | None, reasons: list[str]) -> Enterprise | None:
    """The office's choice, else the report's, else one that comes with it, else the visit's."""
    report = case.report
    brought = report.enterprise.id if report.enterprise else None
    chosen = case.enterprise_id or report.enterprise_id or brought
    if chosen is None and report.enterprise is None:
        chosen = visited_id
    if chosen is not None:
        try:
            found = await standing(tx, case.author, chosen)
        except NotFound:
            if case.enterprise_id is not None or report.enterprise is None:
                reasons.append("enterprise_unknown")
                return None
        else:
            reasons += [] if found.merged_into is None else ["enterprise_merged"]
            return found
    if report.enterprise is None:
        reasons.append("enterprise_missing")
        return None
    if reasons:  # nothing is registered for a report that is held anyway
        return None
    told = {name: getattr(report.enterprise, name) for name in EnterpriseWrite.model_fields}
    write = EnterpriseWrite.model_construct(**told)
    return await register(tx, case.author, write, chosen or chance(tx).new_id(), case.at, under="/enterprise")

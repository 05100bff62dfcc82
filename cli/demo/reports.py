"""Reports of the past as phones sent them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from cli.demo import steps
from cli.demo.chronicle import Chronicle
from cli.demo.hazards import Hazard
from cli.demo.steps import Shot, Step, step
from cli.demo.town import Person
from models.enterprises import EnterpriseWrite
from models.words import InspectionKind, InspectionState

PHOTOGRAPHED = timedelta(days=150)
"""Of older visits the photos before are not kept here: those that the office decides by are."""


@dataclass(frozen=True)
class Found:
    """One finding as it stands in the plan; `round` counts the orders it had."""

    id: UUID
    hazard: Hazard
    deadline: date
    fixed: bool = False
    round: int = 1


@dataclass(frozen=True)
class Visited:
    """One visit: where, by whom, and what was found."""

    inspection_id: UUID
    enterprise: EnterpriseWrite
    officers: list[Person]
    found: list[Found]


@dataclass(frozen=True)
class Outcome:
    """What a re-inspection saw of one finding; a failed one gets its next deadline."""

    found: Found
    new_deadline: date | None

    @property
    def passed(self) -> bool:
        """Whether it was cured."""
        return self.new_deadline is None


def submission(
    visit: Visited,
    body: dict[str, object],
    shots: Sequence[Shot],
    at: datetime,
    expected: InspectionState = InspectionState.ACCEPTED,
) -> Step:
    """The first of the officers sends the report."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    return step(at, visit.inspection_id, steps.submit, visit.officers[0].id, raw, shots, expected)


def visit_report(
    past: Chronicle, visit: Visited, kind: InspectionKind, arrived: datetime
) -> tuple[dict[str, object], list[Shot]]:
    """What a phone says of a visit with its findings, and the photos that go with it."""
    photographed = arrived > past.end - PHOTOGRAPHED
    shots: list[Shot] = []
    findings = [_finding(past, visit, found, kind, photographed, shots) for found in visit.found]
    answers = [{"item": found.hazard.item, "result": "fail"} for found in visit.found]
    named = {found.hazard.item for found in visit.found}
    others = [h.item for h in past.hazards[visit.enterprise.main_industry] if h.item not in named]
    body = _head(past, visit, kind, arrived) | {
        "findings": findings,
        "answers": answers + [{"item": item, "result": "pass"} for item in others],
    }
    return body, shots


def reinspection_report(
    past: Chronicle, visit: Visited, outcomes: Sequence[Outcome], arrived: datetime
) -> tuple[dict[str, object], list[Shot]]:
    """What a phone says of a look again; each verdict has a new photo."""
    shots = [Shot(past.new_id(), f"{one.found.hazard.scene}-{'after' if one.passed else 'before'}") for one in outcomes]
    verdicts = [
        {
            "finding_id": str(one.found.id),
            "passed": one.passed,
            "note": "现场核实，已整改到位" if one.passed else "整改不到位，须继续整改",
            "photo_ids": [str(shot.id)],
            "new_deadline": str(one.new_deadline) if one.new_deadline else None,
        }
        for one, shot in zip(outcomes, shots, strict=True)
    ]
    return _head(past, visit, InspectionKind.REINSPECTION, arrived) | {"reinspections": verdicts}, shots


def _head(past: Chronicle, visit: Visited, kind: InspectionKind, arrived: datetime) -> dict[str, object]:
    place = visit.enterprise.location
    assert place is not None  # every enterprise of the demo has one
    return {
        "id": str(visit.inspection_id),
        "kind": kind.value,
        "enterprise_id": str(visit.enterprise.id),
        "arrived_at": arrived.isoformat(),
        "left_at": (arrived + timedelta(minutes=past.rng.randint(15, 90))).isoformat(),
        "location": {"lon": place.lon, "lat": place.lat, "accuracy_m": past.rng.randint(4, 30)},
        "inspectors": [str(officer.id) for officer in visit.officers],
        "credentials_shown": True,
        "briefing_before": False,
        "unit_signed": past.chance(0.96),
    }


def _finding(
    past: Chronicle, visit: Visited, found: Found, kind: InspectionKind, photographed: bool, shots: list[Shot]
) -> dict[str, object]:
    before = [Shot(past.new_id(), f"{found.hazard.scene}-before")] if photographed else []
    after = [Shot(past.new_id(), f"{found.hazard.scene}-after")] if photographed and found.fixed else []
    shots += [*before, *after]
    cured = {"note": f"当场{found.hazard.measure}", "photo_ids": [str(shot.id) for shot in after]}
    return {
        "id": str(found.id),
        "item": found.hazard.item,
        "description": found.hazard.text,
        "grade": found.hazard.grade.value,
        "measure": found.hazard.measure,
        "standard": found.hazard.standard,
        "deadline": None if kind is InspectionKind.PATROL else str(found.deadline),
        "responsible_person": visit.enterprise.principal_name,
        "photo_ids": [str(shot.id) for shot in before],
        "fixed_on_site": cured if found.fixed else None,
    }

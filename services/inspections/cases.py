"""One report to be applied: what was sent, by whom, when, and what follows from its own day."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from models.inspections import Inspection
from models.reports import Report
from models.words import InspectionState
from services.access import Actor
from services.inspections.parsing import Sent
from services.rules.clocks import local_date
from services.rules.gate_codes import scanned


@dataclass(frozen=True)
class Case:
    """`received_at` is when the server had it; `at` is now, later than that when the office releases a held one.

    `author` is who sent it. At a release they see what the releasing office sees: an officer who moved away since then
    did inspect. `enterprise_id` is the office's replacement for the report's own.
    """

    sent: Sent[Report]
    author: Actor
    received_at: datetime
    at: datetime
    others_reinspect: bool
    device_time: datetime | None = None
    is_release: bool = False
    enterprise_id: UUID | None = None

    @property
    def report(self) -> Report:
        """What was sent."""
        return self.sent.said

    @property
    def day(self) -> date:
        """The visit's own legal day: cards, items and deadlines are judged by it."""
        return local_date(self.report.arrived_at)

    @property
    def skew(self) -> timedelta | None:
        """How far the server's clock is ahead of the device's, as far as the device told its time."""
        return None if self.device_time is None else self.received_at - self.device_time

    def seen_by(self, office: Actor) -> "Case":
        """The same case with the sight of whoever releases it."""
        author = replace(self.author, region=office.region, industries=office.industries)
        return replace(self, author=author, is_release=True)


def drafted(case: Case, inspection_id: UUID, state: InspectionState) -> Inspection:
    """The inspection with all that the report alone decides; not added to the transaction."""
    report, place = case.report, case.report.location
    return Inspection(
        id=inspection_id,
        kind=report.kind,
        reported_kind=report.kind,
        state=state,
        held_reasons=[],
        warnings=[],
        urgent_reason=report.urgent_reason,
        arrived_at=report.arrived_at,
        left_at=report.left_at,
        arrival_code=report.arrival_code,
        scanned_sha256=None if report.scanned_code is None else scanned(report.scanned_code).meant,
        lon=place.lon if place else None,
        lat=place.lat if place else None,
        accuracy_m=place.accuracy_m if place else None,
        crs=place.crs if place else None,
        location_source=place.source if place else None,
        mocked=place.mocked if place else None,
        credentials_shown=report.credentials_shown,
        accompanied_by=report.accompanied_by,
        briefing_before=report.briefing_before,
        unit_signed=report.unit_signed,
        refusal_note=report.refusal_note,
        note=report.note,
        submitted_by=case.author.id,
        received_at=case.received_at,
        skew_seconds=None if case.skew is None else round(case.skew.total_seconds()),
        unknown_fields=case.sent.unknown_fields,
    )

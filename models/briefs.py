"""The brief at the door 进门前须知: what an officer should know of an enterprise before going in."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, enum_column
from models.enterprises import EnterpriseRead
from models.findings import FindingSummaryRead
from models.shapes import Read
from models.words import FindingState, InspectionKind, PlanState


class VisitKind(SQLModel, table=True):
    """Whether a kind of inspection counts towards an enterprise's yearly cap: local data, unverified."""

    __tablename__ = "visit_kind"
    __table_args__ = ({"info": READ_ONLY},)

    kind: InspectionKind = Field(sa_column=enum_column(InspectionKind, primary_key=True))
    counts: bool
    source: str = Field(sa_type=sa.Text)
    verified: bool


class BriefVisitRead(Read):
    """An inspection that was made; `findings` are those that the reader sees."""

    inspection_id: UUID
    kind: InspectionKind
    kind_label: str
    arrived_at: datetime
    findings: int


class FailedBeforeRead(Read):
    """An item that failed here before: how often, and how it went when it was cured the last time.

    `cured_by` is what was done then, in the words of who did it; `photo_ids` show it cured, the newest last.
    """

    item: str
    text: str | None
    times: int
    finding_id: UUID
    found_on: date
    state: FindingState
    state_label: str
    closed_at: datetime | None
    cured_by: str | None
    photo_ids: list[UUID]


class BriefPlanRead(Read):
    """A plan of an open finding, the nearest deadline first; `expires_soon` by the limit `plan.expires_soon`."""

    finding_id: UUID
    state: PlanState
    state_label: str
    deadline: date | None
    expires_soon: bool
    overdue: bool


class YearlyCapRead(Read):
    """The row by which an enterprise's visits of a year are capped; an empty `industry` holds for all others."""

    region: str
    industry: str
    standard_level: str
    per_year: int
    source: str
    verified: bool


class VisitsOfYearRead(Read):
    """Visits this calendar year against the cap; `sentence` says whether a visit of the kind asked about counts."""

    year: int
    counted: int
    cap: YearlyCapRead | None
    kind: InspectionKind
    counts: bool
    verified: bool
    sentence: str


class EnterpriseBriefRead(Read):
    """All of it; what is out of the reader's sight is not counted either."""

    enterprise: EnterpriseRead
    last_visits: list[BriefVisitRead]
    open_findings: list[FindingSummaryRead]
    overdue: int
    failed_before: list[FailedBeforeRead]
    plans: list[BriefPlanRead]
    visits_of_year: VisitsOfYearRead

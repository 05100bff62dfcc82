"""The field pack 离线包: what an inspector's phone needs for days without signal, and what it was given before."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from models.checklists import ChecklistDetailRead
from models.enterprises import EnterpriseRead
from models.industries import IndustryRead
from models.limits import LimitRead
from models.regions import RegionRead
from models.shapes import Read
from models.words import DayKind, FindingState, Grade


class FieldPack(SQLModel, table=True):
    """What one phone holds after one answer: `manifest` is compressed JSON, section → key → hash of the record."""

    __tablename__ = "field_pack"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},)

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    session_id: UUID | None
    made_at: datetime
    manifest: bytes


class PackSection(StrEnum):
    """The lists of a pack; a record that is gone is named by its list and its key."""

    ENTERPRISES = "enterprises"
    FINDINGS = "findings"
    GATE_CODES = "gate_codes"
    CHECKLISTS = "checklists"
    INDUSTRIES = "industries"
    REGIONS = "regions"
    LIMITS = "limits"
    CALENDARS = "calendars"
    LABELS = "labels"


class FieldFindingRead(Read):
    """An open finding; whether it is overdue the phone says by `deadline`. `thumbs` are addresses of small pictures."""

    id: UUID
    enterprise_id: UUID
    industry: str
    item: str | None
    description: str
    grade: Grade
    state: FindingState
    found_on: date
    deadline: date | None
    reinspect_by: date | None
    measure: str | None
    standard: str | None
    responsible_person: str | None
    version: int
    thumbs: list[str]


class FieldGateCodeRead(Read):
    """A code at a gate and whose it is; `fingerprint` is the beginning of its SHA-256, for who inspects gets no codes.

    Of two enterprises that a scan fits by chance, the phone shows both.
    """

    id: UUID
    fingerprint: str
    enterprise_id: UUID


class FieldLimitRead(LimitRead):
    """A rule in one period, by the key `id@valid_from`."""

    key: str


class CalendarDayRead(Read):
    """A weekday off, or a weekend day worked in exchange."""

    day: date
    kind: DayKind
    name: str


class FieldCalendarRead(Read):
    """A year whose holidays are published; any other counts weekends only and is provisional."""

    year: int
    source: str
    days: list[CalendarDayRead]


class LabelRead(Read):
    """A word of a closed set, and what people read for it."""

    value: str
    label: str


class FieldLabelsRead(Read):
    """One closed set with its labels."""

    name: str
    words: list[LabelRead]


class GoneRead(Read):
    """A record that the phone must forget: deleted, closed, or no longer in its holder's sight."""

    section: PackSection
    key: str


class FieldPackRead(Read):
    """A whole pack, or what changed since the one that `cursor` names.

    `complete`: forget all that came before. Keys: `id` of enterprises, findings and gate codes, `code` of checklists,
    industries and regions, `key` of limits, `year` of calendars, `name` of labels. A record comes whole and replaces
    its former.
    """

    cursor: UUID
    complete: bool
    made_at: datetime
    enterprises: list[EnterpriseRead]
    findings: list[FieldFindingRead]
    gate_codes: list[FieldGateCodeRead]
    checklists: list[ChecklistDetailRead]
    industries: list[IndustryRead]
    regions: list[RegionRead]
    limits: list[FieldLimitRead]
    calendars: list[FieldCalendarRead]
    labels: list[FieldLabelsRead]
    gone: list[GoneRead]

"""The worklist 待办: what somebody must do next, by when, by which rule."""

from datetime import date, datetime
from uuid import UUID

from models.shapes import Read
from models.words import Grade, WorkKind


class WorkRule(Read):
    """Why it is to be done by then: a limit's id, or the paper or plan that set the date."""

    id: str
    text: str
    source: str | None
    verified: bool | None


class WorkItem(Read):
    """One thing to do. `due_on` is a legal day in Shanghai, `due_at` a moment; both null where no rule sets a limit."""

    kind: WorkKind
    label: str
    subject: str
    subject_id: UUID
    enterprise_id: UUID | None
    enterprise_name: str | None
    title: str
    grade: Grade | None
    due_on: date | None
    due_at: datetime | None
    overdue: bool
    rule: WorkRule


class WorkCount(Read):
    """How many of one kind wait."""

    kind: WorkKind
    label: str
    count: int


class WorklistRead(Read):
    """The most urgent first; `cut` says that more wait than are shown, `counts` how many in all."""

    today: date
    counts: list[WorkCount]
    items: list[WorkItem]
    cut: bool

"""Extensions 延期 as they are asked, decided and shown; the table stands with the finding's (models/findings.py)."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict

from models.limits import DueDateRead
from models.shapes import Day, Filled, Flag, Id, NewId, Read, Write
from models.steps import OnBehalfOf
from models.words import ExtensionState


class ExtensionWrite(Write):
    """A request for more time, made before the deadline has passed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198f2a0-0000-7000-8000-0000000000d1",
                    "finding_id": "0198f2a0-0000-7000-8000-0000000000d2",
                    "until": "2026-12-20",
                    "reason": "防火门定制需二十日",
                }
            ]
        }
    )

    id: NewId | None = None
    finding_id: Id
    until: Day
    reason: Filled
    on_behalf_of: OnBehalfOf = None


class ExtensionDecisionWrite(Write):
    """Grant it, or refuse it with the reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "0198f2a0-0000-7000-8000-0000000000d3", "granted": True}]}
    )

    id: NewId | None = None
    granted: Flag
    note: Filled | None = None


class ExtensionRead(Read):
    """A request and its decision; `ask_by` and `answer_by` are the days that the rules give, where they hold."""

    id: UUID
    finding_id: UUID
    state: ExtensionState
    state_label: str
    old_deadline: date
    asked_until: date
    reason: str
    asked_at: datetime
    on_behalf: bool
    ask_by: DueDateRead | None
    answer_by: DueDateRead | None
    decided_at: datetime | None
    decision_note: str | None

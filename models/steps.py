"""The steps of a finding's life as they are sent and shown: plan, report, re-inspection, write-off, transfer."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict
from pydantic import Field as Constraint

from models.reports import PhotoDeclared
from models.shapes import Day, Filled, Flag, Id, Line, NewId, Read, Text, Write
from models.words import PlanState

_ACT_ID = "0198f2a0-0000-7000-8000-0000000000a1"
_PHOTO_ID = "0198f2a0-0000-7000-8000-0000000000b1"

OnBehalfOf = Annotated[
    Id | None, Constraint(description="the enterprise's id, when an officer files for one that has no account")
]


class PlanWrite(Write):
    """整改方案. It may be filed incomplete; it is accepted only with all of the 五落实 (field-facts 7)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ACT_ID,
                    "measures": "拆除隔断，恢复第二安全出口，更换防火门",
                    "responsible_person": "张某",
                    "deadline": "2026-12-15",
                    "funding": "自筹3万元",
                    "contingency_plan": "整改期间停止使用二层，夜间专人值守",
                }
            ]
        }
    )

    id: NewId | None = None
    measures: Filled
    responsible_person: Line | None = None
    deadline: Day | None = None
    funding: Filled | None = None
    contingency_plan: Filled | None = None
    on_behalf_of: OnBehalfOf = None


class PlanDecisionWrite(Write):
    """Accept the plan that waits, or return it with the reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": _ACT_ID, "accepted": True}]})

    id: NewId | None = None
    accepted: Flag
    note: Filled | None = None


class RectificationWrite(Write):
    """整改报告: what was done, with at least one photo after. An officer who files it photographs the paper."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": _ACT_ID, "text": "已拆除卷帘门，加装外开平开门", "photo_ids": [_PHOTO_ID]}]
        }
    )

    id: NewId | None = None
    text: Filled
    photo_ids: Annotated[list[NewId], Constraint(min_length=1, max_length=50)]
    paper_photo_ids: Annotated[list[NewId], Constraint(max_length=50, description="the signed paper")] = []
    photos: Annotated[list[PhotoDeclared], Constraint(max_length=100)] = []
    on_behalf_of: OnBehalfOf = None

    def named_photo_ids(self) -> set[UUID]:
        """Every photo that it names, wherever."""
        return {*self.photo_ids, *self.paper_photo_ids, *(photo.id for photo in self.photos)}


class WriteOffWrite(Write):
    """销号."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": _ACT_ID, "note": "复查合格，同意销号"}]})

    id: NewId | None = None
    note: Text | None = None


class TransferWrite(Write):
    """移送 to the organ that has the power (安法 第69条)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": _ACT_ID, "organ_name": "某市消防救援大队", "reason": "本机关无处罚权限"}]
        }
    )

    id: NewId | None = None
    organ_name: Line
    reason: Filled


class TransferReceiptWrite(Write):
    """The other organ's receipt for a transfer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": _ACT_ID, "receipt_number": "某消〔2026〕收字第8号", "received_on": "2026-11-24"}]
        }
    )

    id: NewId | None = None
    receipt_number: Line
    received_on: Day


class WithdrawalWrite(Write):
    """撤销 of what was registered by mistake."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": _ACT_ID, "reason": "登记到了相邻企业名下"}]})

    id: NewId | None = None
    reason: Filled


class PlanRead(Read):
    """A plan and what was decided on it; `missing` names the 五落实 it lacks."""

    id: UUID
    state: PlanState
    state_label: str
    measures: str
    responsible_person: str | None
    deadline: date | None
    funding: str | None
    contingency_plan: str | None
    missing: list[str]
    filed_at: datetime
    on_behalf: bool
    decided_at: datetime | None
    decision_note: str | None


class RectificationRead(Read):
    """What the enterprise says it did."""

    id: UUID
    text: str
    filed_at: datetime
    on_behalf: bool


class ReinspectionRead(Read):
    """One look again; `inspection_id` leads to the officers and the place."""

    inspection_id: UUID
    arrived_at: datetime
    passed: bool
    note: str | None
    same_officers_reason: str | None


class WriteOffRead(Read):
    """The end."""

    written_off_by: UUID
    at: datetime
    note: str | None


class TransferRead(Read):
    """Where it went, and the receipt once that came."""

    organ_name: str
    reason: str
    at: datetime
    receipt_number: str | None
    received_on: date | None


class WithdrawalRead(Read):
    """Why it does not count."""

    reason: str
    at: datetime

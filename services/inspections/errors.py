"""What reports and inspections say no to."""

from dataclasses import dataclass
from typing import ClassVar

from models.words import FindingState, InspectionState
from services.errors import Conflict


@dataclass(eq=False)
class NotApplicable(Conflict):
    """The report stands against what the office knows; `reasons` says in which points."""

    code: ClassVar[str] = "report_not_applicable"
    title: ClassVar[str] = "报告暂不能入库"
    reasons: list[str]


@dataclass(eq=False)
class WrongInspectionState(Conflict):
    """Only an accepted inspection is amended, only a held one is released or rejected; `state` says what it is."""

    code: ClassVar[str] = "wrong_inspection_state"
    title: ClassVar[str] = "该检查当前状态不能这样处理"
    state: InspectionState


@dataclass(eq=False)
class FindingNotAmendable(Conflict):
    """A finding is amended while it is only registered; afterwards its paper is out."""

    code: ClassVar[str] = "finding_not_amendable"
    title: ClassVar[str] = "隐患已进入整改流程，不能更正"
    state: FindingState

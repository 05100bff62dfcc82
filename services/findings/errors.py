"""What the life of a finding says no to."""

from dataclasses import dataclass
from typing import ClassVar

from models.words import ExtensionState, FindingState, Move, PlanState
from services.errors import Conflict, Forbidden


@dataclass(eq=False)
class IllegalTransition(Conflict):
    """The finding's state does not allow this move; `allowed` names those it does."""

    code: ClassVar[str] = "illegal_transition"
    title: ClassVar[str] = "隐患当前状态不能这样处理"
    state: FindingState
    move: Move
    allowed: list[Move]


@dataclass(eq=False)
class CardNotValid(Forbidden):
    """This deed needs a 执法证 that is valid today (安法 第67条)."""

    code: ClassVar[str] = "card_not_valid"
    title: ClassVar[str] = "没有当日有效的执法证"


@dataclass(eq=False)
class SecondOfficerNeeded(Forbidden):
    """This is for an officer who had no part in the step before."""

    code: ClassVar[str] = "second_officer_needed"
    title: ClassVar[str] = "须由另一名人员办理"


@dataclass(eq=False)
class PlanWaits(Conflict):
    """A plan was filed already and waits for the office."""

    code: ClassVar[str] = "plan_waits"
    title: ClassVar[str] = "已有整改方案等待审核"


@dataclass(eq=False)
class NoPlanWaits(Conflict):
    """No plan waits for a decision; `last` is what became of the newest one, if there is one."""

    code: ClassVar[str] = "no_plan_waits"
    title: ClassVar[str] = "没有等待审核的整改方案"
    last: PlanState | None


@dataclass(eq=False)
class PlanIncomplete(Conflict):
    """The plan lacks some of the 五落实; `missing` names them. Return it."""

    code: ClassVar[str] = "plan_incomplete"
    title: ClassVar[str] = "整改方案未做到五落实"
    missing: list[str]


@dataclass(eq=False)
class NotExtendable(Conflict):
    """Only an ordered finding that is still being cured has a deadline to extend."""

    code: ClassVar[str] = "not_extendable"
    title: ClassVar[str] = "当前状态不能延期"
    state: FindingState


@dataclass(eq=False)
class DeadlinePassed(Conflict):
    """An extension is asked before the deadline has passed."""

    code: ClassVar[str] = "deadline_passed"
    title: ClassVar[str] = "整改期限已过，不能再申请延期"


@dataclass(eq=False)
class ExtensionWaits(Conflict):
    """An extension was asked already and waits for the office."""

    code: ClassVar[str] = "extension_waits"
    title: ClassVar[str] = "已有延期申请等待决定"


@dataclass(eq=False)
class ExtensionDecided(Conflict):
    """This request was decided before; `state` says how."""

    code: ClassVar[str] = "extension_decided"
    title: ClassVar[str] = "该延期申请已有决定"
    state: ExtensionState


@dataclass(eq=False)
class TwoOfficersNeeded(Conflict):
    """A re-inspection needs two officers whose cards are valid on its day (行政处罚法 第42条)."""

    code: ClassVar[str] = "two_officers_needed"
    title: ClassVar[str] = "复查须有两名持有效执法证的人员"


@dataclass(eq=False)
class OtherReinspectorNeeded(Conflict):
    """At least one of the re-inspecting officers must not have registered the finding, unless the office says why."""

    code: ClassVar[str] = "other_reinspector_needed"
    title: ClassVar[str] = "复查人员中至少一人不得是原检查人员"


@dataclass(eq=False)
class NewPhotosNeeded(Conflict):
    """A re-inspection shows new photos: at least one, and none that the finding's file holds already."""

    code: ClassVar[str] = "new_photos_needed"
    title: ClassVar[str] = "复查须有新拍的照片"


@dataclass(eq=False)
class FindingElsewhere(Conflict):
    """The finding is not of the enterprise that was visited."""

    code: ClassVar[str] = "finding_elsewhere"
    title: ClassVar[str] = "该隐患不属于所查企业"


@dataclass(eq=False)
class NotTransferred(Conflict):
    """A receipt answers a transfer, and this finding was not transferred."""

    code: ClassVar[str] = "not_transferred"
    title: ClassVar[str] = "该隐患没有移送"


@dataclass(eq=False)
class ReceiptKnown(Conflict):
    """The receipt of this transfer is on file already."""

    code: ClassVar[str] = "receipt_known"
    title: ClassVar[str] = "移送回执已登记"

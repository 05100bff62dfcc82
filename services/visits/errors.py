"""What stands against a step of a visit."""

from dataclasses import dataclass
from typing import ClassVar

from models.words import VisitState
from services.errors import Conflict, Gone


@dataclass(eq=False)
class VisitCancelled(Gone):
    """The visit was cancelled."""

    code: ClassVar[str] = "visit_cancelled"
    title: ClassVar[str] = "该检查安排已取消"


@dataclass(eq=False)
class VisitSettled(Conflict):
    """The visit is past this step; `state` says how far it is."""

    code: ClassVar[str] = "visit_settled"
    title: ClassVar[str] = "该检查安排已办过这一步"
    state: VisitState

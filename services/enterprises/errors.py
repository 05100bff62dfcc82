"""What stands against a step of an enterprise."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from models.words import EnterpriseStatus
from services.errors import Conflict


@dataclass(eq=False)
class WrongEnterpriseStatus(Conflict):
    """What is closed is not closed again, and only that is reopened; `enterprise_status` says what it is."""

    code: ClassVar[str] = "wrong_enterprise_status"
    title: ClassVar[str] = "该企业当前状态不能这样处理"
    enterprise_status: EnterpriseStatus


@dataclass(eq=False)
class EnterpriseMerged(Conflict):
    """The enterprise was merged into another one, `merged_into`: go on with that."""

    code: ClassVar[str] = "enterprise_merged"
    title: ClassVar[str] = "该企业已并入另一家"
    merged_into: UUID


@dataclass(eq=False)
class MergedIntoItself(Conflict):
    """An enterprise is not merged into itself."""

    code: ClassVar[str] = "merged_into_itself"
    title: ClassVar[str] = "不能并入自己"

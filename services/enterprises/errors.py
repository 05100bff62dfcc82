"""What stands against a step of an enterprise."""

from dataclasses import dataclass
from typing import ClassVar

from models.words import EnterpriseStatus
from services.errors import Conflict


@dataclass(eq=False)
class WrongEnterpriseStatus(Conflict):
    """What is closed is not closed again, and only that is reopened; `enterprise_status` says what it is."""

    code: ClassVar[str] = "wrong_enterprise_status"
    title: ClassVar[str] = "该企业当前状态不能这样处理"
    enterprise_status: EnterpriseStatus

"""Likely duplicates 疑似重复: enterprises that may be one, named for the office, which decides."""

from uuid import UUID

from models.enterprises import EnterpriseRead
from models.shapes import Read
from models.words import EnterpriseStatus, Word


class DuplicateReason(Word):
    SAME_USCC = "same_uscc", "统一社会信用代码相同"
    SAME_NAME_IN_REGION = "same_name_in_region", "去掉“有限公司”“厂”“店”等字样后名称相同，且在同一区划"
    SAME_NAME_AND_PHONE = "same_name_and_phone", "去掉“有限公司”“厂”“店”等字样后名称相同，且电话相同"


class DuplicateReasonRead(Read):
    """One reason why two may be one."""

    reason: DuplicateReason
    reason_label: str


class NamedEnterpriseRead(Read):
    """An enterprise by what tells it from others."""

    id: UUID
    name: str
    uscc: str | None
    office_code: str | None
    region: str
    status: EnterpriseStatus


class LikelyDuplicateRead(NamedEnterpriseRead):
    """An enterprise in the reader's sight that may be the same as another one, and why."""

    reasons: list[DuplicateReasonRead]


class EnterpriseRegisteredRead(EnterpriseRead):
    """An enterprise as it was registered, with those on the register before it that it may be; none was refused."""

    likely_duplicates: list[LikelyDuplicateRead]


class EnterpriseDuplicatesRead(NamedEnterpriseRead):
    """An enterprise and all in the reader's sight that it may be."""

    likely_duplicates: list[LikelyDuplicateRead]

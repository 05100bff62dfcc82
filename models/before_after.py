"""Before and after 整改前后: a finding's photos side by side, and what those after tell. Flags, never verdicts."""

from datetime import date, datetime
from uuid import UUID

from models.evidence import BoundRead
from models.shapes import Read
from models.words import Word


class FlagTone(Word):
    GOOD = "good", "有利"
    AMBER = "amber", "提示"
    RED = "red", "需说明"


class AfterStep(Word):
    FIXED_ON_SITE = "fixed_on_site", "当场整改"
    RECTIFICATION = "rectification", "整改报告"
    REINSPECTION = "reinspection", "复查"


class PhotoFlag(Word):
    """What a photo after rectification tells; `explained` says what honest work may also leave behind."""

    explained: str

    def __new__(cls, value: str, label: str = "", explained: str = "") -> "PhotoFlag":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.explained = explained
        return member

    SAME_FILE_AS_BEFORE = "same_file_as_before", "就是整改前的照片", "与整改前的照片是同一文件；也可能选错。"
    LIKE_BEFORE = (
        "like_before",
        "与整改前几乎相同",
        "可能是旧照片改动而成；从同一位置重拍、现场变化小时也会如此。",
    )
    SAME_SCENE = "same_scene", "拍的是同一场景", "与整改前的照片取景相近，便于对照。"
    USED_EARLIER = "used_earlier", "照片此前用过", "同一文件在该企业此前的记录中用过；也可能选错。"
    USED_AT_OTHER_ENTERPRISE = "used_at_other_enterprise", "照片用于别的企业", "同一文件在别的企业用过；也可能选错。"
    LIKE_AT_OTHER_ENTERPRISE = (
        "like_at_other_enterprise",
        "与别的企业的照片相近",
        "画面与别的企业用过的照片相近；画面简单时也可能是巧合。",
    )
    TAKEN_BEFORE_ORDER = "taken_before_order", "拍于责令之前", "拍摄时间早于责令；相机时钟不准也会。"
    TAKEN_FAR_AWAY = "taken_far_away", "拍自别处", "照片位置离企业很远；登记位置不准、位置陈旧时也会如此。"
    SCREEN_SIZED = (
        "screen_sized",
        "像是截屏",
        "没有拍摄信息，且大小正好是屏幕大小；聊天软件压缩后的照片偶尔也会如此。",
    )


class PhotoFlagRead(Read):
    """A flag; `measured` is in the unit of its bound, `before_photo_id` the photo from before that it rests on."""

    flag: PhotoFlag
    label: str
    tone: FlagTone
    tone_label: str
    explained: str
    measured: float | None
    bound: BoundRead | None
    before_photo_id: UUID | None


class ComparedPhotoRead(Read):
    """A photo of the finding; `flags` is null for a photo from before, and for whoever does not judge photos."""

    id: UUID
    arrived: bool
    taken_at: datetime | None
    flags: list[PhotoFlagRead] | None


class AfterStepRead(Read):
    """One time somebody showed how it looks now; `people` is empty where the reader is not told names."""

    step: AfterStep
    step_label: str
    subject_id: UUID
    at: datetime
    on_behalf: bool
    people: list[str]
    photos: list[ComparedPhotoRead]


class BeforeAfterRead(Read):
    """Photos from before, and those of each later step, the oldest first.

    `waiting`: of some photo the fingerprint is not there yet, so flags may be added.
    """

    finding_id: UUID
    enterprise_name: str
    description: str
    found_on: date
    found_by: list[str]
    before: list[ComparedPhotoRead]
    steps: list[AfterStepRead]
    waiting: bool

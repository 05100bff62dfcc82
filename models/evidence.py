"""Evidence 现场佐证: was an inspection 四不两直, on what does it rest, what looks wrong. Flags, never verdicts."""

from datetime import datetime
from uuid import UUID

from models.shapes import Read
from models.words import Directness, FlagColour, LimitUnit, Role, Shown, Word


class EvidenceGround(Word):
    """What an answer rests on."""

    NOTHING_SENT = "nothing_sent", "本系统到场前未向企业发出任何消息"
    EXPECTED_BY_ORDER = "expected_by_order", "复查日期随责令文书已为企业所知"
    NOT_PLANNED = "not_planned", "事先没有安排"
    SEALED = "sealed", "安排到点才向检查员公布"
    KNOWN_LONG_BEFORE = "known_long_before", "安排过早公布"
    BRIEFING_DENIED = "briefing_denied", "报告称未先听汇报"
    BRIEFING_STATED = "briefing_stated", "报告称先听了汇报"
    BRIEFING_NOT_STATED = "briefing_not_stated", "报告未提是否听汇报"
    ESCORT_DENIED = "escort_denied", "报告称无人陪同"
    ESCORT_STATED = "escort_stated", "报告写明有人陪同"
    ESCORT_NOT_STATED = "escort_not_stated", "报告未提是否有人陪同"
    FIX_AT_PLACE = "fix_at_place", "手机定位在企业登记位置的容差内"
    FIX_AWAY = "fix_away", "手机定位在企业登记位置的容差外"
    FIX_PROVES_NOTHING = "fix_proves_nothing", "手机定位缺失或不足为凭"
    PLACE_UNKNOWN = "place_unknown", "企业登记位置缺失或坐标系存疑"
    CODE_AT_ARRIVAL = "code_at_arrival", "到场时向服务器取了到场码"
    GATE_CODE_SCANNED = "gate_code_scanned", "扫了该企业门口的码"
    SECOND_PHONE_AT_PLACE = "second_phone_at_place", "另一名检查员的手机也在现场"
    PHOTO_AT_PLACE = "photo_at_place", "照片位置在企业附近"
    PHOTO_AWAY = "photo_away", "照片位置不在企业附近"
    PHOTO_SOON = "photo_soon", "到场后不久即拍照"
    PHOTO_LATE = "photo_late", "到场后很久才拍照"
    PHOTO_TELLS_NOTHING = "photo_tells_nothing", "没有照片，或照片时间不足为凭"


class EvidenceFlag(Word):
    """What looks wrong; `explained` says what honest work may also leave behind."""

    explained: str

    def __new__(cls, value: str, label: str = "", explained: str = "") -> "EvidenceFlag":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.explained = explained
        return member

    NO_FIX = "no_fix", "没有定位", "报告没有定位；地下室、矿井常无信号。"
    FIX_NOT_MEASURED = "fix_not_measured", "定位不是测得的", "定位是手工标注或取自照片，不能证明手机在场。"
    FIX_TOO_COARSE = "fix_too_coarse", "定位精度太差", "精度太差，不足以证明在场；基站定位常如此。"
    ACCURACY_ZERO = "accuracy_zero", "定位精度为零", "没有设备能测得零误差；部分手机在不知精度时写零。"
    FIX_FEW_DECIMALS = "fix_few_decimals", "坐标位数太少", "坐标位数太少，像手工填写；个别应用会取整。"
    MOCKED = "mocked", "模拟定位", "手机报告定位由模拟软件给出。"
    FIX_IS_REGISTERS = "fix_is_registers", "定位与台账完全相同", "与台账登记坐标一位不差，像是抄录。"
    FIX_REPEATED = "fix_repeated", "定位与另一次检查完全相同", "与另一日或另一处的检查一位不差，像是重复使用。"
    ENTERPRISE_WITHOUT_PLACE = "enterprise_without_place", "企业没有登记位置", "台账没有位置，无从比对。"
    DATUM_MISTAKEN = "datum_mistaken", "坐标系可能标错", "换一种坐标系即吻合，多半是登记或手机标错了坐标系。"
    OFF_PLACE = "off_place", "定位偏离登记位置", "超出容差；登记位置不准、厂区大、定位陈旧时也会如此。"
    ELSEWHERE = "elsewhere", "定位在别处", "离登记位置很远，且没有别的痕迹在现场；登记位置错误时也会如此。"
    NO_PHOTO = "no_photo", "没有照片", "报告没有照片。"
    PHOTO_WITHOUT_TIME = "photo_without_time", "照片没有时间", "照片和报告都没有拍摄时间；经聊天软件转发会丢失。"
    PHOTO_OFF_PLACE = "photo_off_place", "有照片偏离企业", "有照片的位置不在企业附近；相机刚启动时位置可能陈旧。"
    PHOTOS_ELSEWHERE = "photos_elsewhere", "照片都拍自别处", "有位置的照片都离企业很远。"
    PHOTO_SAYS_OTHERWISE = (
        "photo_says_otherwise",
        "照片与报告不符",
        "照片自带的时间或位置与报告不符；相机时钟不准也会。",
    )
    PHOTO_BEFORE_ARRIVAL = "photo_before_arrival", "照片早于到场", "有照片拍于到场之前；可能是途中或事先拍的文件。"
    PHOTO_LONG_BEFORE = "photo_long_before", "照片远早于到场", "有照片拍于到场很久以前。"
    PHOTO_AFTER_LEAVING = "photo_after_leaving", "照片晚于离场", "有照片拍于离场之后；可能是事后补拍的文件。"
    FIRST_PHOTO_LATE = "first_photo_late", "很久才拍第一张照片", "到场后很久才拍照，像是先听了汇报。"
    PHOTO_SHOWN_AGAIN = "photo_shown_again", "复查用了旧照片", "照片在此前的检查中用过。"
    PHOTO_USED_BEFORE = "photo_used_before", "照片以前用过", "同一张照片在该企业此前的检查或整改中用过。"
    PHOTO_OF_OTHER_ENTERPRISE = (
        "photo_of_other_enterprise",
        "照片用于别的企业",
        "同一张照片在别的企业用过；也可能选错。",
    )
    CLOCK_SKEW = "clock_skew", "手机时钟有偏差", "手机与服务器时间相差数分钟。"
    CLOCK_FAR_OFF = "clock_far_off", "手机时钟相差太大", "手机与服务器时间相差以小时计，到场时间不可信。"
    ARRIVED_IN_FUTURE = "arrived_in_future", "到场晚于上报", "上报时尚未到场。"
    LEFT_BEFORE_ARRIVED = "left_before_arrived", "离场早于到场", "离场时间早于到场时间。"
    SHORT_STAY = "short_stay", "停留太短", "停留时间短，像是到门口即走。"
    REPORTED_BEFORE_LEAVING = "reported_before_leaving", "离场前已上报", "上报时尚未离场。"
    REPORTED_LATE = "reported_late", "上报太晚", "到场很久以后才上报；没有信号时也会如此。"
    VISITS_OVERLAP = "visits_overlap", "与别处检查时间重叠", "同一检查员同时在两处；离场时间事后填写时也会如此。"
    IMPOSSIBLE_TRAVEL = "impossible_travel", "两处来不及赶到", "同一检查员两次到场之间的路程来不及。"
    CODE_NOT_USED = "code_not_used", "没有到场码", "报告没有到场码；没有信号时取不到。"
    CODE_FAR_IN_TIME = "code_far_in_time", "到场码与到场时间相差太大", "到场码取得太早或太晚；事后有信号才取也会如此。"
    CODE_FOREIGN = "code_foreign", "到场码不是本次的", "到场码不存在，或发给了别人、别的企业。"
    GATE_CODE_FOREIGN = "gate_code_foreign", "扫的是别家的门口码", "扫的码属于另一家企业；同一院内也可能扫错。"
    SECOND_PHONE_SILENT = "second_phone_silent", "第二名检查员没有用手机确认", "没有其他检查员用自己的手机确认到场。"
    SECOND_PHONE_ELSEWHERE = "second_phone_elsewhere", "第二名检查员的手机在别处", "确认到场的手机离企业很远。"
    SECOND_PHONE_NOT_OWN = (
        "second_phone_not_own",
        "两人用同一部手机",
        "两人的确认来自同一部手机，或定位一位不差。",
    )
    CARDS_MISSING = "cards_missing", "有效执法证不足两人", "当日持有效执法证的少于两人，只能作巡查。"
    CREDENTIALS_NOT_SHOWN = "credentials_not_shown", "未出示证件", "报告称未出示执法证件（安法第六十七条）。"
    CREDENTIALS_NOT_STATED = "credentials_not_stated", "未写明出示证件", "报告未提是否出示执法证件。"
    RELEASED_EARLY = "released_early", "安排公布过早", "安排早于规定时间向检查员公布，知悉时间长。"


class BoundRead(Read):
    """The row of the limits that something was held against."""

    rule: str
    name: str
    value: int
    unit: LimitUnit
    unit_label: str
    source: str
    verified: bool


class EvidenceFlagRead(Read):
    """A flag; `measured` is in the unit of its bound."""

    flag: EvidenceFlag
    label: str
    colour: FlagColour
    colour_label: str
    explained: str
    measured: float | None
    bound: BoundRead | None


class GroundRead(Read):
    """What an answer rests on."""

    ground: EvidenceGround
    label: str


class EvidenceAnswerRead(Read):
    """One of the six of 四不两直; `flags` are those that bear on it."""

    question: Directness
    question_label: str
    answer: Shown
    answer_label: str
    grounds: list[GroundRead]
    flags: list[EvidenceFlag]


class LookerRead(Read):
    """Somebody who looked at the plan before the arrival."""

    user_id: UUID
    name: str
    role: Role
    looks: int
    first_at: datetime
    last_at: datetime


class LeakWatchRead(Read):
    """泄密观察: what the enterprise did before the arrival, against its own rhythm. `chance` is that of a coincidence.

    Days are legal days; `usual_…` are what a window of this length holds otherwise. `line` says all of it in one line.
    """

    flagged: bool
    line: str
    was_planned: bool
    window_hours: int
    lookers: list[LookerRead]
    sign_in_days: int
    usual_sign_in_days: float
    filing_days: int
    usual_filing_days: float
    chance: float | None


class EvidenceRead(Read):
    """Whether an inspection was 四不两直, as far as its traces show. `leak_watch` is the office's and the leader's."""

    inspection_id: UUID
    version: int
    answers: list[EvidenceAnswerRead]
    flags: list[EvidenceFlagRead]
    red: int
    amber: int
    leak_watch: LeakWatchRead | None

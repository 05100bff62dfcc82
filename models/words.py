"""The field's words: every closed set, each member with its Chinese label."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A closed set whose members carry the label the office prints."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:  # optional for mypy alone: Grade("major") looks a member up
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Role(Word):
    ADMIN = "admin", "管理员"
    OFFICE = "office", "镇安办"
    INSPECTOR = "inspector", "检查员"
    DEPARTMENT = "department", "行业部门"
    VILLAGE = "village", "村（社区）"
    LEADER = "leader", "分管领导"
    ENTERPRISE = "enterprise", "企业"
    INTEGRATOR = "integrator", "对接系统"


class Hat(Word):
    AUDITOR = "auditor", "审计员"
    SECURITY = "security", "安全员"
    TIP_KEEPER = "tip_keeper", "举报保管员"


class Scope(Word):
    ENTERPRISES_READ = "enterprises:read", "读企业台账"
    ENTERPRISES_WRITE = "enterprises:write", "登记与导入企业"
    INSPECTIONS_READ = "inspections:read", "读检查"
    FINDINGS_READ = "findings:read", "读隐患与责令整改"
    PHOTOS_READ = "photos:read", "读照片"
    STATISTICS_READ = "statistics:read", "读统计"


class SignInOutcome(Word):
    SIGNED_IN = "signed_in", "已登录"
    REFUSED = "refused", "被拒绝"


class AuthorityMode(Word):
    OWN = "own", "赋权"
    ENTRUSTED = "entrusted", "委托"
    ASSIST = "assist", "协助"


class EnterpriseStatus(Word):
    PROPOSED = "proposed", "待确认"
    ACTIVE = "active", "在册"
    CLOSED = "closed", "已停业"
    MERGED = "merged", "已并入他家"


class Datum(Word):
    WGS84 = "WGS84", "WGS-84"
    CGCS2000 = "CGCS2000", "国家2000"
    GCJ02 = "GCJ02", "火星坐标"
    BD09 = "BD09", "百度坐标"


class LocationSource(Word):
    GPS = "gps", "卫星定位"
    NETWORK = "network", "网络定位"
    MANUAL = "manual", "手工标注"
    EXIF = "exif", "照片信息"


class VisitBasis(Word):
    YEARLY_PLAN = "yearly_plan", "年度计划"
    SPECIAL_DRIVE = "special_drive", "专项整治"
    TIP = "tip", "举报线索"
    ASSIGNED = "assigned", "上级交办"
    RECHECK = "recheck", "整改复查"
    URGENT = "urgent", "紧急情况"


class VisitState(Word):
    PROPOSED = "proposed", "待批准"
    APPROVED = "approved", "已批准"
    DONE = "done", "已检查"
    CANCELLED = "cancelled", "已取消"


class DrawState(Word):
    SEALED = "sealed", "未公开"
    RELEASED = "released", "已公开"
    CANCELLED = "cancelled", "已取消"


class CommitmentState(Word):
    CLOSED = "closed", "种子未公开"
    OPENED = "opened", "种子已公开"
    CALLED_OFF = "called_off", "未公开即取消"


class WeightFactor(Word):
    INDUSTRY = "industry", "行业风险"
    OPEN_MAJOR = "open_major", "未销号重大隐患"
    LAST_VISIT = "last_visit", "距上次检查"


class AvoidanceGround(Word):
    OWN_VILLAGE = "own_village", "本村"
    RELATIVE = "relative", "近亲属"
    INTEREST = "interest", "利害关系"
    SERVED_LAST = "served_last", "上次检查人员"
    OTHER = "other", "其他"


class StandInScope(Word):
    VISITS = "visits", "检查"
    APPROVALS = "approvals", "审批"
    ALL = "all", "检查和审批"


class InspectionKind(Word):
    SPOT_CHECK = "spot_check", "四不两直"
    ROUTINE = "routine", "日常检查"
    JOINT = "joint", "联合检查"
    REINSPECTION = "reinspection", "复查"
    CAMPAIGN = "campaign", "专项检查"
    TIP = "tip", "举报核查"
    PATROL = "patrol", "巡查"


class InspectionState(Word):
    ACCEPTED = "accepted", "已入库"
    HELD = "held", "待处理"
    REJECTED = "rejected", "已退回"


class HeldDecision(Word):
    RELEASE = "release", "放行"
    REJECT = "reject", "退回"


class AnswerResult(Word):
    PASS = "pass", "合格"
    FAIL = "fail", "不合格"
    NOT_APPLICABLE = "not_applicable", "不适用"
    SKIPPED = "skipped", "跳过未查"


class Grade(Word):
    GENERAL = "general", "一般"
    MAJOR = "major", "重大"


class FindingState(Word):
    REGISTERED = "registered", "已登记"
    ORDERED = "ordered", "已责令"
    RECTIFYING = "rectifying", "整改中"
    REPORTED = "reported", "已报整改"
    VERIFIED = "verified", "复查合格"
    CLOSED = "closed", "已销号"
    TRANSFERRED = "transferred", "已移送"
    WITHDRAWN = "withdrawn", "已撤销"


class Move(Word):
    FIX_ON_SITE = "fix_on_site", "当场整改"
    ORDER = "order", "责令整改"
    REORDER = "reorder", "再次责令"
    ACCEPT_PLAN = "accept_plan", "采纳整改方案"
    REPORT = "report", "上报整改"
    PASS = "pass", "复查通过"
    FAIL = "fail", "复查不通过"
    WRITE_OFF = "write_off", "销号"
    TRANSFER = "transfer", "移送"
    WITHDRAW = "withdraw", "撤销"


class PlanState(Word):
    FILED = "filed", "已报送"
    ACCEPTED = "accepted", "已采纳"
    RETURNED = "returned", "已退回"


class ExtensionState(Word):
    ASKED = "asked", "待决定"
    GRANTED = "granted", "准予延期"
    REFUSED = "refused", "不予延期"


class PhotoPurpose(Word):
    SCENE = "scene", "现场"
    BEFORE = "before", "整改前"
    FIXED_ON_SITE = "fixed_on_site", "当场整改后"
    AFTER = "after", "整改后"
    REINSPECTION = "reinspection", "复查"
    PAPER = "paper", "纸质材料"
    SIGNATURE = "signature", "签名"
    VOICE = "voice", "录音"


class PhotoSize(Word):
    THUMB = "thumb", "缩略图"
    SCREEN = "screen", "屏幕图"
    ORIGINAL = "original", "原件"


class ImportMode(Word):
    DRY_RUN = "dry_run", "试运行"
    ALL_OR_NOTHING = "all_or_nothing", "全部或不导入"
    GOOD_ROWS = "good_rows", "只导入正确行"


class ImportKind(Word):
    ENTERPRISES = "enterprises", "企业"
    REGIONS = "regions", "区划"
    DEPARTMENTS = "departments", "部门"
    USERS = "users", "人员"


class ImportState(Word):
    WAITING = "waiting", "等待处理"
    RUNNING = "running", "正在处理"
    DONE = "done", "已完成"
    FAILED = "failed", "未能完成"


class ExportForm(Word):
    XLSX = "xlsx", "工作簿"
    CSV = "csv", "文本"


class ReceiptStage(Word):
    STORED = "stored", "已存本机"


class Directness(Word):
    NO_NOTICE = "no_notice", "不发通知"
    NO_GREETING = "no_greeting", "不打招呼"
    NO_BRIEFING = "no_briefing", "不听汇报"
    NO_ESCORT = "no_escort", "不用陪同接待"
    STRAIGHT_DOWN = "straight_down", "直奔基层"
    STRAIGHT_IN = "straight_in", "直插现场"


class Shown(Word):
    YES = "yes", "是"
    NO = "no", "否"
    NOT_SHOWN = "not_shown", "未能证明"


class FlagColour(Word):
    AMBER = "amber", "提示"
    RED = "red", "需说明"


class LimitUnit(Word):
    CALENDAR_DAYS = "calendar_days", "日（自然日）"
    WORKING_DAYS = "working_days", "个工作日"
    HOURS = "hours", "小时"
    MONTHS = "months", "个月"
    MINUTES = "minutes", "分钟"
    METRES = "metres", "米"
    KM_PER_HOUR = "km_per_hour", "公里每小时"
    TIMES = "times", "倍"
    DECIMALS = "decimals", "位小数"
    ONE_IN = "one_in", "分之一"
    ROWS = "rows", "条"
    BITS = "bits", "位（共128位）"


class FineStage(Word):
    FIRST = "first", "初次发现"
    REFUSED = "refused", "逾期未改正或拒不执行"
    ACCIDENT = "accident", "发生事故"


class FineParty(Word):
    UNIT = "unit", "单位"
    PERSON = "person", "责任人员"


class DayKind(Word):
    HOLIDAY = "holiday", "放假"
    WORKDAY = "workday", "调休上班"


class Dimension(Word):
    MONTH = "month", "月份"
    REGION = "region", "区划"
    INDUSTRY = "industry", "行业"
    GRADE = "grade", "等级"
    STATE = "state", "状态"


class WorkKind(Word):
    APPROVE_VISIT = "approve_visit", "批准检查"
    MAKE_VISIT = "make_visit", "去检查"
    FOLLOW_UP_PATROL = "follow_up_patrol", "巡查发现问题，安排检查"
    RESOLVE_HELD = "resolve_held", "处理未入库的检查"
    SEND_PHOTOS = "send_photos", "补传照片"
    CALL_PHONE = "call_phone", "联系久未上传的手机"
    RENEW_CARD = "renew_card", "换发执法证"
    ASK_READER = "ask_reader", "查问大量读取"
    ISSUE_ORDER = "issue_order", "签发责令"
    ISSUE_NEW_ORDER = "issue_new_order", "复查不合格，再次责令"
    FILE_PLAN = "file_plan", "报送整改方案"
    DECIDE_PLAN = "decide_plan", "审核整改方案"
    DECIDE_EXTENSION = "decide_extension", "决定延期申请"
    RECTIFY = "rectify", "完成整改并上报"
    REINSPECT = "reinspect", "复查"
    REINSPECT_EXPIRED = "reinspect_expired", "期满未报，去复查"
    WRITE_OFF = "write_off", "销号"


class EventKind(Word):
    ORGAN_CREATED = "organ.created", "设立机关"
    ORGAN_CHANGED = "organ.changed", "修改机关"
    REGION_CREATED = "region.created", "设立区划"
    REGION_CHANGED = "region.changed", "修改区划"
    DEPARTMENT_CREATED = "department.created", "设立部门"
    DEPARTMENT_CHANGED = "department.changed", "修改部门"
    INVITATION_MADE = "invitation.made", "邀请企业联系人"
    INVITATION_ACCEPTED = "invitation.accepted", "接受邀请"
    INVITATION_WITHDRAWN = "invitation.withdrawn", "撤回邀请"
    GATE_CODE_SET = "gate_code.set", "启用门口码"
    GATE_CODE_ENDED = "gate_code.ended", "停用门口码"
    USER_CREATED = "user.created", "开设账号"
    USER_CHANGED = "user.changed", "修改账号"
    USER_PASSWORD_CHANGED = "user.password_changed", "修改密码"
    FIRST_PASSWORD_ISSUED = "user.first_password_issued", "发放初始密码"
    USER_PASSWORD_RESET = "user.password_reset", "重置密码"
    USER_PASSWORD_EXPIRED = "user.password_expired", "密码到期"
    TOTP_CONFIRMED = "user.totp_confirmed", "启用动态验证码"
    TOTP_REMOVED = "user.totp_removed", "撤下动态验证码"
    RECOVERY_CODE_USED = "user.recovery_code_used", "使用恢复码登录"
    IDENTITY_REVEALED = "user.identity_revealed", "查看身份证号"
    USER_SIGNED_IN = "user.signed_in", "登录"
    SESSION_ENDED = "session.ended", "退出登录"
    API_KEY_CREATED = "api_key.created", "发放接口密钥"
    API_KEY_REVOKED = "api_key.revoked", "作废接口密钥"
    API_KEY_NEW_NETWORK = "api_key.new_network", "接口密钥从新网段使用"
    ENTERPRISE_REGISTERED = "enterprise.registered", "登记企业"
    ENTERPRISE_CHANGED = "enterprise.changed", "修改企业"
    ENTERPRISE_CLOSED = "enterprise.closed", "企业停业"
    ENTERPRISE_REOPENED = "enterprise.reopened", "企业恢复经营"
    ENTERPRISE_MERGED = "enterprise.merged", "并入另一家企业"
    ENTERPRISE_TOOK_IN = "enterprise.took_in", "接收并入的企业"
    ENTERPRISES_IMPORTED = "enterprises.imported", "导入企业"
    REGIONS_IMPORTED = "regions.imported", "导入区划"
    DEPARTMENTS_IMPORTED = "departments.imported", "导入部门"
    USERS_IMPORTED = "users.imported", "导入人员"
    VISIT_PLANNED = "visit.planned", "安排检查"
    VISIT_APPROVED = "visit.approved", "批准检查"
    VISIT_CANCELLED = "visit.cancelled", "取消检查"
    VISIT_DONE = "visit.done", "完成检查"
    ARRIVAL_CODE_ISSUED = "arrival_code.issued", "取到场码"
    ARRIVAL_CONFIRMED = "arrival.confirmed", "确认到场"
    VISIT_LOOKED_AT = "visit.looked_at", "查看未到场的检查安排"
    VISIT_RELEASED = "visit.released", "提前公开检查安排"
    DRAW_MADE = "draw.made", "抽取"
    DRAW_RELEASED = "draw.released", "提前公开抽取"
    DRAW_CANCELLED = "draw.cancelled", "取消抽取"
    DRAW_LOOKED_AT = "draw.looked_at", "查看抽取"
    AVOIDANCE_SET = "avoidance.set", "登记回避"
    AVOIDANCE_ENDED = "avoidance.ended", "解除回避"
    STAND_IN_SET = "stand_in.set", "安排替岗"
    STAND_IN_ENDED = "stand_in.ended", "结束替岗"
    INSPECTION_REPORTED = "inspection.reported", "上报检查"
    INSPECTION_HELD = "inspection.held", "检查待处理"
    INSPECTION_RELEASED = "inspection.released", "检查放行"
    INSPECTION_REJECTED = "inspection.rejected", "检查退回"
    INSPECTION_AMENDED = "inspection.amended", "更正检查"
    PHOTO_STORED = "photo.stored", "照片入库"
    PHOTO_DETACHED = "photo.detached", "照片撤下"
    FINDING_REGISTERED = "finding.registered", "登记隐患"
    FINDING_AMENDED = "finding.amended", "更正隐患"
    FINDING_FIXED_ON_SITE = "finding.fixed_on_site", "当场整改"
    FINDING_ORDERED = "finding.ordered", "责令整改"
    FINDING_PLAN_FILED = "finding.plan_filed", "报送整改方案"
    FINDING_PLAN_ACCEPTED = "finding.plan_accepted", "采纳整改方案"
    FINDING_PLAN_RETURNED = "finding.plan_returned", "退回整改方案"
    FINDING_EXTENSION_ASKED = "finding.extension_asked", "申请延期"
    FINDING_EXTENSION_GRANTED = "finding.extension_granted", "准予延期"
    FINDING_EXTENSION_REFUSED = "finding.extension_refused", "不予延期"
    FINDING_REPORTED = "finding.reported", "上报整改"
    FINDING_PASSED = "finding.passed", "复查通过"
    FINDING_FAILED = "finding.failed", "复查不通过"
    FINDING_WRITTEN_OFF = "finding.written_off", "销号"
    FINDING_TRANSFERRED = "finding.transferred", "移送"
    FINDING_TRANSFER_RECEIVED = "finding.transfer_received", "移送回执"
    FINDING_WITHDRAWN = "finding.withdrawn", "撤销"
    FINDING_DATES_RECOMPUTED = "finding.dates_recomputed", "放假安排公布后重算期限"
    ORDER_ISSUED = "order.issued", "签发责令"
    ORDER_PAPER_MADE = "order.paper_made", "制成责令文书"
    BULK_READING_NOTICED = "bulk_reading.noticed", "发现大量读取"
    LOG_EPOCH_OPENED = "log.epoch_opened", "记录进入新纪元"

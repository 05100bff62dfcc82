"""What an import says of a file, a sheet or a row, in the office's own language."""

from dataclasses import dataclass
from typing import ClassVar

from services.errors import Gone, Invalid
from services.rules.register_files import Note
from services.rules.sheets import MOST_COLUMNS, MOST_ROWS, FileFault

FAULTS: dict[FileFault, str] = {
    FileFault.EMPTY: "文件是空的",
    FileFault.NOT_TEXT: "文件既不是 .xlsx 工作簿也不是文本，请另存为 .xlsx 或 CSV（UTF-8）后再导入",
    FileFault.ENCODING: "文字编码既不是 UTF-8 也不是 GB18030，请另存为 .xlsx 或 CSV（UTF-8）后再导入",
    FileFault.NOT_CSV: "不是完整的 CSV：引号不成对，或某一格太长",
    FileFault.OLD_WORKBOOK: "这是旧式 Excel 工作簿（.xls），请另存为 .xlsx 后再导入",
    FileFault.ENCRYPTED: "工作簿有打开密码，请去掉密码后再导入",
    FileFault.NOT_WORKBOOK: "这个压缩文件里没有 Excel 工作簿，请另存为 .xlsx 后再导入",
    FileFault.DAMAGED: "工作簿不完整或已损坏，请重新保存后再导入",
    FileFault.MARKUP: "工作簿里有电子表格软件不会写的声明，不予打开，请重新另存为 .xlsx",
    FileFault.TOO_LARGE_INSIDE: "工作簿展开后太大，请去掉图片和多余的工作表，或分成几个文件",
    FileFault.TOO_MANY_SHEETS: "工作表太多，请只留要导入的",
    FileFault.FAR_CELL: f"有一格离表格太远（第 {MOST_COLUMNS} 列以外，或远在表格下方），请删去多余的内容再导入",
    FileFault.TOO_HEAVY: "工作簿无法在限定的时间和内存内读完，请重新另存为 .xlsx 或 CSV（UTF-8）",
    FileFault.NO_HEADINGS: "前十行中没有找到完整的表头，缺少必须有的列",
    FileFault.HEADINGS_TWICE: "有两列是同一个意思，请留一列",
    FileFault.TOO_MANY_ROWS: f"超过 {MOST_ROWS} 行，请分成几个文件",
}

REASONS: dict[str, str] = {
    "cell_empty": "这一格必须填写",
    "cell_error": "公式出错，没有结果",
    "number_rounded": "数字已被表格软件改成科学计数法或末位变成了零，请把该列设为“文本”后重新填写",
    "day_unreadable": "不是日期，请写成 2026-01-31、2026/1/31、2026.1.31、20260131 或 2026年1月31日",
    "degrees_unreadable": "经度在-180至180之间、纬度在-90至90之间，两格都要填写",
    "crs_unknown": "坐标系应为 WGS84、CGCS2000、GCJ02 或 BD09",
    "row_overflows": "这一行的格数比表头多，多半是某一格里有没加引号的逗号",
    "row_repeated": "与前面某一行是同一个",
    "match_ambiguous": "台账上有不止一家符合，请填写统一社会信用代码或办公室编号",
    "enterprise_merged": "台账上这一家已并入另一家，请删去这一行",
    "office_code_unknown": "台账上没有这个办公室编号",
    "uscc_malformed": "不是18位统一社会信用代码",
    "region_malformed": "应为9位（乡镇）或12位（村、社区）区划代码",
    "region_code_wrong": "应为2、4、6、9或12位区划代码",
    "region_unknown": "您的辖区内没有这个村（社区）",
    "region_ambiguous": "您的辖区内有不止一个同名的村（社区），请填区划代码",
    "region_out_of_sight": "不在您的辖区内",
    "region_needed": "除管理员和企业以外都要填写区划",
    "role_without_region": "企业账号不填区划",
    "industry_unknown": "没有这个行业，请填行业领域的名称或代码",
    "industry_out_of_sight": "不是您部门的行业",
    "industry_of_others": "去掉的行业归别的部门管",
    "word_unknown": "没有这种说法：规模填大型、中型、小型、微型，风险填红、橙、黄、蓝",
    "role_unknown": "没有这种角色，请填镇安办、检查员、部门、村（社区）、领导等",
    "role_not_by_file": "管理员、企业和对接系统的账号不能用文件开设",
    "department_unknown": "没有这个部门",
    "department_needed": "部门账号须写明部门",
    "role_without_department": "这种角色不属于部门",
    "username_needed": "请填写账号，或填写手机号作为账号",
    "card_incomplete": "执法证号与起止日期要么都填，要么都不填",
    "card_dates_crossed": "执法证的止期早于起期",
    "string_pattern_mismatch": "账号为2至64位字母、数字、汉字或 . _ @ -",
    "string_too_long": "太长",
    "too_long": "太多",
    "value_error": "含有无法保存的字符",
}

OTHERWISE = "格式不对"

NOTES: dict[Note, str] = {
    Note.HIDDEN_ROWS: "有隐藏的行，仍已读取",
    Note.HIDDEN_COLUMNS: "有隐藏的列，仍已读取",
    Note.HIDDEN_SHEET: "隐藏的工作表，没有读取",
    Note.NO_HEADINGS: "没有表头的工作表，没有读取",
    Note.MERGED: "有合并的单元格，已按第一格的内容填入各行",
}


@dataclass(eq=False)
class ImportUnreadable(Invalid):
    """The file as a whole cannot be read; `reason` says why, `columns` names the headings that are meant."""

    code: ClassVar[str] = "import_unreadable"
    title: ClassVar[str] = "导入文件无法读取"
    reason: FileFault
    columns: list[str]

    def __str__(self) -> str:
        return FAULTS[self.reason]


@dataclass(eq=False)
class ImportFileGone(Gone):
    """What the file said is kept for some weeks only; the result is still there."""

    code: ClassVar[str] = "import_file_gone"
    title: ClassVar[str] = "导入的文件已不再保存"

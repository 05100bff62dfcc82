"""What an import says of a file or of a row, in the office's own language."""

from dataclasses import dataclass
from typing import ClassVar

from services.errors import Invalid
from services.rules.register_files import MOST_ROWS, FileFault

FAULTS: dict[FileFault, str] = {
    FileFault.EMPTY: "文件是空的",
    FileFault.WORKBOOK: "这是 Excel 工作簿，请另存为 CSV（UTF-8）后再导入",
    FileFault.NOT_TEXT: "文件不是文本，或含有无法保存的空字符，请另存为 CSV（UTF-8）后再导入",
    FileFault.ENCODING: "文字编码既不是 UTF-8 也不是 GB18030，请另存为 CSV（UTF-8）后再导入",
    FileFault.NOT_CSV: "不是完整的 CSV：引号不成对，或某一格太长",
    FileFault.NO_HEADINGS: "前十行中没有找到完整的表头：企业名称、区划代码、行业都要有",
    FileFault.HEADINGS_TWICE: "有两列是同一个意思，请留一列",
    FileFault.TOO_MANY_ROWS: f"超过 {MOST_ROWS} 行，请分成几个文件",
}

REASONS: dict[str, str] = {
    "cell_empty": "这一格必须填写",
    "number_rounded": "数字已被表格软件改成科学计数法或末位变成了零，请把该列设为“文本”后重新填写",
    "row_overflows": "这一行的格数比表头多，多半是某一格里有没加引号的逗号",
    "row_repeated": "与前面某一行是同一家",
    "match_ambiguous": "台账上有不止一家符合，请填写统一社会信用代码或办公室编号",
    "office_code_unknown": "台账上没有这个办公室编号",
    "uscc_malformed": "不是18位统一社会信用代码",
    "region_malformed": "应为9位（乡镇）或12位（村、社区）区划代码",
    "region_unknown": "您的辖区内没有这个村（社区）",
    "region_ambiguous": "您的辖区内有不止一个同名的村（社区），请填区划代码",
    "region_out_of_sight": "不在您的辖区内",
    "industry_unknown": "没有这个行业，请填行业领域的名称或代码",
    "industry_out_of_sight": "不是您部门的行业",
    "industry_of_others": "去掉的行业归别的部门管",
    "string_too_long": "太长",
    "too_long": "太多",
    "value_error": "含有无法保存的字符",
}

OTHERWISE = "格式不对"


@dataclass(eq=False)
class ImportUnreadable(Invalid):
    """The file as a whole cannot be read; `reason` says why, `columns` names the headings that are meant."""

    code: ClassVar[str] = "import_unreadable"
    title: ClassVar[str] = "导入文件无法读取"
    reason: FileFault
    columns: list[str]

    def __str__(self) -> str:
        return FAULTS[self.reason]

"""Imports 导入: registers as offices keep them in a file."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.base_path import V1
from api.deps import AtOffice, Caller, EarlyCaller, InShort, Now, Tx
from api.headers import DISPOSITION
from api.json_bodies import JsonRoute
from api.problems import problems
from api.ranges import BINARY
from models.imports import FirstPasswordsIssue, ImportRead, ImportWrite
from models.shapes import NewId
from models.words import ImportKind, ImportMode
from services import first_passwords, imports
from services.auth.hashing import SignInBusy
from services.documents.errors import CharacterNotPrintable
from services.documents.fonts import shelf
from services.errors import IdConflict, IdTaken, InProgress, InvalidInput
from services.first_passwords import NoFirstPasswords
from services.imports import ImportFileGone, ImportUnreadable
from services.rules.sheets import Sheet

router = APIRouter(prefix=V1, tags=["导入导出"], route_class=JsonRoute)

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What browsers and spreadsheets call such a file; what it is, its bytes say.
FILE_TYPES = {
    *("text/csv", "application/csv", "text/plain", "application/vnd.ms-excel", "application/octet-stream"),
    *(XLSX, "application/zip"),
}
REFUSED = problems(IdConflict, IdTaken, ImportUnreadable, 415)


def _file(example: str) -> dict[str, Any]:
    """The body as the document describes it."""
    binary = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file"], "properties": {"file": binary}}
    content = {
        "text/csv": {"schema": {"type": "string"}, "example": example},
        XLSX: {"schema": binary},
        "multipart/form-data": {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}


@dataclass(frozen=True)
class Sent:
    """A file that was read, with nothing of it written yet."""

    sha256: str
    sheets: list[Sheet]


@dataclass(frozen=True)
class Call:
    """What every kind of import is asked with, but for its file."""

    actor: Caller
    tx: Tx
    now: Now
    response: Response
    mode: Annotated[ImportMode, Query(description="默认只试不写")] = ImportMode.DRY_RUN
    id: Annotated[NewId | None, Query(description="本次导入的编号，重发时不变")] = None

    async def send(self, kind: ImportKind, file: Sent) -> ImportRead:
        """Judge it and, as the mode says, write; or have it done."""
        asked = ImportWrite(id=self.id, mode=self.mode, file_sha256=file.sha256)
        made, is_new = await imports.send(self.tx, self.actor, kind, asked, file.sheets, at=self.now)
        self.response.status_code = 201 if is_new else 200
        return made


Asked = Annotated[Call, Depends()]


def _sent(kind: ImportKind) -> Callable[..., Awaitable[Sent]]:
    async def sent(request: Request, office: AtOffice, actor: EarlyCaller) -> Sent:
        """The file, as the body itself or as the one file of a form; opened only for somebody who may import it."""
        raw = await _bytes(request)
        return Sent(sha256(raw).hexdigest(), await imports.opened(office.confined, actor, kind, raw))

    return sent


async def _bytes(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in FILE_TYPES:
        return await request.body()
    if media_type != "multipart/form-data":
        raise HTTPException(415)
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput.at("/file", "file_missing", "the form needs a part `file` with a file name")
        return await file.read()


@router.post(
    "/enterprises/imports",
    status_code=201,
    operation_id="importEnterprises",
    summary="导入企业台账",
    responses=REFUSED,
    openapi_extra=_file(
        "企业名称,统一社会信用代码,区划代码,行业\n宏达机械加工厂,914403001922038216,420582104201,机械加工制造\n"
    ),
)
async def import_enterprises(file: Annotated[Sent, Depends(_sent(ImportKind.ENTERPRISES))], call: Asked) -> ImportRead:
    """导入 xlsx 或 CSV（UTF-8 或 GB18030）。有误的行都说明工作表、行号、列与原因；同一文件再导入不改变任何记录。

    空格不改原有内容。超过 500 行的由后台处理，`state` 说明进度。
    """
    return await call.send(ImportKind.ENTERPRISES, file)


@router.post(
    "/regions/imports",
    status_code=201,
    operation_id="importRegions",
    summary="导入行政区划",
    responses=REFUSED,
    openapi_extra=_file("区划代码,名称\n420582104,某镇\n420582104201,甲村\n"),
)
async def import_regions(file: Annotated[Sent, Depends(_sent(ImportKind.REGIONS))], call: Asked) -> ImportRead:
    """由管理员导入区划代码（至12位）与名称；已有的代码只改名称。"""
    return await call.send(ImportKind.REGIONS, file)


@router.post(
    "/departments/imports",
    status_code=201,
    operation_id="importDepartments",
    summary="导入部门",
    responses=REFUSED,
    openapi_extra=_file("部门,主管行业\n住建办,建筑施工、多合一场所\n"),
)
async def import_departments(file: Annotated[Sent, Depends(_sent(ImportKind.DEPARTMENTS))], call: Asked) -> ImportRead:
    """由管理员导入部门及其主管行业；同名的部门只改主管行业。"""
    return await call.send(ImportKind.DEPARTMENTS, file)


@router.post(
    "/users/imports",
    status_code=201,
    operation_id="importUsers",
    summary="导入人员",
    responses=REFUSED,
    openapi_extra=_file(
        "姓名,角色,区划代码,手机号,执法证号,有效期起,有效期至\n林检查,检查员,420582104,13800000000,鄂E2024-0117,2024/1/1,2028年12月31日\n"
    ),
)
async def import_users(file: Annotated[Sent, Depends(_sent(ImportKind.USERS))], call: Asked) -> ImportRead:
    """由管理员导入人员，按账号（没有账号列时按手机号）对应。新账号没有密码，领取初始密码单后才能登录。"""
    return await call.send(ImportKind.USERS, file)


@router.get("/imports/{import_id}", operation_id="getImport", summary="查看导入结果")
async def get_import(import_id: UUID, actor: Caller, tx: Tx) -> ImportRead:
    """自己做过的一次导入：进度、每个错格、将改或已改的每一项。别人的导入看不到。"""
    return await imports.get(tx, actor, import_id)


@router.post(
    "/imports/{import_id}/first-passwords",
    operation_id="issueFirstPasswords",
    summary="发放初始密码单",
    response_class=Response,
    responses={
        **problems(ImportFileGone, InProgress, NoFirstPasswords, CharacterNotPrintable, SignInBusy),
        200: {"description": "初始密码单（PDF）", "headers": DISPOSITION, "content": {PDF: BINARY}},
    },
)
async def issue_first_passwords(
    import_id: UUID, body: FirstPasswordsIssue, actor: Caller, office: AtOffice, tx: Tx, now: Now
) -> Response:
    """为这次导入中尚未启用的账号生成初始密码，密码只在这份 PDF 里，系统只存摘要；首次登录须修改。

    丢失可再发：还没有自设密码的人得到新密码，先前的密码单随即作废。
    """
    issued = await first_passwords.issue(tx, actor, import_id, body.note, at=now)
    fonts = await asyncio.to_thread(shelf, office.settings.font_dir)
    pdf = await first_passwords.sheet(office.confined, fonts, office.settings.public_url, issued, now)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{import_id}.pdf"'}
    return Response(pdf, headers=headers, media_type=PDF)


@router.get(
    "/imports/{import_id}/marked.xlsx",
    operation_id="getImportMarked",
    summary="下载标出错格的表格",
    response_class=Response,
    responses={
        **problems(ImportFileGone, InProgress),
        200: {"description": "工作簿（xlsx）", "headers": DISPOSITION, "content": {XLSX: BINARY}},
    },
)
async def get_import_marked(import_id: UUID, acting: InShort, office: AtOffice) -> Response:
    """导入的内容，错格标红并批注原因；另附全部错格与全部改动的清单。改好后可直接再导入。原表保存30天，之后410。"""
    async with acting() as (tx, actor):
        asked = await imports.to_mark(tx, actor, import_id)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{import_id}.xlsx"'}
    return Response(await imports.marked(office.confined, asked), headers=headers, media_type=XLSX)

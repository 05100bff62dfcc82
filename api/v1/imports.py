"""Imports 导入企业台账."""

from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.deps import Caller, Now, Tx
from api.problems import problems
from models.imports import ImportRead, ImportWrite
from models.shapes import NewId
from models.words import ImportMode
from services import imports
from services.errors import IdConflict, IdTaken, InvalidInput
from services.imports import ImportUnreadable

router = APIRouter(tags=["企业台账"])

# What browsers and spreadsheets call a CSV file.
CSV_TYPES = {"text/csv", "application/csv", "text/plain", "application/vnd.ms-excel", "application/octet-stream"}
EXAMPLE = "企业名称,统一社会信用代码,区划代码,行业\n宏达机械加工厂,914403001922038216,420582104201,机械加工制造\n"
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": EXAMPLE},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


async def uploaded(request: Request, _: Caller) -> bytes:
    """The file, as the body itself or as the one file of a form; read only for somebody who is signed in."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in CSV_TYPES:
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
    responses=problems(IdConflict, IdTaken, ImportUnreadable, 415),
    openapi_extra=FILE,
)
async def import_enterprises(
    actor: Caller,
    file: Annotated[bytes, Depends(uploaded)],
    tx: Tx,
    now: Now,
    response: Response,
    mode: Annotated[ImportMode, Query(description="默认只试不写")] = ImportMode.DRY_RUN,
    id: Annotated[NewId | None, Query(description="本次导入的编号，重发时不变")] = None,
) -> ImportRead:
    """导入 CSV（UTF-8 或 GB18030）。有误的行都说明行号、列与原因；同一文件再导入不改变任何记录。空格不改原有内容。"""
    asked = ImportWrite(id=id, mode=mode, file_sha256=sha256(file).hexdigest())
    made, is_new = await imports.run(tx, actor, asked, file, at=now)
    if not is_new:
        response.status_code = 200
    return imports.shown(made)


@router.get("/imports/{import_id}", operation_id="getImport", summary="查看导入结果")
async def get_import(import_id: UUID, actor: Caller, tx: Tx) -> ImportRead:
    """自己做过的一次导入。别人的导入看不到。"""
    return imports.shown(await imports.get(tx, actor, import_id))

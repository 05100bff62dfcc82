"""Codes at gates 扫码入企."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.base_path import V1
from api.deps import AtOffice, Caller, InShort, Now, Tx
from api.headers import DISPOSITION
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.ranges import BINARY
from api.versions import answered, tagged
from models.briefs import EnterpriseBriefRead
from models.gate_codes import (
    CodeImage,
    CodeSheet,
    ErrorCorrection,
    GateCodeIssue,
    GateCodeRead,
    GateCodeWithdrawal,
    ScannedCode,
    UpperCodeWrite,
)
from services import gate_codes
from services.documents import gate_codes as printing
from services.documents.errors import CharacterNotPrintable
from services.documents.fonts import shelf
from services.documents.gate_codes import Label, PublicUrlMissing
from services.enterprises.errors import EnterpriseMerged
from services.errors import IdConflict, IdTaken
from services.gate_codes import GateCodeEnded, NoGateCode, UpperCodeTaken

router = APIRouter(prefix=V1, tags=["门口码"], route_class=JsonRoute)

PDF = "application/pdf"
IMAGE_TYPES = {CodeImage.SVG: "image/svg+xml", CodeImage.PNG: "image/png"}


@router.post(
    "/enterprises/{enterprise_id}/gate-codes",
    status_code=201,
    operation_id="issueGateCode",
    summary="制发门口码",
    responses=tagged(201) | problems(IdConflict, IdTaken, EnterpriseMerged),
)
async def issue_gate_code(
    enterprise_id: UUID, body: GateCodeIssue, actor: Caller, tx: Tx, now: Now, response: Response
) -> GateCodeRead:
    """给企业一个本办公室的门口码。已有的被撕走、冒用时写明原因换发，旧码随即作废，扫旧码与扫不存在的码一样。"""
    row, is_new = await gate_codes.issue(tx, actor, enterprise_id, body, at=now)
    return answered(response, gate_codes.shown([row])[0], is_new=is_new)


@router.post(
    "/enterprises/{enterprise_id}/upper-codes",
    status_code=201,
    operation_id="setUpperCode",
    summary="登记上级平台的企业码",
    responses=tagged(201) | problems(IdConflict, IdTaken, EnterpriseMerged, UpperCodeTaken),
)
async def set_upper_code(
    enterprise_id: UUID, body: UpperCodeWrite, actor: Caller, tx: Tx, now: Now, response: Response
) -> GateCodeRead:
    """登记省、市平台发给该企业的码（扫出的网址或文字）及平台名称。扫码时先认上级平台的码，再认本办公室的码。

    同一平台给该企业的旧码随之停用；同一平台的同一个码不能属于两家企业。
    """
    row, is_new = await gate_codes.set_upper(tx, actor, enterprise_id, body, at=now)
    return answered(response, gate_codes.shown([row])[0], is_new=is_new)


@router.get("/enterprises/{enterprise_id}/gate-codes", operation_id="listGateCodes", summary="企业的门口码")
async def list_gate_codes(enterprise_id: UUID, actor: Caller, tx: Tx, asked: Asked) -> Page[GateCodeRead]:
    """该企业现用和停用过的码，新的在前。本办公室的码只列编号，不列内容。"""
    found = await gate_codes.list_gate_codes(tx, actor, enterprise_id, after=asked.after, limit=asked.limit)
    return asked.page(gate_codes.shown(found.rows), found)


@router.post(
    "/gate-codes/{gate_code_id}/withdrawal",
    status_code=201,
    operation_id="withdrawGateCode",
    summary="停用门口码",
    responses=tagged(201) | problems(IdConflict, IdTaken, GateCodeEnded),
)
async def withdraw_gate_code(
    gate_code_id: UUID, body: GateCodeWithdrawal, actor: Caller, tx: Tx, now: Now, response: Response
) -> GateCodeRead:
    """停用一个码：登记错了企业，或被冒用而暂不换发。"""
    row, is_new = await gate_codes.withdraw(tx, actor, gate_code_id, body, at=now)
    return answered(response, gate_codes.shown([row])[0], is_new=is_new)


@router.get(
    "/enterprises/{enterprise_id}/gate-code",
    operation_id="getEnterpriseCode",
    summary="下载门口码图片",
    response_class=Response,
    responses={
        **problems(NoGateCode, PublicUrlMissing),
        200: {
            "description": "二维码，四周留白四格",
            "headers": DISPOSITION,
            "content": dict.fromkeys(IMAGE_TYPES.values(), BINARY),
        },
    },
)
async def get_enterprise_code(
    enterprise_id: UUID,
    acting: InShort,
    office: AtOffice,
    image: Annotated[CodeImage, Query(alias="format", description="svg 矢量图，png 位图")] = CodeImage.SVG,
    error_correction: Annotated[ErrorCorrection, Query(description="纠错等级，户外用 Q")] = ErrorCorrection.Q,
    module_px: Annotated[int, Query(ge=1, le=40, description="每格多少像素")] = 10,
) -> Response:
    """现用的本办公室门口码，内容是 ZHICHA_PUBLIC_URL 下的网址；没有设置该网址时 409。"""
    async with acting() as (tx, actor):
        code = await gate_codes.own_code(tx, actor, enterprise_id)
    said = printing.public_address(office.settings.public_url, code)
    picture = await printing.picture(said, image, error_correction, module_px)
    headers = {"Content-Disposition": f'inline; filename="{enterprise_id}.{image.value}"'}
    return Response(picture, headers=headers, media_type=IMAGE_TYPES[image])


@router.post(
    "/gate-codes/sheets",
    operation_id="printCodes",
    summary="印制门口码",
    response_class=Response,
    responses={
        **problems(EnterpriseMerged, PublicUrlMissing, CharacterNotPrintable),
        200: {"description": "门口码（PDF），沿虚线裁开", "headers": DISPOSITION, "content": {PDF: BINARY}},
    },
)
async def print_codes(body: CodeSheet, acting: InShort, office: AtOffice, now: Now) -> Response:
    """一批企业的门口码，每页若干行、若干列，写有企业名称和编号；还没有码的随之制发。可重复印制，码不变。"""
    async with acting() as (tx, actor):
        found = await gate_codes.codes_to_print(tx, actor, body.enterprise_ids, at=now)
        labels = [Label.of(enterprise, code, office.settings.public_url) for enterprise, code in found]
    fonts = await asyncio.to_thread(shelf, office.settings.font_dir)
    pdf = await printing.sheet(office.confined, fonts, labels, body, now)
    headers = {"Content-Disposition": f'attachment; filename="gate-codes-{now:%Y%m%d}.pdf"'}
    return Response(pdf, headers=headers, media_type=PDF)


@router.post("/gate-codes/openings", operation_id="openByCode", summary="扫码打开企业")
async def open_by_code(body: ScannedCode, actor: Caller, tx: Tx, now: Now) -> EnterpriseBriefRead:
    """扫到的网址或文字（上级平台的码优先），或手工输入的编号，打开该企业的进门前须知；不认识的和看不见的都是 404。"""
    return await gate_codes.open_by_code(tx, actor, body, at=now)

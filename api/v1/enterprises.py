"""Enterprises 企业台账."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.base_path import V1
from api.deps import Caller, IfMatch, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.briefs import EnterpriseBriefRead
from models.checklists import FittingChecklistRead
from models.enterprises import (
    Closure,
    EnterpriseListed,
    EnterprisePatch,
    EnterpriseRead,
    EnterpriseSize,
    EnterpriseWrite,
    Merger,
    Reopening,
    RiskLevel,
)
from models.likely_duplicates import EnterpriseDuplicatesRead, EnterpriseRegisteredRead
from models.shapes import Code, Day, RegionCode, Text
from models.words import Datum, EnterpriseStatus, InspectionKind
from services import enterprises
from services.enterprises import Filters, Near, duplicates
from services.enterprises.brief import brief
from services.enterprises.errors import EnterpriseMerged, MergedIntoItself, WrongEnterpriseStatus
from services.enterprises.fitting import fitting_checklist
from services.errors import IdConflict, IdTaken, VersionMismatch, VersionRequired
from services.rules.clocks import local_date
from services.rules.grid import LARGEST_RADIUS_M
from services.rules.places import Datum as PlaceDatum
from services.rules.places import Place

router = APIRouter(prefix=f"{V1}/enterprises", tags=["企业台账"], route_class=JsonRoute)


def near(
    near: Annotated[
        str | None,
        Query(pattern=r"^-?\d{1,3}(\.\d{1,9})?,-?\d{1,2}(\.\d{1,9})?$", description="经度,纬度；按距离由近及远排列"),
    ] = None,
    radius_m: Annotated[int, Query(ge=1, le=LARGEST_RADIUS_M, description="离 near 多少米以内")] = 1000,
    near_crs: Annotated[Datum, Query(description="near 的坐标系")] = Datum.WGS84,
) -> Near | None:
    """A place to look around."""
    if near is None:
        return None
    lon, lat = map(float, near.split(","))
    return Near(Place(lon, lat, PlaceDatum(near_crs.value)), radius_m)


def filters(
    around: Annotated[Near | None, Depends(near)],
    q: Annotated[
        Text | None,
        Query(
            max_length=200, description="名称中任意连续两字以上、拼音首字母、代码开头或末四位以上、电话开头或末四位以上"
        ),
    ] = None,
    region: Annotated[RegionCode | None, Query(description="区划代码，含其下级")] = None,
    industry: Annotated[Code | None, Query(description="行业代码，主行业与其他行业均可")] = None,
    status: Annotated[
        EnterpriseStatus | None, Query(description="待确认、在册、已停业或已并入他家；不写时不含已并入的")
    ] = None,
    size: Annotated[EnterpriseSize | None, Query(description="规模")] = None,
    risk: Annotated[RiskLevel | None, Query(description="风险等级")] = None,
    not_visited_since: Annotated[date | None, Query(description="这一天起未被检查过（巡查不算）")] = None,
    has_open_findings: Annotated[bool | None, Query(description="有没有未销号的隐患")] = None,
) -> Filters:
    """What a list is narrowed to."""
    return Filters(q, region, industry, status, size, risk, not_visited_since, has_open_findings, around)


@router.post(
    "",
    status_code=201,
    operation_id="createEnterprise",
    summary="登记企业",
    responses=tagged(201) | problems(IdConflict, IdTaken),
)
async def create_enterprise(
    body: EnterpriseWrite, actor: Caller, tx: Tx, now: Now, response: Response
) -> EnterpriseRegisteredRead:
    """登记一家企业或场所。信用代码校验位有误的照收并提示；没有信用代码的给办公室编号。村（社区）登记的待确认。

    台账上疑似同一家的列在 `likely_duplicates` 中并写明理由，只作提示，不拦登记，也不自动合并。
    """
    row, is_new = await enterprises.create(tx, actor, body, at=now)
    [shown] = await enterprises.shown(tx, actor, [row])
    likely = await duplicates.of_new(tx, actor, row)
    return answered(response, EnterpriseRegisteredRead(**dict(shown), likely_duplicates=likely), is_new=is_new)


@router.get("", operation_id="listEnterprises", summary="企业列表")
async def list_enterprises(
    actor: Caller, tx: Tx, asked: Asked, narrowed: Annotated[Filters, Depends(filters)]
) -> Page[EnterpriseListed]:
    """看得见的企业，按名称排列；给了 `near` 的，由近及远，并写明 `distance_m`。

    `q` 按名称中任意连续两字查找，也可给拼音首字母（多音字各读皆可）、信用代码或办公室编号的开头、
    信用代码的末四位以上、电话的开头或末四位以上。
    """
    found = await enterprises.list_enterprises(tx, actor, narrowed, after=asked.after, limit=asked.limit)
    return asked.page(found.rows, found)


@router.get("/likely-duplicates", operation_id="listLikelyDuplicates", summary="疑似重复的企业")
async def list_likely_duplicates(
    actor: Caller,
    tx: Tx,
    asked: Asked,
    region: Annotated[RegionCode | None, Query(description="区划代码，含其下级")] = None,
    enterprise_id: Annotated[UUID | None, Query(description="只看这一家")] = None,
) -> Page[EnterpriseDuplicatesRead]:
    """看得见的企业中疑似同一家的，按名称排列，各列出疑似的其他几家和理由；是否同一家由镇安办判断。

    理由有三：统一社会信用代码相同；去掉“有限公司”“厂”“店”等字样后名称相同且在同一区划；或名称如此相同且电话相同。
    """
    found = await duplicates.list_likely(
        tx, actor, region=region, enterprise_id=enterprise_id, after=asked.after, limit=asked.limit
    )
    return asked.page(found.rows, found)


@router.get("/{enterprise_id}", operation_id="getEnterprise", summary="查看企业", responses=tagged())
async def get_enterprise(enterprise_id: UUID, actor: Caller, tx: Tx, response: Response) -> EnterpriseRead:
    """一家企业，及需要办公室留意的提示。"""
    row = await enterprises.get(tx, actor, enterprise_id)
    [shown] = await enterprises.shown(tx, actor, [row])
    return answered(response, shown)


@router.get("/{enterprise_id}/brief", operation_id="getEnterpriseBrief", summary="进门前须知")
async def get_enterprise_brief(
    enterprise_id: UUID,
    actor: Caller,
    tx: Tx,
    now: Now,
    kind: Annotated[InspectionKind, Query(description="准备做哪种检查")] = InspectionKind.SPOT_CHECK,
) -> EnterpriseBriefRead:
    """最近几次检查、未销号与逾期的隐患、以前不合格过的检查项及当时怎样改好的、整改方案期限，以及今年检查次数与年度上限。

    `visits_of_year.sentence` 用一句话说明本次检查是否计入年度次数；口径是目录中的行，未核实的写明 `verified=false`。
    """
    return await brief(tx, actor, enterprise_id, kind, at=now)


@router.get("/{enterprise_id}/fitting-checklist", operation_id="getFittingChecklist", summary="适配检查表")
async def get_fitting_checklist(
    enterprise_id: UUID,
    actor: Caller,
    tx: Tx,
    now: Now,
    on: Annotated[Day | None, Query(description="哪一天有效的版本；不写为今天", examples=["2026-11-24"])] = None,
) -> FittingChecklistRead:
    """该企业各行业检查表的全部检查项，本行业在当地最常不合格的在前；每项写明在当地答过几次、不合格几次，以及在本企业上次不合格是何时、何等级。

    次数都在查看人的可见范围内；企业账号只统计自己。跳过、不适用、未答的不计入次数。排序用的不合格率是平滑后的，只有一次回答的不会排到最前。
    """
    return await fitting_checklist(tx, actor, enterprise_id, on=on or local_date(now))


@router.patch(
    "/{enterprise_id}",
    operation_id="updateEnterprise",
    summary="修改企业",
    responses=tagged() | problems(VersionRequired, VersionMismatch, EnterpriseMerged),
)
async def update_enterprise(
    enterprise_id: UUID, body: EnterprisePatch, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> EnterpriseRead:
    """修改企业，须带 If-Match。未写的项不变，写 null 的清空。企业账号只能改自己的联系人。换区划时检查与隐患随转。"""
    row = await enterprises.update(tx, actor, enterprise_id, body, version=version, at=now)
    [shown] = await enterprises.shown(tx, actor, [row])
    return answered(response, shown)


@router.post(
    "/{enterprise_id}/closure",
    status_code=201,
    operation_id="closeEnterprise",
    summary="企业停业",
    responses=tagged(201) | problems(IdConflict, IdTaken, VersionMismatch, WrongEnterpriseStatus),
)
async def close_enterprise(
    enterprise_id: UUID, body: Closure, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> EnterpriseRead:
    """停业、关闭、搬迁等，写明原因。未销号的隐患照旧，`warnings` 中提示；停业企业不再参加双随机抽取，仍可检查。"""
    row, is_new = await enterprises.close(tx, actor, enterprise_id, body, version=version, at=now)
    [shown] = await enterprises.shown(tx, actor, [row])
    return answered(response, shown, is_new=is_new)


@router.post(
    "/{enterprise_id}/merger",
    status_code=201,
    operation_id="mergeEnterprises",
    summary="合并企业",
    responses=tagged(201) | problems(IdConflict, IdTaken, VersionMismatch, EnterpriseMerged, MergedIntoItself),
)
async def merge_enterprises(
    enterprise_id: UUID, body: Merger, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> EnterpriseRead:
    """确认与 `into_id` 是同一家，并入后不能拆分。检查、隐患、照片和企业账号随转；各项内容不自动合并，文书不改。

    被并入的一家仍可查看，`merged_into` 指向保留的一家；此后报来的指名被并入一家的检查待处理（held）。
    """
    row, is_new = await enterprises.merge(tx, actor, enterprise_id, body, version=version, at=now)
    [shown] = await enterprises.shown(tx, actor, [row])
    return answered(response, shown, is_new=is_new)


@router.post(
    "/{enterprise_id}/reopening",
    status_code=201,
    operation_id="reopenEnterprise",
    summary="企业恢复经营",
    responses=tagged(201) | problems(IdConflict, IdTaken, VersionMismatch, WrongEnterpriseStatus),
)
async def reopen_enterprise(
    enterprise_id: UUID, body: Reopening, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> EnterpriseRead:
    """停业的企业恢复经营，写明理由；恢复后为在册。"""
    row, is_new = await enterprises.reopen(tx, actor, enterprise_id, body, version=version, at=now)
    [shown] = await enterprises.shown(tx, actor, [row])
    return answered(response, shown, is_new=is_new)

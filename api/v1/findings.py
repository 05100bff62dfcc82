"""Findings 隐患: lists, the whole file of one, and every move of its life."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.base_path import V1
from api.deps import AtOffice, Caller, IfMatch, InShort, Now, Tx
from api.headers import DISPOSITION, IF_NONE_MATCH
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.ranges import BINARY, KNOWN, PRIVATE, is_known
from api.versions import answered, tagged
from models.before_after import BeforeAfterRead
from models.events import EventRead
from models.findings import FindingFilter, FindingRead, FindingSummaryRead
from models.reports import ReinspectionWrite
from models.steps import (
    PlanDecisionWrite,
    PlanWrite,
    RectificationWrite,
    TransferReceiptWrite,
    TransferWrite,
    WithdrawalWrite,
    WriteOffWrite,
)
from services.errors import IdConflict, IdTaken, VersionMismatch
from services.findings import before_after, closing, plans, queries, reading, rectifications, sheet, timeline
from services.findings.errors import (
    CardNotValid,
    IllegalTransition,
    NewPhotosNeeded,
    NoPlanWaits,
    NotTransferred,
    OtherReinspectorNeeded,
    PlanIncomplete,
    PlanWaits,
    ReceiptKnown,
    SecondOfficerNeeded,
    TwoOfficersNeeded,
)
from services.inspections.errors import NotApplicable
from services.inspections.reinspect import reinspect
from services.photos.errors import PictureNotReady, StoreFailed
from services.queue import ask_for_pictures
from services.rules.clocks import local_date

router = APIRouter(prefix=f"{V1}/findings", tags=["隐患"], route_class=JsonRoute)

MOVE = (IdConflict, IdTaken, VersionMismatch, IllegalTransition)


@router.get("", operation_id="listFindings", summary="隐患列表")
async def list_findings(
    asked_for: Annotated[FindingFilter, Query()], actor: Caller, tx: Tx, now: Now, asked: Asked
) -> Page[FindingSummaryRead]:
    """按整改期限排序，无期限的在最后。各条件同时成立；`state` 可以给多个。

    `overdue` 是企业逾期，`reinspection_overdue` 是本机关复查逾期。
    """
    today = local_date(now)
    found = await queries.list_findings(tx, actor, asked_for, today=today, after=asked.after, limit=asked.limit)
    return asked.page(queries.shown_in_list(found.rows, today=today), found)


@router.get("/{finding_id}", operation_id="getFinding", summary="查看隐患", responses=tagged())
async def get_finding(finding_id: UUID, actor: Caller, tx: Tx, now: Now, response: Response) -> FindingRead:
    """一条隐患的全部档案：四定、整改方案、延期、整改报告、复查、责令、销号、移送、照片，及下一步可以做什么。"""
    finding = await queries.get_finding(tx, actor, finding_id)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)))


@router.get("/{finding_id}/timeline", operation_id="getFindingTimeline", summary="隐患全程记录")
async def get_finding_timeline(finding_id: UUID, actor: Caller, tx: Tx, asked: Asked) -> Page[EventRead]:
    """从登记到销号的每一条记录，按时间先后；每条带变更前后内容和可验证的哈希。企业账号看不到办理人员姓名。"""
    found = await timeline.timeline(tx, actor, finding_id, after=asked.after, limit=asked.limit)
    return asked.page(await timeline.shown(tx, actor, list(found.rows)), found)


@router.get("/{finding_id}/before-after", operation_id="getBeforeAfter", summary="整改前后照片对照")
async def get_before_after(finding_id: UUID, actor: Caller, tx: Tx) -> BeforeAfterRead:
    """整改前的照片与其后每一步（当场整改、整改报告、复查）的照片，及逐张的提示。提示只供查看，不作结论，不阻断办理。

    企业和村（社区）看得到照片，看不到提示（`flags` 为 null）；企业看不到办理人员姓名。
    """
    return await before_after.before_after(tx, actor, finding_id)


@router.get(
    "/{finding_id}/before-after.jpg",
    operation_id="getBeforeAfterSheet",
    summary="整改前后对照图",
    response_class=Response,
    responses={
        **problems(PictureNotReady, StoreFailed),
        200: {
            "description": "一张 JPEG：左为整改前，右为整改后，注明日期和人员",
            "headers": KNOWN | DISPOSITION,
            "content": {"image/jpeg": BINARY},
        },
        304: {"description": "与 If-None-Match 所列相同", "headers": KNOWN},
    },
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
async def get_before_after_sheet(finding_id: UUID, acting: InShort, office: AtOffice, request: Request) -> Response:
    """左右对照的一张图，每边最多六张照片，供打印和汇报；不含提示。有照片的屏幕图尚未生成时 503，稍后再取。"""
    async with acting() as (tx, actor):
        laid = sheet.laid(*await before_after.with_photos(tx, actor, finding_id))
    headers = {**PRIVATE, "ETag": laid.etag}
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    made = await sheet.made(office.store, office.pictures, laid, office.settings.font_dir)
    if made is None:
        async with acting() as (tx, _):
            await ask_for_pictures(tx, laid.sha256s)
        raise PictureNotReady
    office.readings.add(actor.id, len(laid.photos), at=office.now())
    headers["Content-Disposition"] = f'inline; filename="{finding_id}.jpg"'
    return Response(made, headers=headers, media_type="image/jpeg")


@router.post(
    "/{finding_id}/plan",
    status_code=201,
    operation_id="filePlan",
    summary="报送整改方案",
    responses=tagged(201) | problems(*MOVE, PlanWaits),
)
async def file_plan(
    finding_id: UUID, body: PlanWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """报送整改方案（措施、责任人、时限、资金、预案）。企业没有账号的，由检查人员代报，须写明 `on_behalf_of`。"""
    finding, is_new = await plans.file_plan(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/plan/acceptance",
    status_code=201,
    operation_id="acceptPlan",
    summary="审核整改方案",
    responses=tagged(201) | problems(*MOVE, NoPlanWaits, PlanIncomplete),
)
async def accept_plan(
    finding_id: UUID, body: PlanDecisionWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """采纳或退回整改方案。采纳须五落实齐全；退回须写明理由。"""
    finding, is_new = await plans.decide_plan(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/rectifications",
    status_code=201,
    operation_id="reportRectification",
    summary="上报整改",
    responses=tagged(201) | problems(*MOVE),
)
async def report_rectification(
    finding_id: UUID, body: RectificationWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """上报整改情况和整改后照片；不会因此销号，须经复查。代报须附纸质整改报告照片（`paper_photo_ids`）。"""
    finding, is_new = await rectifications.report(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/reinspections",
    status_code=201,
    operation_id="reinspectFinding",
    summary="复查隐患",
    responses=tagged(201) | problems(*MOVE, NotApplicable, TwoOfficersNeeded, NewPhotosNeeded, OtherReinspectorNeeded),
)
async def reinspect_finding(
    finding_id: UUID,
    body: ReinspectionWrite,
    version: IfMatch,
    actor: Caller,
    tx: Tx,
    now: Now,
    office: AtOffice,
    response: Response,
) -> FindingRead:
    """复查合格或不合格，须两名持证人员和新拍照片；其中至少一人不是原检查人员，或由镇安办写明理由。"""
    others = office.settings.reinspection_by_others
    finding, _, is_new = await reinspect(tx, actor, finding_id, body, version=version, others_reinspect=others, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/write-off",
    status_code=201,
    operation_id="writeOffFinding",
    summary="销号",
    responses=tagged(201) | problems(*MOVE, SecondOfficerNeeded),
)
async def write_off_finding(
    finding_id: UUID, body: WriteOffWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """复查合格后销号。重大隐患须由没有参加复查的人员办理。"""
    finding, is_new = await closing.write_off(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/transfer",
    status_code=201,
    operation_id="transferFinding",
    summary="移送",
    responses=tagged(201) | problems(*MOVE, CardNotValid),
)
async def transfer_finding(
    finding_id: UUID, body: TransferWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """移送有权机关（安全生产法第69条），写明机关和理由；回执另行登记。"""
    finding, is_new = await closing.transfer(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/transfer/receipt",
    status_code=201,
    operation_id="recordTransferReceipt",
    summary="登记移送回执",
    responses=tagged(201) | problems(IdConflict, IdTaken, VersionMismatch, NotTransferred, ReceiptKnown),
)
async def record_transfer_receipt(
    finding_id: UUID, body: TransferReceiptWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """登记受移送机关的回执文号和收到日期。"""
    finding, is_new = await closing.record_receipt(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)


@router.post(
    "/{finding_id}/withdrawal",
    status_code=201,
    operation_id="withdrawFinding",
    summary="撤销隐患",
    responses=tagged(201) | problems(*MOVE, SecondOfficerNeeded),
)
async def withdraw_finding(
    finding_id: UUID, body: WithdrawalWrite, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> FindingRead:
    """撤销误登记的隐患，须由登记人以外的人员办理并写明理由；全程记录保留。"""
    finding, is_new = await closing.withdraw(tx, actor, finding_id, body, version=version, at=now)
    return answered(response, await reading.shown(tx, finding, today=local_date(now)), is_new=is_new)

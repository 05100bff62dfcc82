"""Inspections 检查: what phones report, and what the office makes of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.base_path import V1
from api.deps import AtOffice, Caller, IfMatch, Now, Turn, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.reports import ReceivedReport, SentAmendment, described
from api.versions import answered, tagged
from models.evidence import EvidenceRead
from models.inspections import InspectedRead, InspectionRead, InspectionSummaryRead, InspectionVersionRead, ReceiptRead
from models.reports import Amendment, HeldResolution, Report
from models.shapes import Day, RegionCode
from models.words import InspectionKind, InspectionState
from services import inspections
from services.errors import IdConflict, IdTaken, VersionMismatch, VersionRequired
from services.inspections import Case, Filters
from services.inspections.errors import FindingNotAmendable, NotApplicable, WrongInspectionState
from services.photos.errors import DigestNotDeclared, PhotoTooLarge, StoreFailed, StoreFull

router = APIRouter(prefix=f"{V1}/inspections", tags=["检查"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="submitInspection",
    summary="上报检查",
    openapi_extra=described(Report, multipart=True),
    responses=tagged(201) | problems(IdConflict, IdTaken, DigestNotDeclared, PhotoTooLarge, StoreFailed, StoreFull),
)
async def submit_inspection(
    body: ReceivedReport, _: Turn, actor: Caller, tx: Tx, now: Now, office: AtOffice, response: Response
) -> InspectionRead | InspectedRead:
    """上报一次检查：JSON，或 multipart（部分 `report` 为 JSON，其余部分以照片编号命名）。

    迟到、较新的手机都不拒收：期限按检查当日判断，未知字段原样保存并在 unknown_fields 中列出；
    暂不能入库的报告整份保存，state 为 held，原因见 held_reasons。
    """
    others = office.settings.reinspection_by_others
    case = Case(body.sent, actor, received_at=now, at=now, others_reinspect=others, device_time=body.device_time)
    inspection, is_new = await inspections.submit(tx, actor, case, body.photos)
    return answered(response, await inspections.shown_whole(tx, actor, inspection), is_new=is_new)


def filters(
    enterprise_id: UUID | None = None,
    region: Annotated[RegionCode | None, Query(description="含下级")] = None,
    kind: InspectionKind | None = None,
    state: InspectionState | None = None,
    first_day: Annotated[Day | None, Query(alias="from", description="到场之日（上海）")] = None,
    last_day: Annotated[Day | None, Query(alias="to", description="到场之日，含当日")] = None,
    missing_photos: Annotated[bool | None, Query(description="是否还缺照片")] = None,
    mine: Annotated[bool | None, Query(description="是否本人上报")] = None,
) -> Filters:
    """What the list is narrowed to; all that are given hold at once."""
    return Filters(enterprise_id, region, kind, state, first_day, last_day, missing_photos, mine)


@router.get("", operation_id="listInspections", summary="检查列表")
async def list_inspections(
    actor: Caller, tx: Tx, asked: Asked, narrowed: Annotated[Filters, Depends(filters)]
) -> Page[InspectionSummaryRead]:
    """辖区内的检查，最近到场的在前；待处理的报告只有上报人与镇安办可见。"""
    found = await inspections.list_inspections(tx, actor, narrowed, after=asked.after, limit=asked.limit)
    return asked.page(await inspections.summaries(tx, found.rows), found)


@router.get("/{inspection_id}", operation_id="getInspection", summary="查看检查", responses=tagged())
async def get_inspection(
    inspection_id: UUID,
    actor: Caller,
    tx: Tx,
    response: Response,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="旧版本：当时上报的原文")] = None,
) -> InspectionRead | InspectedRead | InspectionVersionRead:
    """一次检查；照片到齐之前 missing_photos 非空。企业只看到自己的检查，不含审批与内部信息。"""
    if version is not None:
        return await inspections.get_version(tx, actor, inspection_id, version)
    inspection = await inspections.get(tx, actor, inspection_id)
    return answered(response, await inspections.shown(tx, actor, inspection))


@router.patch(
    "/{inspection_id}",
    operation_id="amendInspection",
    summary="更正检查",
    openapi_extra=described(Amendment),
    responses=tagged() | problems(VersionRequired, VersionMismatch, WrongInspectionState, FindingNotAmendable, IdTaken),
)
async def amend_inspection(
    inspection_id: UUID, sent: SentAmendment, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> InspectionRead | InspectedRead:
    """说明理由，形成新版本，旧版本可查。隐患只在“已登记”时可以更正；新的隐患编号即补登。须带 If-Match。"""
    inspection = await inspections.amend(tx, actor, inspection_id, sent, version=version, at=now)
    return answered(response, await inspections.shown(tx, actor, inspection))


@router.post(
    "/{inspection_id}/resolution",
    status_code=201,
    operation_id="resolveHeldInspection",
    summary="处理待入库报告",
    responses=tagged(201) | problems(IdConflict, IdTaken, WrongInspectionState, NotApplicable),
)
async def resolve_held_inspection(
    inspection_id: UUID,
    body: HeldResolution,
    actor: Caller,
    tx: Tx,
    now: Now,
    office: AtOffice,
    response: Response,
) -> InspectionRead | InspectedRead:
    """放行（仍按检查当日判断，可另指企业）或退回；仍不能入库的回答 409 并列出原因。"""
    others = office.settings.reinspection_by_others
    resolve = inspections.resolve_held
    inspection, is_new = await resolve(tx, actor, inspection_id, body, others_reinspect=others, at=now)
    return answered(response, await inspections.shown(tx, actor, inspection), is_new=is_new)


@router.get("/{inspection_id}/receipt", operation_id="getReceipt", summary="回执")
async def get_receipt(
    inspection_id: UUID,
    actor: Caller,
    tx: Tx,
    now: Now,
    office: AtOffice,
    known: Annotated[int | None, Query(ge=0, le=2**53 - 1, description="手机所存最新检查点的树大小")] = None,
) -> ReceiptRead:
    """哪些内容已存到本机磁盘（stored）、还缺哪些照片；手机在 kept_at 有值之前不要删除照片。

    回执经签名，带最新检查点和本次上报各条记录的哈希；给出 known 时另附一致性证明，每部手机都是见证人。
    """
    ring = office.keys.signing
    return await inspections.receipt(tx, actor, inspection_id, ring=ring, known=known, at=now)


@router.get("/{inspection_id}/evidence", operation_id="getInspectionEvidence", summary="现场佐证")
async def get_inspection_evidence(inspection_id: UUID, actor: Caller, tx: Tx) -> EvidenceRead:
    """四不两直六项逐项回答“是”“否”“未能证明”及其依据，并列出异常之处；只作提示，不作结论，缺少佐证不影响上报。

    镇安办、行业部门、分管领导和参加检查的人员可看；leak_watch（泄密观察）仅镇安办和分管领导可见。
    """
    return await inspections.evidence(tx, actor, inspection_id)

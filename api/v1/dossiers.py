"""Dossiers 证据包: a finding or an inspection with all that proves it, in one file."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from api.base_path import V1
from api.deps import AtOffice, InShort
from api.headers import DISPOSITION, PRIVATE_CACHE
from api.office import Office
from api.problems import problems
from api.ranges import BINARY, PRIVATE
from services import dossiers
from services.dossiers import Dossier
from services.log.errors import NotInLogYet

router = APIRouter(prefix=V1, tags=["存证"])

ZIP = "application/zip"
ANSWERS: dict[int | str, dict[str, Any]] = {
    **problems(NotInLogYet),
    200: {"description": "证据包（zip）", "headers": PRIVATE_CACHE | DISPOSITION, "content": {ZIP: BINARY}},
}


@router.get(
    "/inspections/{inspection_id}/dossier.zip",
    operation_id="exportInspectionEvidence",
    summary="导出检查证据包",
    response_class=StreamingResponse,
    responses=ANSWERS,
)
async def export_inspection_evidence(inspection_id: UUID, acting: InShort, office: AtOffice) -> StreamingResponse:
    """一次检查及其全部隐患：本人看得到的档案与记录、照片原件、文书、上报原文、记录在树中的证明、检查点和签名清单。

    同一状态逐字节相同；`zhicha check dossier` 凭公钥即可离线核验。
    """
    async with acting() as (tx, actor):
        dossier = await dossiers.of_inspection(tx, actor, office.keys.signing, inspection_id)
    return _sent(office, dossier)


@router.get(
    "/findings/{finding_id}/dossier.zip",
    operation_id="exportFindingEvidence",
    summary="导出隐患证据包",
    response_class=StreamingResponse,
    responses=ANSWERS,
)
async def export_finding_evidence(finding_id: UUID, acting: InShort, office: AtOffice) -> StreamingResponse:
    """一条隐患的全部档案与证据，内容与形式同检查证据包。"""
    async with acting() as (tx, actor):
        dossier = await dossiers.of_finding(tx, actor, office.keys.signing, finding_id)
    return _sent(office, dossier)


def _sent(office: Office, dossier: Dossier) -> StreamingResponse:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{dossier.name}"'}
    return StreamingResponse(dossiers.zipped(office.store, dossier), headers=headers, media_type=ZIP)

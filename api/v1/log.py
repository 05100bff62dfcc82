"""The log 记录: signed heads of all that ever happened, and proofs against them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.base_path import V1
from api.deps import AtOffice, Caller, Now, Tx
from api.problems import problems
from models.log import CheckpointRead, ConsistencyRead, InclusionRead, LogRead
from services.log import reading
from services.log.errors import NotInLogYet, SizeNotInLog

router = APIRouter(prefix=f"{V1}/log", tags=["存证"])

MOST_LEAVES = 2**53 - 1
Size = Annotated[int, Query(ge=0, le=MOST_LEAVES, description="记录树的大小，即检查点第二行")]


@router.get("", operation_id="getLog", summary="验证公钥与纪元", responses=problems(NotInLogYet))
async def get_log(_: Caller, tx: Tx, office: AtOffice) -> LogRead:
    """离线验证所需的公钥（含已换下的），以及记录树经历过的纪元：从旧备份恢复后另开纪元，并写明旧检查点与原因。"""
    return await reading.told(tx, office.keys.signing)


@router.get("/checkpoint", operation_id="getCheckpoint", summary="最新检查点", responses=problems(NotInLogYet))
async def get_checkpoint(_: Caller, tx: Tx) -> CheckpointRead:
    """全部记录的签名摘要（C2SP tlog-checkpoint，Ed25519）。谁留存过一份，谁就能证明此前的记录有没有被改动。"""
    return await reading.checkpoint(tx)


@router.get(
    "/events/{event_id}/proof",
    operation_id="getInclusionProof",
    summary="证明一条记录在树中",
    responses=problems(NotInLogYet),
)
async def get_inclusion_proof(event_id: UUID, actor: Caller, tx: Tx, now: Now) -> InclusionRead:
    """从该条记录到最新检查点的路径（RFC 6962）。看得到所记事项的人才能取；刚写入的记录一般一两秒内编入。"""
    return await reading.inclusion(tx, actor, event_id, at=now)


@router.get(
    "/consistency",
    operation_id="getConsistencyProof",
    summary="证明旧检查点未被改写",
    responses=problems(NotInLogYet, SizeNotInLog),
)
async def get_consistency_proof(_: Caller, tx: Tx, from_size: Size = 0, to_size: Size | None = None) -> ConsistencyRead:
    """较大的树以较小的树开头（RFC 6962 2.1.2）。不给 to_size 即到最新检查点；比最新检查点还大的树，本机关没有签过。"""
    return await reading.consistency(tx, from_size, to_size)

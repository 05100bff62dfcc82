"""The worklist 待办."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.base_path import V1
from api.deps import Caller, Now, Tx
from models.words import WorkKind
from models.worklist import WorklistRead
from services import worklist

router = APIRouter(prefix=f"{V1}/worklist", tags=["待办"])


@router.get("", operation_id="getWorklist", summary="我的待办")
async def get_worklist(
    actor: Caller,
    tx: Tx,
    now: Now,
    kind: Annotated[list[WorkKind], Query(max_length=20, description="只看这几类")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=200, description="最多几条")] = 50,
) -> WorklistRead:
    """我现在该做什么、最迟何时、依据哪条规定，最紧急的在前。被截断时 `cut` 为真，各类总数见 `counts`。"""
    return await worklist.read(tx, actor, kinds=frozenset(kind), limit=limit, at=now)

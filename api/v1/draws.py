"""Draws 抽取 (双随机)."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.draws import (
    CommitmentRead,
    Draw,
    DrawCancellation,
    DrawLookRead,
    DrawProofRead,
    DrawRead,
    DrawRelease,
    DrawWrite,
)
from services import draws
from services.access import Actor
from services.draws import DrawCalledOff, DrawClosed, DrawSettled
from services.errors import IdConflict, IdTaken

router = APIRouter(prefix=f"{V1}/draws", tags=["双随机抽取"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createDraw",
    summary="双随机抽取",
    responses=tagged(201) | problems(IdConflict, IdTaken, DrawCalledOff),
)
async def create_draw(body: DrawWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> DrawRead:
    """按权重随机抽取企业并配对两名持证人员，回避关系自动排除；公开之前只有抽取人知道。编号须为 UUID 4。"""
    draw, is_new = await draws.make(tx, actor, body, at=now)
    return answered(response, await _shown(tx, actor, draw, now, is_new), is_new=is_new)


@router.get("", operation_id="listDraws", summary="抽取列表")
async def list_draws(actor: Caller, tx: Tx, now: Now, asked: Asked) -> Page[DrawRead]:
    """本人所做的抽取；公开之后，辖区内有审批权的人员也可见。"""
    found = await draws.list_draws(tx, actor, at=now, after=asked.after, limit=asked.limit)
    return asked.page(await draws.shown(tx, actor, found.rows, at=now), found)


@router.get("/commitments", operation_id="listDrawCommitments", summary="抽取承诺值公示")
async def list_draw_commitments(tx: Tx, now: Now, asked: Asked) -> Page[CommitmentRead]:
    """抽取当时即公示的承诺值（SHA-256），无须登录；不透露企业、人员和时刻。次月公开种子后可据此核验。"""
    found = await draws.list_commitments(tx, after=asked.after, limit=asked.limit)
    return asked.page(draws.commitments(found.rows, at=now), found)


@router.get("/{draw_id}", operation_id="getDraw", summary="查看抽取", responses=tagged())
async def get_draw(draw_id: UUID, actor: Caller, tx: Tx, now: Now, response: Response) -> DrawRead:
    """一次抽取；未公开的与不存在的回答相同。每次查看都有记录。"""
    draw = await draws.get(tx, actor, draw_id, at=now)
    return answered(response, await _shown(tx, actor, draw, now))


@router.post(
    "/{draw_id}/release",
    status_code=201,
    operation_id="releaseDraw",
    summary="提前公开抽取",
    responses=tagged(201) | problems(IdConflict, IdTaken, DrawCalledOff, DrawSettled),
)
async def release_draw(
    draw_id: UUID, body: DrawRelease, actor: Caller, tx: Tx, now: Now, response: Response
) -> DrawRead:
    """抽取人在公开时间之前立即公开；到时间的自动公开，无须操作。"""
    draw, is_new = await draws.release(tx, actor, draw_id, body, at=now)
    return answered(response, await _shown(tx, actor, draw, now, is_new), is_new=is_new)


@router.post(
    "/{draw_id}/cancellation",
    status_code=201,
    operation_id="cancelDraw",
    summary="取消抽取",
    responses=tagged(201) | problems(IdConflict, IdTaken, DrawCalledOff, DrawSettled),
)
async def cancel_draw(
    draw_id: UUID, body: DrawCancellation, actor: Caller, tx: Tx, now: Now, response: Response
) -> DrawRead:
    """抽取人在公开之前取消，其检查安排一并取消，对他人始终不可见；承诺值仍留在公示中。"""
    draw, is_new = await draws.cancel(tx, actor, draw_id, body, at=now)
    return answered(response, await _shown(tx, actor, draw, now, is_new), is_new=is_new)


@router.get("/{draw_id}/looks", operation_id="getDrawLooks", summary="抽取的查看记录")
async def get_draw_looks(draw_id: UUID, actor: Caller, tx: Tx, now: Now, asked: Asked) -> Page[DrawLookRead]:
    """谁在何时看过这次抽取及其尚未到场的检查安排，最近的在前；供分管领导查阅。"""
    found = await draws.looks(tx, actor, draw_id, at=now, after=asked.after, limit=asked.limit)
    return asked.page(await draws.shown_looks(tx, found.rows), found)


@router.get(
    "/{draw_id}/proof",
    operation_id="getDrawProof",
    summary="抽取的种子与过程",
    responses=problems(DrawClosed),
)
async def get_draw_proof(draw_id: UUID, actor: Caller, tx: Tx, now: Now) -> DrawProofRead:
    """公开当月结束后给出种子、名单池和规则；存成文件，用 `zhicha check draw` 即可重新抽取核对。"""
    return await draws.proof(tx, actor, draw_id, at=now)


async def _shown(tx: AsyncSession, actor: Actor, draw: Draw, now: datetime, is_own_act: bool = False) -> DrawRead:
    [shown] = await draws.shown(tx, actor, [draw], at=now, is_own_act=is_own_act)
    return shown

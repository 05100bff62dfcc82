"""Extensions 延期."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import marked
from models.extensions import ExtensionDecisionWrite, ExtensionRead, ExtensionWrite
from models.words import ExtensionState
from services import extensions
from services.errors import IdConflict, IdTaken
from services.findings.errors import DeadlinePassed, ExtensionDecided, ExtensionWaits, NotExtendable

router = APIRouter(prefix=f"{V1}/extensions", tags=["延期"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="requestExtension",
    summary="申请延期",
    responses=problems(IdConflict, IdTaken, NotExtendable, DeadlinePassed, ExtensionWaits),
)
async def request_extension(body: ExtensionWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> ExtensionRead:
    """整改期限届满前申请延期；企业没有账号的，由检查人员代为申请，须写明 `on_behalf_of`。"""
    extension, is_new = await extensions.request(tx, actor, body, at=now)
    return marked(response, (await extensions.shown(tx, [extension]))[0], is_new=is_new)


@router.post(
    "/{extension_id}/decision",
    status_code=201,
    operation_id="decideExtension",
    summary="决定延期",
    responses=problems(IdConflict, IdTaken, ExtensionDecided, NotExtendable),
)
async def decide_extension(
    extension_id: UUID, body: ExtensionDecisionWrite, actor: Caller, tx: Tx, now: Now, response: Response
) -> ExtensionRead:
    """准予延期即改整改期限；不予延期须写明理由。"""
    extension, is_new = await extensions.decide(tx, actor, extension_id, body, at=now)
    return marked(response, (await extensions.shown(tx, [extension]))[0], is_new=is_new)


@router.get("", operation_id="listExtensions", summary="延期申请列表")
async def list_extensions(
    actor: Caller, tx: Tx, asked: Asked, state: ExtensionState | None = None
) -> Page[ExtensionRead]:
    """最早申请的在前。"""
    found = await extensions.list_extensions(tx, actor, state=state, after=asked.after, limit=asked.limit)
    return asked.page(await extensions.shown(tx, found.rows), found)


@router.get("/{extension_id}", operation_id="getExtension", summary="查看延期申请")
async def get_extension(extension_id: UUID, actor: Caller, tx: Tx) -> ExtensionRead:
    """一项申请、决定，以及按规定应当提出和答复的日期。"""
    return (await extensions.shown(tx, [await extensions.get_extension(tx, actor, extension_id)]))[0]

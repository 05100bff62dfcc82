"""Events 记录."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.paging import Asked, Page
from models.events import ListedEventRead
from models.shapes import Moment
from models.words import EventKind
from services import event_list
from services.event_list import EventsAsked

router = APIRouter(prefix=f"{V1}/events", tags=["审计"])


@router.get("", operation_id="listEvents", summary="操作记录")
async def list_events(
    actor: Caller,
    tx: Tx,
    now: Now,
    asked: Asked,
    kind: Annotated[EventKind | None, Query(description="只列这一种")] = None,
    subject_id: Annotated[UUID | None, Query(description="只列这条记录的")] = None,
    actor_id: Annotated[UUID | None, Query(description="只列此人所做的")] = None,
    since: Annotated[Moment | None, Query(description="自此时起")] = None,
    until: Annotated[Moment | None, Query(description="到此时之前")] = None,
) -> Page[ListedEventRead]:
    """审计员可查：谁在何时对什么做了什么，连同哈希，最新的在前。未公开的检查安排不在其中，电话不显示。"""
    about = EventsAsked(kind, subject_id, actor_id, since, until)
    found = await event_list.list_events(tx, actor, about, at=now, after=asked.after, limit=asked.limit)
    return asked.page(await event_list.shown(tx, actor, list(found.rows)), found)

"""Whose record an event tells of: a proof about it is given to whom may see that record, and to nobody else."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.auth import DeviceSession
from models.departments import Department
from models.enterprises import Enterprise
from models.events import Event
from models.findings import Finding
from models.imports import EnterpriseImport
from models.inspections import Inspection
from models.log import LogEpoch
from models.orders import Order
from models.photos import Photo
from models.users import User
from models.visits import Visit
from services import users
from services.access import Actor, get_for, sees_import, sees_photo, sees_visit
from services.errors import NotFound

Asked = Callable[[AsyncSession, Actor, UUID, datetime], Awaitable[object]]


async def event_for(tx: AsyncSession, actor: Actor, event_id: UUID, *, at: datetime) -> Event:
    """The event, if the actor sees the record that it tells of. Raises NotFound for absent and unseen alike."""
    event = await tx.scalar(sa.select(Event).where(col(Event.id) == event_id))
    asked = None if event is None else SUBJECTS.get(event.subject)
    if event is None or asked is None:
        raise NotFound
    await asked(tx, actor, event.subject_id, at)
    return event


def _by_sight(table: type[SQLModel]) -> Asked:
    async def ask(tx: AsyncSession, actor: Actor, row_id: UUID, _at: datetime) -> object:
        return await get_for(tx, actor, table, row_id)

    return ask


async def _user(tx: AsyncSession, actor: Actor, row_id: UUID, _at: datetime) -> object:
    return await users.get(tx, actor, row_id)


async def _visit(tx: AsyncSession, actor: Actor, row_id: UUID, at: datetime) -> object:
    return await _one(tx, sa.select(col(Visit.id)).where(col(Visit.id) == row_id, sees_visit(actor, at=at)))


async def _photo(tx: AsyncSession, actor: Actor, row_id: UUID, _at: datetime) -> object:
    return await _one(tx, sa.select(col(Photo.id)).where(col(Photo.id) == row_id, sees_photo(actor)))


async def _import(tx: AsyncSession, actor: Actor, row_id: UUID, _at: datetime) -> object:
    mine = sa.select(col(EnterpriseImport.id)).where(col(EnterpriseImport.id) == row_id, sees_import(actor))
    return await _one(tx, mine)


async def _session(tx: AsyncSession, actor: Actor, row_id: UUID, _at: datetime) -> object:
    """One's own devices."""
    own = col(DeviceSession.user_id) == actor.id
    return await _one(tx, sa.select(col(DeviceSession.id)).where(col(DeviceSession.id) == row_id, own))


async def _everybodys(_tx: AsyncSession, _actor: Actor, row_id: UUID, _at: datetime) -> object:
    return row_id


async def _one(tx: AsyncSession, query: "sa.Select[UUID]") -> UUID:
    found = await tx.scalar(query)
    if found is None:
        raise NotFound
    return found


SUBJECTS: dict[str, Asked] = {
    **{str(table.__tablename__): _by_sight(table) for table in (Enterprise, Inspection, Finding, Order)},
    str(User.__tablename__): _user,
    str(Visit.__tablename__): _visit,
    str(Photo.__tablename__): _photo,
    str(EnterpriseImport.__tablename__): _import,
    str(DeviceSession.__tablename__): _session,
    str(Department.__tablename__): _everybodys,
    str(LogEpoch.__tablename__): _everybodys,
}
"""By the event's subject. One that is not here is proven to nobody by the API; `zhicha check log` knows them all."""

"""Who sees which event: one rule a kind, for the auditor's list and for whoever asks for a proof.

An event is seen with the record that it tells of. The auditor also reads what was done to accounts and the office, and
what came of draws, in their region; they read what was done, never what is only planned.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.api_keys import ApiKey
from models.arrivals import ArrivalCode, ArrivalConfirmation
from models.auth import DeviceSession
from models.avoidances import Avoidance
from models.draws import Draw
from models.enterprises import Enterprise
from models.events import Event
from models.findings import Finding
from models.gate_codes import GateCode
from models.imports import EnterpriseImport
from models.inspections import Inspection
from models.invitations import Invitation
from models.orders import Order
from models.organs import Organ
from models.photos import Photo
from models.readings import BulkReading
from models.stand_ins import StandIn
from models.users import User
from models.visits import Visit
from models.words import EventKind as Kind
from models.words import Role
from services import access
from services.access import Actor, Deed, in_region
from services.errors import NotFound
from services.wall import say_time

Condition = ColumnElement[bool]
Rule = Callable[[Actor, datetime], Condition]


async def event_for(tx: AsyncSession, actor: Actor, event_id: UUID, *, at: datetime) -> Event:
    """The event, if the actor may see it. Raises NotFound for absent and unseen alike."""
    await say_time(tx, at)
    event = await tx.scalar(sa.select(Event).where(col(Event.id) == event_id))
    if event is None:
        raise NotFound
    rule = SEEN_BY[Kind(event.kind)]
    if await tx.scalar(sa.select(col(Event.id)).where(col(Event.id) == event_id, rule(actor, at))) is None:
        raise NotFound
    return event


def sees_event(actor: Actor, at: datetime) -> Condition:
    """The same for any event; the transaction must have been told the time (services/wall.py `say_time`)."""
    kinds: dict[Rule, list[str]] = {}
    for kind, rule in SEEN_BY.items():
        kinds.setdefault(rule, []).append(kind.value)
    return sa.or_(*[sa.and_(col(Event.kind).in_(own), rule(actor, at)) for rule, own in kinds.items()])


def _with(table: type[SQLModel], *seen: Condition) -> Condition:
    return sa.exists().where(table.id == col(Event.subject_id), *seen).correlate(Event)  # type: ignore[attr-defined]


def _everybody(_actor: Actor, _at: datetime) -> Condition:
    """What is public to whoever is signed in: names of regions and departments, what the log went through."""
    return sa.true()


def _enterprise(actor: Actor, _at: datetime) -> Condition:
    return _with(Enterprise, access.sees(actor, Enterprise))


def _import(actor: Actor, _at: datetime) -> Condition:
    return _with(EnterpriseImport, access.sees_import(actor))


def _visit(actor: Actor, at: datetime) -> Condition:
    return _with(Visit, access.sees_visit(actor, at=at))


def _inspection(actor: Actor, _at: datetime) -> Condition:
    return _with(Inspection, access.sees_inspection(actor))


def _finding(actor: Actor, _at: datetime) -> Condition:
    return _with(Finding, access.sees(actor, Finding))


def _order(actor: Actor, _at: datetime) -> Condition:
    return _with(Order, access.sees(actor, Order))


def _photo(actor: Actor, _at: datetime) -> Condition:
    return _with(Photo, access.sees_photo(actor))


def _photo_gone(actor: Actor, at: datetime) -> Condition:
    """Its row may be gone: who took it away knows, and the auditor."""
    return sa.or_(_photo(actor, at), col(Event.actor_id) == actor.id, _audited(actor))


def _arrival_code(actor: Actor, _at: datetime) -> Condition:
    return _with(ArrivalCode, _of_code_in_sight(actor))


def _arrival(actor: Actor, _at: datetime) -> Condition:
    code = sa.exists().where(col(ArrivalCode.id) == col(ArrivalConfirmation.arrival_code_id), _of_code_in_sight(actor))
    return _with(ArrivalConfirmation, code.correlate(ArrivalConfirmation))


def _of_code_in_sight(actor: Actor) -> Condition:
    """Never the enterprise's own: who stood at its gate, and when, is not its to know."""
    if actor.role is Role.ENTERPRISE:
        return sa.false()
    own = sa.exists().where(col(Enterprise.id) == col(ArrivalCode.enterprise_id), access.sees(actor, Enterprise))
    return own.correlate(ArrivalCode)


def _draw(actor: Actor, at: datetime) -> Condition:
    """Who may know of the draw (docs/draws.md), and from its release the auditor of its region."""
    known = _with(Draw, access.sees_draw(actor, at=at))
    if not actor.may(Deed.READ_EVENTS) or actor.industries is not None:
        return known
    return sa.or_(known, sa.and_(in_region(actor, col(Event.region)), sa.func.is_draw_released(col(Event.subject_id))))


def _gate_code(actor: Actor, _at: datetime) -> Condition:
    return _with(GateCode, access.sees_gate_code(actor))


def _avoidance(actor: Actor, _at: datetime) -> Condition:
    """Whose relatives live where is no auditor's affair."""
    return _with(Avoidance, access.sees_avoidance(actor))


def _invitation(actor: Actor, _at: datetime) -> Condition:
    return sa.or_(_with(Invitation, access.sees_invitation(actor)), _audited(actor))


def _stand_in(actor: Actor, _at: datetime) -> Condition:
    return sa.or_(_with(StandIn, access.sees_stand_in(actor)), _audited(actor))


def _organ(actor: Actor, _at: datetime) -> Condition:
    visible = sa.true() if actor.role is Role.ADMIN else in_region(actor, col(Organ.region))
    return sa.or_(_with(Organ, visible), _audited(actor))


def _user(actor: Actor, _at: datetime) -> Condition:
    """One's own account; all of them for who keeps accounts."""
    if actor.may(Deed.READ_ACCOUNTS):
        return sa.true()
    return sa.or_(col(Event.subject_id) == actor.id, _audited(actor))


def _session(actor: Actor, _at: datetime) -> Condition:
    """One's own devices; all of them for who may end them."""
    if actor.may(Deed.END_SESSIONS):
        return sa.true()
    return sa.or_(_with(DeviceSession, col(DeviceSession.user_id) == actor.id), _audited(actor))


def _api_key(actor: Actor, _at: datetime) -> Condition:
    """One's own keys; all of them for who makes and revokes them."""
    if actor.may(Deed.MANAGE_KEYS):
        return sa.true()
    return sa.or_(_with(ApiKey, col(ApiKey.user_id) == actor.id), _audited(actor))


def _bulk_reading(actor: Actor, _at: datetime) -> Condition:
    """Who hears of the alarm, and the auditor; not whoever it is about, whatever they wear."""
    of_another = _with(BulkReading, col(BulkReading.user_id) != actor.id)
    return sa.or_(_with(BulkReading, access.sees_bulk_reading(actor)), sa.and_(_audited(actor), of_another))


def _audited(actor: Actor) -> Condition:
    """What the auditor reads of people and the office: by the event's region, else by that of who did it."""
    if not actor.may(Deed.READ_EVENTS):
        return sa.false()
    by_ours = sa.exists().where(
        col(User.id) == col(Event.actor_id), sa.or_(col(User.region).is_(None), in_region(actor, col(User.region)))
    )
    nobodys = sa.and_(col(Event.region).is_(None), sa.or_(col(Event.actor_id).is_(None), by_ours.correlate(Event)))
    return sa.or_(in_region(actor, col(Event.region)), nobodys)


_FINDINGS = [kind for kind in Kind if kind.value.startswith("finding.")]
_ACCOUNTS = [kind for kind in Kind if kind.value.startswith("user.") and kind is not Kind.USER_SIGNED_IN]

SEEN_BY: dict[Kind, Rule] = {
    **dict.fromkeys((Kind.ORGAN_CREATED, Kind.ORGAN_CHANGED), _organ),
    **dict.fromkeys((Kind.REGION_CREATED, Kind.REGION_CHANGED), _everybody),
    **dict.fromkeys((Kind.DEPARTMENT_CREATED, Kind.DEPARTMENT_CHANGED, Kind.LOG_EPOCH_OPENED), _everybody),
    **dict.fromkeys(_ACCOUNTS, _user),
    **dict.fromkeys((Kind.USER_SIGNED_IN, Kind.SESSION_ENDED), _session),
    **dict.fromkeys((Kind.API_KEY_CREATED, Kind.API_KEY_REVOKED, Kind.API_KEY_NEW_NETWORK), _api_key),
    **dict.fromkeys((Kind.ENTERPRISE_REGISTERED, Kind.ENTERPRISE_CHANGED), _enterprise),
    **dict.fromkeys((Kind.ENTERPRISE_CLOSED, Kind.ENTERPRISE_REOPENED), _enterprise),
    **dict.fromkeys((Kind.ENTERPRISE_MERGED, Kind.ENTERPRISE_TOOK_IN), _enterprise),
    **dict.fromkeys((kind for kind in Kind if kind.value.endswith("s.imported")), _import),
    **dict.fromkeys((Kind.VISIT_PLANNED, Kind.VISIT_APPROVED, Kind.VISIT_CANCELLED, Kind.VISIT_DONE), _visit),
    **dict.fromkeys((Kind.VISIT_LOOKED_AT, Kind.VISIT_RELEASED), _visit),
    Kind.BULK_READING_NOTICED: _bulk_reading,
    Kind.ARRIVAL_CODE_ISSUED: _arrival_code,
    Kind.ARRIVAL_CONFIRMED: _arrival,
    **dict.fromkeys((Kind.DRAW_MADE, Kind.DRAW_RELEASED, Kind.DRAW_CANCELLED, Kind.DRAW_LOOKED_AT), _draw),
    **dict.fromkeys((Kind.AVOIDANCE_SET, Kind.AVOIDANCE_ENDED), _avoidance),
    **dict.fromkeys((Kind.INVITATION_MADE, Kind.INVITATION_ACCEPTED, Kind.INVITATION_WITHDRAWN), _invitation),
    **dict.fromkeys((Kind.GATE_CODE_SET, Kind.GATE_CODE_ENDED), _gate_code),
    **dict.fromkeys((Kind.STAND_IN_SET, Kind.STAND_IN_ENDED), _stand_in),
    **dict.fromkeys((Kind.INSPECTION_REPORTED, Kind.INSPECTION_HELD, Kind.INSPECTION_RELEASED), _inspection),
    **dict.fromkeys((Kind.INSPECTION_REJECTED, Kind.INSPECTION_AMENDED), _inspection),
    Kind.PHOTO_STORED: _photo,
    Kind.PHOTO_DETACHED: _photo_gone,
    **dict.fromkeys(_FINDINGS, _finding),
    **dict.fromkeys((Kind.ORDER_ISSUED, Kind.ORDER_PAPER_MADE), _order),
}
"""Every kind has its rule; PostgreSQL repeats them by the event's subject (alembic/versions/0012)."""

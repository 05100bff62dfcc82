"""Who sees what, and who may do what: one rule of sight, one table of deeds (design 6).

Sight = region range AND (industries of the department, where there is one) AND own enterprise for enterprise accounts.
What is out of sight is absent. A user without region sees nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.avoidances import Avoidance
from models.draws import Draw
from models.enterprises import Enterprise
from models.findings import Finding
from models.gate_codes import GateCode
from models.imports import EnterpriseImport, ImportWork
from models.inspections import Inspection
from models.invitations import Invitation
from models.photos import Photo, PhotoUse
from models.readings import BulkReading
from models.stand_ins import StandIn
from models.visits import Visit, VisitInspector
from models.words import Hat, InspectionState, Role, Scope, StandInScope
from services.errors import NotAllowed, NotFound
from services.rules.cards import is_card_valid
from services.rules.clocks import local_date
from services.rules.codes import region_range
from services.sight import Sight, bounds, seen_by, within

Row = TypeVar("Row", bound=SQLModel)


class Deed(StrEnum):
    """What a role may do."""

    MANAGE_ACCOUNTS = "manage_accounts"
    READ_ACCOUNTS = "read_accounts"
    RESET_PASSWORDS = "reset_passwords"
    END_SESSIONS = "end_sessions"
    MANAGE_KEYS = "manage_keys"
    REVEAL_IDENTITY = "reveal_identity"
    REMOVE_TOTP = "remove_totp"
    READ_SIGN_INS = "read_sign_ins"
    READ_EVENTS = "read_events"
    WATCH_READING = "watch_reading"
    READ = "read"
    REGISTER_ENTERPRISE = "register_enterprise"
    PROPOSE_ENTERPRISE = "propose_enterprise"
    IMPORT_ENTERPRISES = "import_enterprises"
    EDIT_OWN_CONTACTS = "edit_own_contacts"
    PLAN_VISIT = "plan_visit"
    APPROVE_VISIT = "approve_visit"
    MAKE_DRAW = "make_draw"
    SET_AVOIDANCE = "set_avoidance"
    SET_STAND_IN = "set_stand_in"
    INVITE_CONTACT = "invite_contact"
    KEEP_GATE_CODES = "keep_gate_codes"
    REPORT_INSPECTION = "report_inspection"
    PATROL = "patrol"
    RESOLVE_HELD = "resolve_held"
    ISSUE_ORDER = "issue_order"
    REINSPECT = "reinspect"
    TRANSFER = "transfer"
    ACCEPT_PLAN = "accept_plan"
    DECIDE_EXTENSION = "decide_extension"
    WITHDRAW = "withdraw"
    FILE_OWN = "file_own"
    FILE_ON_BEHALF = "file_on_behalf"
    WRITE_OFF_GENERAL = "write_off_general"
    WRITE_OFF_MAJOR = "write_off_major"
    STORE_PHOTO = "store_photo"
    COMPARE_PHOTOS = "compare_photos"


_FIELD = {
    *(Deed.REPORT_INSPECTION, Deed.PATROL, Deed.ISSUE_ORDER, Deed.REINSPECT, Deed.TRANSFER),
    Deed.COMPARE_PHOTOS,
}
_DESK = {Deed.ACCEPT_PLAN, Deed.DECIDE_EXTENSION, Deed.RESOLVE_HELD, Deed.WITHDRAW}
_CLOSE = {Deed.WRITE_OFF_GENERAL, Deed.WRITE_OFF_MAJOR}
_VISITS = {Deed.PLAN_VISIT, Deed.FILE_ON_BEHALF, Deed.INVITE_CONTACT}
_ENTER = {Deed.REGISTER_ENTERPRISE, Deed.IMPORT_ENTERPRISES}
_REGISTER = _ENTER | {Deed.KEEP_GATE_CODES}
_HANDS = {Deed.READ, Deed.STORE_PHOTO}
_WATCH = {
    *(Deed.READ_ACCOUNTS, Deed.RESET_PASSWORDS, Deed.END_SESSIONS, Deed.MANAGE_KEYS, Deed.REVEAL_IDENTITY),
    Deed.WATCH_READING,
}

MAY: dict[Role, frozenset[Deed]] = {
    Role.ADMIN: frozenset({Deed.MANAGE_ACCOUNTS} | _WATCH),
    Role.OFFICE: frozenset(
        {Deed.APPROVE_VISIT, Deed.MAKE_DRAW, Deed.SET_AVOIDANCE, Deed.SET_STAND_IN}
        | _VISITS
        | _HANDS
        | _REGISTER
        | _FIELD
        | _DESK
        | _CLOSE
    ),
    Role.INSPECTOR: frozenset({Deed.REGISTER_ENTERPRISE, Deed.WRITE_OFF_GENERAL} | _VISITS | _HANDS | _FIELD),
    Role.DEPARTMENT: frozenset(
        {Deed.APPROVE_VISIT, Deed.MAKE_DRAW} | _VISITS | _HANDS | _REGISTER | _FIELD | _DESK | _CLOSE
    ),
    Role.VILLAGE: frozenset({Deed.PROPOSE_ENTERPRISE, Deed.PATROL, Deed.FILE_ON_BEHALF} | _HANDS),
    Role.LEADER: frozenset(
        {Deed.APPROVE_VISIT, Deed.SET_STAND_IN, Deed.WATCH_READING, Deed.COMPARE_PHOTOS} | _HANDS | _DESK | _CLOSE
    ),
    Role.ENTERPRISE: frozenset({Deed.EDIT_OWN_CONTACTS, Deed.FILE_OWN} | _HANDS),
    Role.INTEGRATOR: frozenset({Deed.READ} | _ENTER),
}

WEARS: dict[Hat, frozenset[Deed]] = {
    Hat.AUDITOR: frozenset({Deed.READ_EVENTS, Deed.READ_SIGN_INS}),
    Hat.SECURITY: frozenset({Deed.READ_SIGN_INS, Deed.REMOVE_TOTP} | _WATCH),
    Hat.TIP_KEEPER: frozenset(),  # tipsters' identities, which are not kept yet
}
"""What a hat adds to its wearer's role. No administrator wears one: who keeps accounts does not read what they did."""


@dataclass(frozen=True)
class Actor:
    """Who acts, as read with the session row of this very call. `industries` is None where no department narrows it."""

    id: UUID
    name: str
    role: Role
    hats: frozenset[Hat]
    region: str | None
    department_id: UUID | None
    industries: frozenset[str] | None
    enterprise_id: UUID | None
    card_number: str | None
    card_from: date | None
    card_to: date | None
    session_id: UUID | None
    must_change_password: bool
    has_totp: bool = False
    scopes: frozenset[Scope] | None = None  # of an API key; a person's session has none

    def may(self, deed: Deed) -> bool:
        """Whether the role, or a hat that is worn, includes the deed."""
        return deed in MAY[self.role] or any(deed in WEARS[hat] for hat in self.hats)

    def require(self, *deeds: Deed) -> None:
        """Raises NotAllowed unless one of the deeds is the actor's."""
        if not any(self.may(deed) for deed in deeds):
            raise NotAllowed(deeds[0])

    def covers(self, region: str) -> bool:
        """`in_region` for a code at hand instead of a column."""
        if self.region is None:
            return False
        first, past = region_range(self.region)
        return first <= region < past

    def has_valid_card(self, on: date) -> bool:
        """Whether the 执法证 is valid on that day (安法 第67条)."""
        return is_card_valid(self.card_number, self.card_from, self.card_to, on)


def sight_of(actor: Actor) -> Sight:
    """What an actor may see. An administrator sees nothing."""
    if actor.role is Role.ENTERPRISE:
        return Sight(enterprise_id=actor.enterprise_id)
    if actor.role is Role.ADMIN or actor.region is None:
        return Sight()
    first, past = bounds(actor.region)
    trades = None if actor.industries is None else tuple(sorted(actor.industries))
    return Sight(region_from=first, region_past=past, trades=trades)


def sees(actor: Actor, table: type[Any]) -> ColumnElement[bool]:
    """The one condition of sight, for any table that carries `region` and `enterprise_id` (or is Enterprise)."""
    return seen_by(sight_of(actor), table)


def in_region(actor: Actor, region: Any) -> ColumnElement[bool]:
    """Whether a region column lies in the actor's range; nobody's region is in nobody's range."""
    return sa.false() if actor.region is None else within(actor.region, region)


def sees_counts(actor: Actor, region: Any, industry: Any) -> ColumnElement[bool]:
    """Sight of the rollup, which knows no enterprise: region range and the department's own industries."""
    if actor.role in (Role.ADMIN, Role.ENTERPRISE):
        return sa.false()
    seen = in_region(actor, region)
    return seen if actor.industries is None else sa.and_(seen, industry.in_(sorted(actor.industries)))


def sees_inspection(actor: Actor) -> ColumnElement[bool]:
    """An accepted inspection is seen by sight; a held or rejected one by its author and the office that decides."""
    accepted = sa.and_(col(Inspection.state) == InspectionState.ACCEPTED, sees(actor, Inspection))
    own = col(Inspection.submitted_by) == actor.id
    if actor.may(Deed.RESOLVE_HELD) and actor.industries is None:
        return sa.or_(accepted, own, in_region(actor, col(Inspection.held_region)))
    return sa.or_(accepted, own)


def knows_visit(actor: Actor, *, on: date) -> ColumnElement[bool]:
    """Whoever made a visit, is to approve it, or was named for it may report it, whatever they saw of it before.

    So may whoever stood in on its day.
    """
    return sa.or_(_has_part(actor, on), inspects_visit(actor, on=on))


def sees_visit(actor: Actor, *, at: datetime) -> ColumnElement[bool]:
    """A visit is its maker's and approver's; its inspectors' from release, once approved; after arrival by sight.

    An enterprise sees none of it, ever: its own inspections show it what it may know (design 6).
    """
    if actor.role in (Role.ADMIN, Role.ENTERPRISE):
        return sa.false()
    on = local_date(at)
    not_cancelled_before = sa.or_(col(Visit.cancelled_at).is_(None), col(Visit.cancelled_at) >= col(Visit.release_at))
    released = sa.and_(col(Visit.approved_at).is_not(None), col(Visit.release_at) <= at, not_cancelled_before)
    arrived = sa.and_(col(Visit.arrived_at).is_not(None), sees(actor, Visit))
    released = sa.and_(released, inspects_visit(actor, on=on))
    return sa.or_(_has_part(actor, on), released, arrived)


def approves_visit(actor: Actor, *, on: date) -> ColumnElement[bool]:
    """Its approver, or on that day their stand-in, unless that is who made it."""
    instead = _stands_in(actor, col(Visit.approver_id), on, StandInScope.APPROVALS)
    return sa.or_(col(Visit.approver_id) == actor.id, sa.and_(instead, col(Visit.made_by) != actor.id))


def _has_part(actor: Actor, on: date) -> ColumnElement[bool]:
    return sa.or_(col(Visit.made_by) == actor.id, approves_visit(actor, on=on))


def inspects_visit(actor: Actor, *, on: date) -> ColumnElement[bool]:
    """Named for it, or on that day in the place of somebody who is. What chance chose is nobody else's (双随机)."""
    user_id = col(VisitInspector.user_id)
    instead = sa.and_(col(Visit.draw_id).is_(None), _stands_in(actor, user_id, on, StandInScope.VISITS))
    named = sa.exists().where(col(VisitInspector.visit_id) == col(Visit.id), sa.or_(user_id == actor.id, instead))
    return named.correlate(Visit)


def _stands_in(actor: Actor, officer_id: Any, on: date, scope: StandInScope) -> ColumnElement[bool]:
    absent = (
        sa.select(col(StandIn.officer_id))
        .where(col(StandIn.stand_in_id) == actor.id, col(StandIn.ended_at).is_(None))
        .where(
            col(StandIn.from_day) <= on, col(StandIn.to_day) >= on, col(StandIn.scope).in_((scope, StandInScope.ALL))
        )
    )
    return cast("ColumnElement[bool]", officer_id.in_(absent))


def sees_draw(actor: Actor, *, at: datetime) -> ColumnElement[bool]:
    """A draw is its maker's alone; from its release also theirs who approve in its region, of every trade.

    One that was called off before its release stays unknown.
    """
    own = col(Draw.made_by) == actor.id
    if not actor.may(Deed.APPROVE_VISIT) or actor.industries is not None:
        return own
    released = sa.and_(col(Draw.release_at) <= at, col(Draw.cancelled_at).is_(None))
    return sa.or_(own, sa.and_(released, in_region(actor, col(Draw.region))))


def sees_avoidance(actor: Actor) -> ColumnElement[bool]:
    """Why an officer avoids somebody is known to them and to the office and the leader who answer for them."""
    own = col(Avoidance.officer_id) == actor.id
    if actor.role not in (Role.OFFICE, Role.LEADER) or actor.industries is not None:
        return own
    return sa.or_(own, in_region(actor, col(Avoidance.region)))


def sees_stand_in(actor: Actor) -> ColumnElement[bool]:
    """Who is away and who does their work: the two themselves, and the office and the leader who answer for them."""
    own = sa.or_(col(StandIn.officer_id) == actor.id, col(StandIn.stand_in_id) == actor.id)
    if actor.role not in (Role.OFFICE, Role.LEADER) or actor.industries is not None:
        return own
    return sa.or_(own, in_region(actor, col(StandIn.region)))


def sees_invitation(actor: Actor) -> ColumnElement[bool]:
    """Those who invite see whom others invited to an enterprise in their sight; nobody else knows of it."""
    if not actor.may(Deed.INVITE_CONTACT):
        return sa.false()
    own = sa.exists().where(col(Enterprise.id) == col(Invitation.enterprise_id), sees(actor, Enterprise))
    return own.correlate(Invitation)


def sees_gate_code(actor: Actor) -> ColumnElement[bool]:
    """A code is seen with its enterprise; what a phone has to scan of it is shown to who keeps codes alone."""
    own = sa.exists().where(col(Enterprise.id) == col(GateCode.enterprise_id), sees(actor, Enterprise))
    return own.correlate(GateCode)


def sees_bulk_reading(actor: Actor) -> ColumnElement[bool]:
    """An alarm over somebody's reading: the leader who answers for them hears of it, and who can shut them out.

    Never they themselves. Accounts of no region are every leader's affair.
    """
    of_another = col(BulkReading.user_id) != actor.id
    if actor.may(Deed.END_SESSIONS):
        return of_another
    if not actor.may(Deed.WATCH_READING) or actor.industries is not None:
        return sa.false()
    return sa.and_(of_another, sa.or_(in_region(actor, BulkReading.region), col(BulkReading.region).is_(None)))


def sees_import(actor: Actor) -> ColumnElement[bool]:
    """An import is seen by its maker alone: its reasons tell of rows that a colleague may not see."""
    return col(EnterpriseImport.made_by) == actor.id


def sees_import_work(actor: Actor) -> ColumnElement[bool]:
    """The file likewise."""
    return col(ImportWork.made_by) == actor.id


def sees_photo(actor: Actor) -> ColumnElement[bool]:
    """A photo is seen by whoever sees a record that names it; before any does, by its uploader alone."""
    uses = sa.exists().where(col(PhotoUse.photo_id) == col(Photo.id), takes_hold(Photo))
    seen_use = uses.where(sees_use(actor))
    return sa.or_(seen_use, sa.and_(col(Photo.uploaded_by) == actor.id, ~uses))


def takes_hold(photo: type[Photo]) -> ColumnElement[bool]:
    """Whether naming a photo makes it the record's: otherwise whoever learns an id could name it, and so see it.

    The record declared these very bytes; or it declared none, and the namer sent them or they came for the record.
    """
    came_for_it = sa.or_(
        col(PhotoUse.named_by) == col(photo.uploaded_by), col(PhotoUse.named_at) < col(photo.stored_at)
    )
    declared = col(PhotoUse.declared_sha256)
    return sa.or_(declared == col(photo.sha256), sa.and_(declared.is_(None), came_for_it))


def sees_use(actor: Actor) -> ColumnElement[bool]:
    """Sight of a record that names a photo. What a report names is nobody else's until it is accepted."""
    held = sa.exists().where(
        col(Inspection.id) == col(PhotoUse.inspection_id), col(PhotoUse.region).is_(None), sees_inspection(actor)
    )
    return sa.or_(sees(actor, PhotoUse), col(PhotoUse.named_by) == actor.id, held)


async def get_for(tx: AsyncSession, actor: Actor, table: type[Row], row_id: UUID, *, lock: bool = False) -> Row:
    """The row, if the actor sees it; locked for a change. Raises NotFound for absent and unseen alike."""
    seen = sees_inspection(actor) if table is Inspection else sees(actor, table)
    query = sa.select(table).where(table.id == row_id, seen)  # type: ignore[attr-defined]
    # key_share: others may meanwhile add rows that refer to this one, which they do while they hold other locks.
    locked = query.with_for_update(of=table, key_share=True).execution_options(populate_existing=True)
    # populate_existing: what this transaction read before it had the lock may be old by now.
    row = await tx.scalar(locked if lock else query)
    if row is None:
        raise NotFound
    return row


async def finding_for(tx: AsyncSession, actor: Actor, finding_id: UUID, *deeds: Deed) -> Finding:
    """A finding locked for a move: sight first (404), then the deed (403).

    Raises NotFound, NotAllowed.
    """
    finding = await get_for(tx, actor, Finding, finding_id, lock=True)
    actor.require(*deeds)
    return finding

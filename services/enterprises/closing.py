"""停业 and 恢复经营: a place is closed for a reason, and opened again. What was found there stays to be settled."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.enterprises import CloseReason, Closure, Enterprise, Reopening
from models.words import EnterpriseStatus, EventKind
from services import acts, events
from services.access import Actor, Deed, get_for
from services.enterprises.errors import WrongEnterpriseStatus
from services.errors import InvalidInput
from services.versions import refuse_stale

OPEN_FOR_BUSINESS = frozenset({EnterpriseStatus.PROPOSED, EnterpriseStatus.ACTIVE})


async def close(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: Closure, *, version: int | None, at: datetime
) -> tuple[Enterprise, bool]:
    """The enterprise, and whether this call closed it. Open findings stay open, and are warned of.

    Raises NotFound, NotAllowed, VersionMismatch, InvalidInput, WrongEnterpriseStatus, and what acts.begin raises.
    """
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id, lock=True)
    actor.require(Deed.REGISTER_ENTERPRISE)
    begun = await acts.begin(tx, actor, "closeEnterprise", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        return enterprise, False
    refuse_stale(enterprise, version)
    if body.reason is CloseReason.OTHER and not (body.note or "").strip():
        raise InvalidInput.at("/note", "note_needed", "another reason must be said")
    if enterprise.status not in OPEN_FOR_BUSINESS:
        raise WrongEnterpriseStatus(enterprise.status)
    before = events.snapshot(enterprise)
    enterprise.status = EnterpriseStatus.CLOSED
    enterprise.closed_at, enterprise.close_reason, enterprise.close_note = at, body.reason, body.note
    enterprise.version += 1
    events.record(tx, actor, EventKind.ENTERPRISE_CLOSED, enterprise, before=before, at=at)
    await tx.flush()
    return enterprise, True


async def reopen(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, body: Reopening, *, version: int | None, at: datetime
) -> tuple[Enterprise, bool]:
    """The enterprise, and whether this call reopened it; one that was only proposed is thereby confirmed.

    Raises NotFound, NotAllowed, VersionMismatch, WrongEnterpriseStatus, and what acts.begin raises.
    """
    enterprise = await get_for(tx, actor, Enterprise, enterprise_id, lock=True)
    actor.require(Deed.REGISTER_ENTERPRISE)
    begun = await acts.begin(tx, actor, "reopenEnterprise", body, at=at, subject_id=enterprise.id)
    if not begun.is_new:
        return enterprise, False
    refuse_stale(enterprise, version)
    if enterprise.status is not EnterpriseStatus.CLOSED:
        raise WrongEnterpriseStatus(enterprise.status)
    before = events.snapshot(enterprise)
    enterprise.status = EnterpriseStatus.ACTIVE
    enterprise.closed_at = enterprise.close_reason = enterprise.close_note = None
    enterprise.version += 1
    events.record(tx, actor, EventKind.ENTERPRISE_REOPENED, enterprise, before=before, at=at, note=body.reason)
    await tx.flush()
    return enterprise, True

"""The seal of a visit (design 6, threats 1, 2, 4): what tells the enterprise lies in a box until somebody arrives.

Nothing has to happen at the release: whoever may know by the clock has the box opened for their eyes alone, and each
such look is an event. The report of the arrival opens the row itself, so no worker that slept loses anything; what is
cancelled or never visited stays closed. Events tell of the box by its hash.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.visits import Visit, VisitFacts
from models.words import EventKind
from services import events
from services.access import Actor, sees
from services.chance import chance
from services.sealing import SALT_BYTES, box_hash, seals

TABLE = "visit"
COLUMNS = ("enterprise_id", "region", "kind", "basis", "legal_basis", "task_source", "content")
"""Of the facts, those that the row has columns for."""


def seal(tx: AsyncSession, visit: Visit, facts: VisitFacts) -> None:
    """Close the facts into the visit's box."""
    content = facts.model_dump()
    visit.sealed = seals(tx).seal(content, table=TABLE, row_id=visit.id, salt=chance(tx).bytes(SALT_BYTES))


def told(visit: Visit) -> events.Snapshot:
    """What an event tells of the box, beside the row's columns."""
    return {"sealed_sha256": None if visit.sealed is None else box_hash(visit.sealed)}


def facts_of(tx: AsyncSession, visit: Visit) -> VisitFacts:
    """What the visit is about, for deciding; who shows it to somebody asks `looked_into`."""
    if visit.is_sealed:
        return _opened(tx, visit)
    kept = VisitFacts.model_validate({name: getattr(visit, name) for name in COLUMNS})
    boxed = _opened(tx, visit) if visit.sealed is not None else kept
    return kept.model_copy(
        update={"approval_note": boxed.approval_note, "cancel_reason": visit.cancel_reason or boxed.cancel_reason}
    )


async def looked_into(
    tx: AsyncSession, actor: Actor, visits: Collection[Visit], *, at: datetime
) -> dict[UUID, VisitFacts]:
    """The facts of visits that the actor may know of, by their ids: of each that is sealed, this look is an event."""
    for visit in visits:
        if visit.is_sealed:
            note_look(tx, actor, visit, at=at)
    return await shown_facts(tx, actor, visits)


def note_look(tx: AsyncSession, actor: Actor, visit: Visit, *, at: datetime) -> None:
    """Somebody saw what is sealed."""
    events.record(tx, actor, EventKind.VISIT_LOOKED_AT, visit, at=at, before=events.snapshot(visit))


async def shown_facts(tx: AsyncSession, actor: Actor, visits: Collection[Visit]) -> dict[UUID, VisitFacts]:
    """The facts as they are shown: an enterprise that has moved or was merged since is what and where it is now."""
    facts = {visit.id: facts_of(tx, visit) for visit in visits}
    sealed = {facts[visit.id].enterprise_id for visit in visits if visit.is_sealed}
    if not sealed:
        return facts
    now = sa.func.coalesce(col(Enterprise.merged_into), col(Enterprise.id)).label("now")
    place = sa.select(col(Enterprise.id), now, col(Enterprise.region))
    rows = await tx.execute(place.where(col(Enterprise.id).in_(sealed), sees(actor, Enterprise)))
    places = {row.id: {"enterprise_id": row.now, "region": row.region} for row in rows}
    return {visit_id: one.model_copy(update=places.get(one.enterprise_id, {})) for visit_id, one in facts.items()}


def open_at_arrival(tx: AsyncSession, visit: Visit, enterprise: Enterprise) -> None:
    """Fill the columns: whoever has arrived has told the enterprise, as it is today and where it lies."""
    if not visit.is_sealed:
        return
    facts = facts_of(tx, visit).model_copy(update={"enterprise_id": enterprise.id, "region": enterprise.region})
    for name in COLUMNS:
        setattr(visit, name, getattr(facts, name))


def _opened(tx: AsyncSession, visit: Visit) -> VisitFacts:
    return VisitFacts.model_validate(seals(tx).open(visit.sealed or b"", table=TABLE, row_id=visit.id))

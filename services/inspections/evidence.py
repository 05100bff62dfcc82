"""Was it 四不两直: the rules' answers (services/rules/evidence), as the desk and those who were there see them."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.evidence import (
    EvidenceAnswerRead,
    EvidenceFlag,
    EvidenceFlagRead,
    EvidenceGround,
    EvidenceRead,
    GroundRead,
)
from models.inspections import Inspection, InspectionInspector
from models.words import Directness, FlagColour, Role, Shown
from services import limits
from services.access import Actor, Deed
from services.errors import NotAllowed
from services.inspections.leaks import leak_watch
from services.inspections.queries import get
from services.inspections.traces import facts_of
from services.rules.clocks import local_date
from services.rules.evidence import Answered, Bounds, Colour, Raised, answers

TOLD_OF_LEAKS = frozenset({Role.OFFICE, Role.LEADER})


async def evidence(tx: AsyncSession, actor: Actor, inspection_id: UUID) -> EvidenceRead:
    """For the desk, and for those who were there. Raises NotFound, NotAllowed."""
    inspection = await get(tx, actor, inspection_id)
    await _require(tx, actor, inspection)
    bounds = Bounds(await limits.rule_book(tx), local_date(inspection.arrived_at))
    answered, raised = answers(await facts_of(tx, inspection), bounds)
    red = sum(found.flag.colour is Colour.RED for found in raised)
    return EvidenceRead(
        inspection_id=inspection.id,
        version=inspection.version,
        answers=[_answer(one) for one in answered],
        flags=[_flag(found, bounds) for found in raised],
        red=red,
        amber=len(raised) - red,
        leak_watch=await leak_watch(tx, inspection, bounds) if actor.role in TOLD_OF_LEAKS else None,
    )


async def _require(tx: AsyncSession, actor: Actor, inspection: Inspection) -> None:
    """What looks odd about a colleague's visit is between them and the desk."""
    if actor.may(Deed.RESOLVE_HELD):
        return
    actor.require(Deed.REPORT_INSPECTION)
    took_part = sa.exists().where(
        col(InspectionInspector.inspection_id) == inspection.id, col(InspectionInspector.user_id) == actor.id
    )
    if inspection.submitted_by != actor.id and not await tx.scalar(sa.select(took_part)):
        raise NotAllowed(Deed.RESOLVE_HELD)


def _answer(one: Answered) -> EvidenceAnswerRead:
    question, answer = Directness(one.asked.value), Shown(one.answer.value)
    grounds = [EvidenceGround(ground.value) for ground in one.grounds]
    return EvidenceAnswerRead(
        question=question,
        question_label=question.label,
        answer=answer,
        answer_label=answer.label,
        grounds=[GroundRead(ground=ground, label=ground.label) for ground in grounds],
        flags=[EvidenceFlag(flag.value) for flag in one.flags],
    )


def _flag(found: Raised, bounds: Bounds) -> EvidenceFlagRead:
    flag, colour = EvidenceFlag(found.flag.value), FlagColour(found.flag.colour.value)
    return EvidenceFlagRead(
        flag=flag,
        label=flag.label,
        colour=colour,
        colour_label=colour.label,
        explained=flag.explained,
        measured=None if found.measured is None else round(found.measured, 1),
        bound=None if found.rule is None else limits.bound_shown(bounds.book.limit(found.rule, bounds.day)),
    )

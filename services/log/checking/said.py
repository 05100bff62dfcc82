"""Answers and officers of each inspection against the reports as they were sent: what they add up to stands there."""

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.inspections import Inspection, InspectionInspector, InspectionVersion
from models.words import InspectionState
from services.log.checking.faults import Fault
from services.log.checking.written import as_written

ANSWERS = SQLModel.metadata.tables["answer"]
AT_ONCE = 200


class AnswerSaid(BaseModel):
    """What a report says of one item, as any version of this office read it."""

    item: str
    item_version: int | None = None
    result: str
    note: str | None = None


class ReportSaid(BaseModel):
    """What a report, or an amendment, says of officers and answers."""

    inspectors: list[UUID] = []
    answers: list[AnswerSaid] = []


@dataclass
class Standing:
    """What stands in the tables for one inspection: whoever owns them can also write words that are none of ours."""

    officers: list[UUID] = field(default_factory=list)
    answers: dict[str, AnswerSaid] = field(default_factory=dict)


async def said_faults(tx: AsyncSession) -> AsyncIterator[Fault]:
    """Of each inspection; one that was not accepted has neither."""
    is_accepted = sa.cast(col(Inspection.state), sa.Text) == InspectionState.ACCEPTED.value
    query = sa.select(col(Inspection.id), is_accepted, col(Inspection.submitted_by)).order_by(col(Inspection.id))
    some = (await tx.execute(query.limit(AT_ONCE))).all()
    while some:
        ids = [inspection_id for inspection_id, _, _ in some]
        sent, standing = await _sent(tx, ids), await _standing(tx, ids)
        for inspection_id, accepted, author in some:
            for what in _differences(accepted, author, sent[inspection_id], standing[inspection_id]):
                yield Fault(f"inspection {inspection_id}", what)
        some = (await tx.execute(query.where(col(Inspection.id) > ids[-1]).limit(AT_ONCE))).all()


def _differences(is_accepted: bool, author: UUID, sent: Sequence[InspectionVersion], standing: Standing) -> list[str]:
    """Bytes that are not those of their hash say nothing: sent.py beside this file tells of them."""
    said = [_read(version) for version in sent]
    if not said or None in said:
        return []
    reports = [one for one in said if one is not None]
    officers = list(dict.fromkeys(reports[0].inspectors)) or [author]
    answers = {answer.item: answer for report in reports for answer in report.answers}  # the last one counts
    differences = []
    if standing.officers != (officers if is_accepted else []):
        differences.append("inspection_inspector: these are not the officers of the report as it was sent")
    for item in sorted((answers.keys() if is_accepted else set()) | standing.answers.keys()):
        row = standing.answers.get(item)
        if not is_accepted or row is None or not _is_as_said(row, answers.get(item)):
            differences.append(f"answer {item}: it is not what the report as it was sent says")
    return differences


def _read(version: InspectionVersion) -> ReportSaid | None:
    if hashlib.sha256(version.raw).digest() != version.sha256:
        return None
    try:
        return ReportSaid.model_validate_json(version.raw)
    except ValidationError:
        return None


def _is_as_said(row: AnswerSaid, said: AnswerSaid | None) -> bool:
    """A report need not name the version of the item's words: then it is that of the day."""
    if said is None or (row.result, row.note) != (said.result, said.note):
        return False
    return said.item_version in (None, row.item_version)


async def _sent(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[InspectionVersion]]:
    query = sa.select(InspectionVersion).where(col(InspectionVersion.inspection_id).in_(ids))
    sent: dict[UUID, list[InspectionVersion]] = defaultdict(list)
    for version in (await tx.scalars(query.order_by(col(InspectionVersion.version)))).all():
        sent[version.inspection_id].append(version)
    return sent


async def _standing(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Standing]:
    standing: dict[UUID, Standing] = defaultdict(Standing)
    officers = sa.select(InspectionInspector).where(col(InspectionInspector.inspection_id).in_(ids))
    for officer in (await tx.scalars(officers.order_by(col(InspectionInspector.position)))).all():
        standing[officer.inspection_id].officers.append(officer.user_id)
    answers = sa.select(*as_written(ANSWERS.c)).where(ANSWERS.c.inspection_id.in_(ids))
    for row in (await tx.execute(answers)).mappings():
        standing[row["inspection_id"]].answers[row["item"]] = AnswerSaid.model_validate(dict(row))
    return standing

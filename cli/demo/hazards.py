"""What is found in each trade: a checklist item with its measure, its standard and the scene that shows it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.checklists import Checklist, ChecklistItem
from models.words import Grade

FILE = Path(__file__).with_name("hazards.csv")


@dataclass(frozen=True)
class Hazard:
    """One item of the catalogue's checklists with what the demo says about it."""

    item: str
    industry: str
    text: str
    grade: Grade
    scene: str
    measure: str
    standard: str


async def read_hazards(tx: AsyncSession) -> dict[str, list[Hazard]]:
    """By industry, in the file's order; text and grade are the catalogue's own."""
    query = sa.select(ChecklistItem, col(Checklist.industry)).join(
        Checklist,
        sa.and_(col(Checklist.code) == col(ChecklistItem.checklist), col(Checklist.version) == ChecklistItem.version),
    )
    known: dict[str, tuple[ChecklistItem, str]] = {
        item.code: (item, industry)
        for item, industry in (await tx.execute(query.order_by(col(ChecklistItem.version)))).all()
    }
    with FILE.open(encoding="utf-8", newline="") as rows:
        hazards = [_hazard(row, *known[row["item"]]) for row in csv.DictReader(rows)]
    return {industry: _of(hazards, industry) for industry in dict.fromkeys(hazard.industry for hazard in hazards)}


def _hazard(row: dict[str, str], item: ChecklistItem, industry: str) -> Hazard:
    return Hazard(
        item.code,
        industry,
        item.text,
        item.default_grade,
        row["scene"],
        measure=row["measure"],
        standard=row["standard"],
    )


def _of(hazards: Sequence[Hazard], industry: str) -> list[Hazard]:
    return [hazard for hazard in hazards if hazard.industry == industry]

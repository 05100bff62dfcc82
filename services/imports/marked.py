"""What was sent, as a workbook that shows where it is wrong."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.imports import ValueClass
from services.access import Actor
from services.confined.marking import pack
from services.confined.runner import Confined
from services.confined.works import MARKING
from services.errors import InProgress, NotFound
from services.imports import kept
from services.imports.errors import ImportFileGone
from services.imports.running import result_of, work_of
from services.sealing import seals


@dataclass(frozen=True)
class Marked:
    """All that the workbook is made of."""

    sheets: bytes
    problems: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    cautions: list[dict[str, Any]]


async def to_mark(tx: AsyncSession, actor: Actor, import_id: UUID) -> Marked:
    """What one sent, and what is told of it. Raises NotFound, ImportFileGone, InProgress while it is not done."""
    made, work = await result_of(tx, actor, import_id), await work_of(tx, actor, import_id)
    if made is None:
        raise NotFound if work is None else InProgress
    if work is None:
        raise ImportFileGone
    sheets = kept.unsealed(seals(tx), import_id, work.sealed)
    problems = [{**told, "value_class": ValueClass(str(told["value_class"])).label} for told in made.problems]
    return Marked(sheets, problems, made.changes, made.cautions)


async def marked(confined: Confined, asked: Marked) -> bytes:
    """The workbook, made where a large one holds nobody up. Raises ConfinedFailed."""
    packed = pack(asked.sheets, asked.problems, asked.changes, asked.cautions)
    return (await confined.run(MARKING, packed)).parts["xlsx"]

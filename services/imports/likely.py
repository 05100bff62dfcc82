"""Rows of a file that are probably an enterprise of the register, or of an earlier row: told beside them, and taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.imports import RowCaution
from models.likely_duplicates import DuplicateReasonRead
from services.access import Actor
from services.enterprises import duplicates
from services.imports.enterprise_rows import RegisterRow
from services.rules.likenesses import Likened

MOST_NAMED = 5
"""Other rows, or enterprises, that are named beside one row."""


@dataclass
class LikelyRows:
    """The new rows of a file so far, by the core of their names: one USCC twice is refused already."""

    by_core: dict[str, list[tuple[RegisterRow, Likened]]] = field(default_factory=dict)

    async def cautions(self, tx: AsyncSession, actor: Actor, rows: Sequence[RegisterRow]) -> list[RowCaution]:
        """Of these rows, as the file goes."""
        likened = [(row, duplicates.likened_as_told(row.write)) for row in rows]
        known = await duplicates.named(tx, actor, [(None, one) for _, one in likened])
        told: list[RowCaution] = []
        for (row, one), likely in zip(likened, known, strict=True):
            for other in likely[:MOST_NAMED]:
                told += [_caution(row, why, other.name, enterprise_id=other.id) for why in other.reasons]
            told += self._of_file(row, one)
        return told

    def _of_file(self, row: RegisterRow, one: Likened) -> Iterator[RowCaution]:
        if one.core is None:
            return
        earlier = self.by_core.setdefault(one.core, [])
        alike = ((other, duplicates.reasons_shown(one, known)) for other, known in earlier)
        for other, reasons in [found for found in alike if found[1]][:MOST_NAMED]:
            for why in reasons:
                yield _caution(row, why, other.write.name, other=other)
        earlier.append((row, one))


def _caution(
    row: RegisterRow,
    why: DuplicateReasonRead,
    name: str,
    *,
    enterprise_id: UUID | None = None,
    other: RegisterRow | None = None,
) -> RowCaution:
    return RowCaution(
        sheet=row.row.table.sheet,
        row=row.row.number,
        name=row.write.name,
        code=why.reason,
        detail=why.reason_label,
        other_name=name,
        enterprise_id=enterprise_id,
        other_sheet=None if other is None else other.row.table.sheet,
        other_row=None if other is None else other.row.number,
    )

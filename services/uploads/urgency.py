"""Which of several photos the office needs first: with one bar of signal the last of them may come days later."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.findings import Finding
from models.photos import PhotoUse
from models.words import Grade
from services.access import Actor, sees_use

Urgency = tuple[int, int, date]
UNNAMED: Urgency = (2, 0, date.max)


async def most_urgent_first(tx: AsyncSession, actor: Actor, photo_ids: Sequence[UUID]) -> list[UUID]:
    """Photos of findings first, major ones and what is due soonest before others; then of whole visits; then the rest.

    What is equally urgent stays as it was given. Records out of the actor's sight make nothing urgent.
    """
    naming = (
        sa.select(col(PhotoUse.photo_id), col(Finding.id), col(Finding.grade), col(Finding.deadline))
        .join(Finding, col(Finding.id) == col(PhotoUse.finding_id), isouter=True)
        .where(col(PhotoUse.photo_id).in_(photo_ids), sees_use(actor))
    )
    urgencies: dict[UUID, Urgency] = {}
    for photo_id, finding_id, grade, deadline in await tx.execute(naming):
        named = (1, 0, date.max) if finding_id is None else (0, int(grade is not Grade.MAJOR), deadline or date.max)
        urgencies[photo_id] = min(named, urgencies.get(photo_id, UNNAMED))
    return sorted(photo_ids, key=lambda photo_id: urgencies.get(photo_id, UNNAMED))

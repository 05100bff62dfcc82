"""The rows by which a draw weighs and caps: risk, last visit, yearly cap (catalog/: local data, unverified)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.draws import DrawWeight, VisitCap
from models.words import WeightFactor
from services.rules.clocks import local_date

NO_LEVEL = "none"
"""The register has no standardisation levels yet: everybody counts as without."""


@dataclass(frozen=True)
class Weights:
    """Factors by `factor:key`; what has no row weighs 1, and factors multiply."""

    rows: Mapping[str, int]

    def of(self, industry: str, last_visit: datetime | None, *, has_open_major: bool, at: datetime) -> int:
        """The weight of one enterprise."""
        weight = self._of(WeightFactor.INDUSTRY, industry) * self._since(last_visit, local_date(at))
        return weight * (self._of(WeightFactor.OPEN_MAJOR, "yes") if has_open_major else 1)

    def _since(self, last_visit: datetime | None, today: date) -> int:
        if last_visit is None:
            return self._of(WeightFactor.LAST_VISIT, "never")
        last = local_date(last_visit)
        months = (today.year - last.year) * 12 + today.month - last.month - (today.day < last.day)
        prefix = f"{WeightFactor.LAST_VISIT}:"
        steps = [int(key.removeprefix(prefix)) for key in self.rows if key.removeprefix(prefix).isdecimal()]
        reached = [step for step in steps if months >= step]
        return self._of(WeightFactor.LAST_VISIT, str(max(reached))) if reached else 1

    def _of(self, factor: WeightFactor, key: str) -> int:
        return self.rows.get(f"{factor}:{key}", 1)


@dataclass(frozen=True)
class Caps:
    """Visits a year by `region:industry`, of those in force on the day."""

    rows: Mapping[str, int]

    def of(self, region: str, industry: str, own: int | None) -> int | None:
        """The cap of one enterprise: the nearest region's row for its industry, else for all, or the office's own."""
        found = [
            self.rows[key]
            for length in range(len(region), 0, -1)
            for key in (f"{region[:length]}:{industry}", f"{region[:length]}:")
            if key in self.rows
        ]
        return min([*found[:1], *([] if own is None else [own])], default=None)


async def weights(tx: AsyncSession) -> Weights:
    """All of them."""
    rows = (await tx.scalars(sa.select(DrawWeight))).all()
    return Weights({f"{row.factor}:{row.key}": row.weight for row in rows})


async def caps(tx: AsyncSession, on: date) -> Caps:
    """Those in force."""
    in_force = sa.or_(col(VisitCap.valid_to).is_(None), col(VisitCap.valid_to) >= on)
    query = sa.select(VisitCap).where(
        col(VisitCap.standard_level) == NO_LEVEL, in_force, col(VisitCap.valid_from) <= on
    )
    return Caps({f"{row.region}:{row.industry}": row.per_year for row in await tx.scalars(query)})

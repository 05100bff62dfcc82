"""The rows by which a draw weighs and caps: risk, last visit, yearly cap (catalog/: local data, unverified)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.briefs import VisitKind
from models.draws import DrawWeight, VisitCap
from models.words import InspectionKind, WeightFactor
from services.rules.clocks import local_date

NO_LEVEL = "none"
"""How the rows call an enterprise without standardisation level."""


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
    """The rows of visit_caps.csv that are in force on the day, by `region:industry:level`."""

    by_key: Mapping[str, VisitCap]

    @property
    def rows(self) -> dict[str, int]:
        """Visits a year, as a draw keeps what it was capped by."""
        return {key: row.per_year for key, row in self.by_key.items()}

    def nearest(self, region: str, industry: str, level: str | None) -> VisitCap | None:
        """The nearest region's row: for its industry before that for all, at its level before that for none."""
        levels = (level or NO_LEVEL, NO_LEVEL)
        kinds = [(code, at) for code in (industry, "") for at in levels]
        keys = (f"{region[:length]}:{code}:{at}" for length in range(len(region), 0, -1) for code, at in kinds)
        return next((self.by_key[key] for key in keys if key in self.by_key), None)

    def of(self, region: str, industry: str, level: str | None, own: int | None) -> int | None:
        """The cap of one enterprise: by the nearest row, or the office's own where that is less."""
        row = self.nearest(region, industry, level)
        return min([*([] if row is None else [row.per_year]), *([] if own is None else [own])], default=None)


async def weights(tx: AsyncSession) -> Weights:
    """All of them."""
    rows = (await tx.scalars(sa.select(DrawWeight))).all()
    return Weights({f"{row.factor}:{row.key}": row.weight for row in rows})


async def caps(tx: AsyncSession, on: date) -> Caps:
    """Those in force."""
    in_force = sa.or_(col(VisitCap.valid_to).is_(None), col(VisitCap.valid_to) >= on)
    query = sa.select(VisitCap).where(in_force, col(VisitCap.valid_from) <= on)
    return Caps({f"{row.region}:{row.industry}:{row.standard_level}": row for row in await tx.scalars(query)})


async def counted_kinds(tx: AsyncSession) -> list[InspectionKind]:
    """Kinds of inspections that count as a visit of the year."""
    return list(await tx.scalars(sa.select(col(VisitKind.kind)).where(col(VisitKind.counts))))

"""Rows of what was merged into an enterprise out of its sender's sight: they would come back as new ones."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.events import Event
from models.words import EventKind
from services.access import Actor
from services.enterprises import industries_of, is_any
from services.imports.enterprise_rows import RegisterRow
from services.rules.names import normalise_name
from services.wall import beyond_sight


@dataclass
class MergedAway:
    """By what a row means one of them: as enterprises in sight are meant (`Known.meant_by`)."""

    codes: set[str] = field(default_factory=set)
    names: set[tuple[str, str, str | None]] = field(default_factory=set)

    def is_meant_by(self, row: RegisterRow) -> bool:
        """A name with another USCC is another enterprise."""
        write = row.write
        named = (normalise_name(write.name), write.region)
        if {write.uscc, row.office_code} & self.codes or (*named, write.uscc) in self.names:
            return True
        return (*named, None) in self.names or (write.uscc is None and any(one[:2] == named for one in self.names))


async def merged_away(tx: AsyncSession, actor: Actor, rows: Sequence[RegisterRow]) -> MergedAway:
    """Of what these rows may mean, that which was in the actor's own sight until it was merged: it tells no more than
    the register that they remember. Where it went stays unknown to them.
    """
    found = MergedAway()
    if not rows:
        return found
    async with beyond_sight(tx):
        were = {row.id: row for row in await tx.execute(_merged_with_names_of(rows))}
        trades = await industries_of(tx, sorted(were)) if were else {}
        told = (await tx.execute(_mergers_of(sorted(were)))).all() if were else []
    for subject_id, body in told:
        row = were[subject_id]
        now = trades.get(row.id, set())
        if actor.covers(row.region) and _in_trades(actor, now):
            continue  # in sight still, and told of with the one that it is now (likely.py)
        before = json.loads(body)["before"]
        region = before.get("region", row.region)
        if actor.covers(region) and _in_trades(actor, before.get("industries", now)):
            found.codes |= {code for code in (row.uscc, row.office_code) if code is not None}
            found.names.add((row.name_normal, region, row.uscc))
    return found


def _merged_with_names_of(rows: Sequence[RegisterRow]) -> sa.Select[*tuple[Any, ...]]:
    """Few are merged, so their own index finds them."""
    usccs = sorted({row.write.uscc for row in rows if row.write.uscc is not None})
    codes = sorted({row.office_code for row in rows if row.office_code is not None})
    names = sorted({normalise_name(row.write.name) for row in rows})
    one = col(Enterprise.id), col(Enterprise.uscc), col(Enterprise.office_code), col(Enterprise.name_normal)
    alike = [is_any(col(Enterprise.name_normal), names)]
    alike += [is_any(col(Enterprise.uscc), usccs)] if usccs else []
    alike += [is_any(col(Enterprise.office_code), codes)] if codes else []
    merged: sa.Select[*tuple[Any, ...]] = sa.select(*one, col(Enterprise.region))
    return merged.where(col(Enterprise.merged_into).is_not(None), sa.or_(*alike))


def _mergers_of(ids: Sequence[UUID]) -> sa.Select[UUID, str]:
    """The events that tell where each was before."""
    of_them = is_any(col(Event.subject_id), ids)
    return sa.select(col(Event.subject_id), col(Event.body)).where(
        of_them, col(Event.kind) == EventKind.ENTERPRISE_MERGED
    )


def _in_trades(actor: Actor, trades: Iterable[str]) -> bool:
    return actor.industries is None or not actor.industries.isdisjoint(trades)

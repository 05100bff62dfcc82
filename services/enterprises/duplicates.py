"""疑似重复: which enterprises on the register may be one. They are named to whoever sees both, and nothing is refused.

Every part of the question reaches an index under row security: the code, and the core of the name (decision 0022).
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseWrite, SearchKey
from models.likely_duplicates import (
    DuplicateReason,
    DuplicateReasonRead,
    EnterpriseDuplicatesRead,
    LikelyDuplicateRead,
    NamedEnterpriseRead,
)
from services.access import Actor, sees
from services.enterprises.checks import TOWNSHIP_DIGITS
from services.enterprises.searching import BY_NAME
from services.paging import Key, Slice, slice_of
from services.rules.codes import parent_region, read_uscc
from services.rules.likenesses import Likened, likenesses
from services.rules.names import name_core
from services.rules.search_keys import PHONE_KEYS, phone_keys
from services.sight import DEEPEST, within

ENDINGS = Path(__file__).resolve().parents[2] / "catalog" / "name_endings.csv"
MOST_NAMED = 20
"""A name of which there are more than this tells nothing any more."""

NAMED = NamedEnterpriseRead.model_fields.keys()


def core_of(name: str) -> str | None:
    """The core of a name, as it is kept with it; null where a name has no letter."""
    return name_core(name, _endings()) or None


@cache
def _endings() -> tuple[str, ...]:
    """What names end in that tells nothing of who it is."""
    with ENDINGS.open(encoding="utf-8", newline="") as lines:
        return tuple(line["ending"] for line in csv.DictReader(lines))


def likened(row: Enterprise) -> Likened:
    """What of a row is compared; of what was merged its former village is known no more, only the township."""
    region = row.region if row.merged_into is None else row.region[:TOWNSHIP_DIGITS]
    return Likened(row.uscc, row.name_core, region, phone_keys([row.principal_phone, row.safety_manager_phone]))


def likened_as_told(write: EnterpriseWrite) -> Likened:
    """What of an enterprise is compared that is not on the register yet."""
    uscc = None if write.uscc is None else read_uscc(write.uscc).code
    phones = phone_keys([write.principal_phone, write.safety_manager_phone])
    return Likened(uscc, core_of(write.name), write.region, phones)


def reasons_shown(one: Likened, other: Likened) -> list[DuplicateReasonRead]:
    """Why the two may be one, as people read it."""
    found = [DuplicateReason(like.value) for like in likenesses(one, other)]
    return [DuplicateReasonRead(reason=reason, reason_label=reason.label) for reason in found]


async def of_new(tx: AsyncSession, actor: Actor, row: Enterprise) -> list[LikelyDuplicateRead]:
    """Those that were on the register when this one came; so a repeat is answered as the first call was."""
    [found] = await named(tx, actor, [(row.id, likened(row))], until=row.created_at)
    return found


async def list_likely(
    tx: AsyncSession,
    actor: Actor,
    *,
    region: str | None,
    enterprise_id: UUID | None,
    after: Key | None,
    limit: int,
) -> Slice[EnterpriseDuplicatesRead]:
    """Enterprises that may be the same as another one in sight, by name, each with all that it may be."""
    query = sa.select(Enterprise).where(sees(actor, Enterprise), col(Enterprise.merged_into).is_(None))
    query = query.where(_has_a_like(actor))
    if region is not None:
        query = query.where(within(region, col(Enterprise.region)))
    if enterprise_id is not None:
        query = query.where(col(Enterprise.id) == enterprise_id)
    found = await slice_of(tx, query, BY_NAME, lambda row: (row.name, row.id), after=after, limit=limit)
    likes = await named(tx, actor, [(row.id, likened(row)) for row in found.rows])
    items = [
        EnterpriseDuplicatesRead(**row.model_dump(include=set(NAMED)), likely_duplicates=like)
        for row, like in zip(found.rows, likes, strict=True)
    ]
    return Slice(items, found.last)


async def named(
    tx: AsyncSession, actor: Actor, asked: Sequence[tuple[UUID | None, Likened]], *, until: datetime | None = None
) -> list[list[LikelyDuplicateRead]]:
    """For each, the enterprises in sight that it may be: one question for all. Ids are of those on the register.

    What looks like one that was merged is told of the one that this is now.
    """
    alike = _alike([one for _, one in asked])
    if not asked or alike is None:
        return [[] for _ in asked]
    query = sa.select(Enterprise).where(sees(actor, Enterprise), alike)
    if until is not None:
        query = query.where(col(Enterprise.created_at) <= until)
    rows = (await tx.scalars(query.order_by(col(Enterprise.name), col(Enterprise.id)))).all()
    into = [row.merged_into for row in rows if row.merged_into is not None]
    kept = sa.select(Enterprise).where(col(Enterprise.id).in_(into), sees(actor, Enterprise))
    now = {row.id: row for row in (await tx.scalars(kept)).all()} if into else {}
    known = _by_likeness((now.get(row.merged_into or row.id, row), likened(row)) for row in rows)
    return [list(_named(own_id, one, known))[:MOST_NAMED] for own_id, one in asked]


Known = Mapping[tuple[str, str], Sequence[tuple[Enterprise, Likened]]]


def _by_likeness(rows: Iterable[tuple[Enterprise, Likened]]) -> Known:
    known: dict[tuple[str, str], list[tuple[Enterprise, Likened]]] = {}
    for row, one in rows:
        for kind, value in (("uscc", one.uscc), ("core", one.core)):
            if value:
                known.setdefault((kind, value), []).append((row, one))
    return known


def _named(own_id: UUID | None, one: Likened, known: Known) -> Iterable[LikelyDuplicateRead]:
    met = {own_id}
    for key in (("uscc", one.uscc or ""), ("core", one.core or "")):
        for row, other in known.get(key, ()):
            reasons = [] if row.id in met else reasons_shown(one, other)
            if reasons:
                met.add(row.id)
                yield LikelyDuplicateRead(**row.model_dump(include=set(NAMED)), reasons=reasons)


def _alike(asked: Sequence[Likened]) -> ColumnElement[bool] | None:
    """Enterprises with one of these codes, or one of these names near by or under one of these phones."""
    usccs = sorted({one.uscc for one in asked if one.uscc is not None})
    cores = sorted({one.core for one in asked if one.core is not None})
    phones = sorted({phone for one in asked for phone in one.phones})
    parts = []
    if usccs:
        parts.append(sa.select(col(Enterprise.id)).where(col(Enterprise.uscc).in_(usccs)))
    if cores:
        of_name = sa.select(col(Enterprise.id)).where(col(Enterprise.name_core).in_(cores))
        parts.append(of_name.where(_near({one.region for one in asked})))
        if phones:
            under = sa.and_(col(SearchKey.enterprise_id) == col(Enterprise.id), col(SearchKey.key).in_(phones))
            parts.append(of_name.join(SearchKey, under))
    return col(Enterprise.id).in_(sa.union_all(*parts)) if parts else None


def _near(regions: Iterable[str]) -> ColumnElement[bool]:
    """In one of these regions: what is registered for a village, or for its township as a whole."""
    codes = set(regions)
    parts: list[ColumnElement[bool]] = [within(code, col(Enterprise.region)) for code in codes if len(code) < DEEPEST]
    villages = {code for code in codes if len(code) == DEEPEST}
    named_by = villages | {above for code in villages if (above := parent_region(code)) is not None}
    past = [within(code, col(Enterprise.region)) for code in {code[:TOWNSHIP_DIGITS] for code in villages}]
    parts += [sa.and_(col(Enterprise.merged_into).is_not(None), sa.or_(*past))] if past else []
    return sa.or_(*parts, col(Enterprise.region).in_(sorted(named_by)))


def _has_a_like(actor: Actor) -> ColumnElement[bool]:
    """The same in one question for every row of the register."""
    columns = [col(getattr(Enterprise, name)) for name in ("id", "uscc", "name_core", "region")]
    unmerged = col(Enterprise.merged_into).is_(None)
    other = sa.select(*columns).where(sees(actor, Enterprise), unmerged).subquery("other")
    is_other = other.c.id != col(Enterprise.id)
    own, theirs = aliased(SearchKey), aliased(SearchKey)
    first, past = PHONE_KEYS
    one_phone = sa.exists().where(
        *(col(own.enterprise_id) == col(Enterprise.id), col(own.key) >= first, col(own.key) < past),
        *(col(theirs.enterprise_id) == other.c.id, col(theirs.key) == col(own.key)),
    )
    township = sa.func.left(col(Enterprise.region), 9)
    in_region = sa.or_(
        other.c.region.in_([col(Enterprise.region), township]),
        sa.and_(col(Enterprise.region) == township, sa.func.left(other.c.region, 9) == township),
    )
    of_code = sa.exists().select_from(other).where(other.c.uscc == col(Enterprise.uscc), is_other)
    of_name = sa.exists().select_from(other)
    of_name = of_name.where(other.c.name_core == col(Enterprise.name_core), is_other, sa.or_(in_region, one_phone))
    return sa.or_(of_code.correlate(Enterprise), of_name.correlate(Enterprise))

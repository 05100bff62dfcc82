"""Which rows of a file are on the register already, as far as its maker sees it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterprisePatch, EnterpriseWrite
from services.access import Actor, sees
from services.enterprises import change_errors, industries_of, links
from services.imports.reading import Gazetteer, Reading, RegisterRow
from services.rules.names import normalise_name

AT_ONCE = 200

COPIED = (
    "name",
    "uscc",
    "region",
    "address",
    "principal_name",
    "principal_phone",
    "safety_manager_name",
    "safety_manager_phone",
)
"""Fields that a row changes where it says something else; an empty cell changes nothing."""


@dataclass
class Plan:
    """What an import would do."""

    new: list[EnterpriseWrite] = field(default_factory=list)
    changes: dict[UUID, EnterprisePatch] = field(default_factory=dict)
    unchanged: int = 0


@dataclass
class Known:
    """Enterprises in sight that some rows may mean."""

    by_uscc: dict[str, list[Enterprise]] = field(default_factory=dict)
    by_office_code: dict[str, list[Enterprise]] = field(default_factory=dict)
    by_name: dict[tuple[str, str], list[Enterprise]] = field(default_factory=dict)

    def add(self, row: Enterprise) -> None:
        """Make it findable by all that it may be known by."""
        if row.uscc is not None:
            self.by_uscc.setdefault(row.uscc, []).append(row)
        if row.office_code is not None:
            self.by_office_code.setdefault(row.office_code, []).append(row)
        self.by_name.setdefault((row.name_normal, row.region), []).append(row)

    def meant_by(self, row: RegisterRow) -> list[Enterprise]:
        """USCC first, then office code, then name and region; a name with another USCC is another enterprise."""
        write = row.write
        if write.uscc is not None and write.uscc in self.by_uscc:
            return _narrowed(self.by_uscc[write.uscc], write)
        if row.office_code is not None:
            return self.by_office_code.get(row.office_code, [])
        named = self.by_name.get((normalise_name(write.name), write.region), [])
        return named if write.uscc is None else [known for known in named if known.uscc is None]


async def plan(tx: AsyncSession, actor: Actor, reading: Reading, names: Gazetteer) -> Plan:
    """What the good rows come to. Rows that turn out to be none are noted as problems."""
    made = Plan()
    taken: set[object] = set()
    for rows in in_parts(reading.good):
        known = await _known(tx, actor, rows)
        ids = {row.id for group in known.by_name.values() for row in group}
        trades = await industries_of(tx, sorted(ids))
        for row in rows:
            meant = known.meant_by(row)
            wrong = _trouble(row, meant, taken)
            if wrong is None and meant:
                links_now = frozenset(trades.get(meant[0].id, ()))
                wrong = _plan_change(made, actor, row.write, meant[0], links_now, names)
            elif wrong is None:
                made.new.append(row.write)
            if wrong is not None:
                reading.refuse(row.number, *wrong)
    return made


def in_parts(rows: Sequence[RegisterRow]) -> Iterator[Sequence[RegisterRow]]:
    """So many rows as one question to the database may name."""
    return (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))


def _narrowed(rows: list[Enterprise], write: EnterpriseWrite) -> list[Enterprise]:
    """Several with one USCC: those whose name is this one, if that helps."""
    same = [row for row in rows if (row.name_normal, row.region) == (normalise_name(write.name), write.region)]
    return same or rows


def _trouble(row: RegisterRow, meant: Sequence[Enterprise], taken: set[object]) -> tuple[str, str] | None:
    """Why a row means no single enterprise: its field and a code. Remembers the row in `taken`."""
    write = row.write
    if len(meant) > 1:
        return "name", "match_ambiguous"
    if not meant and row.office_code is not None:
        return "office_code", "office_code_unknown"
    keys: set[object] = {(write.uscc or "", normalise_name(write.name), write.region)}
    keys |= {write.uscc} if write.uscc is not None else set()
    keys |= {meant[0].id} if meant else set()
    if keys & taken:
        return "name", "row_repeated"
    taken |= keys
    return None


def _plan_change(
    made: Plan, actor: Actor, write: EnterpriseWrite, row: Enterprise, trades: frozenset[str], names: Gazetteer
) -> tuple[str, str] | None:
    patch = EnterprisePatch.model_validate(_differences(write, row, trades))
    if not patch.model_fields_set:
        made.unchanged += 1
        return None
    errors = change_errors(actor, row, trades, patch, names.known_industries)
    if errors:
        return errors[0].pointer.split("/")[1], errors[0].code
    made.changes[row.id] = patch
    return None


def _differences(write: EnterpriseWrite, row: Enterprise, trades: frozenset[str]) -> Mapping[str, object]:
    said = {name: getattr(write, name) for name in (*COPIED, "main_industry")}
    changed: dict[str, object] = {
        name: value for name, value in said.items() if value is not None and value != getattr(row, name)
    }
    if write.industries and links(write.main_industry, write.industries) != trades:
        changed["industries"] = list(write.industries)
    return changed


async def _known(tx: AsyncSession, actor: Actor, rows: Sequence[RegisterRow]) -> Known:
    usccs = {row.write.uscc for row in rows if row.write.uscc is not None}
    codes = {row.office_code for row in rows if row.office_code is not None}
    regions = {row.write.region for row in rows}
    names = {normalise_name(row.write.name) for row in rows} - {""}
    named = sa.and_(col(Enterprise.region).in_(sorted(regions)), col(Enterprise.name_normal).in_(sorted(names)))
    known = Known()
    seen: set[UUID] = set()
    for condition in (
        col(Enterprise.uscc).in_(sorted(usccs)),
        col(Enterprise.office_code).in_(sorted(codes)),
        named,
    ):
        query = sa.select(Enterprise).where(sees(actor, Enterprise), condition)
        for row in (await tx.scalars(query)).all():
            if row.id not in seen:
                seen.add(row.id)
                known.add(row)
    return known

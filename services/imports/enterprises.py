"""Enterprises by file: which rows are on the register already, as far as its sender sees it, and what they change."""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterprisePatch, EnterpriseWrite
from models.imports import RowChange
from models.words import EventKind, ImportKind
from services.access import Actor, Deed, sees
from services.chance import chance
from services.enterprises import Entry, add_all, change, change_errors, industries_of, is_any, links
from services.imports.enterprise_rows import LISTS, PLACE, Gazetteer, RegisterRow, gazetteer, read_rows
from services.imports.likely import LikelyRows
from services.imports.merged_away import MergedAway, merged_away
from services.imports.reading import Reading, Wrong, in_parts, layout_of, told_change
from services.imports.register import Plan, Progress, Register
from services.rules.names import normalise_name
from services.rules.register_files import Layout

BATCH = 50
COPIED = (
    "name",
    "uscc",
    "region",
    "address",
    "principal_name",
    "principal_phone",
    "safety_manager_name",
    "safety_manager_phone",
    "main_industry",
    "size",
    "risk",
    "standard_level",
)
"""Fields that a row changes where it says something else; an empty cell changes nothing."""
CODES = ("uscc", "office_code", "region", "principal_phone", "safety_manager_phone", *PLACE)
PHONES = {"principal_name": "principal_phone", "safety_manager_name": "safety_manager_phone"}


class Enterprises(Register):
    """The register of enterprises."""

    kind = ImportKind.ENTERPRISES
    deed = Deed.IMPORT_ENTERPRISES
    imported = EventKind.ENTERPRISES_IMPORTED

    def layout(self) -> Layout:
        """What a single call takes of an enterprise."""
        return layout_of(self.kind, ("name", "region", "main_industry"), CODES, lists=LISTS, phones=PHONES)

    async def plan(self, tx: AsyncSession, actor: Actor, reading: Reading, progress: Progress) -> Plan:
        """Matched by USCC, then office code, then name and region."""
        made = EnterprisePlan()
        names = await gazetteer(tx, actor)
        taken: set[object] = set()
        likely = LikelyRows()
        for part in in_parts(reading.file.rows):
            rows = await asyncio.to_thread(read_rows, reading, part, actor, names)
            fresh: list[RegisterRow] = []
            known = await _known(tx, actor, rows)
            trades = await industries_of(tx, sorted(known.ids))
            gone = await merged_away(tx, actor, [row for row in rows if not known.meant_by(row)])
            for row in rows:
                meant = known.meant_by(row)
                wrong = _trouble(row, meant, taken, gone)
                if wrong is None and meant:
                    wrong = made.change(actor, row, meant[0], frozenset(trades.get(meant[0].id, ())), names)
                elif wrong is None:
                    made.add(row.write)
                    fresh.append(row)
                reading.refuse(row.row, [wrong] if wrong else [])
            made.cautions += await likely.cautions(tx, actor, fresh)
            await progress.judged(len(part))
        return made


@dataclass
class EnterprisePlan(Plan):
    """New enterprises, and patches of those in sight."""

    new: list[EnterpriseWrite] = field(default_factory=list)
    patches: dict[UUID, EnterprisePatch] = field(default_factory=dict)

    def add(self, write: EnterpriseWrite) -> None:
        """A row that nothing on the register is meant by."""
        self.new.append(write)
        self.created += 1

    def change(
        self, actor: Actor, read: RegisterRow, row: Enterprise, trades: frozenset[str], names: Gazetteer
    ) -> Wrong | None:
        """A row that means this enterprise; why not, if it may not change so."""
        said = _differences(read.write, row, trades)
        patch = EnterprisePatch.model_validate(said)
        if not said:
            self.unchanged += 1
            return None
        errors = change_errors(actor, row, trades, patch, names.known_industries)
        if errors:
            return errors[0].pointer.split("/")[1], errors[0].code
        self.patches[row.id] = patch
        self.updated += 1
        self.changes += _told(read, row, trades, said)
        return None

    async def apply(self, tx: AsyncSession, actor: Actor, at: datetime, progress: Progress) -> list[UUID]:
        """In batches, so that other requests get their turn in between."""
        made: list[UUID] = []
        for first in range(0, len(self.new), BATCH):
            entries = [Entry(chance(tx).new_id(), write) for write in self.new[first : first + BATCH]]
            made += [row.id for row in await add_all(tx, actor, entries, at)]
            await progress.written(len(entries))
        ids = sorted(self.patches)
        for first in range(0, len(ids), BATCH):
            await _change(tx, actor, ids[first : first + BATCH], self.patches, at)
            await progress.written(len(ids[first : first + BATCH]))
        return made


@dataclass
class Known:
    """Enterprises in sight that some rows may mean."""

    by_uscc: dict[str, list[Enterprise]] = field(default_factory=dict)
    by_office_code: dict[str, list[Enterprise]] = field(default_factory=dict)
    by_name: dict[tuple[str, str], list[Enterprise]] = field(default_factory=dict)
    ids: set[UUID] = field(default_factory=set)

    def add_all(self, rows: Sequence[Enterprise]) -> None:
        """Each once, by whatever it was found."""
        for row in rows:
            if row.id not in self.ids:
                self.ids.add(row.id)
                self.add(row)

    def has_code_of(self, row: RegisterRow) -> bool:
        """Whether the row's name says nothing more of what it means (`meant_by`)."""
        return row.write.uscc in self.by_uscc or row.office_code is not None

    def add(self, row: Enterprise) -> None:
        """Make it findable by all that it may be known by."""
        if row.uscc is not None:
            self.by_uscc.setdefault(row.uscc, []).append(row)
        if row.office_code is not None:
            self.by_office_code.setdefault(row.office_code, []).append(row)
        self.by_name.setdefault((row.name_normal, row.region), []).append(row)

    def meant_by(self, row: RegisterRow) -> list[Enterprise]:
        """USCC first, then office code, then name and region; a name with another USCC is another enterprise."""
        found = self._found(row)
        return [known for known in found if known.merged_into is None] or found[:1]

    def _found(self, row: RegisterRow) -> list[Enterprise]:
        write = row.write
        if write.uscc is not None and write.uscc in self.by_uscc:
            return _narrowed(self.by_uscc[write.uscc], row)
        if row.office_code is not None:
            return self.by_office_code.get(row.office_code, [])
        named = self.by_name.get((normalise_name(write.name), write.region), [])
        return named if write.uscc is None else [known for known in named if known.uscc is None]


def _narrowed(rows: list[Enterprise], row: RegisterRow) -> list[Enterprise]:
    """Several with one USCC: those of this office code or, failing that, of this name, if that helps."""
    if len(rows) == 1:
        return rows
    coded = [known for known in rows if row.office_code is not None and known.office_code == row.office_code]
    named = (normalise_name(row.write.name), row.write.region)
    return coded or [known for known in rows if (known.name_normal, known.region) == named] or rows


def _trouble(row: RegisterRow, meant: Sequence[Enterprise], taken: set[object], gone: MergedAway) -> Wrong | None:
    """Why a row means no single enterprise: its field and a code. Remembers the row in `taken`."""
    write = row.write
    if len(meant) > 1:
        return "name", "match_ambiguous"
    if gone.is_meant_by(row) if not meant else meant[0].merged_into is not None:
        return "name", "enterprise_merged"
    if not meant and row.office_code is not None:
        return "office_code", "office_code_unknown"
    named = (normalise_name(write.name), write.region)
    keys: set[object] = {meant[0].id} if meant else {(write.uscc, *named)}
    met = keys
    if not meant and write.uscc is not None:  # as on the register: a row without a code means one that has one, too
        keys, met = keys | {write.uscc, named}, keys | {write.uscc, (None, *named)}
    elif not meant:
        met = keys | {named}
    if met & taken:
        return "name", "row_repeated"
    taken |= keys
    return None


def _differences(write: EnterpriseWrite, row: Enterprise, trades: frozenset[str]) -> Mapping[str, object]:
    said = {name: getattr(write, name) for name in COPIED}
    changed: dict[str, object] = {
        name: value
        for name, value in said.items()
        if value is not None and value not in (getattr(row, name), _as_read(name, getattr(row, name)))
    }
    if write.industries and links(write.main_industry, write.industries) != trades:
        changed["industries"] = list(write.industries)
    place = write.location
    if place is not None and (place.lon, place.lat, place.crs) != (row.lon, row.lat, row.crs):
        changed["location"] = place.model_dump(mode="json")
    return changed


def _as_read(name: str, kept: str | None) -> str | None:
    """What an import would make of a phone that somebody typed in wide digits: it is no other phone."""
    return kept and unicodedata.normalize("NFKC", kept).strip() if name in PHONES.values() else kept


def _told(read: RegisterRow, row: Enterprise, trades: frozenset[str], said: Mapping[str, object]) -> list[RowChange]:
    before = {**row.model_dump(), "industries": trades}
    after = {**said, **({"industries": links(read.write.main_industry, read.write.industries)} if said else {})}
    fields = [name for name in said if name != "location"]
    place = read.write.location
    if "location" in said and place is not None:
        after |= {"lon": place.lon, "lat": place.lat, "crs": place.crs.value}
        fields += [name for name in PLACE if after[name] != before[name]]
    return [told_change(read.row, row.name, name, before[name], after[name]) for name in fields]


async def _known(tx: AsyncSession, actor: Actor, rows: Sequence[RegisterRow]) -> Known:
    """By their codes and, where none is known by its code, by name and region."""
    known = Known()
    usccs = {row.write.uscc for row in rows if row.write.uscc is not None}
    codes = {row.office_code for row in rows if row.office_code is not None}
    one = sa.select(Enterprise).where(sees(actor, Enterprise))
    if usccs:
        known.add_all((await tx.scalars(one.where(is_any(col(Enterprise.uscc), sorted(usccs))))).all())
    if codes:
        known.add_all((await tx.scalars(one.where(is_any(col(Enterprise.office_code), sorted(codes))))).all())
    by_name = {(row.write.region, normalise_name(row.write.name)) for row in rows if not known.has_code_of(row)}
    if by_name:
        known.add_all((await tx.scalars(_named(one, sorted(by_name)))).all())
    return known


def _named(one: sa.Select[Enterprise], wanted: Sequence[tuple[str, str]]) -> sa.Select[Enterprise]:
    """Pair by pair: each list by itself would have the index tried for every name in every region."""
    regions, names = (sa.cast(list(column), sa.ARRAY(sa.Text)) for column in zip(*wanted, strict=True))
    asked = sa.func.unnest(regions, names).table_valued("region", "name").render_derived()
    here = sa.and_(col(Enterprise.region) == asked.c.region, col(Enterprise.name_normal) == asked.c.name)
    return one.join(asked, here)


async def _change(
    tx: AsyncSession, actor: Actor, ids: Sequence[UUID], changes: Mapping[UUID, EnterprisePatch], at: datetime
) -> None:
    wanted = sa.select(Enterprise).where(col(Enterprise.id).in_(ids), sees(actor, Enterprise))
    locked = wanted.order_by(col(Enterprise.id)).with_for_update(of=Enterprise, key_share=True)
    rows = (await tx.scalars(locked.execution_options(populate_existing=True))).all()
    trades = await industries_of(tx, ids)
    for row in rows:
        row.version += 1
        await change(tx, actor, row, frozenset(trades.get(row.id, ())), changes[row.id], at=at)

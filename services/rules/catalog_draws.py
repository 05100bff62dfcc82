"""The catalogue's rows for draws: how often a year at most, and what raises an enterprise's chance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from services.rules.catalog_files import Line, Seen, lines

KINDS = frozenset({"spot_check", "routine", "joint", "reinspection", "campaign", "tip", "patrol"})
FACTORS = frozenset({"industry", "open_major", "last_visit"})


@dataclass(frozen=True, slots=True)
class CapRow:
    region: str
    industry: str
    standard_level: str
    per_year: int
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    kind: str
    counts: bool
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class WeightRow:
    factor: str
    key: str
    weight: int
    name: str
    source: str
    verified: bool


def read_caps(text_of: Callable[[str], str]) -> Iterator[CapRow]:
    """visit_caps.csv; an empty industry stands for all that have no line of their own. Raises CatalogError."""
    seen = Seen()
    columns = "region,industry,standard_level,per_year,from,to,source,verified"
    for line in lines("visit_caps.csv", text_of("visit_caps.csv"), columns):
        region, level = line.text("region"), line.text("standard_level")
        seen.once(line, f"{region} {line.cells['industry']} {level} from {line.day('from')}")
        yield CapRow(
            region=region,
            industry=line.cells["industry"],
            standard_level=level,
            per_year=line.whole("per_year"),
            valid_from=line.day("from"),
            valid_to=_end(line),
            source=line.text("source"),
            verified=line.answer("verified"),
        )


def read_kinds(text_of: Callable[[str], str]) -> Iterator[KindRow]:
    """visit_kinds.csv: whether a kind of inspection counts towards the yearly cap. Raises CatalogError."""
    seen = Seen()
    for line in lines("visit_kinds.csv", text_of("visit_kinds.csv"), "kind,counts,source,verified"):
        kind = line.one_of("kind", KINDS)
        seen.once(line, kind)
        yield KindRow(kind, line.answer("counts"), line.text("source"), line.answer("verified"))


def read_weights(text_of: Callable[[str], str]) -> Iterator[WeightRow]:
    """draw_weights.csv: a factor and its key once. Raises CatalogError."""
    seen = Seen()
    for line in lines("draw_weights.csv", text_of("draw_weights.csv"), "factor,key,weight,name,source,verified"):
        factor, key = line.one_of("factor", FACTORS), line.text("key")
        seen.once(line, f"{factor} {key}")
        yield WeightRow(
            factor=factor,
            key=key,
            weight=line.whole("weight"),
            name=line.text("name"),
            source=line.text("source"),
            verified=line.answer("verified"),
        )


def _end(line: Line) -> date | None:
    return line.day("to") if line.cells["to"] else None

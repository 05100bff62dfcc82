"""The catalogue from the command line: checked without an office, loaded into one that may be running."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from cli.office import database_of
from services import catalog
from services.catalog_folders import Files, Read
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, sessions_for
from services.findings.recomputing import Moved
from services.rules.catalog_files import CatalogError
from services.settings import Settings


class CatalogLoose(Exception):
    """Names in the catalogue lead nowhere; the text has one line each."""


def check_catalog(own: Path | None) -> str:
    """Read every file and follow every name. Raises CatalogError, CatalogLoose."""
    read = Read(Files(own=own))
    if read.loose:
        raise CatalogLoose("\n".join(read.loose))
    rows, law = read.rows, read.law
    unverified = sum(not item.verified for item in rows.items)
    drafts = f"；草稿 drafts: {'、'.join(rows.drafts)}" if rows.drafts else ""
    return (
        f"引用完整 Every reference leads somewhere: {len(rows.items)} 检查项 items（{unverified} 未核实 unverified）, "
        f"{len(law.statutes)} 法规 statutes, {len(law.criteria)} 判定标准 criteria, {len(law.fines)} 罚则 fines, "
        f"{len(rows.limits)} 期限 limits{drafts}"
    )


def load_catalog(settings: Settings, own: Path | None, say: Callable[[str], None]) -> None:
    """Load it and say what changed, and which running days moved. Raises CatalogError, CatalogLoose, OfficeHeld."""
    check_catalog(own)
    with database_of(settings) as urls:
        counts, moved = asyncio.run(_load(urls.owner, own))
    say(f"写入 {counts.written} 行 rows written" if counts.written else "没有变化 Nothing changed.")
    for one in moved:
        say(f"隐患 finding {one.finding_id}: {one.rule} {one.was} → {one.now}")


async def _load(owner_url: str, own: Path | None) -> tuple[catalog.CatalogCounts, list[Moved]]:
    owner = engine_for(owner_url, 1)
    try:
        async with sessions_for(owner, TrueChance()).begin() as tx:
            return await catalog.renew(tx, own=own, at=wall_clock())
    finally:
        await owner.dispose()


STOPS = (CatalogError, CatalogLoose, catalog.PublishedVersionChanged)

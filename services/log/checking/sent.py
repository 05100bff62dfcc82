"""Bytes against their hashes: photos in the store, reports as they were sent, papers as they were made; and numbers."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.events import Event
from models.inspections import InspectionVersion
from models.orders import OrderDocument
from models.photos import Photo
from services.log.checking.faults import Fault
from services.log.kept import Kept
from services.photos.errors import OriginalMissing, StoreFailed
from services.photos.store import Store, summed

_FOLLOWS = sa.text(
    """
    SELECT 'finding' AS name, finding.id FROM finding JOIN enterprise ON enterprise.id = finding.enterprise_id
    WHERE finding.region IS DISTINCT FROM enterprise.region
    UNION ALL
    SELECT 'inspection', inspection.id FROM inspection JOIN enterprise ON enterprise.id = inspection.enterprise_id
    WHERE inspection.region IS NOT NULL AND inspection.region IS DISTINCT FROM enterprise.region
    UNION ALL
    SELECT 'visit', visit.id FROM visit JOIN enterprise ON enterprise.id = visit.enterprise_id
    WHERE visit.region IS DISTINCT FROM enterprise.region
    """
)
_HIDDEN_WITH = sa.text(
    """
    SELECT named.photo_id, named.subject, named.subject_id FROM photo_use AS named
    LEFT JOIN inspection ON inspection.id = named.inspection_id
    LEFT JOIN finding ON finding.id = named.finding_id AND named.inspection_id IS NULL
    WHERE (named.enterprise_id, named.region) IS DISTINCT FROM (
        CASE WHEN inspection.state = 'accepted' THEN inspection.enterprise_id ELSE finding.enterprise_id END,
        CASE WHEN inspection.state = 'accepted' THEN inspection.region ELSE finding.region END)
    """
)
_NUMBERS = sa.text(
    """
    SELECT orders.organ_id, orders.word, orders.year, max(orders.serial), max(counter.serial) FROM orders
    LEFT JOIN paper_counter AS counter USING (organ_id, word, year)
    GROUP BY 1, 2, 3 HAVING max(orders.serial) > coalesce(max(counter.serial), 0)
    """
)


async def photo_faults(tx: AsyncSession, store: Store) -> AsyncIterator[Fault]:
    """Each photo's bytes are in the store, whole, and hash to the name that the row gives them."""
    query = sa.select(col(Photo.id), col(Photo.sha256), col(Photo.bytes)).order_by(col(Photo.sha256))
    rows = await tx.stream(query, execution_options={"yield_per": 500})
    async for photo_id, sha256, size in rows:
        what = await _bytes_fault(store, sha256, size)
        if what is not None:
            yield Fault(f"photo {photo_id}", what)


async def _bytes_fault(store: Store, sha256: str, size: int) -> str | None:
    try:
        found, count = await summed(store.read(sha256))
    except OriginalMissing:
        return f"its original {sha256} is not in the store"
    except (StoreFailed, ValueError):
        return f"its original {sha256} cannot be read"
    if count != size:
        return f"its original has {count} bytes, not {size}"
    return None if found == sha256 else f"its original is not the bytes of {sha256}"


async def sent_faults(tx: AsyncSession) -> AsyncIterator[Fault]:
    """Reports as they were sent, against the hash that the event tells; papers against their own."""
    told, there = await _reports_told(tx), set[tuple[UUID, str]]()
    versions = await tx.stream(sa.select(InspectionVersion), execution_options={"yield_per": 200})
    async for row in versions.scalars():
        where, report = f"inspection_version {row.inspection_id}/{row.version}", (row.inspection_id, row.sha256.hex())
        if hashlib.sha256(row.raw).digest() != row.sha256:
            yield Fault(where, "its bytes are not those of its hash")
        if report not in told:
            yield Fault(where, "no event tells of these bytes")
        there.add(report)
    for inspection_id, _ in sorted(told - there):
        yield Fault(f"inspection_version {inspection_id}/?", "an event tells of bytes that are not there")
    papers = await tx.stream(sa.select(OrderDocument), execution_options={"yield_per": 20})
    async for paper in papers.scalars():
        if hashlib.sha256(paper.pdf).digest() != paper.sha256:
            yield Fault(f"order_document {paper.order_id}", "its bytes are not those of its hash")


async def _reports_told(tx: AsyncSession) -> set[tuple[UUID, str]]:
    """Inspection and hash of each report that an event tells of; told.py beside this file names what cannot be read.

    Read here and not by PostgreSQL, whose cast would end the whole check at the first body that is no JSON any more.
    """
    of_reports = sa.select(col(Event.subject_id), col(Event.body)).where(col(Event.subject) == "inspection")
    told = set()
    async for subject_id, body in await tx.stream(of_reports, execution_options={"yield_per": 1_000}):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            report = json.loads(body)["after"].get("report_sha256")
            if isinstance(report, str):
                told.add((subject_id, report))
    return told


async def follow_faults(tx: AsyncSession) -> AsyncIterator[Fault]:
    """Records lie where their enterprise does (decision 0005), photos where their record does, or hidden with it."""
    for table, row_id in (await tx.execute(_FOLLOWS)).all():
        yield Fault(f"{table} {row_id}", "its region is not that of its enterprise")
    for photo_id, subject, subject_id in (await tx.execute(_HIDDEN_WITH)).all():
        yield Fault(f"photo_use {photo_id} of {subject} {subject_id}", "it does not lie where its record does")


async def number_faults(tx: AsyncSession, kept: Kept | None) -> AsyncIterator[Fault]:
    """No series of papers stands below a number that was given."""
    for organ_id, word, year, given, counter in (await tx.execute(_NUMBERS)).all():
        yield Fault(f"paper_counter {organ_id} {word} {year}", f"it stands at {counter or 0}, {given} was given")
    counters = {
        (organ_id, word, year): serial
        for organ_id, word, year, serial in (
            await tx.execute(sa.text("SELECT organ_id, word, year, serial FROM paper_counter"))
        ).all()
    }
    for (organ_id, word, year), serial in (kept.serials if kept else {}).items():
        if counters.get((organ_id, word, year), 0) < serial:
            here = counters.get((organ_id, word, year), 0)
            yield Fault(f"paper_counter {organ_id} {word} {year}", f"it stands at {here}, {serial} was given")

"""All checks in turn, over one snapshot of the database."""

from collections.abc import AsyncIterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from services.chance import TrueChance
from services.database import job_sessions_for
from services.keys import Ring
from services.log.checking.faults import Fault
from services.log.checking.rows import row_faults
from services.log.checking.said import said_faults
from services.log.checking.sent import follow_faults, number_faults, photo_faults, sent_faults
from services.log.checking.told import event_faults
from services.log.checking.trees import Trees, head_faults, heads, kept_faults, origins
from services.log.kept import KeptUnreadable, read_kept
from services.log.signers import keys_of
from services.photos.store import Store


async def check_all(engine: AsyncEngine, store: Store, ring: Ring, *, now: datetime) -> AsyncIterator[Fault]:
    """Every fault of the whole store, one line each; none where all of it holds together."""
    try:
        kept = await read_kept(store)  # before the snapshot: what is kept is never newer than what is read below
    except KeptUnreadable:
        kept = None
        yield Fault("the head kept beside the photos", "it cannot be read")
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with job_sessions_for(snapshot, TrueChance()).begin() as tx:
        await tx.execute(sa.text("SET LOCAL statement_timeout = 0"))
        signed, of_epoch, keys = await heads(tx), await origins(tx), await keys_of(tx, ring)
        sizes = {row.size for row in signed} | ({kept.checkpoint.size} if kept else set())
        trees = Trees(sizes)
        async for fault in trees.walk(tx):
            yield fault
        for fault in head_faults(signed, of_epoch, trees, keys):
            yield fault
        for fault in kept_faults(kept, signed, of_epoch, trees, keys):
            yield fault
        checks = (
            event_faults(tx, now=now),
            row_faults(tx),
            follow_faults(tx),
            sent_faults(tx),
            said_faults(tx),
            number_faults(tx, kept),
            photo_faults(tx, store),
        )
        for check in checks:
            async for fault in check:
                yield fault

"""`zhicha check log` inside the tests' own office; and the events that rows made by tests would have had."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from models.auth import DeviceSession
from models.departments import Department, DepartmentIndustry
from models.events import Event
from models.organs import Organ
from models.regions import Region
from models.users import User
from models.words import EventKind
from services import events
from services.log.checking import Fault, check_all
from services.log.checking.rows import row_faults
from services.log.checking.sent import follow_faults, sent_faults
from services.log.checking.told import event_faults
from tests.world import World

MADE_BY_TESTS: dict[type[Any], EventKind] = {
    User: EventKind.USER_CREATED,
    DeviceSession: EventKind.USER_SIGNED_IN,
    Organ: EventKind.ORGAN_CREATED,
    Region: EventKind.REGION_CREATED,
    Department: EventKind.DEPARTMENT_CREATED,
}
"""What test worlds put straight into tables (tests/world.py), where an office makes it by calls."""


async def tell_of_what_tests_made(world: World) -> None:
    """Each row that no call made gets the event that the call would have written."""
    async with world.rows.begin() as tx:
        known = set((await tx.scalars(sa.select(col(Event.subject_id)))).all())
        for table, kind in MADE_BY_TESTS.items():
            for row in (await tx.scalars(sa.select(table))).all():
                if events.subject_id_of(row) not in known:
                    events.record(tx, None, kind, row, at=world.clock.now(), beside=await _beside(tx, row))


async def _beside(tx: Any, row: SQLModel) -> dict[str, object]:
    if not isinstance(row, Department):
        return {}
    link = DepartmentIndustry
    trades = (await tx.scalars(sa.select(col(link.industry)).where(col(link.department_id) == row.id))).all()
    return {"industries": sorted(trades)}


async def record_faults(world: World) -> list[Fault]:
    """What it says of events, rows, reports and papers alone: where no sequencer runs there is no tree."""
    before_any = datetime.min.replace(tzinfo=UTC)  # nobody was promised a leaf yet
    async with world.rows.begin() as tx:
        await tx.execute(sa.text("SET LOCAL statement_timeout = 0"))  # as check_all does
        checks = (event_faults(tx, now=before_any), row_faults(tx), follow_faults(tx), sent_faults(tx))
        return [fault for check in checks async for fault in check]


async def faults(world: World) -> list[Fault]:
    """What the check says of the whole store."""
    office = world.office
    found = check_all(office.engine, office.store, office.keys.signing, now=world.clock.now())
    return [fault async for fault in found]

"""Deferring: a job is born in the transaction of its cause, so without the commit there is no job (house style 10)."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task
from sqlalchemy.ext.asyncio import AsyncSession

jobs = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Every task of the office; the worker gives it a connection of its own, a request lends its transaction's."""


async def defer(tx: AsyncSession, task: Task[Any, Any, Any], lock: str, **ids: str | UUID) -> None:
    """Ask for a job, unless one under this lock waits already: asking often makes no queue.

    Arguments are ids alone: the job reads the rest, and may run twice.
    """
    arguments = {name: str(value) for name, value in ids.items()}
    with suppress(AlreadyEnqueued):
        async with tx.begin_nested():  # the refusal would take the whole transaction with it
            connection = await (
                await tx.connection()
            ).get_raw_connection()  # in here: it is this that sets the savepoint
            asked = task.configure(connection=connection.driver_connection, queueing_lock=lock)
            await asked.defer_async(**arguments)

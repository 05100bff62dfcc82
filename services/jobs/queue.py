"""Deferring: a job is born in the transaction of its cause, so without the commit there is no job (house style 10)."""

from collections.abc import Mapping
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task
from sqlalchemy.ext.asyncio import AsyncSession

jobs = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Every task of the office; the worker gives it a connection of its own, a request lends its transaction's."""


Ids = Mapping[str, str]
"""What a job is given: ids alone, for it reads the rest, and may run twice."""


async def defer(tx: AsyncSession, task: Task[Any, Any, Any], asked: Mapping[str, Ids]) -> None:
    """Ask for jobs by their locks; under a lock where one waits already none is added: asking often makes no queue."""
    if asked and not await _deferred(tx, task, asked) and len(asked) > 1:
        for lock, ids in asked.items():  # one of them waits: the others are still wanted
            await _deferred(tx, task, {lock: ids})


async def _deferred(tx: AsyncSession, task: Task[Any, Any, Any], asked: Mapping[str, Ids]) -> bool:
    """All of them, or none when one waits already."""
    new = [task.configure(queueing_lock=lock).make_new_job(**ids) for lock, ids in asked.items()]
    try:
        async with tx.begin_nested():  # the refusal would take the whole transaction with it
            connection = await (
                await tx.connection()
            ).get_raw_connection()  # in here: it is this that sets the savepoint
            await jobs.job_manager.batch_defer_jobs_async(new, connection=connection.driver_connection)
    except AlreadyEnqueued:
        return False
    return True

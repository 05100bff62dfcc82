"""Deferring: a job is born in the transaction of its cause, so without the commit there is no job (house style 10)."""

from typing import Any
from uuid import UUID

import procrastinate
from procrastinate.tasks import Task
from sqlalchemy.ext.asyncio import AsyncSession

jobs = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Every task of the office; the worker gives it a connection of its own, a request lends its transaction's."""


async def defer(tx: AsyncSession, task: Task[Any, Any, Any], **ids: str | UUID) -> None:
    """Ask for a job. Arguments are ids alone: the job reads the rest, and may run twice."""
    connection = await (await tx.connection()).get_raw_connection()
    arguments = {name: str(value) for name, value in ids.items()}
    await task.configure(connection=connection.driver_connection).defer_async(**arguments)

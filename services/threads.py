"""Blocking work off the event loop, safe to cancel."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(pool: Executor | None, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` in `pool`, or among the loop's own threads; a cancelled caller waits until the thread has finished.

    A phone that hangs up cancels its request while a thread may still be writing to the file descriptor, and what
    asyncio.to_thread does, closing that number under it, would let the thread write into whatever file gets the
    number next.
    """
    future = asyncio.get_running_loop().run_in_executor(pool, lambda: work(*args, **kwargs))
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        future.exception()  # looked at, so that asyncio doesn't complain of an exception nobody fetched
        raise cancelled
    return future.result()

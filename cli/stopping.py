"""Being asked to stop: by Ctrl-C, by whoever tends the service, or by a terminal that went away."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """What runs already is stopped on the way out. A KeyboardInterrupt, for asyncio lets only that through."""


@contextmanager
def stoppable() -> Iterator[None]:
    """The first stop signal unwinds through every context inside and ends without a traceback."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        ignore_stop_signals()
        raise Stopped

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    except Stopped:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_stop_signals() -> None:
    """A second Ctrl-C must not cut a clean stop short."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)

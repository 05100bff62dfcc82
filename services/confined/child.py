"""The child's whole life: walls, load the work's code, close the last door, read, work, answer, end.

Started as a file by services/confined/runner.py with `python -I`: environment and working folder mean nothing to it.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Protocol

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from services.confined import walls
from services.confined.protocol import Answer, Fact, Failure, Order, Reason, Refused, pack


class WorkModule(Protocol):
    """What a module of confined work has."""

    def prepare(self, options: dict[str, Fact]) -> None:
        """Import and open all that the work needs; afterwards nothing can be opened."""

    def work(self, data: bytes, options: dict[str, Fact]) -> Answer:
        """Raises Refused when the input is bad."""


def main() -> None:
    """Answer on the descriptor that was stdout; what a C library prints goes nowhere."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # uvloop lets some of the service's own through
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    order = Order.from_text(sys.argv[1])
    outcome = _outcome(order)
    frame = memoryview(pack(outcome))
    while frame:
        frame = frame[os.write(answer_fd, frame) :]
    os._exit(0)  # no destructors of libraries that bad input may have shaken


def _outcome(order: Order) -> Answer | Failure:
    try:
        walls.limit(order.limits)
        module: WorkModule = importlib.import_module(order.module)
        module.prepare(dict(order.options))
        walls.leave_namespaces()  # after the imports: code may lie in a folder that only the machine's root may enter
        walls.die_with_parent(order.parent_pid)  # after the namespaces: a change of capabilities forgets it
        walls.open_nothing_more()
    except BaseException as error:  # a child that cannot start must say so, or nobody ever finds out why
        return Failure(Reason.START, f"{type(error).__name__}: {error}"[:100])
    try:
        data = sys.stdin.buffer.read(order.limits.input_max_bytes + 1)
        if len(data) > order.limits.input_max_bytes:
            return Failure(Reason.REFUSED, "too_long")
        return module.work(data, dict(order.options))
    except Refused as error:
        return Failure(Reason.REFUSED, str(error))
    except MemoryError:
        return Failure(Reason.MEMORY, "MemoryError")
    except Exception as error:  # whatever bad input does to the work, the parent hears one word
        return Failure(Reason.CRASHED, type(error).__name__)


if __name__ == "__main__":
    main()

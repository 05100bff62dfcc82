"""A small process tree: a part that dies is started again, a stop is clean, and nothing outlives the head.

The head is one thread that sleeps until a signal (SIGCHLD too) or a due restart wakes it.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from cli.stopping import STOP_SIGNALS

GRACE_SECONDS = 7.0
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 10.0
SETTLED_SECONDS = 30.0

Start = Callable[[], subprocess.Popen[bytes]]
Say = Callable[[str], None]


@dataclass
class Part:
    """One child of the head; `stopped_by_tree` is false where its own lifecycle stops it afterwards (PostgreSQL)."""

    name: str
    start: Start
    process: subprocess.Popen[bytes] | None = None
    stopped_by_tree: bool = True
    _delay: float = field(default=FIRST_DELAY_SECONDS, init=False)
    _started_at: float = field(default_factory=time.monotonic, init=False)
    _due_at: float | None = field(default=None, init=False)

    def launch(self) -> None:
        """Start now; a start that the system refuses counts as a death, so it is tried again later."""
        self._due_at, self._started_at = None, time.monotonic()
        try:
            self.process = self.start()
        except OSError:
            self.process = None

    def tend(self, say: Say) -> None:
        """Notice a death, and start again after a delay: 0.2 s, doubling to 10 s, forgotten after 30 s of life."""
        now = time.monotonic()
        if self._due_at is not None:
            if now >= self._due_at:
                self.launch()
            return
        if self.process is not None and self.process.poll() is None:
            return
        if now - self._started_at > SETTLED_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        code = "no start" if self.process is None else str(self.process.returncode)
        say(f"{self.name} ended ({code}); starting it again in {self._delay:.1f} s.")
        self._due_at = now + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY_SECONDS)

    def seconds_to_next_start(self) -> float | None:
        """None while nothing is due."""
        return None if self._due_at is None else max(0.0, self._due_at - time.monotonic())


class ProcessTree:
    """Keeps its parts alive until SIGINT, SIGTERM or SIGHUP. Runs in the main thread."""

    def __init__(self, parts: Sequence[Part], say: Say) -> None:
        self._parts = parts
        self._say = say

    def run(self) -> None:
        """Start every part that does not run yet, tend them, and return once all are stopped."""
        with _wake_ups() as (wake, stopping):
            try:
                for part in self._parts:
                    if part.process is None:
                        part.launch()
                while not stopping():
                    for part in self._parts:
                        part.tend(self._say)
                    _sleep(wake, [part.seconds_to_next_start() for part in self._parts])
            finally:
                self._stop()

    def _stop(self) -> None:
        running = [p.process for p in self._parts if p.stopped_by_tree and p.process is not None]
        stop_all(running, GRACE_SECONDS)


def stop_all(processes: Sequence[subprocess.Popen[bytes]], grace_seconds: float) -> None:
    """SIGTERM to all at once, SIGKILL to those that still run after `grace_seconds`."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + grace_seconds
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _wake_ups() -> Iterator[tuple[int, Callable[[], bool]]]:
    """A descriptor that turns readable at each signal, and the question whether one asked to stop."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if number in STOP_SIGNALS:
            asked.append(number)

    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = {number: signal.signal(number, note) for number in (*STOP_SIGNALS, signal.SIGCHLD)}
    descriptor_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader, lambda: bool(asked)
    finally:
        signal.set_wakeup_fd(descriptor_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


def _sleep(wake: int, waits: Sequence[float | None]) -> None:
    """Until a signal, or the earliest of `waits`; at most 5 s, should a SIGCHLD ever be lost."""
    timeout = min((wait for wait in waits if wait is not None), default=5.0)
    if select.select([wake], [], [], timeout)[0]:
        os.read(wake, 4096)

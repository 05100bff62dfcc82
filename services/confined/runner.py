"""Dangerous work in a child process: the worst that bad input can do is that its own work fails."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from services.confined.protocol import Answer, BadFrame, Fact, Failure, Order, Reason, unpack
from services.confined.works import Work
from services.errors import Unavailable

CHILD = Path(__file__).with_name("child.py")
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}  # nothing of ours: no settings, no secrets
PIECE = 256 * 1024
GRACE_SECONDS = 2


@dataclass(eq=False)
class ConfinedFailed(Unavailable):
    """The file could not be worked on within the limits set for it."""

    code: ClassVar[str] = "confined_failed"
    title: ClassVar[str] = "文件无法在限定条件内处理"
    work: str
    reason: Reason
    detail: str


class Confined:
    """One for each process; no more than `at_once` children at a time, the others wait their turn."""

    def __init__(self, at_once: int = 2) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def run(self, work: Work, source: Path | bytes, options: Mapping[str, Fact] | None = None) -> Answer:
        """Raises ConfinedFailed, whatever the input does to the child."""
        async with self._turns:
            order = Order(work.module, work.limits, options or {}, os.getpid())
            outcome = await _one_child(order, source)
        if isinstance(outcome, Failure):
            raise ConfinedFailed(work.name, outcome.reason, outcome.detail)
        return outcome


async def _one_child(order: Order, source: Path | bytes) -> Answer | Failure:
    try:
        process = await _start(order, source)
    except OSError as error:
        return Failure(Reason.START, type(error).__name__)
    try:
        async with asyncio.timeout(order.limits.wall_seconds):
            frame = await _exchange(process, source, order.limits.answer_max_bytes)
            if frame is not None:
                await process.wait()
    except TimeoutError:
        return Failure(Reason.TIME, "wall clock")
    finally:
        await _end(process)
    if frame is None:
        return Failure(Reason.GARBLED, "too long")
    return _judge(process.returncode or 0, frame)


async def _start(order: Order, source: Path | bytes) -> Process:
    command = (sys.executable, "-I", "-B", str(CHILD), order.to_text())
    if isinstance(source, bytes):
        return await _spawn(command, PIPE)
    with source.open("rb") as file:
        return await _spawn(command, file.fileno())


async def _spawn(command: tuple[str, ...], stdin: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *command, stdin=stdin, stdout=PIPE, stderr=DEVNULL, env=ENVIRONMENT, cwd="/", start_new_session=True
    )


async def _exchange(process: Process, source: Path | bytes, most: int) -> bytes | None:
    """The answer's bytes, None if there are more than `most`."""
    if isinstance(source, bytes) and process.stdin is not None:
        with suppress(ConnectionError):  # a child that ended early says why in its answer or its exit code
            process.stdin.write(source)
            await process.stdin.drain()
        process.stdin.close()
    frame = bytearray()
    while process.stdout is not None and (piece := await process.stdout.read(PIECE)):
        frame += piece
        if len(frame) > most:
            return None
    return bytes(frame)


async def _end(process: Process) -> None:
    """Nothing of the child's session is left, also when we are being cancelled."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):  # a grandchild that fled the session may hold the pipe open: it is not waited for
        async with asyncio.timeout(GRACE_SECONDS):
            while process.stdout is not None and await process.stdout.read(PIECE):
                pass  # asyncio reports the end of a process only once its pipes are empty
            await process.wait()


def _judge(code: int, frame: bytes) -> Answer | Failure:
    if code == -signal.SIGXCPU:
        return Failure(Reason.TIME, "cpu")
    if code != 0:
        return Failure(Reason.CRASHED, f"exit {code}")
    try:
        return unpack(frame)
    except BadFrame as error:
        return Failure(Reason.GARBLED, str(error))

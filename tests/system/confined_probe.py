"""Misbehaving work for test_confined.py: each deed is what taken-over code in the child could try."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services.confined.protocol import Answer, Fact, Refused


def prepare(options: dict[str, Fact]) -> None:
    """Nothing beyond the imports above."""


def work(data: bytes, options: dict[str, Fact]) -> Answer:
    """Do the deed that the options name."""
    return DEEDS[str(options["deed"])](data)


def _echo(data: bytes) -> Answer:
    environment = ",".join(sorted(os.environ))
    return Answer(
        {"environment": environment, "pid": os.getpid(), "folder": str(Path.cwd())}, {"same": data, "none": b""}
    )


def _tries(*attempts: Callable[[], object]) -> Answer:
    facts: dict[str, Fact] = {}
    for attempt in attempts:
        try:
            attempt()
            facts[attempt.__name__] = "done"
        except Exception as error:
            facts[attempt.__name__] = type(error).__name__
    return Answer(facts)


def _escape(data: bytes) -> Answer:
    def read_a_file() -> None:
        Path("/etc/passwd").read_bytes()

    def write_a_file() -> None:
        Path("/tmp/zhicha-escaped").write_bytes(data)

    def make_a_socket() -> None:
        socket.socket()

    def start_a_program() -> None:
        subprocess.run(["true"], check=True)

    return _tries(read_a_file, write_a_file, make_a_socket, start_a_program)


def _descriptors(data: bytes) -> Answer:
    opened = []
    for fd in range(1024):
        try:
            os.fstat(fd)
            opened.append(str(fd))
        except OSError:
            continue
    return Answer({"open": ",".join(opened)})


def _spin(data: bytes) -> Answer:
    while True:
        pass


def _sleep(data: bytes) -> Answer:
    time.sleep(600)
    return Answer()


def _leave_a_grandchild(data: bytes) -> Answer:
    if os.fork() == 0:
        time.sleep(600)
    time.sleep(600)
    return Answer()


def _eat(data: bytes) -> Answer:
    return Answer({"bytes": len(bytearray(4_000_000_000))})


def _crash(data: bytes) -> Answer:
    ctypes.string_at(0)
    return Answer()


def _abort(data: bytes) -> Answer:
    os.kill(os.getpid(), signal.SIGABRT)
    return Answer()


def _noise(data: bytes) -> Answer:
    print("a library's chatter")
    os.write(1, b"more of it")
    sys.stdout.flush()
    return Answer({"said": True})


def _garble(data: bytes) -> Answer:
    os.write(3, b"ZHC1\xff\xff\xff\xff{}")
    os._exit(0)


def _flood(data: bytes) -> Answer:
    return Answer(parts={"flood": bytes(50_000_000)})


def _refuse(data: bytes) -> Answer:
    raise Refused("not_a_book")


def _stumble(data: bytes) -> Answer:
    raise ZeroDivisionError(data)


DEEDS: dict[str, Callable[[bytes], Answer]] = {
    deed.__name__.removeprefix("_"): deed
    for deed in (
        _echo,
        _escape,
        _descriptors,
        _spin,
        _sleep,
        _leave_a_grandchild,
        _eat,
        _crash,
        _abort,
        _noise,
        _garble,
        _flood,
        _refuse,
        _stumble,
    )
}

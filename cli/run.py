"""`zhicha run`: an office, the demo town and one loop; then it keeps serving (what `make run` calls)."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console

from cli.child import ROOT
from cli.demo.command import Wish, demo, local_url, sign_ins
from cli.lifeline import Identity, launch_command
from cli.serve import PortTaken
from cli.stopping import ignore_stop_signals, stoppable
from services.secret_files import private_folder
from services.settings import Settings

READY_SECONDS = 180.0
STOP_SECONDS = 30.0


class ServeEnded(Exception):
    """The office did not start, or ended by itself, and has said why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"办公室服务已退出 zhicha serve ended ({code}).")


def run(settings: Settings, wish: Wish, console: Console, *, once: bool) -> None:
    """Serve, fill, play; then serve on until asked to stop, or end when `once`.

    Raises ServeEnded, and what `demo` raises.
    """
    port = _port(settings.host, 0 if once else settings.port)
    base_url = local_url(settings.host, port)
    with stoppable(), _served(settings, port) as office:
        _wait_ready(office, base_url)
        demo(settings, base_url, wish, console)
        console.print()
        console.print(sign_ins(settings))
        for what, path in (("首页 First page", "/"), ("接口文档 API documents", "/docs")):
            console.print(f"{what}: {base_url}{path}", highlight=False)
        if not once:
            log = settings.data.absolute() / "log" / "serve.log"
            console.print(f"日志 Log: {log}", highlight=False, soft_wrap=True)
            console.print("按 Ctrl-C 停止。 Serving; Ctrl-C stops.", highlight=False)
            raise ServeEnded(office.wait())


@contextmanager
def _served(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`zhicha serve` as a child: deaf to the terminal's Ctrl-C, stopped cleanly when this process is gone."""
    options = ["--data", str(settings.data.absolute()), "--host", settings.host, "--port", str(port)]
    command = [sys.executable, "-P", "-m", "cli.main", "serve", *options]
    office = subprocess.Popen(
        launch_command(command, identity=Identity.SAME, parent_death=signal.SIGTERM),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        },
        start_new_session=True,
    )
    log = private_folder(settings.data.absolute() / "log") / "serve.log"
    reader = threading.Thread(target=_hear, args=(office, log), daemon=True)
    reader.start()
    try:
        yield office
    finally:
        _stop(office)
        reader.join(STOP_SECONDS)


def _hear(office: subprocess.Popen[bytes], log: Path) -> None:
    """What the office says to people goes on to the terminal, a line for each request into a file."""
    assert office.stdout is not None
    with log.open("ab") as kept:
        for line in office.stdout:
            if line.startswith(b"{"):
                kept.write(line)
                kept.flush()
            else:
                sys.stdout.write(line.decode("utf-8", "replace"))
                sys.stdout.flush()


def _stop(office: subprocess.Popen[bytes]) -> None:
    ignore_stop_signals()
    office.terminate()
    try:
        office.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        office.kill()
        office.wait()


def _wait_ready(office: subprocess.Popen[bytes], base_url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if (code := office.poll()) is not None:
            raise ServeEnded(code)
        try:
            if httpx.get(f"{base_url}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)


def _port(host: str, wanted: int) -> int:
    """Asked before the office starts: whoever answers on that port afterwards is it, and no other office.

    Raises PortTaken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, wanted), family=family) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        raise PortTaken(
            f"端口 {wanted} 不能使用，请用 --port 另选一个。 "
            f"Can't listen on {host} port {wanted} ({error.strerror}): choose --port."
        ) from None

"""What a killed postmaster leaves behind: children still dying, and a pid file that may name a stranger by now.

Called only by who holds the folder's lock, so no living head can be meant. Reads /proc; where there is none,
PostgreSQL's own checks decide.
"""

import os
import signal
import time
from pathlib import Path

PATIENCE_SECONDS = 3.0


def postgres_processes(folder: Path) -> list[int]:
    """Pids of PostgreSQL processes that work in `folder` (every one of them keeps it as its current folder)."""
    place = os.path.realpath(folder)
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_postgres_in(entry, place)]


def end_leftovers(folder: Path) -> None:
    """End PostgreSQL processes that outlived their head: they hold the shared memory that a new start needs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := postgres_processes(folder):
        for pid in left:
            _signal(pid, signal.SIGQUIT)
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


def forget_foreign_pid(folder: Path) -> None:
    """Drop a pid file whose number belongs to another program by now (a container started again).

    PostgreSQL would take that program for its own server and refuse for ever.
    """
    pid_file = folder / "postmaster.pid"
    if not Path("/proc/self").exists() or not pid_file.exists():
        return
    first = pid_file.read_text("utf-8", "replace").partition("\n")[0].strip()
    if first.isdigit() and Path("/proc", first).exists() and not postgres_processes(folder):
        pid_file.unlink()


def _is_postgres_in(entry: Path, place: str) -> bool:
    try:
        return (entry / "comm").read_text().strip() == "postgres" and str((entry / "cwd").readlink()) == place
    except OSError:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return

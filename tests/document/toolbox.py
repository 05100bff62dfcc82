"""Linters and generators of other houses, in a place of their own: .venv/clients, and node_modules beside this file.

Both are made from lock files at first need and kept until a lock changes. Node itself comes in a wheel, for the one of
a distribution may be older than a linter bears.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
PLACE = HERE.parents[1] / ".venv" / "clients"
BIN = PLACE / "bin"
MODULES = HERE / "node_modules"
LONGEST_SECONDS = 540
QUIET = {
    "NO_COLOR": "1",
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "npm_config_cache": str(PLACE / "npm"),  # there may be no HOME
}


def run(*command: str | Path, cwd: Path = HERE, env: dict[str, str] | None = None) -> str:
    """What the tool said, standard error included. Raises AssertionError with it when the tool failed."""
    told = {**QUIET, "PATH": f"{BIN}:{MODULES / '.bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **told, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout[-6000:]}"
    return done.stdout


def install() -> None:
    """Make what is missing or older than its lock."""
    if _is_stale(PLACE / "made", HERE / "client.lock"):
        venv.create(PLACE, with_pip=True, clear=True)
        pip: Sequence[str] = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install")
        lock = ("--root-user-action=ignore", "--require-hashes", "--only-binary", ":all:", "-r", "client.lock")
        run(BIN / "python", *pip, *lock, env={"PYTHONUTF8": "1"})
        _mark(PLACE / "made", HERE / "client.lock")
    if _is_stale(MODULES / ".made", HERE / "package-lock.json"):
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        _mark(MODULES / ".made", HERE / "package-lock.json")


def _is_stale(mark: Path, lock: Path) -> bool:
    return not mark.is_file() or mark.read_text(encoding="utf-8") != _content(lock)


def _mark(mark: Path, lock: Path) -> None:
    mark.write_text(_content(lock), encoding="utf-8")


def _content(lock: Path) -> str:
    return f"{sys.version_info[:2]} {sha256(lock.read_bytes()).hexdigest()}"

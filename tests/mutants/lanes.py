"""Copies of the tree in which faults are tried, two at a time, each with a PostgreSQL of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Edit, Mutant

ROOT = Path(__file__).parents[2]
TEST_SECONDS = 120
RUN_SECONDS = 600
TESTS_FAILED = 1
"""pytest's exit code; 2 to 5 are a broken call, an error of its own or no test at all, which prove nothing."""


@dataclass(frozen=True)
class Run:
    """One call of pytest."""

    exit_code: int
    seconds: float
    output: str

    @property
    def caught_by(self) -> str | None:
        """The test that failed, and how. None when all passed, only time ran out, or something broke but a test."""
        told = [line.removeprefix("FAILED ") for line in self.output.splitlines() if line.startswith("FAILED ")]
        failed = [line for line in told if "Timeout (>" not in line]
        return failed[0] if failed and self.exit_code == TESTS_FAILED else None


@dataclass(frozen=True)
class Lane:
    """A copy of the tree that one fault at a time is put into."""

    tree: Path
    scratch: Path
    database_url: str

    def run(self, tests: Iterable[str], *, keeps_bytecode: bool = False) -> Run:
        """The tests, in this copy and against this lane's own server."""
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-rf", "--tb=short"]
        command += ["-p", "no:schemathesis"]  # a plugin that none of these tests needs, and a second's work to load
        command += ["--timeout", str(TEST_SECONDS), "--basetemp", str(self.scratch), "-x"]
        # PYTHONPATH: programs that a test starts elsewhere find this copy too, not the tree that is installed.
        ours = {"ZHICHA_TEST_DATABASE_URL": self.database_url, "PYTHONPATH": str(self.tree)}
        ours["COLUMNS"] = "300"  # so that the summary has its reasons whole
        if not keeps_bytecode:  # a file spoilt and mended within a second would be taken for what it no longer is
            ours["PYTHONDONTWRITEBYTECODE"] = "1"
        start = time.monotonic()
        try:
            done = subprocess.run(
                [*command, *tests],
                cwd=self.tree,
                env={**os.environ, **ours},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=RUN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Run(-1, time.monotonic() - start, f"no end after {RUN_SECONDS} s")
        return Run(done.returncode, time.monotonic() - start, done.stdout)

    def try_out(self, mutant: Mutant) -> Run:
        """The mutant's tests with its fault in the tree, which is whole again afterwards."""
        with ExitStack() as spoilt:
            for edit in mutant.edits:
                spoilt.enter_context(self.spoilt(edit))
            return self.run(mutant.tests)

    @contextmanager
    def spoilt(self, edit: Edit) -> Iterator[None]:
        """The tree with this edit in it."""
        path = self.tree / edit.file
        whole, times = path.read_text(encoding="utf-8"), path.stat()
        path.write_text(edit.spoilt(whole), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(whole, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # so that its bytecode is its own again


def copy_tracked(tree: Path) -> None:
    """The files that git keeps, as they lie in the working tree."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)

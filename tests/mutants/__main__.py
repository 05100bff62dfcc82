"""`make mutants`: every seeded fault in turn, in copies of the tree; ends with 1 if a fault goes unnoticed.

`python -m tests.mutants NAME…` tries only these. The databases are embedded ones, whatever server is there.
"""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue

from cli.embedded import EmbeddedPostgres
from tests.mutants.catalogue import MUTANTS
from tests.mutants.lanes import Lane, Run, copy_tracked
from tests.mutants.mutant import WALL_DOWN, Mutant

MOST_SAID = 240
LANES = min(2, os.cpu_count() or 1)


@contextmanager
def lanes_of(count: int) -> Iterator[list[Lane]]:
    """Copies of the tree with a server each; from the main thread, for PostgreSQL ends with the thread it began in."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="mutants-")))
        lanes = []
        for name in map(str, range(count)):
            tree, scratch = folder / name / "tree", folder / name / "scratch"
            copy_tracked(tree)
            server = held.enter_context(EmbeddedPostgres(folder / name / "office"))
            lanes.append(Lane(tree, scratch, server.admin_url))
        yield lanes


def failures_of_whole(lanes: Sequence[Lane], mutants: Sequence[Mutant]) -> list[Run]:
    """What goes wrong without any fault, with the second wall up or down as a fault will have it."""
    tests = _tests_of(mutants)
    shares = [(lane, tests[start :: len(lanes)]) for start, lane in enumerate(lanes)]
    with ThreadPoolExecutor(len(lanes)) as pool:
        runs = list(pool.map(lambda share: share[0].run(share[1], keeps_bytecode=True), shares))
    if bare := _tests_of(mutant for mutant in mutants if mutant.wall_is_down):
        with lanes[0].spoilt(WALL_DOWN):
            runs.append(lanes[0].run(bare))
    print(f"without a fault: {len(tests)} tests, {len(bare)} of them also without the second wall", flush=True)
    return [run for run in runs if run.exit_code != 0]


def _tests_of(mutants: Iterable[Mutant]) -> list[str]:
    return list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))


def survivors(lanes: Sequence[Lane], mutants: Iterable[Mutant]) -> list[str]:
    """Each fault in the next lane that is free, told as it ends; the names of those that no test caught."""
    free: Queue[Lane] = Queue()
    for lane in lanes:
        free.put(lane)

    def tried(mutant: Mutant) -> bool:
        lane = free.get()
        try:
            run = lane.try_out(mutant)
        finally:
            free.put(lane)
        print(f"{run.seconds:5.1f} s  {mutant.name:36} {_verdict(mutant, run)}", flush=True)
        return run.caught_by is None

    asked = list(mutants)
    with ThreadPoolExecutor(len(lanes)) as pool:
        return [mutant.name for mutant, survived in zip(asked, pool.map(tried, asked), strict=True) if survived]


def _verdict(mutant: Mutant, run: Run) -> str:
    if run.caught_by is not None:
        return f"caught by {run.caught_by[:MOST_SAID]}"
    last_words = (run.output.splitlines() or ["nothing said"])[-1]
    return f"SURVIVED: {mutant.why} (exit {run.exit_code}: {last_words})"


def main(names: Sequence[str]) -> int:
    """Returns the exit code of the process."""
    if unknown := set(names) - {mutant.name for mutant in MUTANTS}:
        print(f"no such mutant: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    asked = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    with lanes_of(min(LANES, len(asked))) as lanes:
        if broken := failures_of_whole(lanes, asked):
            print("The tests fail without any fault, so they prove nothing:", *(run.output for run in broken), sep="\n")
            return 1
        missed = survivors(lanes, asked)
    print(f"{len(asked) - len(missed)} of {len(asked)} seeded faults caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

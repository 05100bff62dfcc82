"""`make bench`: what an office's work costs, beside its floor in the same run. See docs/benchmarks.md."""

import os
import sys

from benchmarks import imports, likenesses, link, odd, pack, past, rules, s3, search
from benchmarks.meters import yardstick
from benchmarks.office import benched_office
from benchmarks.table import printed
from benchmarks.units import UNITS, Bench

SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ALONE = {
    "rules": rules.measure,
    "past": past.measure,
    "imports": imports.measure,
    "search": search.measure,
    "pack": pack.measure,
    "odd": odd.measure,
    "link": link.measure,
    "s3": s3.measure,
    "likenesses": likenesses.measure,
}
"""What needs no served office, or one of its own."""


def main(asked: list[str]) -> None:
    """All units, or those that are asked for."""
    unknown = set(asked) - {*UNITS, *ALONE}
    if unknown:
        raise SystemExit(f"{', '.join(sorted(unknown))}: choose of {', '.join([*UNITS, *ALONE])}.")
    for name in ALONE.keys() & set(asked):
        ALONE[name]()
    if asked and ALONE.keys() >= set(asked):
        return
    with benched_office() as office, office.worker_at_rest():
        bench = Bench(office, SECONDS)
        bench.prepare()
        print(f"this machine: {yardstick()}")
        rows = [measure(bench) for name, measure in UNITS.items() if name in (asked or UNITS)]
    print(f"and after:    {yardstick()}")
    print(printed(rows))
    for grown in bench.grown:
        print(grown.line())


if __name__ == "__main__":  # a benchmark that starts a process of its own has this module read again
    main(sys.argv[1:])

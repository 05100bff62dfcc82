"""What was measured, as a table for people."""

from dataclasses import dataclass

from benchmarks.meters import Cost

HEAD = ("what", "n", "service", "PostgreSQL", "sum", "floor", "ratio", "p50/p95 ms", "floor's", "aim", "met?")


@dataclass(frozen=True)
class Measured:
    """One unit of work beside its floor; `aim_ms` is milliseconds of processor a unit, None where none was set."""

    name: str
    product: Cost
    floor: Cost
    aim_ms: float | None

    def row(self) -> list[str]:
        """Its cells."""
        aim = "" if self.aim_ms is None else f"{self.aim_ms:g}"
        met = "" if self.aim_ms is None else ("yes" if self.product.cpu_ms <= self.aim_ms else "no")
        return [
            self.name,
            str(self.product.units),
            f"{self.product.service_ms:.2f}",
            f"{self.product.postgres_ms:.2f}",
            f"{self.product.cpu_ms:.2f}",
            f"{self.floor.service_ms:.2f}+{self.floor.postgres_ms:.2f}",
            f"{self.product.cpu_ms / self.floor.cpu_ms:.1f}",
            _times(self.product),
            _times(self.floor),
            aim,
            met,
        ]


@dataclass(frozen=True)
class Grown:
    """How much a process grew above what it held before, at its largest."""

    process: str
    before_mb: float
    peak_mb: float
    aim_mb: float

    def line(self) -> str:
        """One sentence."""
        grown = self.peak_mb - self.before_mb
        met = "yes" if grown <= self.aim_mb else "no"
        return (
            f"memory of {self.process:<8} {self.before_mb:6.0f} MB before, {self.peak_mb:.0f} at most: "
            f"grew by {grown:.0f} MB, aim {self.aim_mb:g}, met: {met}"
        )


def printed(rows: list[Measured]) -> str:
    """Processor milliseconds a unit: of the service, of PostgreSQL, their sum, and of the floor."""
    cells = [list(HEAD), *[row.row() for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    return "\n".join(lines)


def _times(cost: Cost) -> str:
    return f"{cost.percentile_ms(0.5):.1f}/{cost.percentile_ms(0.95):.1f}"

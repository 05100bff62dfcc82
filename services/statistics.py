"""Statistics 统计: counts that follow each change by deltas in its own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from models.findings import Finding
from models.statistics import FindingDelta
from models.words import FindingState, Grade

ENTERPRISE_MUST_ACT = frozenset({FindingState.REGISTERED, FindingState.ORDERED, FindingState.RECTIFYING})
"""States in which a passed deadline is the enterprise's lateness; `reported` is the office's own."""


@dataclass(frozen=True)
class Cell:
    """Where a finding is counted."""

    month: date
    region: str
    industry: str
    grade: Grade
    state: FindingState
    due: date | None
    late: bool

    @classmethod
    def of(cls, finding: Finding) -> "Cell":
        """The cell of a finding as it stands."""
        return cls(
            month=finding.found_on.replace(day=1),
            region=finding.region,
            industry=finding.industry,
            grade=finding.grade,
            state=finding.state,
            due=_due(finding),
            late=finding.reported_late,
        )

    def delta(self, findings: int) -> FindingDelta:
        """So many more or fewer in this cell."""
        return FindingDelta(
            month=self.month,
            region=self.region,
            industry=self.industry,
            grade=self.grade,
            state=self.state,
            due=self.due,
            late=self.late,
            findings=findings,
        )


def count(tx: AsyncSession, finding: Finding) -> None:
    """A finding that is new."""
    tx.add(Cell.of(finding).delta(1))


@contextmanager
def recounted(tx: AsyncSession, finding: Finding) -> Iterator[None]:
    """Around every change of a counted field: what left one cell and entered another."""
    was = Cell.of(finding)
    yield
    now = Cell.of(finding)
    if now != was:
        tx.add_all([was.delta(-1), now.delta(1)])


def _due(finding: Finding) -> date | None:
    if finding.state in ENTERPRISE_MUST_ACT:
        return finding.deadline
    return finding.reinspect_by if finding.state is FindingState.REPORTED else None

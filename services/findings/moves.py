"""The life of a finding as a table, and the one door that sets its state (design 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from models.findings import OPEN, Finding
from models.words import EventKind, FindingState, Grade, Move
from services import events, statistics
from services.access import Actor
from services.findings.errors import IllegalTransition

MOVES: dict[tuple[FindingState, Move], FindingState] = {
    (FindingState.REGISTERED, Move.FIX_ON_SITE): FindingState.VERIFIED,
    (FindingState.REGISTERED, Move.ORDER): FindingState.ORDERED,
    (FindingState.ORDERED, Move.REORDER): FindingState.ORDERED,
    (FindingState.ORDERED, Move.ACCEPT_PLAN): FindingState.RECTIFYING,
    (FindingState.ORDERED, Move.REPORT): FindingState.REPORTED,
    (FindingState.RECTIFYING, Move.REORDER): FindingState.RECTIFYING,
    (FindingState.RECTIFYING, Move.REPORT): FindingState.REPORTED,
    (FindingState.REPORTED, Move.PASS): FindingState.VERIFIED,
    (FindingState.REPORTED, Move.FAIL): FindingState.ORDERED,
    (FindingState.VERIFIED, Move.WRITE_OFF): FindingState.CLOSED,
    **{(state, Move.TRANSFER): FindingState.TRANSFERRED for state in OPEN},
    **{(state, Move.WITHDRAW): FindingState.WITHDRAWN for state in OPEN},
}

WITH_REGISTRATION = frozenset({Move.FIX_ON_SITE})
"""Moves that belong to the report itself: no later call can make them, so they are never named as legal next ones."""

EVENT_OF: dict[Move, EventKind] = {
    Move.FIX_ON_SITE: EventKind.FINDING_FIXED_ON_SITE,
    Move.ORDER: EventKind.FINDING_ORDERED,
    Move.REORDER: EventKind.FINDING_ORDERED,
    Move.ACCEPT_PLAN: EventKind.FINDING_PLAN_ACCEPTED,
    Move.REPORT: EventKind.FINDING_REPORTED,
    Move.PASS: EventKind.FINDING_PASSED,
    Move.FAIL: EventKind.FINDING_FAILED,
    Move.WRITE_OFF: EventKind.FINDING_WRITTEN_OFF,
    Move.TRANSFER: EventKind.FINDING_TRANSFERRED,
    Move.WITHDRAW: EventKind.FINDING_WITHDRAWN,
}


@dataclass(frozen=True)
class Standing:
    """All that decides which moves are legal."""

    state: FindingState
    grade: Grade = Grade.GENERAL
    awaits_new_order: bool = False

    @classmethod
    def of(cls, finding: Finding) -> "Standing":
        """Where a finding stands."""
        return cls(finding.state, finding.grade, finding.awaits_new_order)


def after(standing: Standing, move: Move) -> FindingState:
    """The state that a move leads to. Raises IllegalTransition, which names the legal moves."""
    if (standing.state, move) not in MOVES or _is_barred(standing, move):
        raise IllegalTransition(standing.state, move, allowed(standing))
    return MOVES[standing.state, move]


def allowed(standing: Standing) -> list[Move]:
    """The moves that are legal next, in the order of the table."""
    legal = (move for state, move in MOVES if state is standing.state and move not in WITH_REGISTRATION)
    return [move for move in legal if not _is_barred(standing, move)]


@contextmanager
def changed(
    tx: AsyncSession,
    actor: Actor | None,
    finding: Finding,
    kind: EventKind,
    *,
    at: datetime,
    paper: SQLModel | None = None,
    beside: events.Snapshot | None = None,
) -> Iterator[None]:
    """Around every change of a finding that is locked: counts follow, the version rises, the event is written.

    `paper` is what is put on the finding's file or changed in it (a plan, a transfer), `beside` what comes with it;
    the event tells of both.
    """
    before = {**events.snapshot(finding), **_on_file(paper, is_before=True), **dict.fromkeys(beside or {})}
    with statistics.recounted(tx, finding):
        yield
    finding.version += 1
    told = {**_on_file(paper), **(beside or {})}
    events.record(tx, actor, kind, finding, at=at, before=before, beside=told)
    if paper is not None:
        tx.add(paper)


@contextmanager
def moved(
    tx: AsyncSession,
    actor: Actor,
    finding: Finding,
    move: Move,
    *,
    at: datetime,
    paper: SQLModel | None = None,
    beside: events.Snapshot | None = None,
) -> Iterator[None]:
    """The one door that sets a finding's state; set what goes with the move inside it.

    The finding must be locked (services/access.py `finding_for`). Raises IllegalTransition before anything changes.
    """
    state = after(Standing.of(finding), move)
    with changed(tx, actor, finding, EVENT_OF[move], at=at, paper=paper, beside=beside):
        finding.state = state
        yield


def _is_barred(standing: Standing, move: Move) -> bool:
    """What the table cannot say: a major finding is cured by its accepted plan, a new order follows a failure alone."""
    if move is Move.REPORT:
        return standing.grade is Grade.MAJOR and standing.state is FindingState.ORDERED
    return move is Move.REORDER and not standing.awaits_new_order


def _on_file(paper: SQLModel | None, *, is_before: bool = False) -> events.Snapshot:
    """A paper's fields under its table's name; nothing in them before it was on file."""
    if paper is None:
        return {}
    was_there = sa.inspect(paper).persistent
    fields = events.snapshot(paper).items()
    return {
        f"{paper.__tablename__}.{name}": value if was_there or not is_before else None
        for name, value in fields
        if name != "finding_id"
    }

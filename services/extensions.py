"""Extensions 延期: asked before the deadline has passed, decided by the office."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.extensions import ExtensionDecisionWrite, ExtensionRead, ExtensionWrite
from models.findings import Extension, Finding
from models.limits import DueDateRead
from models.words import EventKind, ExtensionState, FindingState
from services import acts, limits
from services.access import Actor, Deed, finding_for, sees
from services.errors import IdTaken, InvalidInput, NotFound
from services.findings.errors import DeadlinePassed, ExtensionDecided, ExtensionWaits, NotExtendable
from services.findings.filing import is_on_behalf
from services.findings.moves import changed
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import LimitNotInForce, Rule, RuleBook, ask_by, local_date

BEING_CURED = (FindingState.ORDERED, FindingState.RECTIFYING)
"""States in which an order's deadline runs."""

OLDEST_FIRST = Order((col(Extension.asked_at), col(Extension.id)))


async def request(tx: AsyncSession, actor: Actor, body: ExtensionWrite, *, at: datetime) -> tuple[Extension, bool]:
    """Ask for more time, once at a time, while the deadline has not passed.

    Raises NotFound, NotAllowed, IdConflict, IdTaken, NotExtendable, DeadlinePassed, ExtensionWaits, InvalidInput.
    """
    finding = await finding_for(tx, actor, body.finding_id, Deed.FILE_OWN, Deed.FILE_ON_BEHALF)
    on_behalf = await is_on_behalf(tx, actor, finding, body.on_behalf_of)
    begun = await acts.begin(tx, actor, "requestExtension", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return await _seen(tx, actor, begun.id), False
    if finding.state not in BEING_CURED or finding.deadline is None:
        raise NotExtendable(finding.state)
    if finding.deadline < local_date(at):
        raise DeadlinePassed
    if body.until <= finding.deadline:
        raise InvalidInput.at("/until", "not_later", "an extension ends after the deadline that stands")
    waits = sa.exists().where(col(Extension.finding_id) == finding.id, is_waiting())
    if await tx.scalar(sa.select(waits)):
        raise ExtensionWaits
    extension = Extension(
        id=begun.id,
        finding_id=finding.id,
        state=ExtensionState.ASKED,
        old_deadline=finding.deadline,
        asked_until=body.until,
        reason=body.reason,
        asked_by=actor.id,
        asked_at=at,
        on_behalf=on_behalf,
    )
    with changed(tx, actor, finding, EventKind.FINDING_EXTENSION_ASKED, at=at, paper=extension):
        pass
    await tx.flush()
    return extension, True


async def decide(
    tx: AsyncSession, actor: Actor, extension_id: UUID, body: ExtensionDecisionWrite, *, at: datetime
) -> tuple[Extension, bool]:
    """Grant, which moves the finding's deadline, or refuse with a reason.

    Raises NotFound, NotAllowed, IdConflict, IdTaken, ExtensionDecided, NotExtendable, InvalidInput.
    """
    finding_id = await tx.scalar(sa.select(col(Extension.finding_id)).where(col(Extension.id) == extension_id))
    if finding_id is None:
        raise NotFound
    finding = await finding_for(tx, actor, finding_id, Deed.DECIDE_EXTENSION)
    extension = await tx.get_one(Extension, extension_id)
    begun = await acts.begin(tx, actor, "decideExtension", body, at=at, subject_id=extension.id)
    if not begun.is_new:
        return extension, False
    if extension.state is not ExtensionState.ASKED:
        raise ExtensionDecided(extension.state)
    if body.granted:
        if finding.state not in BEING_CURED or finding.deadline is None or finding.deadline >= extension.asked_until:
            raise NotExtendable(finding.state)
        with changed(tx, actor, finding, EventKind.FINDING_EXTENSION_GRANTED, at=at, paper=extension):
            _decide(extension, ExtensionState.GRANTED, actor, body.note, at)
            finding.deadline = extension.asked_until
    else:
        if body.note is None:
            raise InvalidInput.at("/note", "reason_needed", "say why, so that the other side knows what to change")
        with changed(tx, actor, finding, EventKind.FINDING_EXTENSION_REFUSED, at=at, paper=extension):
            _decide(extension, ExtensionState.REFUSED, actor, body.note, at)
    await tx.flush()
    return extension, True


async def get_extension(tx: AsyncSession, actor: Actor, extension_id: UUID) -> Extension:
    """One request. Raises NotFound."""
    extension: Extension | None = await tx.scalar(_within_sight(actor).where(col(Extension.id) == extension_id))
    if extension is None:
        raise NotFound
    return extension


async def list_extensions(
    tx: AsyncSession, actor: Actor, *, state: ExtensionState | None, after: Key | None, limit: int
) -> Slice[Extension]:
    """Requests within sight, the oldest first."""
    query = _within_sight(actor)
    if state is not None:
        query = query.where(col(Extension.state) == state)
    return await slice_of(tx, query, OLDEST_FIRST, lambda e: (e.asked_at, e.id), after=after, limit=limit)


def is_waiting() -> ColumnElement[bool]:
    """For a query over Extension: the office has not decided it."""
    return col(Extension.state) == ExtensionState.ASKED


async def shown(tx: AsyncSession, extensions: Sequence[Extension]) -> list[ExtensionRead]:
    """Requests as clients see them, each with the days that the rules give."""
    if not extensions:
        return []
    book = await limits.rule_book(tx)
    return [_shown(book, extension) for extension in extensions]


def ask_by_of(deadline: date, book: RuleBook) -> DueDateRead | None:
    """Last day to ask, by the rule of that time; nothing where none holds. Asking later is not refused (unverified)."""
    try:
        return limits.shown(ask_by(deadline, book.limit(Rule.EXTENSION_ASK_BEFORE, deadline), book.calendar))
    except LimitNotInForce:
        return None


def _shown(book: RuleBook, extension: Extension) -> ExtensionRead:
    answer = book.due_if_any(Rule.EXTENSION_ANSWER, local_date(extension.asked_at))
    return ExtensionRead.model_validate(
        {
            **extension.model_dump(),
            "state_label": extension.state.label,
            "ask_by": ask_by_of(extension.old_deadline, book),
            "answer_by": limits.shown(answer) if answer else None,
        }
    )


def _decide(extension: Extension, state: ExtensionState, actor: Actor, note: str | None, at: datetime) -> None:
    extension.state, extension.decided_by, extension.decided_at, extension.decision_note = state, actor.id, at, note


def _within_sight(actor: Actor) -> sa.Select[Extension]:
    return sa.select(Extension).join(Finding, col(Finding.id) == col(Extension.finding_id)).where(sees(actor, Finding))


async def _seen(tx: AsyncSession, actor: Actor, extension_id: UUID) -> Extension:
    try:
        return await get_extension(tx, actor, extension_id)
    except NotFound:
        raise IdTaken from None

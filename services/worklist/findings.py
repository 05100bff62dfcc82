"""Work that findings make: order, plan, rectify, re-inspect, write off."""

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import col

from models.enterprises import Enterprise
from models.findings import Extension, Finding, RectificationPlan
from models.inspections import Inspection
from models.words import ExtensionState, FindingState, Grade, InspectionKind, PlanState, WorkKind
from models.worklist import WorkItem, WorkRule
from services.access import Deed, sees
from services.findings.clocks import is_overdue
from services.rules.clocks import Rule, local_date
from services.worklist.source import Asked, Rows, Source, by_limit, item, plain

BY_ORDER = plain("order.deadline", "责令整改期限")
BY_LAW_AT_ONCE = plain("finding.order", "发现隐患应责令整改（安全生产法第六十五条）")
AFTER_FAIL = plain("finding.reorder", "复查不合格应再次责令")
NEEDS_PLAN = plain("finding.plan", "重大隐患须有整改方案（五落实）")
AWAITS_DECISION = plain("office.decision", "等待审核")
AWAITS_WRITE_OFF = plain("finding.write_off", "复查合格后销号")

STATE = col(Finding.state)
ORDERED = (FindingState.ORDERED, FindingState.RECTIFYING)
HAS_PLAN = sa.exists().where(
    col(RectificationPlan.finding_id) == col(Finding.id), col(RectificationPlan.state) != PlanState.RETURNED
)
FOUND_ON_PATROL = sa.exists().where(
    col(Inspection.id) == col(Finding.inspection_id), col(Inspection.kind) == InspectionKind.PATROL
)
REGISTERED = STATE == FindingState.REGISTERED
WAITS_FOR_ORDER = sa.and_(STATE.in_(ORDERED), col(Finding.awaits_new_order))
NEEDS_A_PLAN = sa.and_(STATE == FindingState.ORDERED, col(Finding.grade) == Grade.MAJOR, ~HAS_PLAN)
NOT_REPORTED = sa.and_(STATE.in_(ORDERED), ~col(Finding.awaits_new_order))


def _findings(*conditions: ColumnElement[bool]) -> Callable[[Asked], Rows]:
    def rows(asked: Asked) -> Rows:
        named = sa.select(Finding, col(Enterprise.name)).join(
            Enterprise, col(Enterprise.id) == col(Finding.enterprise_id)
        )
        return named.where(sees(asked.actor, Finding), *conditions)

    return rows


def _of_finding(kind: WorkKind, rule: WorkRule, asked: Asked, row: Any, *, due_on: date | None) -> WorkItem:
    finding: Finding = row[0]
    enterprise = (finding.enterprise_id, row[1])
    return item(
        kind, "finding", finding.id, finding.description, rule,
        asked=asked, enterprise=enterprise, grade=finding.grade, due_on=due_on,
    )  # fmt: skip


def _reinspection(asked: Asked, row: Any) -> WorkItem:
    finding: Finding = row[0]
    reported_on = local_date(finding.reported_at) if finding.reported_at else asked.today
    due = asked.book.due_if_any(Rule.REINSPECTION_AFTER_REPORT, reported_on)
    return _of_finding(WorkKind.REINSPECT, by_limit(due, BY_ORDER), asked, row, due_on=finding.reinspect_by)


def _expired(asked: Asked, row: Any) -> WorkItem:
    """The enterprise reported nothing in time: the office looks within the limit after expiry (令16号 第23条)."""
    deadline: date = row[0].deadline
    due = asked.book.due_if_any(Rule.REINSPECTION_AFTER_EXPIRY, deadline)
    due_on = due.on if due else deadline
    return _of_finding(WorkKind.REINSPECT_EXPIRED, by_limit(due, BY_ORDER), asked, row, due_on=due_on)


def _plans(asked: Asked) -> Rows:
    filed = sa.exists().where(
        col(RectificationPlan.finding_id) == col(Finding.id), col(RectificationPlan.state) == PlanState.FILED
    )
    return _findings(STATE == FindingState.ORDERED, filed)(asked)


def _plan(asked: Asked, row: Any) -> WorkItem:
    return _of_finding(WorkKind.DECIDE_PLAN, AWAITS_DECISION, asked, row, due_on=row[0].deadline)


def _extensions(asked: Asked) -> Rows:
    asked_for = _findings()(asked).join(Extension, col(Extension.finding_id) == col(Finding.id))
    return asked_for.add_columns(Extension).where(col(Extension.state) == ExtensionState.ASKED)


def _extension(asked: Asked, row: Any) -> WorkItem:
    finding: Finding = row[0]
    extension: Extension = row[2]
    due = asked.book.due_if_any(Rule.EXTENSION_ANSWER, local_date(extension.asked_at))
    return item(
        WorkKind.DECIDE_EXTENSION, "extension", extension.id, finding.description, by_limit(due, AWAITS_DECISION),
        asked=asked, enterprise=(finding.enterprise_id, row[1]), grade=finding.grade, due_on=due.on if due else None,
    )  # fmt: skip


def _verified(asked: Asked) -> Rows:
    """A major finding is written off by those whose role includes it (deeds, design 6)."""
    verified = _findings(STATE == FindingState.VERIFIED)(asked)
    if asked.actor.may(Deed.WRITE_OFF_MAJOR):
        return verified
    return verified.where(col(Finding.grade) == Grade.GENERAL)


def _write_off(asked: Asked, row: Any) -> WorkItem:
    return _of_finding(WorkKind.WRITE_OFF, AWAITS_WRITE_OFF, asked, row, due_on=None)


def _is_expired(asked: Asked) -> Rows:
    return _findings(NOT_REPORTED, is_overdue(asked.today))(asked)


def _by_deadline(kind: WorkKind, deed: Deed, rule: WorkRule, *conditions: ColumnElement[bool]) -> Source:
    def made(asked: Asked, row: Any) -> WorkItem:
        return _of_finding(kind, rule, asked, row, due_on=row[0].deadline)

    return Source(kind, frozenset({deed}), _findings(*conditions), col(Finding.deadline), col(Finding.id), made)


SOURCES = (
    _by_deadline(WorkKind.ISSUE_ORDER, Deed.ISSUE_ORDER, BY_LAW_AT_ONCE, REGISTERED, ~FOUND_ON_PATROL),
    _by_deadline(WorkKind.ISSUE_NEW_ORDER, Deed.ISSUE_ORDER, AFTER_FAIL, WAITS_FOR_ORDER),
    _by_deadline(WorkKind.FILE_PLAN, Deed.FILE_OWN, NEEDS_PLAN, NEEDS_A_PLAN),
    _by_deadline(WorkKind.RECTIFY, Deed.FILE_OWN, BY_ORDER, STATE.in_(ORDERED)),
    Source(WorkKind.DECIDE_PLAN, frozenset({Deed.ACCEPT_PLAN}), _plans, col(Finding.deadline), col(Finding.id), _plan),
    Source(
        WorkKind.DECIDE_EXTENSION,
        frozenset({Deed.DECIDE_EXTENSION}),
        _extensions,
        col(Extension.asked_at),
        col(Extension.id),
        _extension,
    ),
    Source(
        WorkKind.REINSPECT,
        frozenset({Deed.REINSPECT}),
        _findings(STATE == FindingState.REPORTED),
        col(Finding.reinspect_by),
        col(Finding.id),
        _reinspection,
    ),
    Source(
        WorkKind.REINSPECT_EXPIRED,
        frozenset({Deed.REINSPECT}),
        _is_expired,
        col(Finding.deadline),
        col(Finding.id),
        _expired,
    ),
    Source(
        WorkKind.WRITE_OFF,
        frozenset({Deed.WRITE_OFF_GENERAL, Deed.WRITE_OFF_MAJOR}),
        _verified,
        col(Finding.verified_at),
        col(Finding.id),
        _write_off,
    ),
)

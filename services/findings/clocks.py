"""Whose deadline has passed: one sentence for lists, worklist and statistics alike."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import col

from models.findings import ENTERPRISE_MUST_ACT, Finding
from models.words import FindingState

MUST_ACT = tuple(sorted(ENTERPRISE_MUST_ACT))


def is_overdue(today: date) -> ColumnElement[bool]:
    """The enterprise's lateness: the deadline passed while it must act (design 4)."""
    return sa.and_(col(Finding.deadline) < today, col(Finding.state).in_(MUST_ACT))


def is_reinspection_overdue(today: date) -> ColumnElement[bool]:
    """The office's own lateness: it was told, and has not looked again in time (令16 第23条)."""
    return sa.and_(col(Finding.reinspect_by) < today, col(Finding.state) == FindingState.REPORTED)


def overdue(finding: Finding, today: date) -> bool:
    """`is_overdue` of a row at hand."""
    return finding.deadline is not None and finding.deadline < today and finding.state in ENTERPRISE_MUST_ACT


def reinspection_overdue(finding: Finding, today: date) -> bool:
    """`is_reinspection_overdue` of a row at hand."""
    was_told = finding.state is FindingState.REPORTED
    return was_told and finding.reinspect_by is not None and finding.reinspect_by < today

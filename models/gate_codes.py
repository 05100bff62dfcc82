"""Codes at gates 扫码入企: QR codes that stand for an enterprise, an upper system's or this office's own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, StrictInt
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import code_column
from models.shapes import Id, Line, NewId, Read, Text, Write
from models.words import InspectionKind, Word

OURS = "直查"
"""The system of the codes that this office makes; every other one is an upper system."""
IN_FORCE = sa.text("ended_at IS NULL")


class ErrorCorrection(Word):
    M = "M", "15%"
    Q = "Q", "25%"


class CodeImage(Word):
    SVG = "svg", "矢量图"
    PNG = "png", "位图"


class GateCode(SQLModel, table=True):
    """One code of one enterprise, in force until it is replaced or withdrawn; of a system at most one at a time.

    `qr_text` is the code as it is compared (services/rules/gate_codes.py), of ours without the address before it. It is
    kept readable, for a torn sticker is printed again; events tell `qr_sha256` alone. `short` stands below our QR.
    """

    __tablename__ = "gate_code"
    __table_args__ = (
        sa.Index("uq_gate_code_system", "system", "qr_sha256", unique=True, postgresql_where=IN_FORCE),
        sa.Index("uq_gate_code_enterprise_id", "enterprise_id", "system", unique=True, postgresql_where=IN_FORCE),
        sa.CheckConstraint("qr_sha256 = encode(sha256(convert_to(qr_text, 'UTF8')), 'hex')", name="fingerprint"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.id", index=True)
    system: str = Field(sa_type=sa.Text)
    qr_text: str = Field(sa_type=sa.Text)
    qr_sha256: str = Field(sa_column=code_column(length=64, index=True))
    short: str | None = Field(default=None, sa_column=code_column(length=8, nullable=True, index=True))
    issued_by: UUID = Field(foreign_key="users.id")
    issued_at: datetime
    ended_at: datetime | None = None
    version: int = 1


class GateCodeIssue(Write):
    """A code of ours. Where one is in force already, the reason why it is replaced: it then opens nothing any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "门口的码被人撕走"}]})

    id: NewId | None = None
    reason: Text | None = None


class UpperCodeWrite(Write):
    """A code of an upper system, as it was scanned; one that this system gave the enterprise before is replaced."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"system": "省行政执法平台企业码", "code": "https://qym.example.gov.cn/q?c=8F3K"}]
        }
    )

    id: NewId | None = None
    system: Line
    code: Annotated[Text, Constraint(min_length=1, max_length=1000)]


class GateCodeWithdrawal(Write):
    """Why the code shall open nothing any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "登记到了相邻企业名下"}]})

    id: NewId | None = None
    reason: Text


class GateCodeRead(Read):
    """A code; `code` is an upper system's own, null of ours, whose image getEnterpriseCode gives."""

    id: UUID
    enterprise_id: UUID
    system: str
    is_ours: bool
    code: str | None
    short: str | None
    issued_by: UUID
    issued_at: datetime
    ended_at: datetime | None
    version: int


MOST_LABELS = 200
Columns = Annotated[StrictInt, Constraint(ge=1, le=4)]
Rows = Annotated[StrictInt, Constraint(ge=1, le=8)]


class CodeSheet(Write):
    """Labels to print, in this order, so many to a page of A4; an enterprise without a code of ours gets one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"enterprise_ids": ["0198f3a0-0000-7000-8000-0000000000e1"], "columns": 2, "rows": 4}]
        }
    )

    enterprise_ids: Annotated[list[Id], Constraint(min_length=1, max_length=MOST_LABELS)]
    columns: Columns = 2
    rows: Rows = 4
    error_correction: ErrorCorrection = ErrorCorrection.Q


class ScannedCode(Write):
    """What a phone scanned, or what somebody pasted or typed; `kind` is the visit to come, as in getEnterpriseBrief."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "https://zhicha.example.cn/e/7K2MQ9XA4TBD0WZH7K2MQ9XA4TBD0WZH"}]}
    )

    code: Annotated[Text, Constraint(min_length=1)]
    kind: InspectionKind = InspectionKind.SPOT_CHECK

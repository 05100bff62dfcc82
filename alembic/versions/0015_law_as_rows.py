"""Statutes, criteria of major hazards and fines as rows of the catalogue; the day a checklist is withdrawn.

Revision: 0015, after 0014.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def code(name: str, *, length: int = 32, **said: bool) -> sa.Column[str]:
    return sa.Column(name, sa.String(length, collation="C"), nullable=False, **said)


def words(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def period(*, first_known: bool = False) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("valid_from", sa.Date(), nullable=not first_known),
        sa.Column("valid_to", sa.Date(), nullable=True),
    )


def verified() -> sa.Column[bool]:
    return sa.Column("verified", sa.Boolean(), nullable=False)


def upgrade() -> None:
    op.add_column("checklist", sa.Column("withdrawn_on", sa.Date(), nullable=True))
    op.create_table(
        "statute",
        code("cited", length=200, primary_key=True),
        text("title"),
        text("number", nullable=True),
        text("issuer", nullable=True),
        *period(),
        text("note", nullable=True),
        verified(),
    )
    op.create_table(
        "criterion",
        code("code", primary_key=True),
        *(text(name) for name in ("cited", "domain", "number", "issuer")),
        *period(),
        text("note", nullable=True),
        verified(),
    )
    op.create_table(
        "criterion_clause",
        code("criterion", primary_key=True),
        code("clause", length=64, primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        text("text"),
        text("applies_when"),
        verified(),
    )
    op.create_table(
        "fine",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False, primary_key=True),
        code("statute", length=200),
        text("article"),
        text("violation"),
        sa.Column("stage", words("finestage", "first", "refused", "accident"), nullable=False),
        sa.Column("who", words("fineparty", "unit", "person"), nullable=False),
        sa.Column("min_yuan", sa.Integer(), nullable=True),
        sa.Column("max_yuan", sa.Integer(), nullable=True),
        text("also", nullable=True),
        *period(first_known=True),
        verified(),
    )


def downgrade() -> None:
    for table in ("fine", "criterion_clause", "criterion", "statute"):
        op.drop_table(table)
    op.drop_column("checklist", "withdrawn_on")

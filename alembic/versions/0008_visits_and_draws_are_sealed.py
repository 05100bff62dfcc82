"""Planned visits and draws are sealed: what tells an enterprise lies in a box (docs/decisions/0014).

A visit's columns fill at arrival; a draw's box stays closed. Visits that were planned before stay as they were written.

Revision: 0008, after 0007.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def said(name: str, kind: str = "text") -> str:
    """A setting of this transaction, null where nobody said it (0004)."""
    return f"(SELECT nullif(current_setting('zhicha.{name}', true), '')::{kind})"


FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
ALL_TRADES = "(SELECT current_setting('zhicha.trades', true) = '*')"
IN_REGION = f"region >= {said('region_from')} AND region < {said('region_to')} AND {ALL_TRADES}"
ME = said("user", "uuid")

SEEN = {
    "draw": (
        f"made_by = {ME} OR cancelled_at IS NULL AND release_at <= {said('at', 'timestamptz')} "
        f"AND {said('acts')} IN ('office', 'department', 'leader') AND {IN_REGION}"
    ),
    "avoidance": f"officer_id = {ME} OR {said('acts')} IN ('office', 'leader') AND {IN_REGION}",
}
EVENTS = "CASE subject {} ELSE true END".format(
    " ".join(f"WHEN '{table}' THEN EXISTS (SELECT FROM {table} parent WHERE parent.id = subject_id)" for table in SEEN)
)
"""What is told of draws and of who avoids whom is no account's affair: neither an administrator's nor an auditor's."""

FACTS = ("enterprise_id", "region", "kind", "basis", "legal_basis", "task_source")
GROUNDS = ("own_village", "relative", "interest", "served_last", "other")
FACTORS = ("industry", "open_major", "last_visit")


def words(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def region(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.String(12, collation="C"), **options)  # type: ignore[arg-type]


def code(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.String(32, collation="C"), **options)  # type: ignore[arg-type]


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _draws()
    _avoidances()
    _catalogue()
    op.add_column("visit", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("visit", sa.Column("draw_id", sa.Uuid(), sa.ForeignKey("draw.id"), nullable=True))
    op.create_index("ix_visit_draw_id", "visit", ["draw_id"])
    for name in FACTS:
        op.alter_column("visit", name, nullable=True)
    op.create_check_constraint(
        op.f("ck_visit_sealed_or_open"),
        "visit",
        "(sealed IS NOT NULL OR enterprise_id IS NOT NULL) AND "
        "num_nulls(enterprise_id, region, kind, basis, legal_basis, task_source) IN (0, 6)",
    )
    for table, seen in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY sight ON {table} USING ({FREE} OR ({seen})) WITH CHECK ({said('acts')} <> 'door')")
    op.execute(f"CREATE POLICY sealed ON event AS RESTRICTIVE FOR SELECT USING ({FREE} OR ({EVENTS}))")


def _draws() -> None:
    op.create_table(
        "draw",
        sa.Column("id", sa.Uuid(), primary_key=True),
        region("region", nullable=False),
        sa.Column("made_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, index=True),
        moment("release_at"),
        sa.Column("commitment", sa.String(64, collation="C"), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        moment("cancelled_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _avoidances() -> None:
    op.create_table(
        "avoidance",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("officer_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False, index=True),
        region("region", nullable=False, index=True),
        sa.Column("ground", words("avoidanceground", *GROUNDS), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), sa.ForeignKey("enterprise.id"), nullable=True, index=True),
        region("village", nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("set_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        moment("set_at"),
        moment("ended_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("num_nonnulls(enterprise_id, village) = 1", name="one_target"),
    )


def _catalogue() -> None:
    op.create_table(
        "visit_cap",
        region("region", primary_key=True),
        code("industry", primary_key=True),
        code("standard_level", primary_key=True),
        sa.Column("valid_from", sa.Date(), primary_key=True),
        sa.Column("per_year", sa.Integer(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "draw_weight",
        sa.Column("factor", words("weightfactor", *FACTORS), primary_key=True),
        code("key", primary_key=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    op.execute("DROP POLICY sealed ON event")
    op.drop_constraint(op.f("ck_visit_sealed_or_open"), "visit")
    # Without its columns a sealed visit cannot be: the older service has no key to open it with.
    op.execute("DELETE FROM visit_inspector USING visit WHERE visit_id = visit.id AND visit.enterprise_id IS NULL")
    op.execute("DELETE FROM visit WHERE enterprise_id IS NULL")
    for name in FACTS:
        op.alter_column("visit", name, nullable=False)
    op.drop_index("ix_visit_draw_id", "visit")
    op.drop_column("visit", "draw_id")
    op.drop_column("visit", "sealed")
    for table in ("draw_weight", "visit_cap", "avoidance", "draw"):
        op.drop_table(table)

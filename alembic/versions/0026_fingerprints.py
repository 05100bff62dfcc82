"""What photos look like in 128 bits, and which two look alike: written and read by the office's jobs, and by questions
that look beyond sight and tell nothing of what they saw.

Revision: 0026, after 0025.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = (
    *("calendar_days", "working_days", "hours", "months", "minutes"),
    *("metres", "km_per_hour", "times", "decimals", "one_in", "rows"),
)
NOW = (*BEFORE, "bits")

FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"


def sha256(name: str, *constraints: sa.ForeignKey) -> sa.Column[str]:
    """A hash compared byte by byte."""
    return sa.Column(name, sa.String(64, collation="C"), *constraints, nullable=False, primary_key=True)


def upgrade() -> None:
    op.create_table(
        "photo_fingerprint",
        sha256("sha256"),
        sa.Column("dhash", postgresql.BIT(128), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "photo_match",
        sha256("sha256", sa.ForeignKey("photo_fingerprint.sha256", ondelete="CASCADE")),
        sha256("other_sha256", sa.ForeignKey("photo_fingerprint.sha256", ondelete="CASCADE")),
        sa.Column("distance_bits", sa.Integer(), nullable=False),
        sa.CheckConstraint("sha256 < other_sha256", name="in_order"),
    )
    op.create_index("ix_photo_match_other_sha256", "photo_match", ["other_sha256"])
    for table in ("photo_fingerprint", "photo_match"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY jobs ON {table} USING ({FREE})")
    _allow(NOW)


def downgrade() -> None:
    op.execute("DELETE FROM limit_rule WHERE id LIKE 'photo.%'")
    _allow(BEFORE)
    op.drop_table("photo_match")
    op.drop_table("photo_fingerprint")


def _allow(units: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_limit_rule_limitunit"), "limit_rule")
    listed = ", ".join(f"'{unit}'" for unit in units)
    op.create_check_constraint(op.f("ck_limit_rule_limitunit"), "limit_rule", f"unit IN ({listed})")

"""How many rows each account was told on a day, and the alarm over one that was told far too many.

Counts are written by whoever counts, at the door, and read by the office's jobs alone. The alarm is seen by the leader
who answers for the account, by administrators and hats, and never by the account itself.

Revision: 0025, after 0024.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = (
    *("calendar_days", "working_days", "hours", "months", "minutes"),
    *("metres", "km_per_hour", "times", "decimals", "one_in"),
)
NOW = (*BEFORE, "rows")


def said(name: str, kind: str = "text") -> str:
    """A setting of this transaction, null where nobody said it (0004)."""
    return f"(SELECT nullif(current_setting('zhicha.{name}', true), '')::{kind})"


FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
ANYBODY = f"({said('acts')} IS NOT NULL)"
WEARS_A_HAT = "(SELECT current_setting('zhicha.hats', true) <> '')"
LEADS = (
    "(SELECT current_setting('zhicha.acts', true) = 'leader' AND current_setting('zhicha.trades', true) = '*') "
    f"AND (region IS NULL OR region >= {said('region_from')} AND region < {said('region_to')})"
)
HEARS = f"user_id <> {said('user', 'uuid')} AND ({said('acts')} = 'admin' OR {WEARS_A_HAT} OR {LEADS})"
TOLD = "subject = 'bulk_reading' AND EXISTS (SELECT FROM bulk_reading parent WHERE parent.id = subject_id)"


def upgrade() -> None:
    op.create_table(
        "read_delta",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), primary_key=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows_told", sa.Integer(), nullable=False),
    )
    op.create_table(
        "bulk_reading",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("region", sa.String(12, collation="C"), nullable=True, index=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows_told", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("user_id", "day"),
    )
    for table in ("read_delta", "bulk_reading"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON bulk_reading "
        "FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_past()"
    )
    op.execute(
        "CREATE TRIGGER append_only_table BEFORE TRUNCATE ON bulk_reading "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_past()"
    )
    op.execute(f"CREATE POLICY jobs ON read_delta USING ({FREE}) WITH CHECK ({ANYBODY})")
    op.execute(f"CREATE POLICY sight ON bulk_reading USING ({FREE} OR {HEARS}) WITH CHECK ({FREE})")
    op.execute(f"CREATE POLICY bulk_readings ON event FOR SELECT USING ({TOLD})")
    _allow(NOW)


def downgrade() -> None:
    op.execute("DELETE FROM limit_rule WHERE id LIKE 'reading.%'")
    _allow(BEFORE)
    op.execute("DROP POLICY bulk_readings ON event")
    op.drop_table("bulk_reading")
    op.drop_table("read_delta")


def _allow(units: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_limit_rule_limitunit"), "limit_rule")
    listed = ", ".join(f"'{unit}'" for unit in units)
    op.create_check_constraint(op.f("ck_limit_rule_limitunit"), "limit_rule", f"unit IN ({listed})")

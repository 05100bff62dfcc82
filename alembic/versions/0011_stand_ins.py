"""Stand-ins 替岗: who does an officer's work while they are on leave.

The wall lets whoever stands in see what they stand in for; on which days that holds, services/access.py says, for the
database's clock is not the office's.

Revision: 0011, after 0010.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCOPES = ("visits", "approvals", "all")
ME = "nullif(current_setting('zhicha.user', true), '')::uuid"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
SIGNED_IN = "(SELECT nullif(current_setting('zhicha.acts', true), '') <> 'door')"
IN_REGION = (
    "region >= (SELECT nullif(current_setting('zhicha.region_from', true), '')) "
    "AND region < (SELECT nullif(current_setting('zhicha.region_to', true), ''))"
)
ANSWERS_FOR_THEM = (
    "(SELECT current_setting('zhicha.acts', true) IN ('office', 'leader') "
    f"AND current_setting('zhicha.trades', true) = '*') AND {IN_REGION}"
)
MY_ABSENT = "SELECT officer_id FROM stand_in WHERE ended_at IS NULL AND stand_in_id ="
STANDS_IN = f"({MY_ABSENT} {ME})"

NAMED = f"SELECT FROM visit_inspector WHERE visit_id = asked AND user_id = {ME}"
NAMED_OR_STANDS_IN = f"{NAMED} OR visit_id = asked AND user_id IN {STANDS_IN}"
APPROVES = f"SELECT FROM visit WHERE id = asked AND approver_id IN {STANDS_IN}"


def question(signature: str, rows: str) -> str:
    """As in 0004: yes or no, answered as the owner."""
    return (
        f"CREATE OR REPLACE FUNCTION {signature} RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER "
        f"SET search_path = pg_catalog, public AS $$ BEGIN RETURN EXISTS ({rows}); END $$"
    )


def upgrade() -> None:
    op.create_table(
        "stand_in",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("officer_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("stand_in_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("region", sa.String(12, collation="C"), nullable=False, index=True),
        sa.Column(
            "scope",
            sa.Enum(*SCOPES, name="standinscope", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_day <= to_day AND officer_id <> stand_in_id", name="days_in_order"),
    )
    seen = f"officer_id = (SELECT {ME}) OR stand_in_id = (SELECT {ME}) OR {ANSWERS_FOR_THEM}"
    op.execute("ALTER TABLE stand_in ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON stand_in USING ({FREE} OR ({seen})) WITH CHECK ({SIGNED_IN})")
    op.execute(question("is_named_for_visit(asked uuid)", NAMED_OR_STANDS_IN))
    op.execute(question("is_approved_for_another(asked uuid)", APPROVES))
    op.execute("CREATE POLICY stands_in ON visit USING (is_approved_for_another(id)) WITH CHECK (false)")


def downgrade() -> None:
    op.execute("DROP POLICY stands_in ON visit")
    op.execute("DROP FUNCTION is_approved_for_another")
    op.execute(question("is_named_for_visit(asked uuid)", NAMED))
    op.drop_table("stand_in")

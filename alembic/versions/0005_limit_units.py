"""Limits also count metres, minutes and the other units of the evidence.

Revision: 0005, after 0004.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OLD = ("calendar_days", "working_days", "hours", "months")
NEW = (*OLD, "minutes", "metres", "km_per_hour", "times", "decimals", "one_in")


def upgrade() -> None:
    _allow(NEW)


def downgrade() -> None:
    op.execute("DELETE FROM limit_rule WHERE id LIKE 'evidence.%' OR id LIKE 'leak.%'")
    _allow(OLD)


def _allow(units: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_limit_rule_limitunit"), "limit_rule")
    listed = ", ".join(f"'{unit}'" for unit in units)
    op.create_check_constraint(op.f("ck_limit_rule_limitunit"), "limit_rule", f"unit IN ({listed})")

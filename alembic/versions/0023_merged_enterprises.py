"""An enterprise is merged into another one, with which it is seen from then on: also by the other one's accounts.

Revision: 0023, after 0022.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OLD = ("proposed", "active", "closed")
NEW = (*OLD, "merged")


def said(name: str, kind: str = "text") -> str:
    """A setting of this transaction, null where nobody said it (0004)."""
    return f"(SELECT nullif(current_setting('zhicha.{name}', true), '')::{kind})"


FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
ALL_TRADES = "(SELECT current_setting('zhicha.trades', true) = '*')"


def seen(enterprise_id: str) -> str:
    """The rule of 0004, for the enterprise that accounts are of."""
    return (
        f"{FREE} OR (region >= {said('region_from')} AND region < {said('region_to')} "
        f"AND {enterprise_id} >= {said('enterprise_from', 'uuid')} "
        f"AND {enterprise_id} <= {said('enterprise_to', 'uuid')} "
        f"AND ({ALL_TRADES} OR is_in_trades(id) OR has_finding_in_trades(id)))"
    )


def upgrade() -> None:
    _allow(NEW)
    op.add_column("enterprise", sa.Column("merged_into", sa.Uuid(), sa.ForeignKey("enterprise.id"), nullable=True))
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_enterprise_merged_into", "enterprise", ["merged_into"], postgresql_where=merged)
    op.execute(f"ALTER POLICY sight ON enterprise USING ({seen('coalesce(merged_into, id)')})")


def downgrade() -> None:
    op.execute(f"ALTER POLICY sight ON enterprise USING ({seen('id')})")
    op.drop_index("ix_enterprise_merged_into", "enterprise")
    op.drop_column("enterprise", "merged_into")
    op.execute("UPDATE enterprise SET status = 'closed' WHERE status = 'merged'")
    _allow(OLD)


def _allow(statuses: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_enterprise_enterprisestatus"), "enterprise")
    listed = ", ".join(f"'{status}'" for status in statuses)
    op.create_check_constraint(op.f("ck_enterprise_enterprisestatus"), "enterprise", f"status IN ({listed})")

"""An enterprise is closed for a reason, and opened again.

Revision: 0021, after 0020.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OLD = ("proposed", "active")
NEW = (*OLD, "closed")
REASONS = ("suspended", "shut_down", "moved_away", "deregistered", "demolished", "other")


def upgrade() -> None:
    _allow(NEW)
    op.add_column("enterprise", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    kind = sa.Enum(*REASONS, name="closereason", native_enum=False, create_constraint=True, length=32)
    op.add_column("enterprise", sa.Column("close_reason", kind, nullable=True))
    op.add_column("enterprise", sa.Column("close_note", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("close_note", "close_reason", "closed_at"):
        op.drop_column("enterprise", name)
    op.execute("UPDATE enterprise SET status = 'active' WHERE status = 'closed'")
    _allow(OLD)


def _allow(statuses: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_enterprise_enterprisestatus"), "enterprise")
    listed = ", ".join(f"'{status}'" for status in statuses)
    op.create_check_constraint(op.f("ck_enterprise_enterprisestatus"), "enterprise", f"status IN ({listed})")

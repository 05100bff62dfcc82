"""Which kinds of inspections count towards an enterprise's yearly cap, as rows of the catalogue.

Revision: 0018, after 0017.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("spot_check", "routine", "joint", "reinspection", "campaign", "tip", "patrol")


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="inspectionkind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "visit_kind",
        sa.Column("kind", kind, primary_key=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("visit_kind")

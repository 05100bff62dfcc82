"""What likely duplicates share of their names is kept with them; imports tell of likely duplicates.

Revision: 0022, after 0021.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from services.enterprises.duplicates import core_of

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 1000
OLD = sa.table("enterprise", sa.column("name"), sa.column("name_core"), sa.column("id", sa.Uuid()))


def upgrade() -> None:
    op.add_column("enterprise", sa.Column("name_core", sa.Text(), nullable=True))
    _fill()
    op.create_index("ix_enterprise_name_core_region", "enterprise", ["name_core", "region"])
    op.add_column("enterprise_import", sa.Column("cautions", JSONB(), nullable=False, server_default="[]"))


def _fill() -> None:
    connection = op.get_bind()
    one = sa.update(OLD).where(OLD.c.id == sa.bindparam("known")).values(name_core=sa.bindparam("core"))
    last = None
    while True:
        some = sa.select(OLD).order_by(OLD.c.id).limit(BATCH)
        rows = connection.execute(some if last is None else some.where(OLD.c.id > last)).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(one, [{"known": row.id, "core": core_of(row.name)} for row in rows])


def downgrade() -> None:
    op.drop_column("enterprise_import", "cautions")
    op.drop_index("ix_enterprise_name_core_region", "enterprise")
    op.drop_column("enterprise", "name_core")

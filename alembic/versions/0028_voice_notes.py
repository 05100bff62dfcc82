"""Voice notes and signatures ride the road of photos: a sound has a length and no size.

Revision: 0028, after 0027.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("scene", "before", "fixed_on_site", "after", "reinspection", "paper")
NOW = (*BEFORE, "signature", "voice")


def upgrade() -> None:
    op.add_column("photo", sa.Column("duration_s", sa.Float(), nullable=True))
    for side in ("width", "height"):
        op.alter_column("photo", side, nullable=True)
    _allow(NOW)


def downgrade() -> None:
    op.execute("UPDATE photo_use SET purpose = 'scene' WHERE purpose IN ('signature', 'voice')")
    _allow(BEFORE)
    op.execute("UPDATE photo SET width = 0, height = 0 WHERE width IS NULL")
    for side in ("width", "height"):
        op.alter_column("photo", side, nullable=False)
    op.drop_column("photo", "duration_s")


def _allow(purposes: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_photo_use_photopurpose"), "photo_use")
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.create_check_constraint(op.f("ck_photo_use_photopurpose"), "photo_use", f"purpose IN ({listed})")

"""What each phone was given in its last field packs: seen by its holder alone.

Revision: 0017, after 0016.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT nullif(current_setting('zhicha.user', true), '')::uuid)"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"


def upgrade() -> None:
    op.create_table(
        "field_pack",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
    )
    op.execute("ALTER TABLE field_pack ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON field_pack USING ({FREE} OR user_id = {ME}) WITH CHECK (user_id = {ME})")


def downgrade() -> None:
    op.drop_table("field_pack")

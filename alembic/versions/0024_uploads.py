"""Photos that come in pieces, and how far each has come: seen by its maker alone.

Revision: 0024, after 0023.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT nullif(current_setting('zhicha.user', true), '')::uuid)"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("sha256", sa.String(64, collation="C"), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("metadata_sent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("writer", sa.Uuid(), nullable=True),
        sa.Column("writer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.String(32), nullable=True),
        sa.CheckConstraint("\"end\" IN ('stored', 'refused', 'terminated')", name="uploadend"),
    )
    op.create_index("ix_upload_made_by_photo_id", "upload", ["made_by", "photo_id"])
    op.execute("ALTER TABLE upload ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON upload USING ({FREE} OR made_by = {ME})")


def downgrade() -> None:
    op.drop_table("upload")

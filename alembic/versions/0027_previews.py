"""Small pictures that come ahead of their photos: seen as the photo will be, gone when it is here.

Revision: 0027, after 0026.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ME = "(SELECT nullif(current_setting('zhicha.user', true), '')::uuid)"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
SIGNED_IN = "((SELECT nullif(current_setting('zhicha.acts', true), '')) <> 'door')"
CAME_FOR = (
    "EXISTS (SELECT FROM photo_use named WHERE named.photo_id = photo_preview.photo_id "
    "AND (named.named_by = photo_preview.uploaded_by OR named.named_at < photo_preview.stored_at))"
)


def upgrade() -> None:
    op.create_table(
        "photo_preview",
        sa.Column("photo_id", sa.Uuid(), primary_key=True),
        sa.Column("sha256", sa.String(64, collation="C"), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("thumb", sa.LargeBinary(), nullable=False),
        sa.Column("screen", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.execute("ALTER TABLE photo_preview ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY sight ON photo_preview USING ({FREE} OR (uploaded_by = {ME} OR {CAME_FOR})) "
        f"WITH CHECK ({SIGNED_IN})"
    )


def downgrade() -> None:
    op.drop_table("photo_preview")

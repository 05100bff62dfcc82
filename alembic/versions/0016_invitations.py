"""Invitations 邀请: an enterprise's contact makes an account of their own by a code.

Revision: 0016, after 0015.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
INVITES = "(SELECT current_setting('zhicha.acts', true) IN ('office', 'inspector', 'department'))"
SEEN = f"{INVITES} AND EXISTS (SELECT FROM enterprise parent WHERE parent.id = enterprise_id)"

AUDITS = "(SELECT 'auditor' = ANY (string_to_array(current_setting('zhicha.hats', true), ',')))"
TOLD = f"subject = 'invitation' AND ({AUDITS} OR EXISTS (SELECT FROM invitation parent WHERE parent.id = subject_id))"


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("enterprise_id", sa.Uuid(), sa.ForeignKey("enterprise.id"), nullable=False, index=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.String(64, collation="C"), nullable=False, unique=True),
        sa.Column("made_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.execute("ALTER TABLE invitation ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON invitation USING ({FREE} OR {SEEN})")
    op.execute(f"CREATE POLICY invitations ON event FOR SELECT USING ({TOLD})")


def downgrade() -> None:
    op.execute("DROP POLICY invitations ON event")
    op.drop_table("invitation")

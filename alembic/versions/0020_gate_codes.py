"""Codes at gates 扫码入企: an upper system's or this office's own, and what a report says was scanned.

Revision: 0020, after 0019.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
SEEN = "EXISTS (SELECT FROM enterprise parent WHERE parent.id = enterprise_id)"
TOLD = "subject = 'gate_code' AND EXISTS (SELECT FROM gate_code parent WHERE parent.id = subject_id)"
IN_FORCE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("inspection", sa.Column("scanned_sha256", sa.String(64, collation="C"), nullable=True))
    op.create_table(
        "gate_code",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("enterprise_id", sa.Uuid(), sa.ForeignKey("enterprise.id"), nullable=False, index=True),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("qr_text", sa.Text(), nullable=False),
        sa.Column("qr_sha256", sa.String(64, collation="C"), nullable=False, index=True),
        sa.Column("short", sa.String(8, collation="C"), nullable=True, index=True),
        sa.Column("issued_by", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("qr_sha256 = encode(sha256(convert_to(qr_text, 'UTF8')), 'hex')", name="fingerprint"),
    )
    op.create_index("uq_gate_code_system", "gate_code", ["system", "qr_sha256"], unique=True, postgresql_where=IN_FORCE)
    op.create_index(
        "uq_gate_code_enterprise_id", "gate_code", ["enterprise_id", "system"], unique=True, postgresql_where=IN_FORCE
    )
    op.execute("ALTER TABLE gate_code ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON gate_code USING ({FREE} OR {SEEN})")
    op.execute(f"CREATE POLICY gate_codes ON event FOR SELECT USING ({TOLD})")


def downgrade() -> None:
    op.execute("DROP POLICY gate_codes ON event")
    op.drop_table("gate_code")
    op.drop_column("inspection", "scanned_sha256")

"""Second factors, their recovery codes, and identity numbers that lie sealed.

Revision: 0010, after 0009.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTS = "(SELECT nullif(current_setting('zhicha.acts', true), ''))"
ME = "(SELECT nullif(current_setting('zhicha.user', true), '')::uuid)"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
WEARS_A_HAT = "(SELECT current_setting('zhicha.hats', true) <> '')"
SEEN = {
    "second_factor": f"{ACTS} = 'door' OR user_id = {ME} OR {WEARS_A_HAT}",
    "recovery_code": "EXISTS (SELECT FROM second_factor parent WHERE parent.id = factor_id)",
}
"""The wall (decision 0012): whoever signs in stands at the door, where the factor is asked for."""


def upgrade() -> None:
    op.add_column("users", sa.Column("totp_since", UTCDateTime(), nullable=True))
    op.add_column("users", sa.Column("identity_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factor_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
    )
    op.create_index(op.f("ix_second_factor_user_id"), "second_factor", ["user_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("factor_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["factor_id"], ["second_factor.id"], name=op.f("fk_recovery_code_factor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_factor_id"), "recovery_code", ["factor_id"])
    for table, seen in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY sight ON {table} USING ({FREE} OR {seen}) WITH CHECK ({ACTS} IS NOT NULL)")


def downgrade() -> None:
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_column("users", "identity_sealed")
    op.drop_column("users", "totp_since")

"""Accounts that hold: who came in and who was turned away, keys of connected systems, the age of passwords.

Revision: 0009, after 0008.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTS = "(SELECT nullif(current_setting('zhicha.acts', true), ''))"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
ANYBODY = f"({ACTS} IS NOT NULL)"
WEARS_A_HAT = "(SELECT current_setting('zhicha.hats', true) <> '')"
SEEN = {
    "sign_in": f"{ACTS} = 'door' OR {WEARS_A_HAT}",
    "api_key": ANYBODY,  # found by its hash before anybody is known; who may list them is the application's rule
}
"""The wall (decision 0012): whoever signs in stands at the door, where refusals are counted and keys are found."""


def upgrade() -> None:
    op.add_column("users", sa.Column("password_set_at", UTCDateTime(), nullable=True))
    op.add_column("device_session", sa.Column("device_name", sa.Text(), nullable=True))
    op.create_index("ix_event_at_id", "event", ["at", "id"])
    outcome = sa.Enum(
        "signed_in", "refused", name="signinoutcome", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("outcome", outcome, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("throttled", sa.Boolean(), nullable=False),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["device_session.id"], name=op.f("fk_sign_in_session_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    op.create_index("ix_sign_in_first_at_id", "sign_in", ["first_at", "id"])
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"])
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("networks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.Column("seen_networks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_api_key_created_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["users.id"], name=op.f("fk_api_key_revoked_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_key_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_index(op.f("ix_api_key_user_id"), "api_key", ["user_id"])
    for table, seen in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY sight ON {table} USING ({FREE} OR {seen}) WITH CHECK ({ANYBODY})")


def downgrade() -> None:
    op.drop_table("api_key")
    op.drop_table("sign_in")
    op.drop_index("ix_event_at_id", "event")
    op.drop_column("device_session", "device_name")
    op.drop_column("users", "password_set_at")

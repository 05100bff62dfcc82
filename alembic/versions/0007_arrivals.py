"""Codes at the gate and second phones; a report may carry the code. With the wall of decision 0012.

Revision: 0007, after 0006.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTS = "(SELECT nullif(current_setting('zhicha.acts', true), ''))"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
SIGNED_IN = f"({ACTS} <> 'door')"
SEEN = {
    "arrival_code": (
        f"{ACTS} <> 'enterprise' AND EXISTS (SELECT FROM enterprise parent WHERE parent.id = enterprise_id)"
    ),
    "arrival_confirmation": "EXISTS (SELECT FROM arrival_code parent WHERE parent.id = arrival_code_id)",
}
"""An enterprise learns nothing of who stood at its gate, and when."""
OF_ARRIVALS = (
    "CASE subject WHEN 'arrival_code' THEN EXISTS (SELECT FROM arrival_code parent WHERE parent.id = subject_id) "
    "WHEN 'arrival_confirmation' THEN EXISTS (SELECT FROM arrival_confirmation parent WHERE parent.id = subject_id) "
    "ELSE true END"
)
"""Beside the policy of all events, which shows those of accounts to administrators."""


def upgrade() -> None:
    op.add_column("inspection", sa.Column("arrival_code", sa.Text(), nullable=True))
    op.create_table(
        "arrival_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8, collation="C"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        *_fix(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_arrival_code_enterprise_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_arrival_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_code")),
        info={"grants": "SELECT, INSERT"},
    )
    op.create_index("ix_arrival_code_code", "arrival_code", ["code"])
    op.create_table(
        "arrival_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("arrival_code_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        *_fix(),
        sa.ForeignKeyConstraint(
            ["arrival_code_id"], ["arrival_code.id"], name=op.f("fk_arrival_confirmation_arrival_code_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_arrival_confirmation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_confirmation")),
        info={"grants": "SELECT, INSERT"},
    )
    op.create_index("ix_arrival_confirmation_arrival_code_id", "arrival_confirmation", ["arrival_code_id"])
    for table, seen in SEEN.items():
        op.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_past()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_past()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY sight ON {table} USING ({FREE} OR ({seen})) WITH CHECK ({SIGNED_IN})")
    op.execute(f"CREATE POLICY arrivals ON event AS RESTRICTIVE FOR SELECT USING ({FREE} OR ({OF_ARRIVALS}))")


def downgrade() -> None:
    op.execute("DROP POLICY arrivals ON event")
    op.drop_table("arrival_confirmation")
    op.drop_table("arrival_code")
    op.drop_column("inspection", "arrival_code")


def _fix() -> list[sa.Column[object]]:
    """A phone's fix, as inspections carry it."""
    datum = sa.Enum(
        *("WGS84", "CGCS2000", "GCJ02", "BD09"), name="datum", native_enum=False, create_constraint=True, length=32
    )
    source = sa.Enum(
        *("gps", "network", "manual", "exif"),
        name="locationsource",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    return [
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("crs", datum, nullable=True),
        sa.Column("location_source", source, nullable=True),
        sa.Column("mocked", sa.Boolean(), nullable=True),
    ]

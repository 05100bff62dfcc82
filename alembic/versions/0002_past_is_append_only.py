"""The past is append-only: what was written once can't be changed, deleted or truncated, whoever asks.

Grants keep the service's role out; triggers also stop the owner. Row triggers alone let TRUNCATE through.

Revision: 0002, after 0001.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = (
    "act",
    "event",
    "inspection_version",
    "reinspection_result",
    "rectification",
    "write_off",
    "withdrawal",
    "orders",
    "ordered_finding",
    "order_document",
)


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_to_change_the_past() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_past()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_past()"
        )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only_table ON {table}")
        op.execute(f"DROP TRIGGER append_only_rows ON {table}")
    op.execute("DROP FUNCTION refuse_to_change_the_past()")

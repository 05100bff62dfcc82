"""The proven past: leaves, nodes, epochs and checkpoints, append-only; and by which transaction an event was born.

`born` is nullable and filled by the database alone, so that adding it rewrites no row: the sequencer finds older
events by their missing leaf when it starts. No table here holds anybody's data: hashes, blinded, and signatures.

Revision: 0006, after 0005.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("log_leaf", "log_node", "log_epoch", "log_checkpoint")
REASONS = ("founded", "database_older", "history_changed")


def upgrade() -> None:
    op.execute("ALTER TABLE event ADD COLUMN born xid8")
    op.execute("ALTER TABLE event ALTER COLUMN born SET DEFAULT pg_current_xact_id()")
    op.execute("CREATE INDEX ix_event_born ON event (born)")
    _tables()
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
    for table in ("log_checkpoint", "log_epoch", "log_node", "log_leaf"):
        op.drop_table(table)
    op.execute("ALTER TABLE event DROP COLUMN born")


def _tables() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_log_leaf_event_id")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_log_node")),
    )
    op.create_table(
        "log_epoch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("first_size", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(*REASONS, name="epochreason", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("old_head", sa.Text(), nullable=True),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_epoch")),
        sa.UniqueConstraint("number", name=op.f("uq_log_epoch_number")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["log_epoch.number"], name=op.f("fk_log_checkpoint_epoch")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_checkpoint")),
    )

"""Imports of regions, departments and people too; the sheets of a file, sealed, until they are swept.

Revision: 0013, after 0012.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTS = "(SELECT nullif(current_setting('zhicha.acts', true), ''))"
ME = "(SELECT nullif(current_setting('zhicha.user', true), '')::uuid)"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
KINDS = ("enterprises", "regions", "departments", "users")
MODES = ("dry_run", "all_or_nothing", "good_rows")
STATES = ("waiting", "running", "done", "failed")


def words(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.add_column("enterprise_import", sa.Column("kind", sa.String(32), nullable=False, server_default="enterprises"))
    op.create_check_constraint("importkind", "enterprise_import", f"kind IN {KINDS}")
    for name in ("changes", "notes"):
        column = sa.Column(name, postgresql.JSONB(), nullable=False, server_default="[]")
        op.add_column("enterprise_import", column)
    # What an older import told of a bad row knew neither its sheet nor what the cell held.
    op.execute(
        "UPDATE enterprise_import SET problems = (SELECT coalesce(jsonb_agg("
        """jsonb_build_object('sheet', '', 'cell', '', 'value_class', 'text') || told ORDER BY place), '[]') """
        "FROM jsonb_array_elements(problems) WITH ORDINALITY AS each(told, place)) WHERE problems <> '[]'"
    )
    op.create_table(
        "import_work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", words("importkind", *KINDS), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("mode", words("importmode", *MODES), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("state", words("importstate", *STATES), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_judged", sa.Integer(), nullable=False),
        sa.Column("rows_written", sa.Integer(), nullable=False),
        sa.Column("made_ids", postgresql.JSONB(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_import_work_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_work")),
    )
    op.create_index(op.f("ix_import_work_made_by"), "import_work", ["made_by"])
    op.create_index(op.f("ix_import_work_sent_at"), "import_work", ["sent_at"])
    op.execute("ALTER TABLE import_work ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON import_work USING ({FREE} OR made_by = {ME}) WITH CHECK ({ACTS} IS NOT NULL)")


def downgrade() -> None:
    op.drop_table("import_work")
    for name in ("notes", "changes", "kind"):
        op.drop_column("enterprise_import", name)

"""The jobs' own schema, as procrastinate 3.10.0 ships it (MIT licence); its later migrations are ours to carry.

Revision: 0003, after 0002.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = Path(__file__).resolve().parent.parent / "sql" / "procrastinate-3.10.0.sql"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute("CREATE SCHEMA procrastinate")
    driver.execute("SET LOCAL search_path TO procrastinate")
    driver.execute(SCHEMA.read_text(encoding="utf-8"))
    driver.execute("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    op.execute("DROP SCHEMA procrastinate CASCADE")

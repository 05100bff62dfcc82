"""How a migration reaches the database: as the owner, over psycopg, never waiting long for a lock (house style 16)."""

from logging.config import fileConfig

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.schema import SchemaItem
from sqlmodel import SQLModel

import models  # noqa: F401  (its import fills SQLModel.metadata)
from alembic import context

LOCK_TIMEOUT = "-c lock_timeout=1s"
JOBS = "procrastinate"
BORN = {"born", "ix_event_born"}

target_metadata = SQLModel.metadata


def owner_url() -> str:
    """The owner's URL: given by `-x url=…` on the command line, or by cli/migrate.py as an attribute."""
    url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if not url:
        raise SystemExit("Alembic needs the owner's database URL: alembic -x url=postgresql+psycopg://… <command>")
    return str(url)


def is_ours(item: SchemaItem, name: str | None, _kind: str, _reflected: bool, _compare_to: SchemaItem | None) -> bool:
    """Not procrastinate's own schema, nor the column that the database alone fills (models/log.py)."""
    if name in BORN:
        return False
    table = getattr(item, "table", item)
    return getattr(table, "schema", None) != JOBS and not (name or "").startswith(f"{JOBS}_")


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_object=is_ours,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    if context.config.config_file_name is not None and "url" not in context.config.attributes:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    engine = create_engine(
        owner_url(), poolclass=NullPool, hide_parameters=True, connect_args={"options": LOCK_TIMEOUT}
    )
    with engine.connect() as connection:
        migrate(connection)


if context.is_offline_mode():
    context.configure(url=owner_url(), target_metadata=target_metadata, include_object=is_ours, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    run()

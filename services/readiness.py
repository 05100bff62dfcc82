"""What makes an office unready: each check answers with one sentence or nothing."""

from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.chance import TrueChance
from services.database import job_sessions_for
from services.errors import DomainError
from services.keys import Keys
from services.log.standing import stands_against, to_be_known
from services.photos.store import Store
from services.settings import Settings, SettingsError

# Told by the files' names: alembic itself would cost each process a tenth of its start, and each question its scripts.
NEWEST_MIGRATION = max(
    path.name[:4] for path in (Path(__file__).resolve().parent.parent / "alembic" / "versions").glob("[0-9]*.py")
)

UNSAFE_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")


async def unready_because(engine: AsyncEngine, store: Store, settings: Settings) -> list[str]:
    """Sentences; none when the office is ready."""
    reasons: list[str] = []
    try:
        async with engine.connect() as connection:
            reasons += await _database_reasons(connection, is_trial=settings.trial)
    except (sa.exc.SQLAlchemyError, OSError):
        reasons.append("数据库无法连接 The database does not answer.")
    try:
        await store.check_writable(room_for=settings.photo_max_bytes)
    except (DomainError, OSError):
        reasons.append("照片库不可写 The photo store cannot be written.")
    with suppress(sa.exc.SQLAlchemyError, OSError, DomainError):  # told above
        reasons += await _log_reasons(engine, store)
    try:
        Keys.read(settings)
    except SettingsError as error:
        reasons.append(f"密钥缺失 {error}")
    return reasons


async def notes(engine: AsyncEngine) -> list[str]:
    """What people must know though the office is ready."""
    try:
        async with job_sessions_for(engine, TrueChance()).begin() as tx:
            return await to_be_known(tx)
    except (sa.exc.SQLAlchemyError, OSError):
        return []


async def _log_reasons(engine: AsyncEngine, store: Store) -> list[str]:
    async with job_sessions_for(engine, TrueChance()).begin() as tx:
        return await stands_against(tx, store)


async def _database_reasons(connection: AsyncConnection, *, is_trial: bool) -> list[str]:
    reasons = []
    for name in UNSAFE_SETTINGS:
        if await connection.scalar(sa.select(sa.func.current_setting(name))) == "off":
            reasons.append(f"数据库设置 {name}=off 不安全 {name}=off: an acknowledged report could be lost.")
    bypasses = await connection.scalar(
        sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    )
    if bypasses and not is_trial:
        reasons.append("服务角色可绕过行级安全 The service's role is a superuser or bypasses row security.")
    reasons += await _migration_reasons(connection)
    return reasons


async def _migration_reasons(connection: AsyncConnection) -> list[str]:
    there = (await connection.scalars(sa.text("SELECT version_num FROM alembic_version"))).all()
    if there != [NEWEST_MIGRATION]:
        return ["数据库结构落后于程序 The database is behind (or ahead of) its migrations."]
    return []

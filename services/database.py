"""How the service reaches PostgreSQL: as a plain role, by psycopg, never waiting long."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from services.chance import CHANCE, Chance

POOL_WAIT_SECONDS = 3.0
STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 5_000
JOBS_SCHEMA = "procrastinate"


def engine_for(url: str, connections: int) -> AsyncEngine:
    """An engine whose errors carry no parameters: phone and ID numbers must not reach the logs."""
    options = {
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "lock_timeout": LOCK_TIMEOUT_MS,
        "timezone": "UTC",
        "search_path": f"public,{JOBS_SCHEMA}",
    }
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        hide_parameters=True,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            "connect_timeout": 3,
            "application_name": "zhicha",
        },
    )


def sessions_for(engine: AsyncEngine, chance: Chance) -> async_sessionmaker[AsyncSession]:
    """A maker of sessions whose rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False, info={CHANCE: chance})

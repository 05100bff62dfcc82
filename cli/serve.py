"""`zhicha serve`: a whole office on one machine, in one process tree (design 10)."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from cli.child import ChildPlan, start_child
from cli.embedded import EmbeddedPostgres
from cli.lock import FolderHeld, hold
from cli.office import OfficeHeld, Prepared, expect_a_store, given_urls, lock_of, prepare, restore_mark
from cli.photo_store import begin
from cli.processes import Part, ProcessTree, Say
from cli.stopping import ignore_stop_signals, stoppable
from services.keys import Keys, make_missing_keys
from services.settings import DatabaseUrls, Settings

BACKLOG = 2048


class PortTaken(Exception):
    """Nothing can listen there; the text is one sentence."""


def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP.

    Raises OfficeHeld when another process serves this folder, PortTaken, EmbeddedPostgresError, StoreUnusable,
    MigrationError or SettingsError, each one sentence.
    """
    with stoppable(), ExitStack() as held:
        try:
            held.enter_context(hold(lock_of(settings.data)))
        except FolderHeld as other:
            raise OfficeHeld(
                f"{settings.data} is already served by process {other.holder} (zhicha serve); stop it first, "
                "or choose another folder with --data."
            ) from None
        if restore_mark(settings.data).exists():
            raise OfficeHeld(f"A restore into {settings.data} was cut: empty the folder and restore again.")
        listener = held.enter_context(_listener(settings))
        make_missing_keys(settings)
        Keys.read(settings)
        expect_a_store(settings)
        begin(settings)
        parts, urls = _database(settings, held)
        prepared = prepare(urls, settings)
        listener.listen(BACKLOG)
        port = int(listener.getsockname()[1])
        plan = ChildPlan(str(settings.data.absolute()), settings.host, port, urls.service, listener.fileno())
        _announce(settings, port, prepared, say)
        ProcessTree([*parts, *_children(settings, plan)], say).run()
        ignore_stop_signals()
        say("已停止 Stopped.")


def _database(settings: Settings, held: ExitStack) -> tuple[list[Part], DatabaseUrls]:
    given = given_urls(settings)
    if given is not None:
        return [], given
    postgres = held.enter_context(EmbeddedPostgres(settings.data))
    # The same port again: the api processes' pools find their way back by themselves.
    part = Part("PostgreSQL", lambda: postgres.launch(postgres.port), postgres.process, stopped_by_tree=False)
    return [part], postgres.urls


def _children(settings: Settings, plan: ChildPlan) -> list[Part]:
    def starts(module: str) -> Callable[[], subprocess.Popen[bytes]]:
        return lambda: start_child(module, plan)

    api = [Part(f"api {number}", starts("cli.api_process")) for number in range(1, settings.api_processes + 1)]
    return [*api, Part("worker", starts("cli.worker_process"))]


def _announce(settings: Settings, port: int, prepared: Prepared, say: Say) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"地址 Address: {settings.public_url or f'http://{host}:{port}/'}")
    say(f"数据 Data: {settings.data.absolute()}")
    if prepared.log is not None:
        say(prepared.log)
    if prepared.password is not None:
        told = f"密码 password: {prepared.password} （只显示一次，请修改 shown once, change it）"
        say(f"首个账户 First account: admin，{told}")


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    """Bound before anything else starts, so that a taken port is told at once; it listens when the office is ready."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise PortTaken(
            f"Can't listen on {settings.host} port {settings.port} ({error.strerror}): choose --port."
        ) from None
    with listener:
        yield listener

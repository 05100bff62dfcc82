"""`zhicha info`: what is installed here and what runs, without starting anything."""

from sqlalchemy import make_url

from cli.embedded import ready_port
from cli.lock import FolderHeld, hold
from cli.office import given_urls, lock_of
from services.keys import Keys
from services.settings import Settings, SettingsError


def lines(settings: Settings, version: str) -> list[str]:
    """One line a fact, Chinese and English."""
    return [
        f"版本 Version: {version}",
        f"数据 Data: {settings.data.absolute()}",
        f"运行 Serving: {_serving(settings)}",
        f"数据库 Database: {_database(settings)}",
        f"照片 Photos: {settings.store or settings.photos.absolute()}",
        f"密钥 Keys: {_keys(settings)}",
    ]


def _serving(settings: Settings) -> str:
    lock = lock_of(settings.data)
    if not lock.exists():
        return "no"
    try:
        with hold(lock):
            return "no"
    except FolderHeld as held:
        return f"process {held.holder}"


def _database(settings: Settings) -> str:
    given = given_urls(settings)
    if given is not None:
        return make_url(given.service).render_as_string(hide_password=True)
    folder = settings.data.absolute() / "pg"
    port = ready_port(folder)
    if port is not None and _serving(settings) != "no":
        return f"embedded, 127.0.0.1 port {port}"
    return "embedded, at rest" if folder.exists() else "embedded, not made yet"


def _keys(settings: Settings) -> str:
    try:
        Keys.read(settings)
    except SettingsError as error:
        return str(error)
    return f"{settings.keys.absolute()}"

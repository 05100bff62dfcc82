"""What stops a command is told as one sentence on standard error (2 for a setting, else 1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from cli.backup.errors import BackupError
from cli.catalogue import STOPS
from cli.check import CheckFailed
from cli.demo.errors import DemoError
from cli.embedded import EmbeddedPostgresError
from cli.lock import FolderHeld
from cli.migrate import MigrationError
from cli.office import OfficeHeld, StoreUnusable
from cli.photo_store import StoreCommandFailed
from cli.proving import NotProven, ProofUnreadable
from cli.registers import RegisterRefused
from cli.serve import PortTaken
from services.rules.draw_files import DrawFileUnreadable
from services.settings import Settings, SettingsError, load_settings

SENTENCES = (
    *STOPS,
    BackupError,
    CheckFailed,
    DemoError,
    DrawFileUnreadable,
    EmbeddedPostgresError,
    FolderHeld,
    MigrationError,
    NotProven,
    OfficeHeld,
    PortTaken,
    ProofUnreadable,
    RegisterRefused,
    StoreCommandFailed,
    StoreUnusable,
)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what stops a command into its sentence and exit code; anything else is a bug and shows its traceback."""
    try:
        yield
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except SENTENCES as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except PermissionError as error:
        typer.echo(f"No permission for {error.filename}: choose another folder with --data.", err=True)
        raise typer.Exit(1) from None


def settings_of(data: Path | None, host: str | None = None, port: int | None = None) -> Settings:
    """The environment's settings with the command's options on top."""
    given = {"data": data, "host": host, "port": port}
    return load_settings(**{name: value for name, value in given.items() if value is not None})

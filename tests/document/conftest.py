"""The document as a file, and what is generated from it."""

import json
from pathlib import Path

import pytest

from api.app import create_app
from services.keys import make_missing_keys
from services.settings import Settings
from tests.document import toolbox


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    """Linters and generators, installed from their locks."""
    toolbox.install()


@pytest.fixture(scope="session")
def document_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """openapi.json as a running office gives it; the database is not asked for it."""
    settings = Settings(data=tmp_path_factory.mktemp("document"))
    make_missing_keys(settings)
    app = create_app(settings, "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    path = settings.data / "openapi.json"
    path.write_text(json.dumps(app.openapi(), ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def python_client(document_file: Path) -> Path:
    """The folder that holds the generated package `zhicha_client`; a warning of the generator is an error."""
    place = document_file.parent
    toolbox.run(
        *("openapi-python-client", "generate", "--path", document_file, "--meta", "none", "--fail-on-warning"),
        *("--config", toolbox.HERE / "client.yaml", "--output-path", place / "zhicha_client"),
        cwd=place,
    )
    return place

"""The docs say what the code does: links, settings, error codes and operations, in both directions."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from api.app import create_app
from services.keys import make_missing_keys
from services.settings import Settings
from tests import error_page
from tests.unit.test_house import ROOT, text, tracked

PAGES = [path for path in tracked("*.md") if path != "THIRD_PARTY_NOTICES.md"]
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


def rows(page: str, columns: int) -> list[list[str]]:
    """Cells of all tables of a page that have so many columns, without their heads and rules."""
    lines = [line for line in text(page).splitlines() if line.startswith("| ") and not line.startswith("| |")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if len(row) == columns and row[0] not in ("operationId", "setting", "code")]


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_between_pages_leads_to_a_file_and_a_heading(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)\s]+)\)", text(page))
    broken = []
    for target in targets:
        path, _, anchor = target.partition("#")
        found = (ROOT / page).parent / path if path else ROOT / page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert broken == []


def test_every_page_of_the_docs_is_reached_from_the_readme_or_its_folder() -> None:
    linked = {
        str(((ROOT / page).parent / target.partition("#")[0]).resolve().relative_to(ROOT))
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text(page))
    }
    docs = [page for page in PAGES if page.startswith(("docs/", "deploy/"))]
    assert [page for page in docs if page not in linked and str(Path(page).parent) not in linked] == []


def settings_in_code() -> dict[str, str | None]:
    """Name → default as the table writes it; None where the page words it (a folder below another)."""
    known: dict[str, str | None] = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        written = None if default in (None, [], "", PydanticUndefined) else str(default)
        if isinstance(default, bool):
            written = str(default).lower()
        elif isinstance(default, float):
            written = f"{default:g}"
        known[f"ZHICHA_{name.upper()}"] = written
    return known


def test_every_setting_has_its_row_with_its_default_and_every_row_is_a_setting() -> None:
    in_docs = {name: default.strip("`") for name, default, _ in rows("docs/settings.md", 3)}
    in_code = settings_in_code()
    assert sorted(in_docs) == sorted(in_code)
    assert {name: in_docs[name] for name, default in in_code.items() if default is not None} == {
        name: default for name, default in in_code.items() if default is not None
    }


def test_every_error_has_a_title_and_belongs_to_a_family_that_has_a_status() -> None:
    lost = [
        f"{kind.__module__}.{kind.__name__}"
        for kind in error_page.domain_errors()
        if not error_page.has_status(kind) or not getattr(kind, "title", "")
    ]
    assert lost == []


def test_the_page_of_error_codes_is_what_the_code_says_today() -> None:
    assert text("docs/errors.md").splitlines() == error_page.page().splitlines(), "run `make docs`"


def test_no_two_errors_share_one_code() -> None:
    codes = [kind.code for kind in error_page.domain_errors()]
    assert sorted(codes) == sorted(set(codes))


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """The app's OpenAPI document; making it needs neither a database nor a running office."""
    settings = Settings(data=tmp_path)
    make_missing_keys(settings)
    return create_app(settings, "postgresql+psycopg://nobody@127.0.0.1:1/nothing").openapi()


def test_every_operation_has_its_row_with_its_call_and_every_row_is_an_operation(document: dict[str, Any]) -> None:
    in_code = {
        operation["operationId"]: f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }
    in_docs = {row[0]: row[1] for row in rows("docs/api.md", 4)}
    assert sorted(f"{name}: {call}" for name, call in in_docs.items() - in_code.items()) == []
    assert sorted(f"{name}: {call}" for name, call in in_code.items() - in_docs.items()) == []

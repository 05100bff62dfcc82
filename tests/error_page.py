"""Writes docs/errors.md from the error classes (`make docs`); a test holds the page equal to what this writes."""

import ast
import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import api
import models
import services
from api.problems import HTTP_PROBLEMS, STATUS, status_of
from services.errors import DomainError
from services.imports.errors import REASONS

ROOT = Path(__file__).parents[1]
HEAD = """\
# Error codes 错误码

Written by `make docs` from the code. Every error is `application/problem+json` (RFC 9457) with `type`, `title`,
`status`, `detail` and `code`; some carry more members, named in the last column. Switch on `code`: it is never
renamed and never used for something else.

| code | status | title | when | more members |
|---|---|---|---|---|
"""
INPUT_HEAD = """
## Codes of single input errors

`invalid_input` carries `errors[]`, each with `pointer` (JSON Pointer into the body; `#/query/…`, `#/path/…`,
`#/header/…` elsewhere), `code` and `detail`, never the value. Besides the codes below these are pydantic's own
(`missing`, `string_too_long`, `extra_forbidden`, …).

| code | detail |
|---|---|
"""
IMPORT_HEAD = """
## Codes of rows of an import

`importEnterprises` and `getImport` name every bad row in `problems[]`: `row` as a spreadsheet numbers it, `column` by
its heading, `code`, and `detail` in Chinese. Codes that are not below are pydantic's own.

| code | detail | |
|---|---|---|
"""

INPUT_ERRORS = ("InputError", "InvalidInput.at", "NotStrictJson", "PydanticCustomError")


def domain_errors() -> Iterator[type[DomainError]]:
    """Every error class that has a code of its own, of all modules that a request may reach."""
    for package in (models, services, api):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    waiting = [DomainError]
    known: set[type[DomainError]] = set()  # a class of two families is met twice
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "code" in vars(kind) and kind not in known:
            known.add(kind)
            yield kind


def has_status(kind: type[DomainError]) -> bool:
    """Whether the error belongs to a family that api/problems.py knows."""
    return issubclass(kind, tuple(STATUS))


def _domain_rows() -> Iterator[tuple[int, str]]:
    for kind in filter(has_status, domain_errors()):
        sentence = " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")
        members = ", ".join(f"`{field.name}`" for field in dataclasses.fields(kind))
        yield status_of(kind), f"| {kind.code} | {status_of(kind)} | {kind.title} | {sentence} | {members} |"


def _framework_rows() -> Iterator[tuple[int, str]]:
    for status, (code, title) in HTTP_PROBLEMS.items():
        yield status, f"| {code} | {status} | {title} | Said by the server itself, not by the operation. | |"


def input_codes() -> dict[str, str]:
    """Code → sentence of each single input error: what the code gives InputError(…) and InvalidInput.at(…)."""
    found: dict[str, str] = {}
    for path in sorted([*ROOT.glob("services/**/*.py"), *ROOT.glob("models/*.py"), *ROOT.glob("api/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(INPUT_ERRORS):
                match node.args:
                    case [_, ast.Constant(value=str(code)), ast.Constant(value=str(detail))]:
                        found[code] = detail
                    case [_, ast.Constant(value=str(code)), _]:
                        found.setdefault(code, "")
                    case [ast.Constant(value=str(code)), ast.Constant(value=str(detail))]:
                        found[code] = detail
    return found


def page() -> str:
    """The whole page."""
    rows = "\n".join(row for _, row in sorted([*_domain_rows(), *_framework_rows()]))
    codes = "\n".join(f"| {code} | {detail} |" for code, detail in sorted(input_codes().items()))
    reasons = "\n".join(f"| {code} | {detail} | |" for code, detail in sorted(REASONS.items()))
    return HEAD + rows + "\n" + INPUT_HEAD + codes + "\n" + IMPORT_HEAD + reasons + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "errors.md").write_text(page(), encoding="utf-8")

"""Tools of other houses read the document without a word of complaint."""

from pathlib import Path

from tests.document.toolbox import HERE, run


def test_redocly_has_nothing_to_say(document_file: Path) -> None:
    told = run("redocly", "lint", document_file, "--config", HERE / "redocly.yaml")
    assert "Woohoo! Your API description is valid." in told
    assert "warning" not in told.replace("Deprecation warning", ""), told


def test_spectral_has_nothing_to_say(document_file: Path) -> None:
    told = run("spectral", "lint", document_file, "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint")
    assert "No results" in told


def test_a_python_client_is_generated_without_a_warning_and_knows_every_operation(python_client: Path) -> None:
    modules = {path.stem for path in (python_client / "zhicha_client" / "api").glob("*/*.py")}
    assert {"submit_inspection", "put_photo", "get_order_document", "import_enterprises"} <= modules
    assert len(modules - {"__init__"}) >= 64


def test_typescript_types_are_generated_without_a_warning_and_compile(document_file: Path) -> None:
    types = document_file.parent / "zhicha.d.ts"
    told = run("openapi-typescript", document_file, "--output", types)
    assert "warn" not in told.lower(), told
    run("tsc", "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", types.name, cwd=types.parent)

"""The rules of the house that no linter knows; docs/architecture.md says what each is for."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import models

ROOT = Path(__file__).parents[2]
PRODUCT = ("api/", "models/", "services/", "cli/")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def tracked(*patterns: str) -> list[str]:
    """Paths of the files that git keeps and that are there; git may belong to another user."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", *patterns]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for path in listing.split("\0") if path and (ROOT / path).is_file()]


def product() -> list[str]:
    return [path for path in tracked("*.py") if path.startswith(PRODUCT)]


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def lines_with(pattern: str, paths: list[str]) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path}:{number}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), start=1)
        if found.search(line)
    ]


def test_no_file_of_the_product_is_longer_than_four_hundred_lines() -> None:
    lengths = {path: text(path).count("\n") for path in product()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_of_the_product_is_longer_than_sixty_lines() -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name}: {length}"
        for path in product()
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert too_long == []


def test_only_the_doors_of_a_transaction_commit_it() -> None:
    doors = ("api/deps.py", "services/jobs/", "cli/")
    assert lines_with(r"\.commit\(", [path for path in product() if not path.startswith(doors)]) == []


def test_no_router_asks_the_database_itself() -> None:
    assert lines_with(r"\bselect\(", [path for path in product() if path.startswith("api/v1/")]) == []


def test_no_service_looks_at_the_clock_by_itself() -> None:
    watched = [p for p in product() if p.startswith(("services/", "models/")) and p != "services/clock.py"]
    assert lines_with(r"\b(datetime\.(now|utcnow)|date\.today|time\.time)\(", watched) == []


def test_a_router_finds_its_service_under_the_same_name() -> None:
    routers = [Path(path).stem for path in product() if path.startswith("api/v1/") and not path.endswith("__init__.py")]
    services = {Path(path).parts[1].removesuffix(".py") for path in product() if path.startswith("services/")}
    assert [name for name in routers if name not in services] == []


def test_rules_import_nothing_of_ours_but_other_rules_and_no_input_or_output() -> None:
    outside = {"os", "pathlib", "socket", "asyncio", "subprocess", "random", "secrets", "tempfile"}
    tables = {"pypinyin"}  # readings of characters and nothing else
    wrong = []
    for path in (path for path in product() if path.startswith("services/rules/")):
        for node in ast.walk(ast.parse(text(path))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                ours = name.startswith("services.rules")
                known = name.split(".")[0] in sys.stdlib_module_names and name.split(".")[0] not in outside
                if not (ours or known or name in tables):
                    wrong.append(f"{path}: {name}")
    assert wrong == []


def test_one_import_of_the_models_knows_every_table() -> None:
    """Or who migrates does not know what its model says of it: the service may not delete what it has to."""
    with_tables = {path.stem for path in (ROOT / "models").glob("*.py") if ", table=True)" in path.read_text()}
    assert with_tables - set(models.__all__) == set()


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}
    named = [path for path in tracked("*.py") if {Path(path).stem, *Path(path).parts} & empty_words]
    assert named == []


def test_no_mark_of_unfinished_work_stays_in_the_code() -> None:
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error", r"mark\.x" + "fail"])
    assert lines_with(marks, tracked("*.py")) == []


def test_no_tracked_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    hosts = ["pypi" + r"\.org", "python" + r"hosted\.org", r"registry\.np" + "mjs", r"deb\.deb" + "ian"]
    folders = ["/wo" + "rk/", "/ro" + "ot/", "/Us" + "ers/", r"/home/\w+/"]
    readable = [path for path in tracked() if b"\0" not in (ROOT / path).read_bytes()]
    assert lines_with("|".join(hosts + folders), readable) == []


LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", text(lock), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_a_hash_and_no_address(lock: str) -> None:
    entries = re.split(r"^(?=[a-z])", text(lock), flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) == len(pins(lock))
    assert re.search(r"https?:|git\+|index-url", text(lock)) is None


def test_tests_run_with_the_very_versions_that_the_office_runs_with() -> None:
    running, testing = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: version for name, version in running.items() if testing.get(name) != version} == {}


def test_the_changelog_has_an_entry_for_the_version_in_the_project_file() -> None:
    version = re.search(r'^version = "(.+)"', text("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"## {version[1]}" in text("CHANGELOG.md")


def test_every_package_that_the_office_runs_with_has_its_licence_in_the_notices() -> None:
    rows = dict(re.findall(r"^\| ([a-z0-9._-]+) \| ([0-9][^ ]*) \| .+ \|$", text("THIRD_PARTY_NOTICES.md"), re.M))
    assert rows == pins("requirements.lock")

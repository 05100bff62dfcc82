"""Seeded faults stay what they are: their anchors stand in the code, the tests that must catch them exist."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


@cache
def text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


@cache
def functions_of(file: str) -> set[str]:
    body = ast.parse(text(file)).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_seeded_fault_finds_its_place_and_leaves_a_file_that_python_reads(mutant: Mutant) -> None:
    for edit in mutant.edits:
        spoilt = edit.spoilt(text(edit.file))
        assert spoilt != text(edit.file)
        ast.parse(spoilt)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_seeded_fault_names_tests_that_exist(mutant: Mutant) -> None:
    assert mutant.tests
    for node in mutant.tests:
        file, _, test = node.partition("::")
        assert test.partition("[")[0] in functions_of(file), node


def test_no_two_seeded_faults_have_one_name() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert sorted(set(names)) == sorted(names)

"""The shape of the code: what ruff cannot check."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from conftest import ROOT
from measured import undisturbed

LONGEST_FUNCTION = 25  # lines below the docstring
LONGEST_MODULE = 400
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    """The text of each module by its path."""
    paths = sorted((ROOT / "monitor").rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def nodes(modules: dict[str, str]) -> list[tuple[str, ast.AST]]:
    """Each node of each module with its path."""
    with undisturbed():
        trees = {path: ast.parse(text) for path, text in modules.items()}
        return [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]


def test_no_comprehension_holds_another(nodes: list[tuple[str, ast.AST]]) -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, node in nodes
        if isinstance(node, COMPREHENSIONS) and _is_deep(node)
    ]
    assert found == [], "give the inner one a name"


def _is_deep(comprehension: ast.AST) -> bool:
    inner = list(ast.walk(comprehension))[1:]
    return any(isinstance(each, COMPREHENSIONS) for each in inner)


def test_a_function_fits_on_a_screen(nodes: list[tuple[str, ast.AST]]) -> None:
    found = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in nodes
        if isinstance(node, FUNCTIONS) and _lines(node) > LONGEST_FUNCTION
    ]
    assert found == []


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first, end = function.body[0], function.end_lineno or 0
    has_docstring = ast.get_docstring(function) is not None
    begin = first.end_lineno or 0 if has_docstring else first.lineno - 1
    return end - begin


def test_a_module_is_short(modules: dict[str, str]) -> None:
    assert [path for path, text in modules.items() if text.count("\n") > LONGEST_MODULE] == []


def test_class_names_are_unique(nodes: list[tuple[str, ast.AST]]) -> None:
    names = Counter(node.name for _, node in nodes if isinstance(node, ast.ClassDef))
    assert [each for each, count in names.items() if count > 1] == []

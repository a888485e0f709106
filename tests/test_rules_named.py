"""Every rule for requests to strangers (F1 to F53) and for what is published (O1 to O32) has a test that names it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RULES = (
    *(f"F{number}" for number in (*range(1, 18), *range(20, 39), *range(40, 54))),
    *(f"O{number}" for number in range(1, 33)),
)
"""The numbers that are given: conditional requests, when to poll, the request itself; documents, and how they are
served."""


@cache
def named() -> frozenset[str]:
    """The numbers in names, docstrings and parametrization of tests; a module's or a helper's words do not count."""
    found: set[str] = set()
    for path in HERE.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                words = [node.name.replace("_", " "), ast.get_docstring(node) or ""]
                words += [ast.unparse(each) for each in node.decorator_list]
            elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                words = [ast.get_docstring(node) or ""]
            else:
                continue
            found.update(number.upper() for number in re.findall(r"\b[FfOo][1-9][0-9]?\b", " ".join(words)))
    return frozenset(found)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_a_test(rule: str) -> None:
    assert rule in named(), f"no test says {rule} in its name, docstring or parametrization"

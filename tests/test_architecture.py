"""The walls of the house: each one a sentence, run as a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import api
from importlinter.application.use_cases import lint_imports

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "calm_desktop"
CONFIGURATION = str(ROOT / "pyproject.toml")
CONTRACTS = api.read_configuration(CONFIGURATION)["contracts_options"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=[contract["name"] for contract in CONTRACTS])
def test_wall(contract: dict[str, str]) -> None:
    assert lint_imports(CONFIGURATION, limit_to_contracts=(contract["id"],), cache_dir=None, no_logo=True)


def test_nothing_is_left_to_be_done_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [place for place, line in _lines(PACKAGE) if unfinished.search(line)] == []


def test_the_engine_asks_no_clock() -> None:
    clocks = {"now", "today", "utcnow"}
    calls = [place for place, call in _calls(PACKAGE / "engine") if _called_method(call) in clocks]
    assert calls == []


def test_the_engine_knows_no_float() -> None:
    calls = [place for place, call in _calls(PACKAGE / "engine") if _called_name(call) == "float"]
    literals = [place for place, node in _nodes(PACKAGE / "engine") if _is_float_literal(node)]
    assert calls + literals == []


def test_the_engine_neither_reads_nor_writes() -> None:
    calls = [place for place, call in _calls(PACKAGE / "engine") if _called_name(call) in {"open", "print", "input"}]
    assert calls == []


def test_every_module_begins_with_what_it_is_for() -> None:
    silent = [path.name for path in PACKAGE.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty_words = re.compile(r"utils?|helpers?|manager|common|misc")
    assert [path.name for path in PACKAGE.rglob("*.py") if empty_words.search(path.stem)] == []


def _lines(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def _nodes(folder: Path) -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def _calls(folder: Path) -> Iterator[tuple[str, ast.Call]]:
    return ((place, node) for place, node in _nodes(folder) if isinstance(node, ast.Call))


def _called_method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _called_name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_float_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)

"""The three ways to have the program: a source checkout, an editable install and a wheel."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from calm_desktop import bundled

ROOT = Path(__file__).resolve().parent.parent
ASK = "from calm_desktop import bundled; print(bundled.__file__, bundled.resource(), bundled.sample(), sep='\\n')"


def test_a_file_that_does_not_come_with_the_program_is_said_to_be_missing() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.svg"):
        bundled.resource("no-such.svg")


def test_this_run_finds_the_folders_of_the_checkout() -> None:
    assert (bundled.resource(), bundled.sample()) == (ROOT / "resources", ROOT / "sample_data")


def test_a_checkout_works_where_nothing_is_installed() -> None:
    asked = _python("-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {ASK}", folder=ROOT.parent)
    assert asked == [str(ROOT / "calm_desktop" / "bundled.py"), str(ROOT / "resources"), str(ROOT / "sample_data")]


def test_every_package_is_named_in_the_package_map() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "calm_desktop").rglob("*.py")}
    assert sorted(named) == sorted(found | {"calm_desktop.resources", "calm_desktop.sample_data"})


def test_every_library_that_the_program_imports_is_one_that_it_asks_for() -> None:
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "calm_desktop").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _imported(node)
    }
    brought_by = packages_distributions()
    asked_for = {name for name in imported if _asked_for() & {_plain(library) for library in brought_by.get(name, [])}}
    assert imported - asked_for - sys.stdlib_module_names == {"calm_desktop"}


@pytest.mark.slow
def test_a_wheel_carries_every_file_and_finds_them(tmp_path: Path) -> None:
    wheel = _build_wheel(tmp_path)
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)

    asked = _python("-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(installed)!r}); {ASK}", folder=tmp_path)
    package = installed / "calm_desktop"
    assert asked == [str(package / "bundled.py"), str(package / "resources"), str(package / "sample_data")]

    pictures_of_the_readme = {path.name for path in (ROOT / "resources").glob("picture_*.png")}
    assert len(pictures_of_the_readme) == 12
    assert _files(package / "resources") == _files(ROOT / "resources") - pictures_of_the_readme
    assert _files(package / "sample_data") == _files(ROOT / "sample_data")
    assert _files(package) - _mapped(package) == _files(ROOT / "calm_desktop")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []


def _asked_for() -> set[str]:
    """The names of the libraries that the project asks for, those of a team's server among them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = (*project["dependencies"], *project["optional-dependencies"]["postgresql"])
    return {_plain(re.split(r"[<>=;\[ ]", each)[0]) for each in wanted}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _build_wheel(folder: Path) -> Path:
    """Build from a copy, so that the checkout stays clean and nothing of an earlier build creeps in."""
    pytest.importorskip("setuptools", minversion="77", reason="building a wheel needs setuptools 77 or later")
    source = folder / "source"
    leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("calm_desktop", "resources", "sample_data"):
        shutil.copytree(ROOT / name, source / name, ignore=leave_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    _python("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), ".", folder=source)
    return next(folder.glob("calm_desktop-*.whl"))


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _mapped(package: Path) -> set[str]:
    return {name for name in _files(package) if name.startswith(("resources/", "sample_data/"))}


def _python(*arguments: str, folder: Path) -> list[str]:
    """Run a Python of its own in `folder`; the lines that it prints."""
    asked = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout.splitlines()

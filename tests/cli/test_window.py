"""The window's doors: the store it opens, the sample data, and pictures without a screen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find
from calm_desktop.services.views import list_accounts
from tests.command_line import CommandLine

SCREEN = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the window was opened on: the store, its day and its customers, in place of showing it."""
    from calm_desktop.ui import app

    seen: list[dict[str, Any]] = []

    def run(desk: Callable[[], Desk], link: str = "", opener: object = None) -> int:
        with desk() as ready:
            accounts = ready.ask(list_accounts, Find())
            seen.append({"store": ready.database.where, "today": ready.today, "accounts": len(accounts)})
        return 0

    monkeypatch.setattr(app, "run", run)
    return seen


def test_without_a_verb_the_window_opens_on_the_store(calm: CommandLine, opened: list[dict[str, Any]]) -> None:
    assert calm.say("--today", "2022-10-15").code == 0
    [window] = opened
    assert (window["store"], str(window["today"])) == (str(calm.store), "2022-10-15")


def test_at_the_first_start_the_users_own_store_is_made(
    nowhere: CommandLine, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert [nowhere.bare().code, nowhere.bare().code] == [0, 0]
    assert {window["store"] for window in opened} == {str(tmp_path / "data" / "calm-desktop" / "calm.db")}


def test_any_other_store_must_be_there(nowhere: CommandLine, opened: list[dict[str, Any]]) -> None:
    assert nowhere.say().code == 3
    assert opened == []
    assert not nowhere.store.exists()


def test_without_a_screen_the_window_says_what_can_be_done(
    calm: CommandLine, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in SCREEN:
        monkeypatch.delenv(name, raising=False)
    answer = calm.say()
    assert (answer.code, opened) == (1, [])
    assert "demo --pictures DIR" in answer.err


@pytest.mark.slow
def test_demo_opens_on_a_throw_away_store_with_the_sample_data(
    nowhere: CommandLine, opened: list[dict[str, Any]]
) -> None:
    assert nowhere.bare("demo").code == 0
    [window] = opened
    assert window["accounts"] >= 10
    assert not Path(window["store"]).exists()


def draw(store: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "calm_desktop", "--store", str(store), "picture", *words]
    environment = {name: value for name, value in os.environ.items() if name not in SCREEN}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "start"),
    [
        (("account", "Acme", "--out", "page.png"), b"\x89PNG\r\n"),
        (("asset", "Licence", "--dark", "--out", "page.svg"), b"<?xml"),
        (("actions", "Licence", "--out", "page.png"), b"\x89PNG\r\n"),
    ],
)
def test_pictures(calm: CommandLine, tmp_path: Path, words: tuple[str, ...], start: bytes) -> None:
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    sale = ("sell", "--create", "--account", "Acme", "--product", "LIC", "--quantity", "10", "--start", "2022-01-01")
    calm(*sale, "--term", "12")
    *rest, name = words
    file = tmp_path / name
    done = draw(calm.store, *rest, str(file), "--as-of", "2022-06-30")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(file) in done.stdout
    assert file.read_bytes().startswith(start)


@pytest.mark.slow
def test_a_picture_of_what_is_not_there(calm: CommandLine, tmp_path: Path) -> None:
    done = draw(calm.store, "account", "Nobody", "--out", str(tmp_path / "page.png"))
    assert done.returncode == 1
    assert "There is no account 'Nobody'." in done.stderr
    assert not (tmp_path / "page.png").exists()

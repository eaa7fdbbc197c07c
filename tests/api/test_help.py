"""What help and README show of integrations does what they say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.__main__ import main
from calm_desktop.api.serving import Door, open_door
from calm_desktop.services import access
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken
from calm_desktop.services.webhooks import signed

pytestmark = pytest.mark.own_places

ROOT = Path(__file__).resolve().parents[2]
HELP = (ROOT / "resources" / "help_integrations.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def block(text: str, heading: str) -> str:
    """The first block of code under a heading."""
    found = re.search(rf"^## {re.escape(heading)}$.*?^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def run(words: list[str], folder: Path, **more: str) -> str:
    """What a program writes that must succeed."""
    paths = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    env = {name: value for name, value in os.environ.items() if name != "CALM_STORE"} | {"PATH": paths} | more
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_story_in_python(tmp_path: Path) -> None:
    story = block(HELP, "The renewal story in Python")
    assert len(story.splitlines()) <= 15
    assert run([sys.executable, "-c", story], tmp_path) == "Licence 100.00 1200.00\n"


@pytest.mark.slow
def test_the_script_of_the_readme(tmp_path: Path) -> None:
    run([sys.executable, "-c", block(HELP, "The renewal story in Python")], tmp_path)
    (tmp_path / "story.db").rename(tmp_path / "s.db")
    (script,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert run([sys.executable, "-c", script], tmp_path) == "0 ['Acme']\n"


def test_the_story_in_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = block(HELP, "The renewal story in the shell").splitlines()
    assert len(story) <= 15
    monkeypatch.chdir(tmp_path)
    for line in story:
        word, *words = shlex.split(line)
        if word == "export":
            monkeypatch.setenv(*words[0].split("=", 1))
        else:
            assert word == "calm-desktop"
            assert main(tuple(words)) == 0, line
    said = capsys.readouterr().out
    assert "Renewals" in said
    assert "1,200.00" in said


@pytest.mark.slow
def test_the_story_with_curl(tmp_path: Path, blank_store: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    story = block(HELP, "The renewal story with curl")
    assert len(story.splitlines()) <= 15
    path = tmp_path / "s.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path, date(2022, 6, 1)) as desk:
        token = desk.do(access.add_token, AddToken("shop", "integrator")).token
        door = open_door(desk, Door(port=0), tmp_path)
        try:
            said = run(["sh", "-e", "-c", story.replace("http://127.0.0.1:8930", door.url)], tmp_path, TOKEN=token)
        finally:
            door.close()
    assert '"Name":"Licence","CurrentMrr":100}' in said
    assert said.count('"statusURL"') == 2


def test_a_signature_is_checked_as_the_help_shows() -> None:
    script = block(HELP, "Webhooks")
    names: dict[str, Any] = {}
    exec(script, names)
    secret, body = "whsec_" + "QUJD" * 11, b'{"a":1}'
    headers = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": signed(secret, "m", 1, body)}
    assert names["is_ours"](secret, headers, body) is True
    assert names["is_ours"](secret, headers, body + b" ") is False

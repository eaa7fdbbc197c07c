"""Clients of other makers that are written in JavaScript: jsforce, and Salesforce's own command line.

`make clients` installs them into `build/clients`, or `CALM_CLIENTS_FOLDER` names where they are.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from calm_desktop.services import access
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken
from tests.served import ROOT, Served, door

pytestmark = [pytest.mark.own_places, pytest.mark.slow]

FOLDER = Path(os.environ.get("CALM_CLIENTS_FOLDER", ROOT / "build" / "clients"))


def installed(name: str) -> Path:
    """The folder of a package. Skips the test where it is not there, or nothing to run it with."""
    package = FOLDER / "node_modules" / name
    if shutil.which("node") is None or not package.is_dir():
        pytest.skip(f"needs node and {name}: `make clients` installs it")
    return package


@pytest.fixture
def opened(begun_store: Path, tmp_path: Path) -> Iterator[tuple[Served, str]]:
    """A door on a new store, which is checked when the test is done, and a token."""
    store = tmp_path / "served.db"
    store.write_bytes(begun_store.read_bytes())
    with Desk.open(store) as desk:
        token = desk.do(access.add_token, AddToken("shop", "integrator")).token
    with door(store, tmp_path) as served:
        yield served, token
    with Desk.open(store) as desk:
        report = desk.ask(check, None)
        assert report.ok, report.broken


def test_the_renewal_story_by_jsforce(opened: tuple[Served, str], tmp_path: Path) -> None:
    installed("jsforce")
    served, token = opened
    script = tmp_path / "story.mjs"
    script.write_bytes((Path(__file__).parent / "story.mjs").read_bytes())
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    known = os.environ | {"SF_INSTANCE_URL": served.url, "SF_SESSION_ID": token}
    said = subprocess.run(["node", script], env=known, capture_output=True, text=True, timeout=120, check=False)
    assert said.stdout.rstrip().splitlines()[-1:] == ["STORY OK"], said.stdout + said.stderr


def test_queries_and_requests_by_the_command_line_of_salesforce(opened: tuple[Served, str], tmp_path: Path) -> None:
    program = installed("@salesforce/cli") / "bin" / "run.js"
    served, token = opened
    known = os.environ | {
        "HOME": str(tmp_path),
        "SF_ACCESS_TOKEN": token,
        "SF_DISABLE_TELEMETRY": "true",
        "SF_AUTOUPDATE_DISABLE": "true",
        "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
        "SF_ORG_API_VERSION": "55.0",
        "SFDX_DISABLE_DNS_CHECK": "true",
    }

    def sf(*words: str) -> str:
        said = subprocess.run(
            ["node", program, *words], env=known, capture_output=True, text=True, timeout=180, check=False, cwd=tmp_path
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout

    sf("org", "login", "access-token", "--instance-url", served.url, "--no-prompt", "--alias", "calm")
    made = json.loads(
        sf(
            "api",
            "request",
            "rest",
            "/services/data/v55.0/sobjects/Account",
            "-X",
            "POST",
            "-b",
            '{"Name":"Acme"}',
            "-o",
            "calm",
        )
    )
    assert made["success"] is True
    found = json.loads(sf("data", "query", "-q", "SELECT Id, Name FROM Account", "-o", "calm", "--json"))
    assert [(each["Id"], each["Name"]) for each in found["result"]["records"]] == [(made["id"], "Acme")]

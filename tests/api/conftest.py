"""The REST door on a store of the test's own, which is checked when the test is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from calm_desktop.api.app import application
from calm_desktop.services import access
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken
from tests.api.rest import Rest


@pytest.fixture
def rest(blank_store: Path, tmp_path: Path) -> Iterator[Rest]:
    """A caller with the token of an integrator, on 1 January 2022."""
    path = tmp_path / "rest.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path, date(2022, 1, 1)) as desk:
        token = desk.do(access.add_token, AddToken("shop", "integrator")).token
        made = Rest(TestClient(application(desk)), desk, token)
        made.client.__enter__()
        try:
            yield made
        finally:
            made.client.__exit__()
        report = desk.ask(check, None)
        assert report.ok, report.broken

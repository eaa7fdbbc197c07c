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
from calm_desktop.services.requests import AddToken, Rollup
from calm_desktop.services.rollup import roll_up
from tests.api.rest import Rest

TODAY = date(2022, 1, 1)


@pytest.fixture(scope="session")
def shop_store(blank_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store to be copied, in which there is nothing but the token of an integrator, and that token."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path, TODAY) as desk:
        token = desk.do(access.add_token, AddToken("shop", "integrator")).token
        desk.do(roll_up, Rollup())
    return path, token


@pytest.fixture
def rest(shop_store: tuple[Path, str], tmp_path: Path) -> Iterator[Rest]:
    """A caller with the token of an integrator, on 1 January 2022."""
    path, (begun, token) = tmp_path / "rest.db", shop_store
    path.write_bytes(begun.read_bytes())
    with Desk.open(path, TODAY) as desk:
        marker = desk.database.marker()
        made = Rest(TestClient(application(desk)), desk, token)
        made.client.__enter__()
        try:
            yield made
        finally:
            made.client.__exit__()
        if desk.database.marker() != marker:  # where nothing was stored there is nothing to check
            report = desk.ask(check, None)
            assert report.ok, report.broken

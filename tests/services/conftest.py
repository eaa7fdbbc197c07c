"""A desk of its own for each test, whose store is checked when the test is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.catalog import Kind, SellingModel
from calm_desktop.services import catalogue, customers
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct
from calm_desktop.store import database

TODAY = date(2022, 3, 1)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    database.create(path).close()
    return path


@pytest.fixture
def desk(empty_store: Path, tmp_path: Path) -> Iterator[Desk]:
    """Acme and Belmont; a licence of 10.00 a month, a platform without end, a router, a metered product."""
    path = tmp_path / "desk.db"
    path.write_bytes(empty_store.read_bytes())
    with Desk.open(path, TODAY) as desk:
        for name in ("Acme", "Belmont"):
            desk.do(customers.add_account, AddAccount(name))
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        evergreen = AddProduct("Platform", "PLAT", Decimal(500), selling_model=SellingModel.EVERGREEN)
        desk.do(catalogue.add_product, evergreen)
        desk.do(catalogue.add_product, AddProduct("Router", "ROUTER", Decimal("249.90"), Kind.PHYSICAL))
        desk.do(catalogue.add_product, AddProduct("Calls", "CALLS", Decimal("0.002"), Kind.USAGE))
        yield desk
        report = desk.ask(check, None)
        assert report.ok, report.broken

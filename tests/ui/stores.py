"""Stores that the tests of a module begin with: told once, and copied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.services import catalogue
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddProduct


def told_once(today: date, rules: Mapping[str, str] | None = None) -> Callable[[Callable[[Desk], object]], Any]:
    """Make the fixture `desk` of a function that tells a new store, in dollars, what has happened up to `today`.

    @told_once(date(2022, 1, 1))
    def desk(made: Desk) -> None:
        \"\"\"Licences are on sale.\"\"\"
        add_licence(made)
    """

    def fixture_of(tell: Callable[[Desk], object]) -> Any:
        told: list[bytes] = []

        def desk(tmp_path: Path) -> Iterator[Desk]:
            path = tmp_path / "store.db"
            if not told:
                with Desk.create(path, {"currency": "USD", **(rules or {})}, today=today) as made:
                    tell(made)
                told.append(path.read_bytes())
            path.write_bytes(told[0])
            with Desk.open(path, today) as copy:
                yield copy

        desk.__doc__ = tell.__doc__
        return pytest.fixture(name="desk")(desk)

    return fixture_of


def add_licence(desk: Desk, price: str = "10") -> None:
    """One product: licences by the month."""
    desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(price)))

"""Opening an account of 1,000 assets and 10,000 actions, against plain sqlite3 reading of the same rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import PageRequest
from calm_desktop.services.views import account_page
from tests.benchmarks.side_by_side import Ratio, compare
from tests.services.big_account import write_big_account

_READ = ("asset", "state_period", "action", "action_source", "sales_order", "order_item", "invoice", "invoice_line")


def measure(folder: Path) -> Iterator[Ratio]:
    """One ratio."""
    path = folder / "big.db"
    with Desk.create(path) as desk:
        desk.do(write_big_account, (1000, 10))

        def ours() -> None:
            page = desk.ask(account_page, PageRequest("BIG"))
            assert (len(page.assets), len(page.actions)) == (1000, 10000)

        def plain() -> None:
            with closing(sqlite3.connect(path)) as store:
                for table in _READ:
                    store.execute(f'SELECT * FROM "{table}"').fetchall()

        yield compare(
            "Reading an account of 1,000 assets and 10,000 actions", ours, "plain sqlite3 reading of its rows", plain
        )

"""Importing a day of a wholesaler, against plain csv reading and sqlite3 executemany of the rows that result."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from calm_desktop.bundled import sample
from calm_desktop.services import imports
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import ImportFiles
from tests.benchmarks.side_by_side import Ratio, compare

ROUNDS = 5
_HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def retail_day(folder: Path) -> Path:
    """The real day where it is at hand, else one of the same shape."""
    root = Path(os.environ.get("CALM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    real = root / "data" / "online_retail_days" / "2010-12-01.csv"
    if real.is_file():
        return real
    made = folder / "retail.csv"
    with made.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(_HEADER)
        for row in range(3108):
            product = row * 7919 % 1340
            number, day = 536365 + row // 22, "2010-12-01 08:26:00"
            price, customer = f"{product % 40}.{product % 100:02d}", f"{17000 + row // 22 % 95}.0"
            article = [f"{20000 + product}", f"ARTICLE {product}", 1 + row % 24]
            rows.writerow([number, *article, day, price, customer, "United Kingdom"])
    return made


def measure(folder: Path) -> Iterator[Ratio]:
    """One ratio; the empty stores are made beforehand."""
    file, mapping = retail_day(folder), str(sample("map_online_retail.json"))
    empty = folder / "empty.db"
    Desk.create(empty).close()
    stores = [Path(shutil.copy(empty, folder / f"store-{number}.db")) for number in range(2 * ROUNDS + 1)]

    def ours() -> None:
        with Desk.open(stores.pop()) as desk:
            result = desk.do(imports.import_files, ImportFiles((str(file),), mapping=mapping))
            assert result.read == 3108

    done = stores[-1]
    ours()
    with closing(sqlite3.connect(done)) as store:
        names = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: store.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}

    def plain() -> None:
        with file.open(newline="", encoding="utf-8") as stream:
            for _ in csv.DictReader(stream):
                pass
        with closing(sqlite3.connect(stores.pop())) as store:
            store.execute("PRAGMA journal_mode = WAL")
            for name, found in rows.items():
                store.execute(f'DELETE FROM "{name}"')
                if found:
                    store.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(found[0]))})', found)
            store.commit()

    beside = "csv reading + sqlite3 executemany of its rows"
    yield compare("Importing a retail day of 3,108 lines", ours, beside, plain, ROUNDS)

"""Importing a year of a wholesaler, against plain csv reading and sqlite3 executemany of the rows that result.

The peak memory of an import is measured in a process of its own, and compared with that of a smaller one.
"""

from __future__ import annotations

import csv
import gzip
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from calm_desktop.bundled import sample
from calm_desktop.services import imports
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import ImportFiles
from tests.benchmarks.side_by_side import Peaks, Ratio, seconds

LINES = int(os.environ.get("CALM_BENCH_LINES", "50000"))
"""541,909 for the whole year."""
FEWER = min(50_000, LINES // 5)
ROUNDS = 3 if LINES <= 100_000 else 1
_HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
_PORTION = 50_000


def retail_lines(folder: Path, lines: int) -> Path:
    """The first lines of the real year where it is at hand, else as many of the same shape."""
    file = folder / f"retail-{lines}.csv"
    root = Path(os.environ.get("CALM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    real = root / "data" / "online_retail_2010_2011.csv.gz"
    with file.open("w", newline="", encoding="utf-8") as stream:
        if real.is_file():
            with gzip.open(real, "rt", encoding="utf-8", newline="") as year:
                rows = csv.reader(year)
                csv.writer(stream).writerows(islice(rows, lines + 1))
        else:
            csv.writer(stream).writerows([_HEADER, *_made(lines)])
    return file


def _made(lines: int) -> Iterator[list[str]]:
    for row in range(lines):
        product, number = row * 7919 % 4070, 536365 + row // 22
        day = date(2010, 12, 1) + timedelta(row * 374 // lines)
        customer = "" if number % 4 == 0 else f"{12000 + number % 4372}.0"
        comes_back = row % 58 == 57
        article = [f"{20000 + product}", f"ARTICLE {product}", str(-1 if comes_back else 1 + row % 24)]
        price = f"{product % 40}.{product % 100:02d}"
        invoice = f"C{number}" if comes_back else str(number)
        yield [invoice, *article, f"{day} 08:26:00", price, customer, "United Kingdom"]


def run(where: Path, file: Path) -> int:
    """Import a file, with what is wrong in it left out; the answer is how many rows were read."""
    request = ImportFiles((str(file),), mapping=str(sample("map_online_retail.json")), keep_good=True)
    with Desk.open(where) as desk:
        return desk.do(imports.import_files, request).read


def _peak(where: Path, file: Path) -> int:
    """Bytes that a process holds at most that does nothing but the import."""
    words = [sys.executable, "-m", "tests.benchmarks.importing", str(where), str(file)]
    root = Path(__file__).resolve().parents[2]
    return int(subprocess.run(words, check=True, cwd=root, capture_output=True, text=True).stdout) * 1024


def _plain(done: Path, empty: Path, file: Path) -> float:
    """Seconds for reading the file, and for writing the rows of the store `done`; reading these is not counted."""

    def read() -> None:
        with file.open(newline="", encoding="utf-8") as stream:
            for _ in csv.DictReader(stream):
                pass

    taken = seconds(read)
    with closing(sqlite3.connect(done)) as source, closing(sqlite3.connect(empty)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        names = [name for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            store.execute(f'DELETE FROM "{name}"')
            rows = source.execute(f'SELECT * FROM "{name}"')
            while portion := rows.fetchmany(_PORTION):
                marks = ", ".join("?" * len(portion[0]))
                start = time.perf_counter()
                store.executemany(f'INSERT INTO "{name}" VALUES ({marks})', portion)
                taken += time.perf_counter() - start
        start = time.perf_counter()
        store.commit()
        taken += time.perf_counter() - start
    return taken


def _whole(where: Path, file: Path) -> None:
    assert run(where, file) == LINES


def _new(path: Path) -> Path:
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    Desk.create(path).close()
    return path


def measure(folder: Path) -> Iterator[Ratio | Peaks]:
    """The time of an import, then the memory of two."""
    file, done, other = retail_lines(folder, LINES), folder / "done.db", folder / "other.db"
    # A process that is started counts what its parent holds at that moment: these come while that is little.
    small = _peak(_new(other), retail_lines(folder, FEWER))
    large = _peak(_new(done), file)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        _new(done)
        ours.append(seconds(lambda: _whole(done, file)))
        theirs.append(_plain(done, _new(other), file))
    beside = "csv reading + sqlite3 executemany of its rows"
    yield Ratio(f"Importing {LINES:,} retail lines", beside, median(ours), median(theirs), ROUNDS)
    yield Peaks(f"Peak memory of importing {LINES:,} lines", f"that for {FEWER:,}", large, small)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

"""Real files of others: how each is imported, and what stands in it, counted by the simplest means there are.

A suite imports the first rows of the long ones; `make big-imports` all of them (`CALM_BIG_IMPORTS`). Only the year of a
wholesaler stays cut: `make bench` takes it whole.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from shutil import copytree
from typing import Any

from dateutil.relativedelta import relativedelta

from calm_desktop.bundled import sample
from calm_desktop.services.mappings import save_mapping
from tests.command_line import CommandLine

WHOLE = "CALM_BIG_IMPORTS" in os.environ
DAY = date(2026, 11, 1)
"""The day from which tenures are counted back, and on which recurring revenue is added up."""

Figures = dict[str, Any]


@dataclass(frozen=True)
class RealFile:
    """A file or a folder below the real data, and how it is imported."""

    name: str
    counted: Callable[[Path], Figures]
    """What an import must come to, counted from the file by itself."""
    mapping: str = ""
    """The mapping among the samples; files whose headers say what they are need none."""
    parameters: dict[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    """The columns of a file without a header: what is to be put into the mapping."""
    part: int = 0
    """The rows that a suite imports; 0 where that is all."""
    always_cut: bool = False
    known: Figures = field(default_factory=dict)
    """What is published of the whole file."""

    def __str__(self) -> str:
        return self.name

    @property
    def is_whole(self) -> bool:
        """Whether all of it is imported."""
        return not self.part or (WHOLE and not self.always_cut)

    def laid_out(self, data: Path, folder: Path) -> Path:
        """The file, or its beginning, as it is imported: in a folder of its own under its name."""
        source, target = data / self.name, folder / Path(self.name).name.removesuffix(".gz")
        if source.is_dir():
            return Path(copytree(source, target))
        with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as stream:
            rows = stream if self.is_whole else islice(stream, self.part + (not self.header))
            target.write_bytes(b"".join(rows))
        return target

    def mapping_path(self) -> Path | None:
        """The mapping to import with; where the file has no header of its own, one that is saved with its columns."""
        if not self.mapping:
            return None
        path = sample(self.mapping)
        if not self.header:
            return path
        document = json.loads(path.read_text("utf-8"))
        return save_mapping(document | {"name": Path(self.name).stem, "header": list(self.header)})

    def wanted(self, file: Path) -> Figures:
        """What must stand in the store after its import."""
        counted = self.counted(file)
        if self.is_whole:
            assert {name: counted[name] for name in self.known} == self.known
        return counted


def found(calm: CommandLine, answer: Any) -> Figures:
    """What stands in a store, as its lists say, and the six counts of an import."""
    orders, assets = calm("list", "orders")["rows"], calm("list", "assets")["rows"]
    products = calm("list", "products")["rows"]
    accounts = calm("list", "accounts", "--as-of", DAY.isoformat())["rows"]
    sold = [row for row in orders if row["kind"] == "New"]
    return {
        **{name: answer[name] for name in ("read", "new", "changed", "same", "skipped", "cancelled", "rejected")},
        "accounts": len(accounts),
        "mrr": sum(Decimal(row["mrr"]) for row in accounts),
        "products": sum("/" not in row["code"] for row in products),
        "prices": Counter(price["currency"] for row in products for price in row["prices"]),
        "prices in all": sum(Decimal(price["price"]) for row in products for price in row["prices"]),
        "orders": len(sold),
        "amount": sum(Decimal(row["total"]) for row in sold),
        "taken back": -sum(Decimal(row["total"]) for row in orders if row["kind"] != "New"),
        "units": sum(Decimal(row["quantity"]) for row in assets),
        "ends": Counter(row["lifecycle_end"] for row in assets),
    }


# ------------------------------------------------------------------------------------------- counted from the files


def _rows(file: Path, separator: str = ",") -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=separator))


def _to_the_cent(amounts: Iterable[str]) -> Decimal:
    """What amounts come to, each rounded as a line of an order is."""
    return sum((Decimal(each).quantize(Decimal("0.01"), ROUND_HALF_UP) for each in amounts), Decimal(0))


def _all_new(rows: int) -> Figures:
    return {"read": rows, "new": rows, "changed": 0, "same": 0, "skipped": 0, "cancelled": 0, "rejected": 0}


def _music(at: int) -> Callable[[Path], Figures]:
    """Purchases lined up with spaces; the columns after the customer begin at `at`."""

    def counted(file: Path) -> Figures:
        rows = [line.split() for line in file.read_text("ascii").splitlines()]
        rows = [row for row in rows if row[0].isdigit()]
        return {
            **_all_new(len(rows)),
            "accounts": len({row[at - 1] for row in rows}),
            "orders": len({(row[at - 1], row[at]) for row in rows}),
            "units": sum(int(row[at + 1]) for row in rows),
            "amount": sum(Decimal(row[at + 2]) for row in rows),
        }

    return counted


def _subscribers(file: Path) -> Figures:
    rows = _rows(file)
    ends: Counter[str | None] = Counter()
    for row in rows:
        tenure, term = int(row["tenure"]), {"Month-to-month": 0, "One year": 12, "Two year": 24}[row["Contract"]]
        end: date | None = None
        if row["Churn"] == "Yes":
            end = DAY
        elif term:
            end = DAY + relativedelta(months=term - tenure % term)
        ends[(end - relativedelta(days=1)).isoformat() if end else None] += 1
    return {
        **_all_new(len(rows)),
        "accounts": len(rows),
        "orders": len(rows),
        "mrr": sum(Decimal(row["MonthlyCharges"]) for row in rows if row["Churn"] == "No"),
        "ends": ends,
    }


def _furniture(file: Path) -> Figures:
    rows = _rows(file)
    return {
        **_all_new(len(rows)),
        "accounts": len({row["Customer ID"] for row in rows}),
        "products": len({row["Product ID"] for row in rows}),
        "orders": len({row["Order ID"] for row in rows}),
        "units": sum(int(row["Quantity"]) for row in rows),
        "amount": _to_the_cent(row["Sales"] for row in rows),
    }


def _bicycles(folder: Path) -> Figures:
    def lines(name: str) -> list[list[bytes]]:
        return [line.split(b"|+|") for line in (folder / name).read_bytes().rstrip().splitlines()]

    sold, accounts = lines("SalesOrderDetail.csv"), lines("Customer.csv")
    left_out = len(lines("ProductCategory.csv")) + len(lines("Address.csv")) - len(lines("CustomerAddress.csv"))
    return {
        **_all_new(len(accounts) + len(sold)),
        "read": len(accounts) + len(sold) + left_out,
        "skipped": left_out,
        "accounts": len(accounts),
        "products": len({row[3] for row in sold}),
        "orders": len({row[0] for row in sold}),
        "units": sum(int(row[2]) for row in sold),
        "amount": _to_the_cent(row[6].decode() for row in sold),
    }


def _catalogue(folder: Path) -> Figures:
    prices, products = _rows(folder / "PricebookEntry.csv"), _rows(folder / "Product2.csv")
    return {
        "new": len(prices) + len(products) + len(_rows(folder / "Account.csv")),
        "rejected": 0,
        "accounts": len(_rows(folder / "Account.csv")),
        "products": len(products),
        "prices": Counter(row["CurrencyIsoCode"] for row in prices),
        "prices in all": sum(Decimal(row["UnitPrice"]) for row in prices),
    }


def _wholesale(file: Path) -> Figures:
    rows = _rows(file)
    sales = [row for row in rows if not row["Quantity"].startswith("-") and not row["InvoiceNo"].startswith("C")]
    sales = [row for row in sales if not row["UnitPrice"].startswith("-")]
    return {
        **_all_new(len(sales)),
        "read": len(rows),
        "cancelled": len(rows) - len(sales),
        "accounts": len({row["CustomerID"] for row in sales}),
        "products": len({row["StockCode"] for row in sales}),
        "orders": len({row["InvoiceNo"] for row in sales}),
        "amount": _to_the_cent(str(Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])) for row in sales),
    }


# ------------------------------------------------------------------------------------------- the files

_RETAIL = "map_online_retail.json"
_SAMPLE = ("sample_id", "customer_id", "date", "number_of_cds", "dollar_value")

FILES = (
    RealFile("online_retail_2010_2011.csv.gz", _wholesale, _RETAIL, part=200, always_cut=True),
    RealFile("online_retail_days/2010-12-01.csv", _wholesale, _RETAIL, part=300, known={"read": 3108, "cancelled": 27}),
    RealFile("online_retail_days/2011-08-12.csv", _wholesale, _RETAIL, part=300, known={"read": 1122, "cancelled": 9}),
    RealFile(
        "CDNOW_master.txt", _music(1), "map_cdnow.json", part=200,
        known={"read": 69_659, "accounts": 23_570, "units": 167_881, "amount": Decimal("2500315.63")},
    ),
    RealFile(
        "CDNOW_sample.txt", _music(2), "map_cdnow.json", header=_SAMPLE, part=200,
        known={"read": 6_919, "amount": Decimal("244091.94")},
    ),
    RealFile(
        "ibm_telco_churn.csv", _subscribers, "map_telco.json", {"day": DAY.isoformat()}, part=150,
        known={"read": 7_043, "mrr": Decimal("316985.75")},
    ),
    RealFile("superstore.csv", _furniture, "map_superstore.json", part=200, known={"read": 9_994, "orders": 5_009}),
    RealFile("adventureworks_lt", _bicycles, "map_adventureworks.json", known={"accounts": 847, "orders": 32}),
    RealFile(
        "salesforce_rlm_qb", _catalogue,
        known={
            "products": 314,
            "prices": Counter(dict.fromkeys(("USD", "GBP", "EUR", "AUD", "CAD", "CHF", "JPY"), 266)),
        },
    ),
)  # fmt: skip

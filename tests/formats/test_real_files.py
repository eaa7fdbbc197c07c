"""Files as people have them: counts and sums agree with a count of the file that knows nothing of this program."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.bundled import sample
from calm_desktop.engine.catalog import PriceUnit, SellingModel
from calm_desktop.formats.drafts import Cancellation, OrderLine, ReadResult, Skipped
from calm_desktop.formats.mapping import load_mapping, parse_mapping
from calm_desktop.formats.reading import read, read_items
from tests.real_files import WHOLE

TODAY = date(2026, 11, 22)


@pytest.fixture
def data(shared: Path) -> Path:
    folder = shared / "data"
    if not folder.is_dir():
        pytest.skip("the real files are not beside this checkout")
    return folder


def read_with(mapping: str, *files: Path) -> ReadResult:
    return read(list(files), today=TODAY, mapping=load_mapping(sample(mapping)))


def test_the_purchases_of_a_music_shop_lined_up_with_spaces(data: Path) -> None:
    result = read_with("map_cdnow.json", data / "CDNOW_master.txt")
    assert (result.problems, result.read, len(result.lines)) == ((), 69_659, 69_659)
    assert len({line.account_ref for line in result.lines}) == 23_570
    assert sum(line.quantity for line in result.lines) == 167_881
    assert sum(line.total or 0 for line in result.lines) == Decimal("2500315.63")
    # Unit prices are shares of the totals, and give them back to the cent.
    rounded = (round((line.unit_price or 0) * line.quantity, 2) for line in result.lines)
    assert sum(rounded) == Decimal("2500315.63")
    first = result.lines[0]
    assert (first.account_ref, first.start, first.order_ref) == ("00001", date(1997, 1, 1), "00001-19970101")


def test_a_sample_of_them_without_a_header(data: Path) -> None:
    document = json.loads(sample("map_cdnow.json").read_text("utf-8"))
    header = ["sample_id", "customer_id", "date", "number_of_cds", "dollar_value"]
    mapping = parse_mapping(json.dumps(document | {"header": header}))
    result = read([data / "CDNOW_sample.txt"], today=TODAY, mapping=mapping)
    assert (result.problems, result.read) == ((), 6_919)
    assert sum(line.total or 0 for line in result.lines) == Decimal("244091.94")


def test_the_order_lines_of_a_shop_for_furniture(data: Path) -> None:
    result = read_with("map_superstore.json", data / "superstore.csv")
    assert (result.problems, result.read, len(result.lines)) == ((), 9_994, 9_994)
    assert len({line.order_ref for line in result.lines}) == 5_009
    assert sum(line.total or 0 for line in result.lines) == Decimal("2297200.8603")
    assert sum(line.quantity for line in result.lines) == 37_873


def test_a_set_without_headers_in_three_encodings_joined_by_numbers(data: Path) -> None:
    result = read_with("map_adventureworks.json", data / "adventureworks_lt")
    assert (result.problems, len(result.lines), len(result.accounts)) == ((), 542, 847)
    assert len({line.order_ref for line in result.lines}) == 32
    assert sum(line.total or 0 for line in result.lines) == Decimal("708690.153058")
    assert {line.account_ref for line in result.lines} <= {account.number for account in result.accounts}
    assert Counter(account.country for account in result.accounts) == {
        None: 440, "United States": 263, "Canada": 106, "United Kingdom": 38,
    }  # fmt: skip
    assert sum(not account.name.isascii() for account in result.accounts) == 4


def test_a_catalogue_of_salesforce_in_its_loaders_own_headers(data: Path) -> None:
    result = read([data / "salesforce_rlm_qb"], today=TODAY)
    assert result.problems == ()
    assert (len(result.products), len(result.prices), len(result.accounts)) == (314, 1_862, 3)
    assert Counter(price.currency for price in result.prices) == dict.fromkeys(
        ("USD", "GBP", "EUR", "AUD", "CAD", "CHF", "JPY"), 266
    )
    assert Counter((price.selling_model, price.price_unit) for price in result.prices) == {
        (SellingModel.ONE_TIME, PriceUnit.ONCE): 1_526,
        (SellingModel.TERM, PriceUnit.YEAR): 196,
        (SellingModel.TERM, PriceUnit.MONTH): 70,
        (SellingModel.EVERGREEN, PriceUnit.MONTH): 63,
        (SellingModel.EVERGREEN, PriceUnit.YEAR): 7,
    }
    with (data / "salesforce_rlm_qb/PricebookEntry.csv").open(encoding="utf-8", newline="") as stream:
        counted = sum(Decimal(row["UnitPrice"]) for row in csv.DictReader(stream))
    assert sum(price.price for price in result.prices) == counted
    assert {price.product_code for price in result.prices} <= {product.code for product in result.products}


@pytest.mark.skipif(not WHOLE, reason="takes long: make big-imports")
def test_a_year_of_a_wholesaler_packed_as_it_came(data: Path) -> None:
    """One pass over 541,909 lines; what is counted beside is counted from the file by the simplest means."""
    path = data / "online_retail_2010_2011.csv.gz"
    counts: Counter[str] = Counter()
    sold = taken_back = Decimal(0)
    for item in read_items([path], today=TODAY, mapping=load_mapping(sample("map_online_retail.json"))):
        if type(item) is OrderLine:
            counts["sold"] += 1
            sold += item.quantity * (item.unit_price or 0)
        elif isinstance(item, Cancellation):
            counts["taken back"] += 1
            taken_back += item.line.quantity * (item.line.unit_price or 0)
        elif isinstance(item, Skipped):
            counts[item.kind] += 1
        else:
            counts["wrong"] += 1
    assert counts == {"sold": 531_283, "taken back": 10_624, "cancelled": 2}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = [(row["Quantity"], row["UnitPrice"]) for row in csv.DictReader(stream)]
    assert len(rows) == 541_909
    products = [int(quantity) * Decimal(price) for quantity, price in rows if not price.startswith("-")]
    assert sold - taken_back == sum(products)

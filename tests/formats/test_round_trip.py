"""What is written in any separator, encoding and way of writing numbers and days reads back the same."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.formats.mapping import parse_mapping
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
NUMBERS = st.decimals(Decimal("0.000001"), Decimal(999999999999), places=6, allow_nan=False)
WORDS = st.text(st.characters(codec="cp1252", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS, NUMBERS, NUMBERS, DAYS), min_size=1, max_size=8)
POINTS = {"1,234.56": (",", "."), "1.234,56": (".", ","), "1 234,56": (" ", ","), "1'234.56": ("'", ".")}
PATTERNS = {"iso": "%Y-%m-%d", "day first": "%d/%m/%Y", "month first": "%m.%d.%Y", "%Y%m%d": "%Y%m%d"}


def written(number: Decimal, style: str, grouped: bool) -> str:
    group, point = POINTS[style]
    whole, _, part = f"{number:,.6f}".partition(".")
    return whole.replace(",", group if grouped else "") + point + part


@given(
    rows=ROWS,
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    style=st.sampled_from(list(POINTS)),
    dates=st.sampled_from(list(PATTERNS)),
    grouped=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_orders_written_in_any_style_read_back_the_same(
    rows: list[tuple[str, str, str, Decimal, Decimal, date]],
    separator: str,
    encoding: str,
    style: str,
    dates: str,
    grouped: bool,
    line_end: str,
) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table, delimiter=separator, lineterminator=line_end)
    writer.writerow(["No", "Who", "What", "Many", "Price", "Since"])
    for order, account, product, quantity, price, start in rows:
        numbers = (written(quantity, style, grouped), written(price, style, grouped))
        writer.writerow([order, account, product, *numbers, f"{start:{PATTERNS[dates]}}"])
    fields = {
        "order": "No",
        "account": "Who",
        "product": "What",
        "quantity": "Many",
        "price": "Price",
        "start": "Since",
    }
    mapping = parse_mapping(
        json.dumps({"name": "x", "encoding": encoding, "dates": dates, "decimals": style, "fields": fields})
    )
    result = read([("x", io.BytesIO(table.getvalue().encode(encoding)))], today=TODAY, mapping=mapping)
    assert result.problems == ()
    assert [
        (line.order_ref, line.account_ref, line.product_code, line.quantity, line.unit_price, line.start)
        for line in result.lines
    ] == rows

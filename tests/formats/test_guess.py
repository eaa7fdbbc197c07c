"""A mapping is guessed from names and sample values, says how sure it is, and reads the file it was guessed from."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.fields import CustomField, FieldObject, FieldType
from calm_desktop.formats.drafts import ReadResult
from calm_desktop.formats.guess import Guess, guess, guess_mapping
from calm_desktop.formats.mapping import parse_mapping
from calm_desktop.formats.parts import parts_of
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)


def guessed(text: str) -> tuple[Guess, ReadResult]:
    file = ("file", io.BytesIO(text.encode()))
    (part,) = parts_of(file)
    found = guess_mapping(part, "guessed")
    mapping = parse_mapping(json.dumps(found.document))
    return found, read([file], today=TODAY, mapping=mapping)


def test_a_german_list_of_invoices() -> None:
    found, result = guessed(
        "Rechnungsnummer;Kundennummer;Firma;Artikelnummer;Bezeichnung;Menge;Einzelpreis;Währung;Rechnungsdatum\n"
        "R-1;10017.0;Müller & Söhne;A-7;Schraube;1.000;0,05;EUR;31.01.2026\n"
        "R-2;10018.0;Blau GmbH;A-8;Mutter;-2;1.234,50;EUR;01.02.2026\n"
    )
    assert {each.field: each.column for each in found.fields} == {
        "order": "Rechnungsnummer", "account": "Kundennummer", "account_name": "Firma", "product": "Artikelnummer",
        "product_name": "Bezeichnung", "quantity": "Menge", "price": "Einzelpreis", "currency": "Währung",
        "order_date": "Rechnungsdatum", "start": "Rechnungsdatum",
    }  # fmt: skip
    assert found.missing == ()
    assert min(each.confidence for each in found.fields) >= 60
    assert (found.document["dates"], found.document["decimals"]) == (["day first"], "1.234,56")
    assert result.problems == ()
    (line,) = result.lines
    assert (line.order_ref, line.account_ref, line.quantity, line.unit_price, line.start) == (
        "R-1", "10017", Decimal(1000), Decimal("0.05"), date(2026, 1, 31),
    )  # fmt: skip
    assert [each.line.order_ref for each in result.cancellations] == ["R-2"]


def test_subscriptions_that_end_are_no_sales_of_goods() -> None:
    found, result = guessed(
        "Contract,Customer,Plan,Seats,Monthly fee,Active since,Cancelled at\n"
        "C-1,Acme,PRO,3,49.90,2025-01-15,\n"
        "C-2,Blue,PRO,1,49.90,2025-02-15,2025-08-15\n"
        "C-3,Cyan,PRO,NULL,49.90,2025-02-15,\n"
    )
    assert found.document["empty"] == ["NULL"]
    assert [line.cancel_from for line in result.lines] == [None, date(2025, 8, 15)]
    assert [(problem.row, problem.column, problem.expected) for problem in result.problems] == [(4, "Seats", "a value")]


def test_what_the_sample_leaves_open_is_left_to_the_whole_file() -> None:
    rows = [["1", "A", "L", "1", "1,234", "03/04/2026"]]
    found = guess(["Order", "Customer", "SKU", "Qty", "Price", "Date"], rows, "open")
    assert (found.document["dates"], found.document["decimals"]) == (["auto"], "auto")


def test_numbers_do_not_become_days_and_unknown_columns_are_left() -> None:
    rows = [["12", "x", "yes"]]
    found = guess(["Start", "Colour", "Quantity"], rows, "none")
    assert found.fields == ()
    assert found.missing == ("order", "account", "product", "quantity", "start")


def test_the_real_files_are_guessed_so_far_that_little_is_left_to_say(shared: Path) -> None:
    columns = {}
    for name in ("online_retail_days/2010-12-01.csv", "superstore.csv"):
        (part,) = parts_of(shared / "data" / name)
        columns[name] = {each.field: each.column for each in guess_mapping(part, "guessed").fields}
    assert columns["online_retail_days/2010-12-01.csv"] == {
        "order": "InvoiceNo", "account": "CustomerID", "account_country": "Country", "product": "StockCode",
        "product_name": "Description", "quantity": "Quantity", "price": "UnitPrice",
        "order_date": "InvoiceDate", "start": "InvoiceDate",
    }  # fmt: skip
    assert columns["superstore.csv"] == {
        "order": "Order ID", "line": "Row ID", "account": "Customer ID", "account_name": "Customer Name",
        "account_country": "Country", "product": "Product ID", "product_name": "Product Name", "quantity": "Quantity",
        "total": "Sales", "order_date": "Order Date", "start": "Ship Date",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Item(Product/Service),ItemQuantity,ItemRate,*ItemAmount",
         "1001,Acme,05/14/2026,06/13/2026,PEN,2,1.50,3.00",
         {"order": "*InvoiceNo", "account": "*Customer", "quantity": "ItemQuantity", "price": "ItemRate"}),
        ("*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,InventoryItemCode,*Description,*Quantity,*UnitAmount,Currency",
         "Acme,INV-1,14/05/2026,13/06/2026,PEN,Pen,2,1.50,GBP",
         {"order": "*InvoiceNumber", "product": "InventoryItemCode", "quantity": "*Quantity", "price": "*UnitAmount",
          "currency": "Currency"}),
        ("plan_oid,plan_name,plan_currency,plan_amount,customer_oid,customer_name,subscription_oid,subscription_quantity",
         "p1,Pro,USD,4900,c1,Acme,s1,2",
         {"account_name": "customer_name", "quantity": "subscription_quantity"}),
        ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
         "536365,85123A,HANGER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
         {"order": "InvoiceNo", "account": "CustomerID", "product": "StockCode", "quantity": "Quantity",
          "price": "UnitPrice", "start": "InvoiceDate"}),
    ],
)  # fmt: skip
def test_headers_that_exports_have(header: str, row: str, columns: dict[str, str]) -> None:
    found = guess(header.split(","), [row.split(",")], "known")
    told = {each.field: each.column for each in found.fields}
    assert told == told | columns


def test_fields_of_ones_own_are_proposed_by_their_label() -> None:
    region = CustomField(1, FieldObject.ACCOUNT, "Region", "Sales region", FieldType.TEXT)
    header = ["Order", "Customer", "SKU", "Qty", "Date", "Sales region"]
    found = guess(header, [["1", "A", "L", "1", "2026-01-01", "N"]], "own", [region])
    assert found.document["fields"]["account.Region__c"] == "Sales region"

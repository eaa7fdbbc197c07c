# ruff: noqa: E501  (samples have the lines that exports have)
"""Exports of other systems are known by their headers, and become what they mean: a small sample of each."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from textwrap import dedent
from typing import Any

import pytest

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import Frequency
from calm_desktop.formats.detect import format_of
from calm_desktop.formats.drafts import OrderLine, OrderStep, ReadResult, SkipKind, Skipped
from calm_desktop.formats.parts import parts_of
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)


def read_files(files: Mapping[str, str | bytes], **parameters: str) -> ReadResult:
    streams = [
        (name, io.BytesIO(dedent(text).lstrip().encode() if isinstance(text, str) else text))
        for name, text in files.items()
    ]
    return read(streams, today=TODAY, parameters=parameters)


def read_text(text: str | bytes, **parameters: str) -> ReadResult:
    return read_files({"file": text}, **parameters)


def sold(result: ReadResult) -> list[tuple[Any, ...]]:
    return [of(line, "order_ref account_ref product_code quantity unit_price") for line in result.lines]


def of(draft: object, names: str) -> tuple[Any, ...]:
    return tuple(getattr(draft, name) for name in names.split())


def past(line: OrderLine) -> tuple[date, date | None, date | None]:
    return line.start, line.cancel_from, line.billed_through


# ------------------------------------------------------------------------------------------- shops


SHOPIFY = """
    Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Billing Name,Billing Country,Cancelled at
    #1041,ann@example.org,paid,2026-05-14 11:23:45 +0100,GBP,45.00,4.95,0.00,49.95,TEN,5.00,2026-05-14 11:20:01 +0100,\
2,Mug,10.00,MUG,0.00,Ann Lee,GB,
    #1041,,,,,,,,,,,2026-05-14 11:20:01 +0100,1,"Teapot, large",30.00,,0.00,,,
    #1042,bob@example.org,paid,2026-05-15 09:00:00 +0100,GBP,20.00,0.00,0.00,20.00,,0.00,2026-05-15 08:59:00 +0100,\
2,Mug,11.00,MUG,2.00,Bob Ray,IE,
    #1043,cy@example.org,refunded,2026-05-16 09:00:00 +0100,GBP,10.00,0.00,0.00,10.00,,0.00,2026-05-16 08:59:00 +0100,\
1,Mug,10.00,MUG,0.00,Cy Fox,GB,2026-05-17 10:00:00 +0100
"""


def test_shopify_orders_go_on_over_rows_and_share_their_discount() -> None:
    result = read_text(SHOPIFY)
    assert result.problems == ()
    assert [of(line, "order_ref product_code quantity unit_price discount_amount") for line in result.lines] == [
        ("#1041", "MUG", 2, Decimal("10.00"), Decimal(1)),
        ("#1041", "SHIPPING", 1, Decimal("4.95"), 0),
        ("#1041", "Teapot, large", 1, Decimal("30.00"), Decimal(3)),
        ("#1042", "MUG", 2, Decimal("11.00"), Decimal(1)),
    ]  # fmt: skip
    assert {of(line, "account_ref account_name account_country") for line in result.lines} == {
        ("ann@example.org", "Ann Lee", "GB"), ("bob@example.org", "Bob Ray", "IE"),
    }  # fmt: skip
    assert {line.start for line in result.lines} == {date(2026, 5, 14), date(2026, 5, 15)}
    assert result.skipped == (Skipped("file", 5, "the order was cancelled", SkipKind.CANCELLED),)
    paid = sum((line.unit_price - line.discount_amount) * line.quantity for line in result.lines if line.unit_price)
    assert paid == Decimal("49.95") + Decimal("20.00")


WOOCOMMERCE = """
    order_id,order_number,order_date,status,order_total,order_currency,customer_email,billing_first_name,billing_last_name,\
line_item_1,line_item_2
    81,81,{day},completed,60.00,EUR,ann@example.org,Ann,Lee,name:Cap|product_id:7|sku:CAP|quantity:2|total:30.00,\
name:Scarf|product_id:8|sku:|quantity:1|total:30.00
    82,82,9/6/2016 6:31:00,cancelled,15.00,EUR,bob@example.org,Bob,Ray,name:Cap|product_id:7|sku:CAP|quantity:1|total:15.00,
"""


def test_woocommerce_orders_hold_their_lines_in_columns() -> None:
    result = read_text(WOOCOMMERCE.format(day="9/30/2016 6:29:00"))
    assert result.problems == ()
    assert sold(result) == [
        ("81", "ann@example.org", "CAP", 2, Decimal(15)),
        ("81", "ann@example.org", "8", 1, Decimal(30)),
    ]
    assert [of(line, "account_name start currency") for line in result.lines] == [
        ("Ann Lee", date(2016, 9, 30), "EUR")
    ] * 2
    assert [row.reason for row in result.skipped] == ["the order was cancelled, refunded or not paid"]


def test_an_order_without_lines_is_told() -> None:
    text = WOOCOMMERCE.format(day="9/30/2016 6:29:00").replace("cancelled", "completed")
    result = read_text(text.replace("name:Cap|product_id:7|sku:CAP|quantity:1|total:15.00,", ","))
    assert {(problem.row, problem.column, problem.expected) for problem in result.problems} == {
        (3, "item.sku", "a value"), (3, "item.quantity", "a value"),
    }  # fmt: skip
    assert (result.read, result.rejected) == (3, 1)


def test_days_that_could_be_either_are_asked_for() -> None:
    text = WOOCOMMERCE.format(day="9/6/2016 6:29:00")
    (problem,) = read_text(text).problems
    assert of(problem, "column found expected fix") == (
        "order_date",
        "9/6/2016 6:29:00",
        "one that tells whether they are written day first or month first",
        'say which: --param dates="day first" or --param dates="month first"',
    )
    assert [line.start for line in read_text(text, dates="day first").lines] == [date(2016, 6, 9)] * 2
    assert [line.start for line in read_text(text, dates="month first").lines] == [date(2016, 9, 6)] * 2
    assert [problem.found for problem in read_text(text, dates="as ever").problems] == ["as ever"]


# ------------------------------------------------------------------------------------------- invoices


def test_quickbooks_invoices_say_customer_and_days_once_and_take_back() -> None:
    result = read_text(
        """
        *InvoiceNo,*Customer,*InvoiceDate,*DueDate,Item(Product/Service),ItemDescription,ItemQuantity,ItemRate,*ItemAmount,Service Date
        1001,Acme Ltd,01/31/2026,03/02/2026,Hosting,Hosting in January,1,"1,200.50","1,200.50",01/01/2026
        1001,,,,Support,Hours of help,2.5,80,200,
        1002,Acme Ltd,02/15/2026,03/17/2026,Support,Given back,-1,80,-80,
        1003,Blue Co,02/16/2026,03/18/2026,Fee,One fee,,,19.99,
        """
    )
    assert result.problems == ()
    assert sold(result) == [
        ("1001", "Acme Ltd", "Hosting", 1, Decimal("1200.5")),
        ("1001", "Acme Ltd", "Support", Decimal("2.5"), Decimal(80)),
        ("1003", "Blue Co", "Fee", 1, Decimal("19.99")),
    ]
    assert [line.start for line in result.lines] == [date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 16)]
    (back,) = result.cancellations
    assert (back.line.order_ref, back.line.quantity, back.line.unit_price) == ("1002", Decimal(1), Decimal(80))
    assert [of(part, "order_ref row quantity") for part in back.cancels] == [("1001", 3, 1)]
    assert back.uncovered == 0


def test_xero_invoices_are_day_first_and_credit_by_a_negative_amount() -> None:
    result = read_text(
        """
        *ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,Currency
        Acme Ltd,INV-1,05/03/2026,04/04/2026,BOOK,A book,3,12.50,10,200,NZD
        Acme Ltd,INV-1,05/03/2026,04/04/2026,,Postage,1,4.00,,200,NZD
        Acme Ltd,CN-1,06/03/2026,06/03/2026,BOOK,A book,1,-12.50,10,200,NZD
        """
    )
    assert result.problems == ()
    assert sold(result) == [
        ("INV-1", "Acme Ltd", "BOOK", 3, Decimal("12.5")),
        ("INV-1", "Acme Ltd", "Postage", 1, Decimal(4)),
    ]
    assert {of(line, "start currency") for line in result.lines} == {(date(2026, 3, 5), "NZD")}
    assert [line.discount for line in result.lines] == [10, 0]
    assert [(each.line.unit_price, each.cancels[0].row) for each in result.cancellations] == [(Decimal("12.5"), 2)]


# ------------------------------------------------------------------------------------------- subscriptions


def test_stripe_subscriptions_bring_their_past() -> None:
    result = read_text(
        """
        id,Customer ID,Customer Name,Customer Email,Plan,Product,Quantity,Interval,Amount,Status,Created (UTC),Start Date (UTC),\
Current Period Start (UTC),Current Period End (UTC),Canceled At (UTC),Ended At (UTC)
        sub_1,cus_1,Acme Ltd,a@example.org,pro,Professional,3,month,49.00,active,2025-01-10 08:00,2025-01-10 08:00,\
2026-11-10 08:00,2026-12-10 08:00,,
        sub_2,cus_2,,b@example.org,pro,Professional,1,year,490.00,canceled,2024-03-01 00:00,2024-03-01 00:00,\
2025-03-01 00:00,2026-03-01 00:00,2025-11-02 10:00,2026-03-01 00:00
        sub_3,cus_3,,c@example.org,pro,Professional,1,month,49.00,incomplete_expired,2024-03-01 00:00,2024-03-01 00:00,,,,
        sub_4,cus_4,,d@example.org,pro,Professional,1,week,9.00,active,2024-03-01 00:00,2024-03-01 00:00,,,,
        """
    )
    first, second = result.lines
    assert past(first) == (date(2025, 1, 10), None, date(2026, 12, 9))
    assert past(second) == (date(2024, 3, 1), date(2026, 3, 1), date(2026, 2, 28))
    assert of(first, "account_name quantity unit_price price_unit") == (
        "Acme Ltd", 3, 49, PriceUnit.MONTH,
    )  # fmt: skip
    assert of(second, "price_unit frequency selling_model") == (
        PriceUnit.YEAR, Frequency.ANNUAL, SellingModel.EVERGREEN,
    )  # fmt: skip
    assert [row.reason for row in result.skipped] == ["the subscription never began"]
    assert {of(problem, "row found expected") for problem in result.problems} == {
        (5, "week", "one of: month, year, quarter")
    }


def stripe_subscription(number: int, currency: str, amount: str, **more: object) -> dict[str, object]:
    price = {"id": f"price_{number}", "currency": currency, "recurring": {"interval": "month", "interval_count": 3}}
    item = {
        "id": f"si_{number}",
        "quantity": 2,
        "current_period_end": 1_767_225_600,
        "price": price | {"unit_amount_decimal": amount},
    }
    return {
        "id": f"sub_{number}", "object": "subscription", "customer": f"cus_{number}", "status": "active",
        "start_date": 1_735_689_600, "created": 1_735_689_600, "ended_at": None,
        "items": {"object": "list", "data": [item]},
    } | more  # fmt: skip


@pytest.mark.parametrize("lines", [False, True], ids=["a list", "JSON lines"])
def test_stripe_objects_have_cents_and_seconds_and_yen_have_no_cents(lines: bool) -> None:
    found = [
        stripe_subscription(1, "eur", "1250.5"),
        stripe_subscription(2, "jpy", "1250", status="canceled", ended_at=1_751_328_000),
    ]
    text = "\n".join(map(json.dumps, found)) if lines else json.dumps({"object": "list", "data": found}, indent=1)
    result = read_text(text)
    assert result.problems == ()
    first, second = result.lines
    assert of(first, "currency unit_price price_unit quantity") == (
        "EUR", Decimal("12.505"), PriceUnit.QUARTER, 2,
    )  # fmt: skip
    assert of(second, "currency unit_price") == ("JPY", Decimal(1250))
    assert past(first) == (date(2025, 1, 1), None, date(2025, 12, 31))
    assert past(second) == (date(2025, 1, 1), date(2025, 7, 1), date(2025, 12, 31))


def test_stripe_invoices_that_are_paid_become_payments() -> None:
    of_csv = read_text(
        """
        id,Amount Due,Amount Paid,Customer,Currency,Date (UTC),Number,Status,Subscription
        in_1,100.00,100.00,cus_1,usd,2026-01-31 10:00,A-1,paid,sub_1
        in_2,100.00,0.00,cus_2,usd,2026-01-31 10:00,A-2,open,sub_2
        """
    )
    invoice = {
        "id": "in_1", "object": "invoice", "customer": "cus_1", "amount_due": 10000, "amount_paid": 10000,
        "currency": "usd", "number": "A-1", "status": "paid", "created": 1_769_817_600,
        "lines": {"data": [{"id": "il_1"}]}, "status_transitions": {"paid_at": 1_769_856_000},
    }  # fmt: skip
    of_json = read_text(json.dumps([invoice]))
    for result in (of_csv, of_json):
        (payment,) = result.payments
        assert of(payment, "account_ref invoice amount currency day reference") == (
            "cus_1", "A-1", 100, "USD", date(2026, 1, 31), "in_1",
        )  # fmt: skip
        assert result.problems == ()
    assert of_csv.read == 2


def test_chargebee_names_stand_in_brackets() -> None:
    result = read_text(
        """
        subscription[id],subscription[plan_id],subscription[plan_quantity],subscription[start_date],subscription[status],\
subscription[cancelled_at],customer[id],customer[company],customer[first_name],customer[last_name]
        s1,basic,5,2025-02-01,active,,c1,,Ann,Lee
        s2,basic,,2025-02-01,cancelled,2025-06-15 00:00:00,c2,Blue Co,,
        """
    )
    assert result.problems == ()
    assert sold(result) == [("s1", "c1", "basic", 5, None), ("s2", "c2", "basic", 1, None)]
    assert [line.account_name for line in result.lines] == ["Ann Lee", "Blue Co"]
    assert past(result.lines[1]) == (date(2025, 2, 1), date(2025, 6, 15), None)


def test_baremetrics_plans_have_intervals_and_cents() -> None:
    result = read_text(
        """
        plan_oid,plan_name,plan_currency,plan_amount,plan_interval,plan_interval_count,customer_oid,customer_name,subscription_oid,\
subscription_started_at,subscription_canceled_at,subscription_quantity
        p1,Gold,usd,123456,year,1,c1,Acme Ltd,s1,2024-02-29T10:00:00Z,,1
        p2,Silver,kwd,1500,month,6,c2,Blue Co,s2,2025-01-01,2025-07-01,4
        """
    )
    assert result.problems == ()
    assert [of(line, "unit_price currency price_unit") for line in result.lines] == [
        (Decimal("1234.56"), "USD", PriceUnit.YEAR),
        (Decimal("1.5"), "KWD", PriceUnit.HALF_YEAR),
    ]
    assert [past(line) for line in result.lines] == [
        (date(2024, 2, 29), None, None),
        (date(2025, 1, 1), date(2025, 7, 1), None),
    ]


CHARTMOGUL = {
    "customers.csv": """
        Name,Email,Company,Country,State,City,Zip,External ID
        Ann Lee,ann@example.org,Acme Ltd,GB,,,,c1
        Bob Ray,bob@example.org,,DE,,,,c2
        """,
    "invoices.csv": """
        Customer external ID,Invoice external ID,Invoiced date,Due date,Currency
        c1,i1,2026-01-01,2026-01-15,EUR
        c1,i2,2026-02-01,2026-02-15,EUR
        c1,i3,2026-03-01,2026-03-15,EUR
        c2,i4,2026-03-05,2026-03-19,EUR
        """,
    "items.csv": """
        Invoice external ID,External ID,Subscription external ID,Type,Amount in cents,Plan,Service period start,Service period end,Quantity,Prorated,Description
        i1,l1,s1,subscription,2000,Basic,2026-01-01,2026-02-01,2,,
        i2,l2,s1,subscription,2000,Basic,2026-02-01,2026-03-01,2,,
        i2,l3,s1,subscription,500,Basic,2026-02-15,2026-03-01,1,true,
        i3,l4,s1,subscription,3000,Basic,2026-03-01,2026-04-01,3,,
        i4,l5,,one_time,9900,,,,1,,Set-up
        """,
    "cancellations.csv": """
        Subscription external ID,Customer external ID,Date
        s1,c1,2026-04-01
        """,
}


def test_chartmogul_periods_become_one_subscription_with_its_steps() -> None:
    result = read_files(CHARTMOGUL)
    assert result.problems == ()
    assert [of(account, "number name country") for account in result.accounts] == [
        ("c1", "Acme Ltd", "GB"), ("c2", "Bob Ray", "DE"),
    ]  # fmt: skip
    once, subscription = sorted(result.lines, key=lambda line: line.order_ref)
    assert of(subscription, "order_ref account_ref account_name") == ("s1", "c1", "Acme Ltd")
    assert of(subscription, "quantity unit_price price_unit") == (2, 10, PriceUnit.MONTH)
    assert subscription.steps == (OrderStep(date(2026, 3, 1), Decimal(3), Decimal(10), None),)
    assert past(subscription) == (date(2026, 1, 1), date(2026, 4, 1), date(2026, 3, 31))
    assert of(once, "product_code unit_price start currency") == ("Set-up", 99, date(2026, 3, 5), "EUR")
    assert [row.row for row in result.skipped] == [4]


def test_a_table_of_a_set_alone_says_what_is_missing() -> None:
    result = read_files({"invoices.csv": CHARTMOGUL["invoices.csv"]})
    assert [of(problem, "found fix") for problem in result.problems] == [
        ("the table invoices alone", "import them together, or their folder")
    ]
    items = read_files({"items.csv": CHARTMOGUL["items.csv"]})
    assert {problem.column for problem in items.problems} == {
        "Invoice.Customer external ID",
        "Invoice.Currency",
        "Invoice.Invoiced date",
    }
    assert items.lines == ()


def test_a_record_that_refers_to_none_of_the_set_is_told_with_its_key() -> None:
    files = CHARTMOGUL | {"items.csv": CHARTMOGUL["items.csv"].replace("i3,", "i33,")}
    result = read_files(files)
    assert of(result.problems[0], "row column found fix") == (
        5, "Invoice external ID", "i33", "add the file that holds it",
    )  # fmt: skip
    assert result.rejected == 1
    assert [of(row, "file row") for row in result.skipped if "refers" in row.reason] == [("invoices.csv", 4)]


# ------------------------------------------------------------------------------------------- Salesforce


SALESFORCE = {
    "Account.csv": """
        "Id","Name","AccountNumber","BillingCountry"
        "001000000000001AAA","Acme Ltd","A-1","GB"
        "001000000000002AAA","Blue Co","#N/A","IE"
        """,
    "Product2.csv": """
        "Id","Name","ProductCode","IsActive","Family","Description"
        "01t000000000001AAA","Licence","LIC","1","Software","Two
        lines, one ""quoted""
        "
        """,
    "ProductSellingModel.csv": """
        "Id","Name","SellingModelType","PricingTerm","PricingTermUnit"
        "0jP000000000001AAA","Term Annual","TermDefined","1.0","Annual"
        "0jP000000000002AAA","Evergreen Monthly","Evergreen","1.0","Months"
        """,
    "PricebookEntry.csv": """
        "Id","Pricebook2Id","Product2Id","UnitPrice","IsActive","CurrencyIsoCode","ProductSellingModelId"
        "01u000000000001AAA","01s000000000001AAA","01t000000000001","1200","true","JPY","0jP000000000001AAA"
        """,
    "Order.csv": """
        "Id","AccountId","EffectiveDate","Status","OrderNumber","CurrencyIsoCode"
        "801000000000001AAA","001000000000001AAA","2026-01-01","Activated","00000100","GBP"
        "801000000000002AAA","001000000000002","2026-02-01","Activated","00000101","GBP"
        """,
    "OrderItem.csv": """
        "Id","OrderId","Product2Id","Quantity","UnitPrice","ServiceDate","EndDate","OrderItemNumber","ProductSellingModelId","BillingFrequency2"
        "802000000000001AAA","801000000000001","01t000000000001AAA","10.00","120.0","2026-01-01","2026-12-31","0000000001","0jP000000000001AAA","Monthly"
        "802000000000002AAA","801000000000002AAA","01t000000000001AAA","3.00","12.5","#N/A","#N/A","0000000002","0jP000000000002AAA","#N/A"
        """,
}


def test_a_salesforce_set_is_joined_by_ids_of_15_and_18_characters() -> None:
    result = read_files(SALESFORCE)
    assert result.problems == ()
    assert [of(line, "order_ref line_ref account_ref account_name") for line in result.lines] == [
        ("00000100", "0000000001", "A-1", "Acme Ltd"),
        ("00000101", "0000000002", "Blue Co", "Blue Co"),
    ]
    assert [of(line, "product_code product_name selling_model price_unit") for line in result.lines] == [
        ("LIC", "Licence", SellingModel.TERM, PriceUnit.YEAR),
        ("LIC", "Licence", SellingModel.EVERGREEN, PriceUnit.MONTH),
    ]
    assert [of(line, "start end currency") for line in result.lines] == [
        (date(2026, 1, 1), date(2026, 12, 31), "GBP"),
        (date(2026, 2, 1), None, "GBP"),
    ]
    assert [of(each, "code kind active") for each in result.products] == [("LIC", Kind.SUBSCRIPTION, True)]
    (price,) = result.prices
    assert of(price, "product_code price currency price_unit") == ("LIC", 1200, "JPY", PriceUnit.YEAR)
    assert [of(account, "number name") for account in result.accounts] == [
        ("A-1", "Acme Ltd"), ("001000000000002", "Blue Co"),
    ]  # fmt: skip


def test_salesforce_order_items_carry_their_parents_in_relationship_columns() -> None:
    result = read_text(
        """
        OrderId,Order.OrderNumber,Order.Account.Name,Product2.ProductCode,Quantity,UnitPrice,ServiceDate,EndDate
        801000000000001AAA,00000100,Acme Ltd,LIC,10,120,2026-01-01,000000000000000AAA
        """
    )
    assert result.problems == ()
    assert sold(result) == [("00000100", "Acme Ltd", "LIC", 10, 120)]
    assert result.lines[0].end is None


def test_salesforce_assets_come_with_their_lifecycle() -> None:
    result = read_text(
        """
        Id,Name,Account.Name,Product2.ProductCode,Quantity,Price,LifecycleStartDate,LifecycleEndDate,CurrencyIsoCode
        02i000000000001AAA,Licence of Acme,Acme Ltd,LIC,10,120.5,2025-01-01T00:00:00.000Z,2025-12-31T23:59:59.000Z,USD
        """
    )
    assert result.problems == ()
    (line,) = result.lines
    assert of(line, "order_ref account_ref product_code quantity") == (
        "02i000000000001",
        "Acme Ltd",
        "LIC",
        10,
    )
    assert of(line, "start end unit_price") == (date(2025, 1, 1), date(2025, 12, 31), Decimal("120.5"))


# ------------------------------------------------------------------------------------------- recognition


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (SHOPIFY.strip().splitlines()[0], "shopify"),
        ("\ufeff*INVOICENO;* Customer;*InvoiceDate;*DueDate;*ItemAmount", "quickbooks"),
        ('"ContactName"\t"InvoiceNumber"\tInvoiceDate\tDueDate\tDescription\tQuantity\tUnitAmount', "xero"),
        ("order,account,product,quantity,start", "calm-csv"),
        ("Name,Product Code,Quantity", "mapped-csv"),
    ],
)
def test_a_format_is_told_by_its_headers_without_case_marks_and_spaces(header: str, name: str) -> None:
    (part,) = parts_of(("file", io.BytesIO(header.encode())))
    assert format_of(part) == name


def test_a_format_that_is_named_must_be_the_files() -> None:
    stream = io.BytesIO(b"order,account,product,quantity,start\n1,A,L,1,2026-01-01\n")
    result = read([("file", stream)], today=TODAY, format_name="xero")
    assert "InvoiceDate" in {problem.column for problem in result.problems}
    assert result.read == 0

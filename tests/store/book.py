"""A small store written by hand: Acme's ten licences of 2022, renewed for 2023; one month billed, one drafted.

Of January 40.00 are paid and 10.00 credited; of another credit of 5.00 2.00 are refunded. Bolt is on hold.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from calm_desktop.services import audit
from calm_desktop.store import tables as t

NOON = datetime(2022, 10, 15, 12, tzinfo=UTC)
TEN, PRICE = Decimal(10), Decimal("10.00")
FIRST, SECOND = date(2022, 1, 1), date(2023, 1, 1)


def write_book(db: Connection) -> None:
    """Write the whole book into an empty store."""
    _catalogue(db)
    _asset(db)
    _order(db, 1, "New", "Initial Sale", FIRST, date(2022, 12, 31))
    _order(db, 2, "Renew", "Renewals", SECOND, date(2023, 12, 31))
    _draft_order(db)
    _schedule(db, 1, "Original", 2022)
    _schedule(db, 2, "Renewal", 2023)
    _invoices(db)
    _settlements(db)
    _papers(db)
    _holds(db)
    _counters(db)


def _add(db: Connection, table: Any, **values: Any) -> None:
    db.execute(table.insert().values(**values))


def _catalogue(db: Connection) -> None:
    _add(db, t.account, id=1, number="A-1", name="Acme", currency="USD", created_on=FIRST)
    _add(db, t.account, id=2, number="A-2", name="Bolt", currency="EUR", created_on=FIRST)
    words = {"kind": "subscription", "selling_model": "term", "price_unit": "month", "tax_category": "standard"}
    _add(db, t.product, id=1, code="LIC", name="Licence", **words)
    _add(db, t.price_entry, id=1, product_id=1, currency="USD", start=FIRST, unit_price=PRICE)
    _add(db, t.tax_rate, id=1, category="standard", start=FIRST, rate=Decimal(19))
    _add(db, t.setting, key="currency", value="USD")


def _asset(db: Connection) -> None:
    _add(
        db,
        t.asset,
        id=1,
        number="L-1",
        name="Licence",
        account_id=1,
        product_id=1,
        currency="USD",
        lifecycle_start=FIRST,
        lifecycle_end=date(2023, 12, 31),
        current_on=date(2022, 10, 15),
        current_quantity=TEN,
        current_amount=120000,
        current_mrr=10000,
    )
    for number, year in ((1, 2022), (2, 2023)):
        days = {"start": date(year, 1, 1), "end": date(year, 12, 31)}
        _add(db, t.state_period, id=number, asset_id=1, **days, quantity=TEN, amount=120000, mrr=10000)
    _add(db, t.billing_group, id=1, asset_id=1)


def _order(db: Connection, number: int, kind: str, category: str, start: date, end: date) -> None:
    _add(
        db,
        t.sales_order,
        id=number,
        number=f"O-{number}",
        account_id=1,
        kind=kind,
        status="Activated",
        order_date=start,
        effective_date=start,
        currency="USD",
        total=120000,
        recorded_at=NOON,
    )
    _item(db, number, number, category, start, end, asset_id=1)
    first = number == 1
    _add(
        db,
        t.action,
        id=number,
        asset_id=1,
        sequence=number,
        order_item_id=number,
        action_date=start,
        effective_date=start,
        category=category,
        type="Generate" if first else "Change",
        quantity_change=TEN if first else Decimal(0),
        amount_change=120000,
        mrr_change=10000 if first else 0,
        recorded_at=NOON,
    )
    _add(
        db,
        t.action_source,
        id=number,
        action_id=number,
        kind="order-item",
        order_item_id=number,
        start=start,
        end=end,
        quantity=TEN,
        product_amount=130000,
        adjustment=-10000,
        estimated_tax=0,
        actual_tax=0,
    )


def _item(
    db: Connection, item: int, order: int, category: str, start: date, end: date, asset_id: int | None = None
) -> None:
    _add(
        db,
        t.order_item,
        id=item,
        order_id=order,
        line=1,
        product_id=1,
        asset_id=asset_id,
        asset_name="Licence",
        anchor=start,
        category=category,
        quantity=TEN,
        list_price=PRICE,
        unit_price=PRICE,
        discount=Decimal(0),
        price_unit="month",
        selling_model="term",
        start=start,
        end=end,
        term_months=12,
        term_days=0,
        frequency="monthly",
        timing="advance",
        boundary="anniversary",
        partial="allowed",
        remainder="last",
        tax_category="standard",
        total=120000,
    )


def _draft_order(db: Connection) -> None:
    words = {"kind": "New", "status": "Draft", "currency": "USD", "total": 120000}
    days = {"order_date": FIRST, "effective_date": FIRST, "recorded_at": NOON}
    _add(db, t.sales_order, id=3, number="O-3", account_id=1, **words, **days)
    _item(db, 3, 3, "Initial Sale", FIRST, date(2022, 12, 31))


def _schedule(db: Connection, number: int, category: str, year: int) -> None:
    days = {"start": date(year, 1, 1), "end": date(year, 12, 31)}
    _add(db, t.billing_schedule, id=number, group_id=1, order_item_id=number, category=category, **days, total=120000)
    for month in range(1, 13):
        start = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
        end = date.fromordinal(after.toordinal() - 1)
        item = (number - 1) * 12 + month
        days = {"start": start, "end": end, "billing_date": start}
        _add(db, t.billing_item, id=item, schedule_id=number, **days, amount=10000)


def _invoices(db: Connection) -> None:
    """January is posted, with its tax on an invoice of its own; February is a draft."""
    february = date(2022, 2, 1)
    for number, posted, day, taxes in (
        (1, "INV-000001", FIRST, None),
        (2, "INV-000002", FIRST, 1),
        (3, None, february, None),
    ):
        _add(
            db,
            t.invoice,
            id=number,
            number=posted,
            account_id=1,
            status="Posted" if posted else "Draft",
            invoice_date=day,
            due_date=date(2022, 3, 3),
            target_date=february,
            currency="USD",
            charge_invoice_id=taxes,
            request_id="a run",
            recorded_at=NOON,
        )
    january = (FIRST, date(2022, 1, 31))
    _line(db, 1, 1, "Charge", *january, 10000)
    _line(db, 2, 2, "Tax", *january, 1900, tax_rate=Decimal(19), charge_line_id=1)
    _line(db, 3, 3, "Charge", february, date(2022, 2, 28), 10000)
    for item, line in ((1, 1), (2, 3)):
        db.execute(t.billing_item.update().where(t.billing_item.c.id == item).values(invoice_line_id=line))


def _line(
    db: Connection, number: int, invoice: int, kind: str, start: date, end: date, amount: int, **tax: Any
) -> None:
    _add(
        db,
        t.invoice_line,
        id=number,
        invoice_id=invoice,
        line=1,
        type=kind,
        description="Licence",
        start=start,
        end=end,
        quantity=TEN,
        unit_price=PRICE,
        amount=amount,
        order_item_id=1,
        asset_id=1,
        **tax,
    )


def _settlements(db: Connection) -> None:
    common = {"account_id": 1, "currency": "USD", "request_id": "by hand", "recorded_at": NOON}
    _add(db, t.payment, id=1, number="PAY-000001", day=FIRST, amount=4000, **common)
    for number, reason, invoice, amount in ((1, "given", 1, 1000), (2, "unused", None, 500)):
        head = {"number": f"CM-{number:06d}", "reason": reason, "invoice_id": invoice, "memo_date": FIRST}
        _add(db, t.credit_memo, id=number, **head, **common)
        line = {"type": "Charge", "description": "Licence", "start": FIRST, "end": date(2022, 1, 31), "amount": amount}
        links = {"invoice_line_id": invoice, "order_item_id": 1, "asset_id": 1}
        _add(db, t.credit_memo_line, id=number, memo_id=number, line=1, **line, **links)
    _add(db, t.settlement, id=1, invoice_line_id=1, payment_id=1, day=FIRST, amount=4000)
    _add(db, t.settlement, id=2, invoice_line_id=1, memo_id=1, day=FIRST, amount=1000)
    _add(
        db,
        t.refund,
        id=1,
        number="REF-000001",
        memo_id=2,
        day=FIRST,
        amount=200,
        request_id="by hand",
        recorded_at=NOON,
    )


def _papers(db: Connection) -> None:
    for number in (1, 2):
        told = {"request_id": "a run", "created_at": NOON, "payload": {"OrderId": "8010000000000001"}}
        _add(db, t.event, id=number, name="CreateAssetOrderEvent", **told)
    said = {"code": "sale-not-finished", "message": "200.00 is pending.", "reason": "agreed by phone"}
    _add(db, t.override, id=1, request_id="a run", **said, recorded_at=NOON)
    act = {"id": 1, "at": NOON, "who": "ada", "role": "admin", "door": "Python", "use_case": "sales.sell"}
    act |= {"request_id": "a run", "request": "{}", "records": "[]", "before": None, "after": None}
    _add(db, t.audit, **act, previous=audit.FIRST, hash=audit.hash_of(act, audit.FIRST))
    counts = {"read": 3, "new": 1, "changed": 0, "same": 2, "skipped": 0, "cancelled": 0, "rejected": 0}
    file = {"files": "orders.csv", "format": "orders", "content_hash": "0" * 64, "imported_at": NOON}
    _add(db, t.import_batch, id=1, **file, **counts)
    _add(db, t.import_row, id=1, batch_id=1, system="orders", natural_key="1", content_key="1", order_item_id=1)


def _holds(db: Connection) -> None:
    """Bolt was on hold once, and is again."""
    for number, released in ((1, FIRST), (2, None)):
        held = {"id": number, "account_id": 2, "set_on": FIRST, "released_on": released, "reason": "disputed"}
        _add(db, t.invoice_hold, **held, request_id="by hand", recorded_at=NOON)


def _counters(db: Connection) -> None:
    for series, following in (("invoice", 3), ("payment", 2), ("credit-memo", 3), ("refund", 2)):
        _add(db, t.counter, name=f"{series}-number", next=following)
    for table in t.metadata.sorted_tables:
        if "id" in table.c and (highest := db.scalar(select(func.max(table.c.id)))):
            _add(db, t.counter, name=table.name, next=highest + 1)

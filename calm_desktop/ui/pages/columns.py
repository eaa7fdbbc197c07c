"""Columns of the tables: one list for each kind of row, the same wherever such rows are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from calm_desktop.engine.catalog import AssetStatus
from calm_desktop.engine.explain import Figure
from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.lifecycle import SourceKind
from calm_desktop.engine.money import Money
from calm_desktop.formats.sheets import Price
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import Explain
from calm_desktop.services.shapes import (
    AccountRow,
    ActionRow,
    AppliedShape,
    AssetHead,
    CreditMemoHead,
    InvoiceCredit,
    InvoiceHead,
    InvoiceLineRow,
    InvoicePayment,
    OrderItemShape,
    OrderRow,
    PaymentHead,
    RefundShape,
    StatementEntry,
)
from calm_desktop.ui import display, places
from calm_desktop.ui.pages.words import memo_reason
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.reporting import rates_words

TEXT, CHIP, LINK = ColumnKind.TEXT, ColumnKind.CHIP, ColumnKind.LINK
DATE, MONEY, QUANTITY, DELTA = ColumnKind.DATE, ColumnKind.MONEY, ColumnKind.QUANTITY, ColumnKind.DELTA


def column(key: str, title: str, kind: ColumnKind = TEXT, width: int = 110, **more: Any) -> Column:
    """A column whose value is the row's attribute `key`."""
    more.setdefault("getter", attrgetter(key))
    return Column(key, title, kind=kind, width=width, **more)


def count(key: str, title: str, width: int = 80, **more: Any) -> Column:
    """A column of whole numbers."""
    return column(key, title, QUANTITY, width, getter=lambda row: Decimal(getattr(row, key)), **more)


def price(key: str, title: str, width: int = 100, **more: Any) -> Column:
    """A column of unit prices, which may have more decimals than their currency."""
    return column(key, title, QUANTITY, width, **more, getter=lambda row: priced(getattr(row, key), row.currency))


def priced(value: Any, currency: str) -> Any:
    """A unit price that knows its currency, so that a cell can write it; what is hidden stays so."""
    return value if value is HIDDEN else Price(value, currency_named(currency))


def price_text(value: Any) -> str:
    """A unit price for people."""
    return display.NOTHING if value is None else display.unit_price(value, value.currency)


SOURCE_WORDS = {
    SourceKind.ORDER_ITEM: "Order item",
    SourceKind.WORK_ORDER_LINE: "Work order line item",
    SourceKind.EXTERNAL: "External reference",
}


def words(value: Any) -> str:
    """A word of the program's lists for people: `professional-service` reads Professional service."""
    return str(value).replace("-", " ").capitalize()


def renewal_words(row: AssetHead) -> str:
    """What a renewal takes when it is not told."""
    term = f"{row.renewal_term} {row.renewal_term_unit}" if row.renewal_term else ""
    pricing = {"last": "last price", "list": "list price"}.get(row.renewal_pricing or "", "")
    return ", ".join(part for part in (term, pricing) if part)


def _converted(figure: str, title: str) -> Column:
    """A column of figures in the reporting currency; the tooltip says by which rates."""

    def getter(row: AccountRow) -> Money | None:
        return None if row.reporting is None else getattr(row.reporting, figure)

    def how(row: AccountRow) -> str:
        return "" if row.reporting is None else rates_words(row.reporting)

    more: dict[str, Any] = {"getter": getter, "tooltip": how, "total": True, "hidden": True}
    return column(f"converted_{figure}", f"{title} converted", MONEY, 130, **more)


ACCOUNTS = (
    column("name", "Account", LINK, 190),
    column("number", "Number", width=92),
    column("country", "Country", width=76),
    column("currency", "Currency", width=82),
    count("assets", "Assets", 70),
    column("quantity", "Quantity", QUANTITY, 90, explains=True),
    column("amount", "Amount", MONEY, 120, total=True, explains=True),
    column("mrr", "MRR", MONEY, 110, total=True, explains=True),
    column("invoice_line_balance", "Invoice line balance", MONEY, 150, total=True, explains=True),
    _converted("amount", "Amount"),
    _converted("mrr", "MRR"),
    _converted("invoice_line_balance", "Balance"),
)


def assets(with_account: bool) -> tuple[Column, ...]:
    """Columns of assets; customers only where there may be several."""
    return (
        column("name", "Asset", LINK, 210),
        *((column("account", "Account", LINK, 150),) if with_account else ()),
        column("product", "Product", width=90, hidden=with_account),
        column("status", "Status", CHIP, 100),
        column("quantity", "Quantity", QUANTITY, 90, total=True, explains=True),
        column("amount", "Amount", MONEY, 120, total=True, explains=True),
        column("mrr", "MRR", MONEY, 110, total=True, explains=True),
        column("lifecycle_start", "Start", DATE, 108),
        column("lifecycle_end", "End", DATE, 108, text=display.last_day),
        column("total_lifecycle_amount", "Lifetime amount", MONEY, 130, hidden=True, total=True),
        column("renewal", "Renewal", width=150, hidden=True, getter=renewal_words),
        column("number", "Number", width=100, hidden=True),
        column("kind", "Kind", width=120, hidden=True, text=words),
        column("product_name", "Product name", width=150, hidden=True),
    )


def standing(row: ActionRow) -> str:
    """Whether an action was taken back, or takes another back."""
    return "Undone" if row.undone else "Undo" if row.undoes else ""


_STANDING = column("standing", "Undo", CHIP, 84, getter=standing, hidden=True)


def is_undone(row: Any) -> bool:
    """Whether a row no longer counts, and is shown quieter: an action that was undone, its undo, an undone asset."""
    if isinstance(row, AssetHead):
        return row.status == AssetStatus.UNDONE.value
    return isinstance(row, ActionRow) and not row.stands


def show_standing(table: RecordTable, rows: Iterable[ActionRow]) -> None:
    """Show what was undone in a column of its own, where anything was."""
    table.show_column("standing", any(not row.stands for row in rows))


def actions(with_asset: bool) -> tuple[Column, ...]:
    """Columns of the asset actions of one customer, or of one asset."""
    return (
        column("effective_date", "Date", DATE, 106),
        column("category", "Category", CHIP, 110),
        _STANDING,
        *((column("asset", "Asset", LINK, 196),) if with_asset else ()),
        column("source", "Source", LINK, 152),
        column("quantity_change", "Δ Quantity", DELTA, 88, total=True, explains=True),
        column("mrr_change", "Δ MRR", DELTA, 98, total=True, explains=True),
        column("amount_change", "Δ Amount", DELTA, 110, total=True, explains=True),
        column("mrr_after", "MRR after", MONEY, 98),
        column("quantity_after", "Quantity after", QUANTITY, 110, hidden=True),
        column("amount_after", "Amount after", MONEY, 120, hidden=True),
        column("action_date", "Recorded", DATE, 108, hidden=True),
        column("type", "Type", width=90, hidden=True),
    )


def browsed_actions(figure: str) -> tuple[Column, ...]:
    """Columns of the actions browser; `figure` is quantity, amount or mrr."""
    title, kind = {"quantity": ("quantity", QUANTITY), "amount": ("amount", MONEY), "mrr": ("MRR", MONEY)}[figure]
    return (
        column("effective_date", "Date", DATE, 108),
        column("category", "Category", CHIP, 112),
        _STANDING,
        column("account", "Account", LINK, 150),
        column("asset", "Asset", LINK, 215),
        column("source", "Source", LINK, 156),
        column("type", "Type", width=85, hidden=True),
        column(f"{figure}_change", f"Δ {title[0].upper()}{title[1:]}", DELTA, 110, total=True, explains=True),
        column(f"{figure}_after", f"{title[0].upper()}{title[1:]} after", kind, 120),
        column("action_date", "Recorded", DATE, 108, hidden=True),
    )


def orders(with_account: bool) -> tuple[Column, ...]:
    """Columns of orders."""
    return (
        column("number", "Order", LINK, 120),
        *((column("account", "Account", LINK, 190),) if with_account else ()),
        column("kind", "Kind", width=90),
        column("status", "Status", CHIP, 110),
        column("order_date", "Ordered", DATE, 110),
        column("effective_date", "Effective", DATE, 110),
        count("items", "Items"),
        column("total", "Total", MONEY, 130, total=True, explains=True),
    )


def invoices(with_account: bool) -> tuple[Column, ...]:
    """Columns of invoices; a draft has no number yet."""
    return (
        column("number", "Invoice", LINK, 108, getter=lambda row: row.number or "Draft"),
        *((column("account", "Account", LINK, 160),) if with_account else ()),
        column("status", "Status", CHIP, 90),
        column("settlement", "Settlement", CHIP, 125),
        column("date", "Date", DATE, 108),
        column("due", "Due", DATE, 108),
        column("charges", "Charges", MONEY, 105, total=True, hidden=with_account),
        column("tax", "Tax", MONEY, 95, total=True, hidden=with_account),
        column("total", "Total", MONEY, 105, total=True, explains=True),
        column("balance", "Balance", MONEY, 105, total=True, explains=True),
        column("order", "Order", width=110, hidden=True),
    )


def _invoice_of_line(row: InvoiceLineRow) -> str:
    return "Draft" if row.invoice == row.invoice_id else row.invoice


def invoice_lines(with_account: bool, with_asset: bool = True) -> tuple[Column, ...]:
    """Columns of invoice lines of many invoices."""
    return (
        column("date", "Date", DATE, 108),
        column("invoice", "Invoice", LINK, 112, getter=_invoice_of_line),
        *((column("account", "Account", LINK, 140),) if with_account else ()),
        *((column("asset", "Asset", LINK, 170),) if with_asset else ()),
        column("type", "Type", width=75),
        column("status", "Status", CHIP, 85, hidden=True),
        column("start", "From", DATE, 108),
        column("end", "To", DATE, 108),
        column("quantity", "Quantity", QUANTITY, 85, hidden=with_account),
        price("unit_price", "Unit price", text=price_text, hidden=with_account),
        column("amount", "Amount", MONEY, 105, total=True),
        column("balance", "Balance", MONEY, 105, total=True, explains=True),
        column("description", "Description", width=200, hidden=True),
    )


def _line_number(key: str = "line", title: str = "Line") -> Column:
    return column(key, title, QUANTITY, 52, getter=lambda row: _whole(getattr(row, key)))


def _whole(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


LINES_OF_INVOICE = (
    _line_number(),
    column("description", "Description", width=200),
    column("type", "Type", width=80),
    column("asset", "Asset", LINK, 160),
    column("start", "From", DATE, 108),
    column("end", "To", DATE, 108),
    column("quantity", "Quantity", QUANTITY, 80),
    price("unit_price", "Unit price", 92, text=price_text),
    column("amount", "Amount", MONEY, 105, total=True),
    column("tax", "Tax computed", MONEY, 105, total=True, hidden=True),
    column("balance", "Balance", MONEY, 105, total=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment, a credit or a refund as a line: what it is, and the place that it leads to."""

    id: str
    date: date
    number: str
    what: str
    amount: Money
    note: str
    link: str


def entry_of_payment(payment: InvoicePayment) -> Entry:
    """What a payment took off an invoice."""
    return Entry(
        payment.id,
        payment.date,
        payment.number,
        "Payment" if payment.amount.minor > 0 else "Payment given back",
        payment.amount,
        payment.reference,
        places.payment(payment.id),
    )


def entry_of_credit(credit: InvoiceCredit) -> Entry:
    """What a credit memo took off an invoice."""
    what = f"Credit memo: {memo_reason(credit.reason).lower()}"
    note = credit.note.replace("\n", " ")
    return Entry(credit.id, credit.date, credit.number, what, credit.amount, note, places.credit(credit.id))


def use_of_applied(applied: AppliedShape) -> Entry:
    """What a credit memo or a payment took off one line, or a void gave back."""
    done = "Applied to" if applied.amount.minor > 0 else "Given back by"
    what = f"{done} line {applied.line}, {applied.type.lower()}"
    key = f"{applied.invoice_id}/{applied.line}/{applied.date}/{done}"
    link = places.invoice(applied.invoice_id)
    return Entry(key, applied.date, applied.invoice, what, applied.amount, applied.description, link)


def use_of_refund(refund: RefundShape) -> Entry:
    """What was paid back out of a credit memo or a payment."""
    return Entry(refund.id, refund.date, "", f"Refund {refund.number}", refund.amount, "", "")


ENTRIES_OF_INVOICE = (
    column("date", "Date", DATE, 108),
    column("number", "Number", LINK, 120),
    column("what", "What", width=210),
    column("amount", "Amount", MONEY, 110, total=True),
    column("note", "Note", width=200),
)

USES_OF_CREDIT = (
    column("date", "Date", DATE, 108),
    column("what", "What", width=210),
    column("number", "Invoice", LINK, 120),
    column("amount", "Amount", MONEY, 110, total=True),
    column("note", "Line", width=200),
)

LINES_OF_CREDIT = (
    _line_number(),
    column("description", "Description", width=200),
    column("type", "Type", width=80),
    column("asset", "Asset", LINK, 150),
    column("start", "From", DATE, 108),
    column("end", "To", DATE, 108),
    column("invoice", "Invoice", LINK, 110),
    _line_number("invoice_line", "Its line"),
    column("amount", "Amount", MONEY, 105, total=True),
)

DOCUMENTS = (
    column("date", "Date", DATE, 108),
    column("number", "Number", LINK, 120),
    column("description", "Document", width=230),
    column("due", "Due", DATE, 108),
    column("amount", "Amount", MONEY, 110),
    column("balance", "Balance", MONEY, 110),
    column("open", "Open", MONEY, 110, total=True),
)

CREDITS = (
    column("number", "Credit memo", LINK, 115),
    column("account", "Account", LINK, 170),
    column("reason", "Reason", width=130, text=memo_reason),
    column("date", "Date", DATE, 108),
    column("invoice", "Invoice", LINK, 110),
    column("total", "Total", MONEY, 105, total=True),
    column("applied", "Applied", MONEY, 105, total=True),
    column("refunded", "Refunded", MONEY, 105, total=True),
    column("balance", "Left", MONEY, 105, total=True),
    column("note", "Note", width=180, hidden=True),
)

PAYMENTS = (
    column("number", "Payment", LINK, 115),
    column("account", "Account", LINK, 190),
    column("invoice", "Invoice", LINK, 115),
    column("date", "Date", DATE, 108),
    column("amount", "Amount", MONEY, 110, total=True),
    column("balance", "On account", MONEY, 110, total=True),
    column("reference", "Reference", width=200),
)


def _billing_words(row: OrderItemShape) -> str:
    return f"{row.frequency}, in {row.timing}, {row.boundary}"


ITEMS_OF_ORDER = (
    column("line", "Line", QUANTITY, 52, getter=lambda row: Decimal(row.line)),
    column("product", "Product", width=140),
    column("category", "Category", CHIP, 115),
    column("start", "Start", DATE, 108),
    column("end", "End", DATE, 108, text=display.last_day),
    column("quantity", "Quantity", QUANTITY, 80, total=True),
    price("list_price", "List price", hidden=True, text=price_text),
    column("discount", "Discount %", QUANTITY, 95, hidden=True),
    price("net_unit_price", "Net unit price", 120, text=price_text),
    column("price_unit", "Per", width=78),
    column(
        "term_count",
        "Terms",
        width=90,
        align=None,
        hidden=True,
        text=lambda count: display.NOTHING if count is None else f"{float(count):g}",
    ),
    column("billing", "Billing", width=190, getter=_billing_words),
    column("total", "Total", MONEY, 110, total=True),
)

STATE_PERIODS = (
    column("start", "Start", DATE, 120),
    column("end", "End", DATE, 120, text=lambda day: display.day(day) if day else "Open"),
    column("quantity", "Quantity", QUANTITY, 120, explains=True),
    column("amount", "Amount", MONEY, 140, total=True, explains=True),
    column("mrr", "MRR", MONEY, 140, explains=True),
    column("state", "State", CHIP, 100, hidden=True, getter=lambda row: AssetStatus.PAUSED.value if row.paused else ""),
)

SCHEDULES = (
    column("order", "Order", LINK, 105),
    column("category", "Category", width=92),
    column("status", "Status", CHIP, 145),
    column("start", "Start", DATE, 108),
    column("end", "End", DATE, 108, text=display.last_day),
    column("total", "Total", MONEY, 108, total=True),
    column("billed", "Billed", MONEY, 108, total=True),
    column("pending", "Pending", MONEY, 108, total=True),
    column("next_billing_date", "Next billing", DATE, 108, hidden=True),
    column("next_charge_from", "Next charge from", DATE, 130, hidden=True),
)

BILLING_ITEMS = (
    column("start", "From", DATE, 110),
    column("end", "To", DATE, 110),
    column("billing_date", "Billing date", DATE, 120),
    column("amount", "Amount", MONEY, 120, total=True),
    column("invoice", "Invoice", LINK, 130),
    column("kind", "Kind", width=110, text=words),
    column("quantity", "Used", QUANTITY, 100, hidden=True),
)

USAGE_PERIODS = (
    column("start", "From", DATE, 110),
    column("end", "To", DATE, 110),
    column("quantity", "Used", QUANTITY, 110, total=True),
    count("events", "Records", 84),
    column("amount", "Rated at", MONEY, 120, total=True),
    column("billed", "Billed", MONEY, 120, total=True),
    column("invoices", "Invoices", width=220, getter=lambda row: ", ".join(row.invoices)),
)

USAGE_RECORDS = (
    column("day", "Day", DATE, 108),
    column("at", "Time", width=150, getter=lambda row: f"{row.at:%Y-%m-%d %H:%M:%S}"),
    column("quantity", "Quantity", QUANTITY, 100),
    column("key", "Key", width=190),
    column("counts", "Counts", CHIP, 100, getter=lambda row: "Counts" if row.counts else "Replaced"),
    count("revision", "Revision", 82, hidden=True),
    column("reason", "Corrected because", width=220),
    column("invoice", "Rated on", LINK, 120),
)

SOURCES = (
    column("kind", "Source", width=150, text=SOURCE_WORDS.__getitem__),
    column("reference", "Reference", LINK, 180),
    column("system", "System", width=120),
    column("start", "Start", DATE, 108),
    column("end", "End", DATE, 108, text=lambda day: display.day(day) if day else "Open"),
    column("quantity", "Quantity", QUANTITY, 90, total=True),
    column("product_amount", "Product amount", MONEY, 125, total=True),
    column("adjustment", "Adjustment", MONEY, 110, total=True),
    column("estimated_tax", "Estimated tax", MONEY, 110, hidden=True, total=True),
    column("actual_tax", "Actual tax", MONEY, 110, hidden=True, total=True),
    column("subtotal", "Subtotal", MONEY, 120, total=True),
)


_DOCUMENT_PLACES: dict[str, Callable[[str], str]] = {
    "invoice": places.invoice,
    "mirror": places.invoice,
    "credit": places.credit,
    "payment": places.payment,
    "refund": lambda _: "",
}


def target_of(row: Any, key: str) -> str:
    """The place that a cell's link leads to; nothing where there is none."""
    if key == "account":
        return places.account(row.account_id)
    if key == "asset":
        return places.asset(row.asset_id)
    if key == "source":
        return places.order(row.order_id) if row.order_id else places.action(row.id)
    if key == "name":
        return places.asset(row.id) if isinstance(row, AssetHead) else places.account(row.id)
    if key == "order":
        return places.order(row.order) if row.order else ""
    if key == "invoice":
        name = getattr(row, "invoice_id", None) or row.invoice
        return places.invoice(name) if name else ""
    if isinstance(row, Entry):
        return row.link
    if isinstance(row, PaymentHead):
        return places.payment(row.id)
    if isinstance(row, StatementEntry):
        return _DOCUMENT_PLACES[row.kind](row.id)
    if isinstance(row, CreditMemoHead) and key == "number":
        return places.credit(row.id)
    if key == "number":
        return places.invoice(row.id) if hasattr(row, "settlement") else places.order(row.id)
    return ""


_FIGURES = {
    "quantity": Figure.QUANTITY,
    "amount": Figure.AMOUNT,
    "mrr": Figure.MRR,
    "quantity_change": Figure.QUANTITY,
    "amount_change": Figure.AMOUNT,
    "mrr_change": Figure.MRR,
    "total": Figure.AMOUNT,
    "balance": Figure.INVOICE_LINE_BALANCE,
    "invoice_line_balance": Figure.INVOICE_LINE_BALANCE,
}


def why_of(row: Any, key: str, as_of: date | None = None) -> Explain | None:
    """The question why a cell's figure is what it is; None where it cannot be asked."""
    figure = _FIGURES.get(key)
    if figure is None:
        return None
    match row:
        case AccountRow():
            return Explain("account", row.id, figure, as_of, row.currency)
        case AssetHead():
            return Explain("asset", row.id, figure, as_of)
        case ActionRow():
            return Explain("action", row.id, figure, as_of)
        case OrderRow():
            return Explain("order", row.id, figure, as_of)
        case InvoiceHead():
            return Explain("invoice", row.id, figure, as_of)
        case InvoiceLineRow():
            return Explain("invoice", row.invoice_id, figure, as_of)
    return None


def newest_first(table: RecordTable, key: str) -> None:
    """Sort a table by a day, unless a person has chosen another order before."""
    if not table.model.sorted_by:
        table.sort_by(key, descending=True)

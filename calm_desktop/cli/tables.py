"""Answers as tables for people: which of its parts each answer shows, and how a figure is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calm_desktop.cli.headings import (
    ACCOUNT_BALANCE,
    ACTION,
    AGING,
    APPLIED,
    ASSET,
    BILLING_ITEM,
    CREDIT,
    CREDIT_LINE,
    CREDIT_MEMO,
    HOLD,
    INVOICE,
    INVOICE_LINE,
    ORDER_ITEM,
    PAYMENT,
    REFUND,
    SCHEDULE,
    SOURCE,
    STATE_PERIOD,
    STATEMENT_ENTRY,
    USAGE,
    USAGE_PERIOD,
)
from calm_desktop.engine.fields import SUFFIX
from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.money import Money, plain, price_text, ratio_text

if TYPE_CHECKING:
    from rich.console import RenderableType

Row = Mapping[str, object]

MANY = 50
"""More rows than this of what a run made are for a list, not for its answer."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a title, a row for each thing (headings are its keys), and a word for when there is none.

    With `facts`, the single row is written as a list of headings and values.
    """

    title: str
    rows: tuple[Row, ...]
    none: str = "None."
    facts: bool = False


def rows_of(title: str, things: Iterable[object], columns: Mapping[str, str], none: str = "None.") -> Sheet:
    """A sheet of things: `columns` says which attribute stands under which heading."""
    rows = ({heading: _figure(thing, attribute) for heading, attribute in columns.items()} for thing in things)
    return Sheet(title, tuple(map(seen, rows)), none)


def seen(row: Row) -> Row:
    """A row without what is hidden from the caller."""
    return {heading: value for heading, value in row.items() if value is not HIDDEN}


class Price(str):
    """A unit price with the decimals of its currency, ready to be shown."""


IN_FIELDS = "fields."
"""How a column names a field of one's own among the attributes of things."""


def with_fields(columns: Mapping[str, str], things: Iterable[Any]) -> dict[str, str]:
    """The columns of things, and behind them one for each of their fields."""
    first = next(iter(things), None)
    own = {name: IN_FIELDS + name for name in getattr(first, "fields", ())}
    return {**columns, **beside(columns, own)}


def beside(known: Iterable[str], own: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under the names of fields of one's own, so that none hides a heading that is there already."""
    taken = set(known)
    return {name + SUFFIX if name in taken else name: value for name, value in own.items()}


def _figure(thing: Any, attribute: str) -> object:
    if attribute.startswith(IN_FIELDS):
        return thing.fields[attribute.removeprefix(IN_FIELDS)]
    value = getattr(thing, attribute)
    if isinstance(value, Decimal):
        from calm_desktop.services.currencies import currency_named
        from calm_desktop.services.wire import PRICES

        if attribute not in PRICES:
            return value
        return Price(price_text(value, currency_named(getattr(thing, "currency"))))  # noqa: B009
    return value


def facts(title: str, row: Row) -> Sheet:
    """A sheet of single facts."""
    return Sheet(title, (seen(row),), facts=True)


def drawn(sheet: Sheet) -> list[RenderableType]:
    """The sheet as rich draws it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = []
    if sheet.title:
        parts.append(Text(calm(sheet.title), style="bold"))
    if not sheet.rows:
        return [*parts, Text(sheet.none), Text()]
    if sheet.facts:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for heading, value in sheet.rows[0].items():
            table.add_row(Text(heading, style="dim"), Text(cell(value)))
        return [*parts, table, Text()]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in sheet.rows[0]:
        numbers = all(
            isinstance(row[heading], (Money, Decimal, Price, int, Fraction, type(None)))
            and not isinstance(row[heading], bool)
            for row in sheet.rows
        )
        table.add_column(
            Text(heading), justify="right" if numbers else "left", no_wrap=numbers, overflow="fold", header_style="dim"
        )
    for row in sheet.rows:
        table.add_row(*(Text(cell(value)) for value in row.values()))
    return [*parts, table, Text()]


def cell(value: object) -> str:
    """A value as people read it: thousands apart, days as YYYY-MM-DD, nothing for no value."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Money():
            return f"{value.amount:,f}"
        case Decimal():
            whole, dot, decimals = plain(value).partition(".")
            return f"{int(whole):,}{dot}{decimals}" if not whole.startswith("-0") else plain(value)
        case Fraction():
            return ratio_text(value, trim=True)
        case int():
            return f"{value:,}"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case tuple() | list():
            return ", ".join(cell(part) for part in value)
        case dict():
            return ", ".join(f"{key}: {cell(part)}" for key, part in value.items())
    return calm(str(value))


def calm(text: str) -> str:
    """A text without characters that steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def order_sheets(result: Any) -> list[Sheet]:
    """What sales, renewals, changes, activations and the two steps answer."""
    sheets = [_order_sheet(order) for order in result.orders]
    for shape in result.assets:
        sheets.extend(asset_sheets(shape, actions=False, billing=False))
        credits_due = _credits_of(result, shape)
        if credits_due:
            sheets.append(rows_of("Credits and corrections that follow", credits_due, CREDIT))
    if result.overrides_needed:
        words = " ".join(problem.message for problem in result.overrides_needed)
        sheets.append(Sheet("Needs --override REASON", (), words))
    return sheets


def _credits_of(result: Any, shape: Any) -> list[Any]:
    """What the orders of a result credit of an asset."""
    mine = {item.id for order in result.orders for item in order.items}
    return [
        part
        for plan in shape.billing.schedules
        if plan.order_item in mine
        for part in plan.items
        if part.kind in ("credit", "correction")
    ]


def _order_sheet(order: Any) -> Sheet:
    title = f"Order {order.number} ({order.kind}, {order.status}) for {order.account}: {money(order.total)}"
    return rows_of(title, order.items, ORDER_ITEM)


def money(amount: Money) -> str:
    """An amount with its currency; nothing of one that is hidden."""
    if amount is HIDDEN:
        return ""
    return f"{cell(amount)} {amount.currency.code}"


def asset_sheets(shape: Any, actions: bool = True, billing: bool = True) -> list[Sheet]:
    """`show asset`, with or without what was done to it and how it is billed."""
    head = shape.asset
    figures = {
        "Number": head.number,
        "Account": head.account,
        "Product": f"{head.product} ({head.product_name}, {head.kind})",
        "Status": head.status,
        "Quantity": head.quantity,
        "Amount": money(head.amount),
        "MRR": money(head.mrr),
        "Lifetime amount": money(head.total_lifecycle_amount),
        "Lifecycle": span(head.lifecycle_start, head.lifecycle_end),
        "Renewal": renewal(head),
        "Id": head.id,
    }
    figures |= beside(figures, head.fields)
    sheets = [
        facts(f"Asset {head.name}", figures),
        *_hold_sheets(shape.hold),
        rows_of("State periods", shape.state_periods, STATE_PERIOD, "No state period."),
    ]
    if actions:
        sheets.append(rows_of("Actions", shape.actions, ACTION))
    if billing:
        sheets.extend(_billing_sheets(shape.billing))
    return sheets


def _billing_sheets(billing: Any) -> list[Sheet]:
    if billing.group is None:
        return [Sheet("Billing", (), "No billing schedule yet.")]
    group = billing.group
    figures = {
        "Days": span(group.start, group.end),
        "Billed": group.total_billed,
        "Pending": group.total_pending,
        "Next billing": group.next_billing_date,
    }
    sheets = [facts("Billing", figures), rows_of("Schedules", billing.schedules, SCHEDULE)]
    sheets += [
        rows_of(f"{schedule.category} schedule from {schedule.start}", schedule.items, BILLING_ITEM)
        for schedule in billing.schedules
    ]
    return sheets


def span(start: date, end: date | None) -> str:
    """Two days, or a start without an end."""
    return f"{start} to {end}" if end else f"from {start}"


def renewal(head: Any) -> str:
    """What a renewal of the asset takes when it is not told."""
    term = f"{head.renewal_term} {head.renewal_term_unit or 'months'}" if head.renewal_term else "as last time"
    return f"term {term}, price {head.renewal_pricing or 'last'}"


def account_sheets(shape: Any) -> list[Sheet]:
    """`show account`."""
    head = shape.account
    figures = {
        "Number": head.number,
        "Currency": head.currency,
        "Country": head.country,
        "Tax profile": head.tax_profile,
        "Bill to": head.bill_to,
        "Bill day": head.bill_day,
        "Payment": f"{head.payment_days} days",
        "Id": head.id,
    }
    figures |= beside(figures, head.fields)
    cards = {
        "Currency": "currency",
        "Quantity": "quantity",
        "Amount": "amount",
        "MRR": "mrr",
        "Invoice line balance": "invoice_line_balance",
    }
    return [
        facts(f"Account {head.name}", figures),
        *_hold_sheets(shape.hold),
        rows_of(f"As of {shape.as_of}", shape.cards, cards, "Nothing owned or billed."),
        *([rows_of("Balances", shape.balances, ACCOUNT_BALANCE)] if _has_more(shape.balances) else []),
        *_reporting_sheets(shape.reporting),
        rows_of("Assets", shape.assets, with_fields(ASSET, shape.assets), "No assets."),
    ]


def _has_more(balances: Iterable[Any]) -> bool:
    """Whether there is money on account or credit, so that a balance differs from what invoices have open."""
    return any(each.on_account or each.credit for each in balances)


def _hold_sheets(hold: Any) -> list[Sheet]:
    """What keeps runs from invoicing, where anything does."""
    return [] if hold is None else [rows_of("On hold", [hold], HOLD)]


def _reporting_sheets(shown: Any) -> list[Sheet]:
    """Figures in the reporting currency, where there is one and anything is converted into it."""
    if shown is None or not shown.is_converted:
        return []
    unknown = f"unknown: no exchange rate of {', '.join(shown.missing)} on or before {shown.as_of}; see `rate add`"
    figures: dict[str, object] = {
        "Amount": unknown if shown.amount is None else money(shown.amount),
        "MRR": unknown if shown.mrr is None else money(shown.mrr),
        "Invoice line balance": unknown if shown.invoice_line_balance is None else money(shown.invoice_line_balance),
    }
    for rate in shown.rates:
        other = f" (one divided by {plain(rate.inverse_of)}, the rate the other way)" if rate.inverse_of else ""
        figures[f"1 {rate.currency}"] = f"{plain(rate.rate)} {shown.currency} since {rate.from_}{other}"
    return [facts(f"Converted into {shown.currency} as of {shown.as_of}", figures)]


def shown_order_sheets(shape: Any) -> list[Sheet]:
    """`show order`."""
    assets = rows_of("Assets", shape.assets, with_fields(ASSET, shape.assets), "No assets yet.")
    return [*set_order_sheets(shape.order), assets]


def set_order_sheets(order: Any) -> list[Sheet]:
    """An order with what it says in fields of one's own."""
    return [_order_sheet(order), *([facts("Fields", order.fields)] if order.fields else [])]


def invoice_sheets(shape: Any) -> list[Sheet]:
    """`show invoice`."""
    head = shape.invoice
    title = f"Invoice {head.number or head.id} ({head.status}, {head.settlement}) for {head.account}"
    figures = {
        "Date": head.date,
        "Due": head.due,
        "Charges": money(head.charges),
        "Tax": money(head.tax),
        "Total": money(head.total),
        "Balance": money(head.balance),
    }
    if head.voids:
        figures["Voids"] = head.voids
    if head.voided_by:
        figures["Voided by"] = head.voided_by
    if head.converted_negative_amount:
        figures["Converted negative amount"] = money(head.converted_negative_amount)
    sheets = [facts(title, figures), rows_of("Lines", shape.lines, INVOICE_LINE)]
    if shape.payments:
        columns = {"Number": "number", "Date": "date", "Amount": "amount", "Reference": "reference"}
        sheets.append(rows_of("Payments", shape.payments, columns))
    if shape.credits:
        columns = {"Number": "number", "Date": "date", "Reason": "reason", "Amount": "amount", "Note": "note"}
        sheets.append(rows_of("Credits", shape.credits, columns))
    return sheets


def payment_sheets(shape: Any) -> list[Sheet]:
    """`show payment`."""
    return [
        rows_of("Payment", [shape.payment], PAYMENT),
        rows_of("Applied", shape.applied, APPLIED, "Not applied."),
        *([rows_of("Refunds", shape.refunds, REFUND)] if shape.refunds else []),
    ]


def payment_result_sheets(result: Any) -> list[Sheet]:
    """What paying, and applying money on account, answer."""
    return [*payment_sheets(result), _lowered(result)]


def credit_sheets(shape: Any) -> list[Sheet]:
    """`show credit`."""
    return [
        rows_of("Credit memo", [shape.credit], CREDIT_MEMO),
        rows_of("Lines", shape.lines, CREDIT_LINE),
        rows_of("Applied", shape.applied, APPLIED, "Not applied."),
        rows_of("Refunds", shape.refunds, REFUND, "Not refunded."),
    ]


def credit_result_sheets(result: Any) -> list[Sheet]:
    """What crediting, converting and applying answer."""
    return [*credit_sheets(result), _lowered(result)]


def applied_sheets(result: Any) -> list[Sheet]:
    """What applying answers: that of a payment, or of a credit memo."""
    return payment_result_sheets(result) if hasattr(result, "payment") else credit_result_sheets(result)


def refund_result_sheets(result: Any) -> list[Sheet]:
    """What refunding answers."""
    sheets = [rows_of("Refund", [result.refund], REFUND)]
    if result.credit is not None:
        sheets.append(rows_of("Credit memo", [result.credit], CREDIT_MEMO))
    if result.payment is not None:
        sheets.append(rows_of("Payment", [result.payment], PAYMENT))
    return sheets


def void_result_sheets(result: Any) -> list[Sheet]:
    """What voiding and correcting answer."""
    sheets = [
        rows_of(title, (shape.invoice for shape in shapes), INVOICE)
        for title, shapes in (
            ("Voided", result.invoices),
            ("Mirrors", result.mirrors),
            ("Drafts of the same items; `post` makes them final", result.drafts),
        )
        if shapes
    ]
    if result.payments:
        sheets.append(rows_of("Payments given back, kept on account", result.payments, PAYMENT))
    if result.credits:
        sheets.append(rows_of("Credit given back to its memos", result.credits, CREDIT_MEMO))
    if not result.drafts:
        sheets.append(Sheet("", (), "What was billed is pending again: the next run bills it."))
    return sheets


def hold_result_sheets(result: Any) -> list[Sheet]:
    """What setting and releasing a hold answer."""
    sheets = [rows_of("Hold", [result.hold], HOLD)]
    if result.replaced is not None:
        sheets.append(rows_of("It replaces", [result.replaced], HOLD))
    return sheets


def statement_sheets(shape: Any) -> list[Sheet]:
    """`statement`."""
    title = f"Statement of account for {shape.account.name}, {shape.start} to {shape.end}"
    sheets = [facts(title, {"Number": shape.account.number, "To": ", ".join(shape.address)})]
    for part in shape.parts:
        sheets += [
            rows_of(f"{part.currency}: opening balance {money(part.opening)}", part.entries, STATEMENT_ENTRY),
            rows_of("Closing balance", [part.closing], ACCOUNT_BALANCE),
            rows_of("Open on invoices, by days overdue", [part.aging], AGING),
        ]
    return sheets


def _lowered(result: Any) -> Sheet:
    return rows_of("Invoices", (shape.invoice for shape in result.invoices), INVOICE)


def invoice_result_sheets(result: Any, drafts: bool = False) -> list[Sheet]:
    """What an invoice run, an invoice from order and posting answer; `drafts` says how to go on with what is made."""
    shown, memos = result.invoices[:MANY], result.credits[:MANY]
    title = "Invoices"
    if len(shown) < result.count:
        title = f"The first {len(shown)} of {result.count:,} invoices; `list invoices` shows all"
    sheets = []
    if shown or not (result.count or result.credit_count):
        sheets.append(rows_of(title, (shape.invoice for shape in shown), INVOICE, "Nothing was due."))
    if memos:
        title = "Credit memos"
        if len(memos) < result.credit_count:
            title = f"The first {len(memos)} of {result.credit_count:,} credit memos; `list credits` shows all"
        sheets.append(rows_of(title, (shape.credit for shape in memos), CREDIT_MEMO))
    elif result.credit_count:
        sheets.append(Sheet("Credit memos", (), f"{result.credit_count:,}; `list credits` shows them."))
    if result.skipped:
        sheets.append(rows_of("Skipped", result.skipped, {"Account": "account", "Reason": "reason"}))
    if result.totals:
        totals = {"Currency": "currency", "Invoices": "invoices", "Charges": "charges", "Tax": "tax"}
        sheets.append(rows_of("Totals", result.totals, totals))
    if result.warnings:
        more = result.warning_count - len(result.warnings[:MANY])
        title = f"The paper's font lacks characters{f'; {more:,} more texts do' if more else ''}"
        lacks = {"Invoice": "called", "Account": "account", "Text": "text", "Characters": "characters"}
        sheets.append(rows_of(title, result.warnings[:MANY], lacks))
    if drafts and result.count:
        sheets.append(
            Sheet("", (), f"To post or drop all of them: `post --run {result.request_id}`, `drop --run ...`.")
        )
    return sheets


def action_sheets(detail: Any) -> list[Sheet]:
    """`show action`."""
    action = detail.action
    figures = {
        "Asset": detail.asset.name,
        "Account": detail.asset.account,
        "Recorded": action.action_date,
        "Effective": action.effective_date,
        "Type": action.type,
        "Quantity": f"{cell(action.quantity_change)}, then {cell(action.totals.quantity)}",
        "Amount": f"{money(action.amount_change)}, then {money(action.totals.amount)}",
        "MRR": f"{money(action.mrr_change)}, then {money(action.totals.mrr)}",
        **{f"Linked, {each.account}": f"{each.asset} ({each.id})" for each in detail.linked},
        "Id": action.id,
    }
    return [facts(action.category, figures), rows_of("Related sources", action.sources, SOURCE)]


FIGURES = {"quantity": "quantity", "amount": "amount", "mrr": "MRR", "invoice-line-balance": "invoice line balance"}


def explanation_sheets(explanations: Iterable[Any]) -> list[Sheet]:
    """`show ... --explain`: the lines with what makes each of them, and their sum."""
    return [_explanation_sheet(each) for each in explanations]


def _explanation_sheet(shown: Any) -> Sheet:
    rows: list[Row] = []
    for line in shown.lines:
        rows.append({"Kind": line.kind, "What": line.description, "Of which": None, "Value": line.value})
        rows += [
            {"Kind": f"  {part.kind}", "What": part.description, "Of which": part.value, "Value": None}
            for part in line.parts
        ]
    total = money(shown.value) if isinstance(shown.value, Money) else f"{cell(shown.value)} (in {shown.currency})"
    by = ", by all that is recorded" if shown.as_of is None else f" as of {shown.as_of}"
    title = f"Why {FIGURES[shown.figure]} of {shown.of} is {total}{by}"
    if not rows:
        return Sheet(title, (), "Nothing counts on that day.")
    if all(row["Of which"] is None for row in rows):
        rows = [{heading: value for heading, value in row.items() if heading != "Of which"} for row in rows]
    last: Row = dict.fromkeys(rows[0]) | {"Kind": "Sum", "Value": shown.value}
    return Sheet(title, (*rows, last))


def import_sheets(result: Any) -> list[Sheet]:
    """What an import answers."""
    names = ("read", "new", "changed", "same", "skipped", "cancelled", "rejected")
    counts = facts("Import", {"Batch": result.batch, **{name.capitalize(): getattr(result, name) for name in names}})
    sheets = [counts]
    if result.problems:
        columns = ("file", "row", "column", "found", "expected", "fix")
        title = _first_of("Problems", len(result.problems), result.problem_count)
        sheets.append(rows_of(title, result.problems, {name.capitalize(): name for name in columns}))
    if result.changed_rows:
        differs = tuple(
            {"File": row.file, "Row": row.row, "Field": each.field, "Before": each.before, "Now": each.now}
            for row in result.changed_rows
            for each in row.differences
        )
        sheets.append(Sheet("Changed", differs))
    if result.skipped_rows:
        reasons: dict[str, int] = {}
        for row in result.skipped_rows:
            reasons[row.reason] = reasons.get(row.reason, 0) + 1
        title = _first_of("Left out", len(result.skipped_rows), result.skipped_count)
        sheets.append(Sheet(title, tuple({"Rows": count, "Reason": reason} for reason, count in reasons.items())))
    return sheets


def _first_of(title: str, shown: int, count: int) -> str:
    """A title that says where not all is shown."""
    return title if shown >= count else f"{title}: the first {shown:,} of {count:,}"


def import_undone_sheets(result: Any) -> list[Sheet]:
    """What taking an import back answers."""
    undone = {name.capitalize(): getattr(result, name) for name in ("orders", "assets", "actions", "usage", "payments")}
    withdrawn = {f"{name.capitalize()} withdrawn": getattr(result, name) for name in ("accounts", "products", "prices")}
    told = {"Batch": result.batch, "Files": result.files, **undone, **withdrawn, "Brought back": result.restored}
    return [facts("Import taken back", told)]


def usage_price_sheets(found: Any) -> list[Sheet]:
    """What `product usage` answers."""
    none = "None: use is rated flat, at the price at which it was sold."
    return [Sheet(f"Usage prices of {found.product}", tuple(_usage_price(price) for price in found.prices), none)]


def _usage_price(price: Any) -> Row:
    tiers = ", ".join(
        f"{'beyond' if tier.up_to is None else f'to {cell(tier.up_to)}'}: {cell(tier.unit)} each, {cell(tier.flat)} fee"
        for tier in price.tiers
    )
    package = None if price.package_size is None else f"{cell(price.package_size)} for {cell(price.package_price)}"
    return {
        "Currency": price.currency,
        "From": price.start,
        "Model": price.model,
        "Included": price.included,
        "Tiers": tiers,
        "Package": package,
        "Percent": price.percent,
        "Fee": price.fixed_fee,
        "Free units": price.free_units,
        "Free events": price.free_events,
    }


def usage_sheets(result: Any) -> list[Sheet]:
    """What recording and correcting use answer."""
    period = [] if result.period is None else [result.period]
    return [
        rows_of("Recorded" if result.new else "Recorded before", [result.record], USAGE),
        rows_of("Its billing period", period, USAGE_PERIOD, "No billing period yet."),
    ]


def usage_import_sheets(result: Any) -> list[Sheet]:
    """What an import of use answers."""
    names = ("read", "new", "same", "rejected", "stored")
    sheets = [facts("Import of use", {name.capitalize(): getattr(result, name) for name in names})]
    if result.problems:
        columns = ("file", "row", "column", "found", "expected", "fix")
        sheets.append(rows_of("Problems", result.problems, {name.capitalize(): name for name in columns}))
    return sheets


def settings_sheets(settings: Mapping[str, str]) -> list[Sheet]:
    """`settings show`."""
    return [facts("Settings", dict(settings))]

"""Invoicing: runs up to a target date, invoices from orders, and posting drafts.

A run proposes every billing period item that is due and not on an invoice yet, so running it again makes nothing; it
is one transaction, so one that is interrupted leaves nothing half done and is simply run again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, true

from calm_desktop.engine.catalog import ItemKind, OrderStatus, PriceUnit
from calm_desktop.engine.invoicing import (
    CreditMode,
    Due,
    Grouping,
    InvoiceStatus,
    Proposal,
    TaxMode,
    propose,
    propose_memos,
)
from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.engine.rating import Rate
from calm_desktop.services.boundary import use_case
from calm_desktop.services.credit_runs import write_memos
from calm_desktop.services.credited import tax_left
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.evergreens import still_to_lay_out
from calm_desktop.services.holds import held_back
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.invoice_writing import (
    Tally,
    drafts_named,
    invoice_numbers,
    line_text,
    tell_of_invoices,
    texts_by_invoice,
    write_invoices,
)
from calm_desktop.services.lettering import PaperWarnings
from calm_desktop.services.lookup import find, find_each
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import InvoiceOrder, PostInvoices, RunInvoices
from calm_desktop.services.scheduling import item_rows, write_items
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import InvoiceListing, InvoiceResult, ListedInvoice, PaperWarning, SkippedAccount
from calm_desktop.services.taxes import TaxRates
from calm_desktop.services.tx import Tx
from calm_desktop.services.usage_rating import USE, billed_use, lay_out_use
from calm_desktop.services.views import credit_shapes, invoice_heads_of, invoice_shapes
from calm_desktop.store import documents, tables

_PORTION = 2000
"""Due items that are worked on at a time; an account's items stay together."""

MOST_CHOSEN = 10_000
"""Accounts that a run can be limited to."""


def _check_days(through: date, invoice_date: date | None) -> None:
    refuse_if([*problems_of_day("through", through), *problems_of_day("date", invoice_date)])


@use_case(Permission.INVOICE)
def run(tx: Tx, request: RunInvoices) -> InvoiceResult:
    """Invoice everything that is due up to a day (DOMAIN 5.2), of the accounts or the asset that are named, if any."""
    _check_days(request.through, request.invoice_date)
    named = (request.account,) if isinstance(request.account, str) else request.account
    accounts = find_each(tx, "account", filter(None, named))
    if len(accounts) > MOST_CHOSEN:
        words = f"{len(accounts):,} accounts are chosen; a run takes {MOST_CHOSEN:,} at most, or all there are."
        raise Refused(Problem("too-many-accounts", "account", words))
    scope: ColumnElement[bool] = true()
    if request.asset:
        scope = and_(scope, tables.order_item.c.asset_id == find(tx, "asset", request.asset))
    if accounts:
        scope = and_(scope, tables.sales_order.c.account_id.in_(accounts))
    if request.order:
        scope = and_(scope, tables.order_item.c.order_id == find(tx, "order", request.order))
    if request.schedules:
        scope = and_(scope, tables.billing_schedule.c.id.in_(schedules_named(tx, request.schedules)))
    work = _Run(tx, request.through, request.invoice_date, request.draft)
    if request.listed:
        work.listing = InvoiceListing()
    work.invoice(scope)
    nothing = f"nothing is due up to {request.through}"
    if accounts:
        work.skipped.extend(SkippedAccount(name, nothing) for name in work.without_any(accounts))
    elif request.asset and not work.found_any:
        work.skipped.append(SkippedAccount(request.asset, nothing))
    return work.result(request.show)


@use_case(Permission.INVOICE)
def invoice_order(tx: Tx, request: InvoiceOrder) -> InvoiceResult:
    """Invoice one order, an invoice for each of its items (DOMAIN 5.4).

    Refused while earlier orders of its assets have pending amounts, unless they are finished first or a reason is
    stated (DOMAIN 5.5).
    """
    order = find(tx, "order", request.order)
    row = tx.db.execute(select(tables.sales_order).where(tables.sales_order.c.id == order)).one()
    items, schedules = tables.order_item.c, tables.billing_schedule.c
    billed = (
        select(schedules.id).join(tables.order_item, items.id == schedules.order_item_id).where(items.order_id == order)
    )
    if row.status != OrderStatus.ACTIVATED.value or tx.db.scalar(billed) is None:
        words = f"Order {row.number} has no billing schedules yet. Activate it, then create its assets and schedules."
        raise Refused(Problem("no-schedules", "order", words))
    through, day = request.through or row.effective_date, request.invoice_date or row.effective_date
    _check_days(through, day)
    work = _Run(tx, through, day, request.draft)
    earlier = _earlier_schedules(tx, order)
    pending = _pending(tx, earlier)
    if pending and request.finish_first:
        ahead = _Run(tx, max(through, *(each.last_date for each in pending)), None, request.draft)
        ahead.invoice(tables.billing_schedule.c.id.in_(earlier))
        work.adopt(ahead)
        if ahead.skipped:
            return work.result()
        # What stands on drafts is pending still; drafts of both may wait together.
        pending = [] if request.draft else _pending(tx, earlier)
    if pending:
        tx.refuse_unless_overridden(_pending_problem(row.number, pending))
    work.invoice(tables.order_item.c.order_id == order, by_item=True)
    if not work.found_any:
        name = tx.db.execute(select(tables.account.c.name).where(tables.account.c.id == row.account_id)).scalar_one()
        work.skipped.append(SkippedAccount(name, f"nothing of order {row.number} is due up to {through}"))
    return work.result()


def schedules_named(tx: Tx, names: Sequence[str]) -> list[int]:
    """The billing schedules of these ids. Refuses those that there are not, and more than a run takes."""
    numbers = {text: number_of("schedule", text.strip()) for text in names}
    if len(numbers) > MOST_CHOSEN:
        words = f"{len(numbers):,} billing schedules are chosen; a run takes {MOST_CHOSEN:,} at most."
        raise Refused(Problem("too-many-schedules", "schedules", words))
    plans = tables.billing_schedule.c
    wanted = among(plans.id, sorted({number for number in numbers.values() if number is not None}))
    known = {row.id for row in rows_in(tx, select(plans.id), wanted)}
    refuse_if(
        Problem("unknown-billing-schedule", "schedules", f"There is no billing schedule {text!r}.")
        for text, number in numbers.items()
        if number not in known
    )
    return sorted(known)


@dataclass(frozen=True, slots=True)
class _Pending:
    asset: str
    order: str
    amount: int
    currency: str
    last_date: date
    on_drafts: bool


def _earlier_schedules(tx: Tx, order: int) -> list[int]:
    """Schedules of the order's assets whose service starts before the order's does."""
    items, schedules = tables.order_item.c, tables.billing_schedule.c
    own = tables.order_item.alias("own").c
    starts = (
        select(own.asset_id, func.min(own.start).label("start"))
        .where(own.order_id == order)
        .group_by(own.asset_id)
        .subquery()
    )
    query = (
        select(schedules.id)
        .join(tables.order_item, items.id == schedules.order_item_id)
        .join(starts, starts.c.asset_id == items.asset_id)
        .where(items.order_id != order, items.start < starts.c.start)
        .order_by(schedules.id)
    )
    return list(tx.db.scalars(query))


def _pending(tx: Tx, schedules: Sequence[int]) -> list[_Pending]:
    """What is not on a posted invoice yet, by order."""
    parts, plans, items = tables.billing_item.c, tables.billing_schedule.c, tables.order_item.c
    orders, lines, invoices = tables.sales_order.c, tables.invoice_line.c, tables.invoice.c
    query = (
        select(
            items.asset_name,
            orders.number,
            orders.currency,
            func.sum(parts.amount).label("amount"),
            func.max(parts.billing_date).label("last_date"),
            (func.count(parts.invoice_line_id) == func.count()).label("on_drafts"),
        )
        .select_from(tables.billing_item)
        .join(tables.billing_schedule, plans.id == parts.schedule_id)
        .join(tables.order_item, items.id == plans.order_item_id)
        .join(tables.sales_order, orders.id == items.order_id)
        .outerjoin(tables.invoice_line, lines.id == parts.invoice_line_id)
        .outerjoin(tables.invoice, invoices.id == lines.invoice_id)
        .where(
            plans.id.in_(schedules),
            parts.memo_line_id.is_(None),
            func.coalesce(invoices.status, "") != InvoiceStatus.POSTED.value,
        )
        .group_by(items.asset_name, orders.number, orders.currency)
        .order_by(orders.number)
    )
    rows = tx.db.execute(query)
    return [
        _Pending(row.asset_name, row.number, int(row.amount), row.currency, row.last_date, row.on_drafts)
        for row in rows
        if row.amount
    ]


def _pending_problem(number: str, pending: Sequence[_Pending]) -> Problem:
    sums = ", ".join(
        f"{money.amount} {money.currency.code} of order {each.order} ({each.asset})"
        for each in pending
        for money in (currency_named(each.currency).money(each.amount),)
    )
    if all(each.on_drafts for each in pending):
        first = "Post its draft invoices first"
    else:
        first = f"Invoice that first (a run through {max(each.last_date for each in pending)}, or finish it first)"
    words = f"Order {number} cannot be invoiced yet: still pending is {sums}. {first}, or state a reason to go on."
    return Problem("earlier-order-pending", "order", words, overridable=True)


def _spent_credit() -> ColumnElement[bool]:
    """A credit of nothing: all that was billed had been credited before. It is on record, but on no paper."""
    parts = tables.billing_item.c
    return and_(parts.kind == ItemKind.CREDIT.value, parts.amount == 0)


def _due_query() -> Select[Any]:
    """The number and the account of billing period items that are on no invoice and no credit memo, by account."""
    parts, plans, items, orders = tables.billing_item, tables.billing_schedule, tables.order_item, tables.sales_order
    return (
        select(parts.c.id, orders.c.account_id)
        .select_from(parts)
        .join(plans, plans.c.id == parts.c.schedule_id)
        .join(items, items.c.id == plans.c.order_item_id)
        .join(orders, orders.c.id == items.c.order_id)
        .where(parts.c.invoice_line_id.is_(None), parts.c.memo_line_id.is_(None), ~_spent_credit())
        .order_by(orders.c.account_id, parts.c.billing_date, parts.c.id)
    )


def _portions(due: Iterable[Any]) -> tuple[array[int], array[int]]:
    """Due items, given in order of their accounts: their numbers, and how many there are up to the end of each portion.

    An account's items are never torn apart: they may share an invoice.
    """
    numbers, ends = array("q"), array("q")
    account, size = None, 0
    for number, owner in due:
        if owner != account:
            account = owner
            if len(numbers) - size >= _PORTION:
                size = len(numbers)
                ends.append(size)
        numbers.append(number)
    ends.append(len(numbers))
    return numbers, ends


def _billed_query() -> Select[Any]:
    """Billing period items with what a `Due` needs, in the order of `_due_query`.

    What credits another item has that one's tax with it: the rate of its line, where it is on one.
    """
    parts, items, orders, plans = tables.billing_item, tables.order_item, tables.sales_order, tables.billing_schedule
    credited, credited_plan = parts.alias("credited"), plans.alias("credited_plan")
    credited_item, lines = items.alias("credited_item"), tables.invoice_line.alias("credited_line")
    return (
        _due_query()
        .with_only_columns(
            parts.c.id,
            parts.c.start,
            parts.c.end,
            parts.c.billing_date,
            parts.c.amount,
            parts.c.kind,
            func.coalesce(parts.c.quantity, items.c.quantity, type_=tables.QUANTITY).label("quantity"),
            items.c.id.label("order_item_id"),
            items.c.order_id,
            items.c.asset_id,
            items.c.asset_name,
            items.c.unit_price,
            items.c.discount,
            items.c.discount_amount,
            items.c.price_unit,
            items.c.tax_category,
            orders.c.account_id,
            orders.c.currency,
            parts.c.credits_id,
            credited.c.billing_date.label("credited_date"),
            func.coalesce(lines.c.tax_category, credited_item.c.tax_category).label("credited_category"),
            lines.c.id.label("credited_line"),
            lines.c.tax_rate.label("credited_rate"),
        )
        .outerjoin(credited, credited.c.id == parts.c.credits_id)
        .outerjoin(credited_plan, credited_plan.c.id == credited.c.schedule_id)
        .outerjoin(credited_item, credited_item.c.id == credited_plan.c.order_item_id)
        .outerjoin(lines, lines.c.id == credited.c.invoice_line_id)
    )


class _Run:
    """One piece of invoicing: what it made and what it passed over."""

    def __init__(self, tx: Tx, through: date, invoice_date: date | None, draft: bool) -> None:
        self.tx, self.through, self.invoice_date = tx, through, invoice_date
        self.status = InvoiceStatus.DRAFT if draft else InvoiceStatus.POSTED
        self.mode = TaxMode(tx.settings["tax-mode"])
        self.rates = TaxRates(tx)
        self.credit_mode = CreditMode(tx.settings["credits"])
        self.made = array("q")
        self.memos = array("q")
        self.skipped: list[SkippedAccount] = []
        self.tally = Tally()
        self.warnings = PaperWarnings(tx)
        self.listing: InvoiceListing | None = None

    @property
    def found_any(self) -> bool:
        """Whether there was anything to be invoiced."""
        return bool(self.made or self.memos or self.skipped)

    def adopt(self, other: _Run) -> None:
        """Count what another piece made as part of this one."""
        self.made.extend(other.made)
        self.memos.extend(other.memos)
        self.skipped.extend(other.skipped)
        self.tally.adopt(other.tally)
        self.warnings.adopt(other.warnings)

    def without_any(self, accounts: Sequence[int]) -> list[str]:
        """The names of those accounts of which nothing was made and nothing passed over, as they were given."""
        found: set[int] = set()
        for table, numbers in ((tables.invoice, self.made), (tables.credit_memo, self.memos)):
            query = select(table.c.account_id).distinct()
            found.update(row.account_id for row in rows_in(self.tx, query, among(table.c.id, numbers)))
        told = {each.account for each in self.skipped}
        names = {number: row.name for number, row in _accounts(self.tx, set(accounts) - found).items()}
        return [names[number] for number in accounts if number in names and names[number] not in told]

    def result(self, show: int | None = None) -> InvoiceResult:
        """What was made: the first `show` papers of each kind whole, or all of them."""
        return InvoiceResult(
            invoice_shapes(self.tx, self.made[:show]),
            tuple(self.skipped),
            self.tally.totals(),
            credit_shapes(self.tx, self.memos[:show]),
            len(self.made),
            len(self.memos),
            self.tx.request_id,
            *self.warnings.told(any_made=bool(self.made)),
            self.listing,
        )

    def invoice(self, scope: ColumnElement[bool], by_item: bool = False) -> None:
        """Invoice the due items in `scope`."""
        self._lay_out_evergreens(scope)
        self.skipped.extend(lay_out_use(self.tx, scope, self.through))
        due = _due_query().where(scope, tables.billing_item.c.billing_date <= self.through)
        held, passed_over = held_back(self.tx, due)
        self.skipped.extend(passed_over)
        self.bill(scope if held is None else and_(scope, ~held), by_item)

    def bill(self, scope: ColumnElement[bool], by_item: bool = False) -> None:
        """Invoice what is laid out and due in `scope`."""
        query = _due_query().where(scope, tables.billing_item.c.billing_date <= self.through)
        # Read to its end before anything is written: what is due is two numbers for an item, its rows come by portions.
        numbers, ends = _portions(self.tx.db.execute(query, execution_options={"yield_per": _PORTION}))
        billed, done = _billed_query(), 0
        for end in ends:
            wanted = among(tables.billing_item.c.id, numbers[done:end])
            self._write(list(rows_in(self.tx, billed, wanted)), by_item)
            done = end
            self.tx.progress(done, len(numbers), "invoicing")

    def _lay_out_evergreens(self, scope: ColumnElement[bool]) -> None:
        """Extend evergreen schedules until each has an item that is not due yet."""
        rows: list[dict[str, Any]] = []
        for schedule, _, laid in still_to_lay_out(self.tx, scope, self.through):
            rows.extend(item_rows(schedule, laid))
            if len(rows) >= _PORTION:
                write_items(self.tx, rows)
                rows = []
        write_items(self.tx, rows)

    def _write(self, rows: Sequence[Row[Any]], by_item: bool) -> None:
        """Turn due rows into invoices."""
        accounts = _accounts(self.tx, {row.account_id for row in rows})
        dues = self._dues(rows, accounts)
        credits_due = [due for due in dues if due.is_credit and self.credit_mode is CreditMode.MEMO]
        charges = [due for due in dues if not due.is_credit] if credits_due else dues
        proposals = propose(charges, self.mode, self.invoice_date, by_item)
        if proposals:
            made = write_invoices(self.tx, proposals, self.status, self.through)
            self.made.extend(made)
            for number, proposal in zip(made, proposals, strict=True):
                self._note(number, proposal, accounts[proposal.account])
            tell_of_invoices(self.tx, made, self.status)
            self.tx.touch("invoice", *{proposal.account for proposal in proposals})
        # A memo counts from the moment it is written: drafts leave it to the run that posts.
        if credits_due and self.status is InvoiceStatus.POSTED:
            self.memos.extend(write_memos(self.tx, propose_memos(credits_due, self.invoice_date)))

    def _note(self, number: int, made: Proposal, account: Row[Any]) -> None:
        """Count an invoice, list it where that is wanted, and judge its texts."""
        code, charges, tax = made.lines[0].amount.currency.code, made.charges, made.tax
        self.tally.add(code, charges, tax)
        if self.listing is not None:
            self.listing.add(ListedInvoice(number, account.id, made.date, made.due_date, code, charges, tax))
        self.warnings.look_at(number, account, map(line_text, made.lines))

    def _dues(self, rows: Sequence[Row[Any]], accounts: Mapping[int, Row[Any]]) -> list[Due]:
        credited = {row.credited_line for row in rows if row.credited_line is not None}
        tax = tax_left(self.tx, credited, with_due=False)
        found: list[Due] = []
        for number, group in groupby(rows, key=lambda row: row.account_id):
            account = accounts[number]
            mine, missing = [], set()
            for row in group:
                category = row.tax_category if row.credits_id is None else row.credited_category
                rate = row.credited_rate
                if category and row.credited_line is None:
                    day = self.invoice_date or row.credited_date or row.billing_date
                    rate = self.rates.rate(category, account.tax_profile, day)
                    if rate is None:
                        missing.add(category)
                mine.append(_due(row, account, category, rate, tax.get(row.credited_line)))
                if row.credited_line in tax:
                    tax[row.credited_line] += mine[-1].tax.minor
            if missing:
                names = ", ".join(sorted(missing))
                words = f"no tax rate for the category {names}; add one, then run again"
                self.skipped.append(SkippedAccount(account.name, words))
            else:
                found.extend(mine)
        return found


_SAID = {ItemKind.CREDIT: ", unused", ItemKind.CORRECTION: ", correction"}
"""What stands behind an asset's name on lines that are no charge for a period."""


@lru_cache(maxsize=1024)
def _net_price(price: Decimal, unit: str, discount: Decimal, discount_amount: Decimal) -> Decimal:
    return Rate(price, PriceUnit(unit), discount, discount_amount).net_decimal


def _due(row: Row[Any], account: Row[Any], category: str, rate: Decimal | None, tax: int | None) -> Due:
    if row.kind in USE:
        words, price = billed_use(row)
    else:
        words = row.asset_name + _SAID.get(ItemKind(row.kind), "")
        price = _net_price(row.unit_price, row.price_unit, row.discount, row.discount_amount)
    return Due(
        billing_item=row.id,
        account=row.account_id,
        order=row.order_id,
        order_item=row.order_item_id,
        asset=row.asset_id,
        description=words,
        billing_date=row.billing_date,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        unit_price=price,
        amount=currency_named(row.currency).money(row.amount),
        tax_category=category,
        tax_rate=rate,
        payment_days=account.payment_days,
        grouping=Grouping(account.invoice_by),
        tax_left=tax,
    )


def _accounts(tx: Tx, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    wanted = among(tables.account.c.id, sorted(numbers))
    return {row.id: row for row in rows_in(tx, select(tables.account), wanted)}


@use_case(Permission.INVOICE)
def post(tx: Tx, request: PostInvoices) -> InvoiceResult:
    """Post drafts, each with its charges or its tax: numbered in the order of their dates. Refuses what is no draft."""
    rows = drafts_named(tx, request.invoices, request.run)
    settled = [row for row in rows if row.status != InvoiceStatus.DRAFT.value]
    if settled:
        names = ", ".join(row.number or public_id("invoice", row.id) for row in settled)
        dropped = all(row.status == InvoiceStatus.CANCELED.value for row in settled)
        words = f"Only drafts can be posted; {names} is {'dropped' if dropped else 'posted'} already."
        raise Refused(Problem("not-a-draft", "invoices", words))
    made = [row.id for row in rows]
    if made:
        documents.post_drafts(tx.db, dict(zip(made, invoice_numbers(tx, len(made)), strict=True)))
        for portion in chunks(made, _PORTION):
            tell_of_invoices(tx, portion, InvoiceStatus.POSTED)
        tx.touch("invoice", *{row.account_id for row in rows})
    warnings, count = _judged(tx, made)
    return replace(stated(tx, made, request.show), warnings=warnings, warning_count=count)


def stated(tx: Tx, invoices: Sequence[int], show: int | None = None) -> InvoiceResult:
    """Invoices as a result: the first `show` whole, all of them counted by currency."""
    tally = Tally()
    for portion in chunks(invoices, _PORTION):
        for head in invoice_heads_of(tx, portion):
            tally.add(head.currency, head.charges.minor, head.tax.minor)
    shapes = invoice_shapes(tx, invoices[:show])
    return InvoiceResult(shapes, (), tally.totals(), (), len(invoices), 0, tx.request_id)


def _judged(tx: Tx, invoices: Sequence[int]) -> tuple[tuple[PaperWarning, ...], int]:
    """What the paper of these invoices would lack."""
    warnings = PaperWarnings(tx)
    for portion in chunks(invoices, _PORTION):
        texts = texts_by_invoice(tx, portion)
        accounts = _accounts(tx, {account for account, _ in texts.values()})
        for number in portion:
            account, lines = texts[number]
            warnings.look_at(number, accounts[account], lines)
    return warnings.told(any_made=bool(invoices))


def draft_anew(
    tx: Tx, items: Sequence[int], day: date, by_item: bool
) -> tuple[Sequence[int], Sequence[SkippedAccount]]:
    """Draft invoices, on a day, of billing period items that are on none; what credits stays a negative line.

    The answer is what was made and what was passed over. `by_item` as for `propose`.
    """
    last = tx.db.scalar(select(func.max(tables.billing_item.c.billing_date)).where(tables.billing_item.c.id.in_(items)))
    work = _Run(tx, last or day, day, draft=True)
    work.credit_mode = CreditMode.NEXT_INVOICE
    work.bill(tables.billing_item.c.id.in_(items), by_item)
    return work.made, work.skipped

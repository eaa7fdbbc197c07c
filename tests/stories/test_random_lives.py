"""Any life of a store keeps the books: random sales, changes, invoices and settings, checked after every step.

What holds is figured a second time, in this file, from the orders alone. A short walk in `make test`; `make soak` walks
for longer (`CALM_LIVES`).
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select, true

from calm_desktop.engine.catalog import Category, Kind, PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.rating import MrrFormula
from calm_desktop.engine.report_periods import By
from calm_desktop.services import (
    catalogue,
    changes,
    customers,
    exports,
    holds,
    imports,
    invoices,
    papers,
    renewals,
    reports,
    rollup,
    sales,
    taxes,
    undoing,
    voiding,
)
from calm_desktop.services import settings as rules_of_business
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk, Tx
from calm_desktop.services.lives import lives_of
from calm_desktop.services.requests import (
    ActivateOrder,
    AddAccount,
    AddProduct,
    AddTax,
    AmendQuantity,
    ApplyPayment,
    CancelAsset,
    ConvertLines,
    CorrectInvoice,
    CreateAssets,
    CreateSchedules,
    DropInvoices,
    ExportStore,
    ExtendAsset,
    Find,
    GiveCredit,
    ImportFiles,
    InvoiceOrder,
    Look,
    PauseAsset,
    PayAccount,
    PayInvoice,
    PostInvoices,
    RefundPayment,
    ReleaseHold,
    Renew,
    Report,
    RepriceAsset,
    ResumeAsset,
    Rollup,
    RunInvoices,
    SaleLine,
    SaleStep,
    Sell,
    SetAccount,
    SetAsset,
    SetHold,
    SetPrice,
    SetSetting,
    StatementRequest,
    SwapAsset,
    TransferAsset,
    UndoAction,
    VoidInvoice,
)
from calm_desktop.services.shapes import ActionShape, AssetShape, CardFigures, InvoiceShape, OrderItemShape, OrderShape
from calm_desktop.services.views import (
    asset_shapes,
    list_accounts,
    list_actions,
    list_assets,
    list_holds,
    list_invoice_lines,
    list_invoices,
    list_orders,
    list_payments,
    list_state_periods,
    order_shapes,
    show_invoice,
    statement,
)
from calm_desktop.services.views.states import states_in
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from tests import plain_reports
from tests.whole_store import OF_INVOICES, everything

SOAKING = "CALM_LIVES" in os.environ
LIVES = int(os.environ.get("CALM_LIVES", "35"))
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where stores of short lives are kept: in memory where there is such a folder."""

ACCOUNTS = (
    AddAccount("Acme", currency="USD"),
    AddAccount("Belmont", currency="EUR", bill_day=31, tax_profile="DE"),
    AddAccount("Chiba", currency="JPY", invoice_by="order", payment_days=0),
    AddAccount("Dasman", currency="KWD", bill_day=15),
)
CURRENCIES = ("USD", "EUR", "JPY", "KWD")
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
PRODUCTS = (
    AddProduct("Licence", "LIC", Decimal(10), tax_category="standard"),
    AddProduct("Support", "SUP", Decimal(100), price_unit=PriceUnit.YEAR),
    AddProduct("Review", "REV", Decimal("49.999999"), price_unit=PriceUnit.QUARTER, tax_category="reduced"),
    AddProduct("Audit", "AUD", Decimal("0.01"), price_unit=PriceUnit.HALF_YEAR),
    AddProduct("Platform", "PLA", Decimal("33.33"), selling_model=SellingModel.EVERGREEN, tax_category="standard"),
    AddProduct("Escrow", "ESC", Decimal(90), selling_model=SellingModel.EVERGREEN, price_unit=PriceUnit.YEAR),
    AddProduct("Router", "ROU", Decimal("249.90"), Kind.PHYSICAL),
    AddProduct("Calls", "CAL", Decimal("0.002"), Kind.USAGE),
)
EVERGREEN = {product.code for product in PRODUCTS if product.selling_model is SellingModel.EVERGREEN}
MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}

LAST = date(2027, 6, 30)
REPORTED = (date(2023, 3, 10), LAST)
"""The days of reports."""
MEETING_DAYS = st.sampled_from(
    (
        *(date(2023, 1, 1), date(2023, 1, 31), date(2023, 3, 1), date(2023, 3, 15), date(2023, 3, 31)),
        *(date(2023, 4, 10), date(2023, 7, 1), date(2023, 12, 31), date(2024, 2, 29), date(2024, 8, 31)),
    )
)
"""Few days, so that acts of one life often fall on each other's."""
DAYS = st.one_of(MEETING_DAYS, st.dates(date(2023, 1, 1), date(2025, 12, 31)))
LATE_DAYS = st.dates(date(2024, 6, 1), LAST)
QUANTITIES = st.one_of(st.sampled_from(("1", "10", "0.5")), st.decimals("0.000001", "5000", places=6).map(str))
PRICES = st.one_of(st.none(), st.sampled_from(("0", "10", "0.125")), st.decimals("0", "9999", places=6).map(str))
PAID = st.sampled_from(("0", "10", "0.125", "7.77", "99.999999"))
DISCOUNTS = st.one_of(st.just("0"), st.sampled_from(("100", "33.3333", "10")))
BOUNDARIES = st.one_of(
    st.sampled_from((BoundaryKind.ANNIVERSARY, BoundaryKind.CALENDAR, BoundaryKind.LAST_DAY)).map(Boundary),
    st.integers(1, 31).map(lambda day: Boundary(BoundaryKind.DAY, day)),
)
LENGTHS = st.one_of(
    st.tuples(st.just("months"), st.integers(1, 27)),
    st.tuples(st.just("years"), st.integers(1, 2)),
    st.tuples(st.just("days"), st.integers(1, 500)),
)
HELD = ("account", "asset")
NUMBERS = st.integers(0, 99)
"""Which of the things there are; counted round."""

CHANGES = (
    SetSetting("auto-flow", "off"),
    SetSetting("auto-flow", "on"),
    SetSetting("mrr-formula", "total-over-term"),
    SetSetting("mrr-formula", "price"),
    SetSetting("tax-mode", "separate-invoice"),
    SetSetting("tax-mode", "invoice-line"),
    SetSetting("credits", "memo"),
    SetSetting("credits", "next-invoice"),
    SetAccount("Acme", bill_day=29, invoice_by="order"),
    SetAccount("Belmont", bill_day=0),
    SetAccount("Dasman", bill_day=1, payment_days=14),
    SetAsset("", 1, TermUnit.YEARS, RenewalPricing.LIST),
    SetAsset("", 7, TermUnit.MONTHS, RenewalPricing.LAST),
)

Snapshot = dict[str, Any]


@st.composite
def a_sale(draw: st.DrawFn) -> Sell:
    """A sale of one line, on any terms; some are refused."""
    product, start = draw(st.sampled_from(PRODUCTS)), draw(DAYS)
    price, frequency = draw(PRICES), draw(st.sampled_from((None, *Frequency)))
    unit, number = draw(LENGTHS)
    line = SaleLine(
        product.code,
        Decimal(draw(QUANTITIES)),
        start,
        None if price is None else Decimal(price),
        Decimal(draw(DISCOUNTS)),
        frequency=frequency,
        timing=draw(st.sampled_from(Timing)),
        boundary=draw(BOUNDARIES),
        partial=draw(st.sampled_from(Partial)),
        remainder=draw(st.sampled_from(Remainder)),
    )
    if product.code not in EVERGREEN and unit == "days":
        line = replace(line, end=start + timedelta(days=number))
    elif product.code not in EVERGREEN and frequency is Frequency.DAILY:
        line = replace(line, term=1)
    elif product.code not in EVERGREEN:
        line = replace(line, term=number, term_unit=TermUnit(unit))
    elif frequency in (Frequency.WEEKLY, Frequency.DAILY):
        line = replace(line, start=date(2026, 11, 1) + timedelta(days=number % 100))
    if draw(st.integers(0, 3)) == 3 and line.product != "ROU":
        days = sorted(draw(st.sets(st.integers(1, 400), min_size=1, max_size=2)))
        line = replace(
            line,
            steps=tuple(
                SaleStep(line.start + timedelta(days=day), Decimal(draw(QUANTITIES)), Decimal(draw(PAID)))
                for day in days
            ),
        )
    if draw(st.integers(0, 5)) == 5:
        line = replace(line, free_months=draw(st.integers(0, 2)), trial_days=draw(st.integers(0, 20)))
    account, currency = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(("", "", *CURRENCIES)))
    return Sell(account.name, (line,), draft=draw(st.integers(0, 3)) == 3, currency=currency)


@cache
def furnished() -> Path:
    """A store with accounts, products, prices and taxes, to be copied for each life."""
    path = Path(tempfile.mkdtemp(prefix="lives-", dir=MEMORY)) / "furnished.db"
    with Desk.create(path, {"currency": "USD"}, today=date(2023, 1, 1)) as desk:
        for account in ACCOUNTS:
            desk.do(customers.add_account, account)
        for product in PRODUCTS:
            desk.do(catalogue.add_product, product)
            price = product.price or Decimal(0)
            for currency in CURRENCIES:
                desk.do(catalogue.set_price, SetPrice(product.code, price, date(1900, 1, 1), currency))
                dearer = price + Decimal("1.5")
                desk.do(catalogue.set_price, SetPrice(product.code, dearer, date(2024, 7, 1), currency))
        desk.do(taxes.add_tax, AddTax("standard", Decimal("7.7")))
        desk.do(taxes.add_tax, AddTax("standard", Decimal(19), "DE"))
        desk.do(taxes.add_tax, AddTax("reduced", Decimal(0)))
    return path


def told_apart_only_by_chance(result: object) -> Snapshot:
    """A result as JSON, without what differs each time that it is asked for."""
    found: Snapshot = to_json(result)
    found.pop("request_id", None)
    return found


def half_up(value: Fraction, currency: str) -> Decimal:
    """Money by Python's own rounding, not by the engine's."""
    with localcontext(prec=60):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


def runs(tx: Tx, requests: Iterable[RunInvoices]) -> list[tuple[str, date, date, Decimal]]:
    """What several invoice runs bill together."""
    lines = [
        (line.order_item, line.start, line.end, line.amount.amount)
        for request in requests
        for shape in invoices.run(tx, request).invoices
        for line in shape.lines
        if line.type == "Charge"
    ]
    return sorted(lines)


def answer_of(way: Callable[..., Any], use_case: Callable[[Tx, Any], Any], request: object) -> Any:
    """What an act answers, or the problems for which it is refused."""
    try:
        return way(use_case, request)
    except Refused as refused:
        return refused.problems


_LIVED = itertools.count()


def a_history_carries_over(desk: Desk, folder: Path) -> None:
    """The history of a store, imported into an empty one with the same rules, comes out as it was."""
    file, desk = str(folder / "history.json"), desk.on(date(2024, 6, 1))
    desk.ask(exports.export_store, ExportStore(file))
    with Desk.create("sqlite://", desk.settings, today=date(2024, 6, 1)) as other:
        assert other.do(imports.import_files, ImportFiles((file,))).problems == ()
        found, wanted = everything(other, OF_INVOICES), everything(desk, OF_INVOICES)
        for name, shown in wanted.items():
            assert found[name] == shown, name
        assert other.ask(check, None).broken == ()


class Life(RuleBasedStateMachine):
    """One store; each rule is one act of its people."""

    @initialize(
        tax_mode=st.sampled_from(("separate-invoice", "invoice-line")), sold=st.lists(a_sale(), min_size=1, max_size=4)
    )
    def open(self, tax_mode: str, sold: list[Sell]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="life-", dir=MEMORY))
        shutil.copy(furnished(), self.folder / "store.db")
        self.desk = Desk.open(self.folder / "store.db", date(2023, 1, 1))
        self.desk.do(rules_of_business.set_setting, SetSetting("tax-mode", tax_mode))
        self.formula = MrrFormula.PRICE
        self.formulas: dict[str, MrrFormula] = {}
        """The MRR formula by which each order item was recorded."""
        self.changed = False
        for sale in sold:
            self.sell(sale)

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert self.desk.ask(check, None).broken == ()
        self.statements_add_up()
        reports_are_those_of_the_states(self.desk)
        if next(_LIVED) % 8 == 0:
            a_history_carries_over(self.desk, self.folder)
        self.desk.close()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------------------------------------------- acts

    @rule(sale=a_sale())
    def sell(self, sale: Sell) -> None:
        sold = self.act(sales.sell, sale, sale.lines[0].start)
        if sold is not None:
            self.note_formulas(sold.orders)

    @rule(
        wanted=st.lists(NUMBERS, min_size=1, max_size=3),
        today=DAYS,
        term=st.one_of(st.none(), st.integers(1, 25)),
        unit=st.sampled_from((None, *TermUnit)),
        pricing=st.sampled_from((None, *RenewalPricing)),
        gap=st.sampled_from((None, None, 1, 30, 400)),
        together=st.one_of(st.none(), st.dates(date(2024, 1, 1), LAST)),
        draft=st.sampled_from((False, False, True)),
    )
    def renew(
        self,
        wanted: list[int],
        today: date,
        term: int | None,
        unit: TermUnit | None,
        pricing: RenewalPricing | None,
        gap: int | None,
        together: date | None,
        draft: bool,
    ) -> None:
        owned = self.desk.ask(list_assets, Find())
        if not owned:
            return
        first = owned[wanted[0] % len(owned)]
        mine = [asset for asset in owned if (asset.account, asset.currency) == (first.account, first.currency)]
        chosen = {first.number} | {mine[number % len(mine)].number for number in wanted[1:]}
        start = None if gap is None or first.lifecycle_end is None else first.lifecycle_end + timedelta(days=gap)
        if unit is TermUnit.YEARS and term:
            term = 1 + term % 2
        wish = Renew(tuple(sorted(chosen)), term, unit, pricing, start, None if term else together, draft)
        renewed = self.act(renewals.renew, wish, today)
        if renewed is not None:
            self.note_formulas(renewed.orders)

    @rule(
        wanted=NUMBERS,
        today=DAYS,
        day=DAYS,
        change=st.one_of(
            QUANTITIES, QUANTITIES.map(lambda number: f"-{number}"), st.sampled_from(("-1", "-10", "-0.5"))
        ),
        price=st.one_of(st.none(), st.none(), PAID),
        pricing=st.sampled_from((None, *RenewalPricing)),
        draft=st.sampled_from((False, False, False, True)),
    )
    def amend(
        self,
        wanted: int,
        today: date,
        day: date,
        change: str,
        price: str | None,
        pricing: RenewalPricing | None,
        draft: bool,
    ) -> None:
        if (asset := self.asset(wanted)) is not None:
            asked = None if price is None else Decimal(price)
            self.change(
                changes.amend_quantity, AmendQuantity(asset, Decimal(change), day, asked, pricing, None, draft), today
            )

    @rule(wanted=NUMBERS, today=DAYS, day=DAYS)
    def cancel(self, wanted: int, today: date, day: date) -> None:
        if (asset := self.asset(wanted)) is not None:
            self.change(changes.cancel, CancelAsset(asset, day), today)

    @rule(
        wanted=NUMBERS, today=DAYS, day=DAYS, price=st.one_of(st.none(), PAID), discount=st.one_of(st.none(), DISCOUNTS)
    )
    def reprice(self, wanted: int, today: date, day: date, price: str | None, discount: str | None) -> None:
        if (asset := self.asset(wanted)) is not None and (price is not None or discount is not None):
            asked = None if price is None else Decimal(price)
            off = None if discount is None else Decimal(discount)
            self.change(changes.reprice, RepriceAsset(asset, day, asked, off), today)

    @rule(wanted=NUMBERS, today=DAYS, end=LATE_DAYS)
    def extend(self, wanted: int, today: date, end: date) -> None:
        if (asset := self.asset(wanted)) is not None:
            self.change(changes.extend, ExtendAsset(asset, end), today)

    @rule(wanted=NUMBERS, today=DAYS, day=DAYS, length=st.one_of(st.none(), st.integers(0, 200)), back=st.booleans())
    def pause_or_resume(self, wanted: int, today: date, day: date, length: int | None, back: bool) -> None:
        if (asset := self.asset(wanted)) is None:
            return
        if back:
            self.change(changes.resume, ResumeAsset(asset, day), today)
        else:
            last = None if length is None else day + timedelta(days=length)
            self.change(changes.pause, PauseAsset(asset, day, last), today)

    @rule(wanted=NUMBERS, today=DAYS, day=DAYS, to=st.sampled_from(ACCOUNTS), part=st.one_of(st.none(), QUANTITIES))
    def transfer(self, wanted: int, today: date, day: date, to: AddAccount, part: str | None) -> None:
        if (asset := self.asset(wanted)) is not None:
            count = None if part is None else Decimal(part)
            before = self.sums()
            done = self.change(changes.transfer, TransferAsset(asset, to.name, day, count), today)
            if done is not None:
                self.moved(before)

    @rule(wanted=NUMBERS, today=DAYS, day=DAYS, to=st.sampled_from(PRODUCTS))
    def swap(self, wanted: int, today: date, day: date, to: AddProduct) -> None:
        if (asset := self.asset(wanted)) is not None:
            self.change(changes.swap, SwapAsset(asset, to.code, day, None, Category.UPGRADES), today)

    @rule(wanted=st.integers(0, 5), today=DAYS)
    def undo(self, wanted: int, today: date) -> None:
        """Take back one of the latest actions: what holds is then as it was before it."""
        actions = self.desk.ask(list_actions, Find())
        if not actions:
            return
        action = actions[-1 - wanted % len(actions)]
        self.act(undoing.undo, UndoAction(action.id), today)

    # ------------------------------------------------------------------------------------------------- more acts

    @rule(wanted=NUMBERS, today=DAYS)
    def carry_out(self, wanted: int, today: date) -> None:
        """A draft order takes effect, where there is one; else the two steps are taken by hand."""
        orders = self.desk.ask(list_orders, Find())
        drafts = [row.number for row in orders if row.status == "Draft"]
        if drafts:
            steps = [self.act(sales.activate, ActivateOrder(drafts[wanted % len(drafts)]), today)]
        elif orders:
            number = orders[wanted % len(orders)].number
            steps = [self.act(sales.create_assets, CreateAssets(number), today)]
            steps.append(self.act(sales.create_schedules, CreateSchedules(number), today))
        else:
            return
        for done in steps:
            if done is not None:
                self.note_formulas(done.orders)

    @rule(
        through=st.one_of(MEETING_DAYS, LATE_DAYS),
        dated=st.one_of(st.none(), st.none(), LATE_DAYS),
        draft=st.booleans(),
        scope=st.sampled_from(("store", "account", "asset")),
        wanted=NUMBERS,
    )
    def run_invoices(self, through: date, dated: date | None, draft: bool, scope: str, wanted: int) -> None:
        request = self.scoped(RunInvoices(through, dated, draft), scope, wanted)
        everything = RunInvoices(through, dated, draft)
        narrow_first = self.desk.preview(runs, (request, everything))
        assert narrow_first == self.desk.preview(runs, (everything, request))
        assert self.act(invoices.run, request, through) is not None
        assert self.desk.preview(invoices.run, request).invoices == ()
        assert self.desk.preview(invoices.run, replace(request, draft=not draft)).invoices == ()

    @rule(
        wanted=NUMBERS,
        through=st.one_of(st.none(), LATE_DAYS),
        dated=st.one_of(st.none(), LATE_DAYS),
        draft=st.booleans(),
        finish_first=st.booleans(),
    )
    def invoice_order(
        self, wanted: int, through: date | None, dated: date | None, draft: bool, finish_first: bool
    ) -> None:
        orders = self.desk.ask(list_orders, Find())
        if orders:
            request = InvoiceOrder(orders[wanted % len(orders)].number, dated, through, draft, finish_first)
            if self.act(invoices.invoice_order, request, LAST) is not None:
                again = self.desk.preview(invoices.invoice_order, request, override="asked again")
                assert again.invoices == ()

    @rule(wanted=st.lists(NUMBERS, min_size=1, max_size=4))
    def post(self, wanted: list[int]) -> None:
        drafts = [head.id for head in self.desk.ask(list_invoices, Find()) if head.status == "Draft"]
        if drafts:
            chosen = {drafts[number % len(drafts)] for number in wanted}
            assert self.act(invoices.post, PostInvoices(tuple(sorted(chosen))), LAST) is not None

    @rule(
        wanted=NUMBERS,
        share=st.sampled_from((1, 2, 3, 10)),
        on=LATE_DAYS,
        how=st.sampled_from(("pay", "credit", "convert")),
    )
    def settle(self, wanted: int, share: int, on: date, how: str) -> None:
        """A payment or credit of a share of what is open of an invoice; its negative lines become a credit memo."""
        posted = [head for head in self.desk.ask(list_invoices, Find()) if head.status == "Posted"]
        if not posted:
            return
        head = posted[wanted % len(posted)]
        amount = Decimal(head.balance.minor // share).scaleb(-DECIMALS[head.currency])
        if how == "pay":
            self.act(papers.pay, PayInvoice(head.id, amount, on), on)
        elif how == "credit":
            self.act(papers.credit, GiveCredit(head.id, amount, on), on)
        else:
            lines = self.desk.ask(show_invoice, Look(head.id)).lines
            negative = tuple(line.line for line in lines if line.balance.minor < 0 and line.type == "Charge")
            if negative:
                self.act(papers.convert, ConvertLines(head.id, negative, on), on)

    @rule(wanted=NUMBERS, on=LATE_DAYS, how=st.sampled_from(("void", "void", "correct", "drop")), dated=LATE_DAYS)
    def take_back(self, wanted: int, on: date, how: str, dated: date) -> None:
        """An invoice is voided or corrected, or a draft dropped: what it billed is pending, or drafted, as before."""
        status = "Draft" if how == "drop" else "Posted"
        heads = [head for head in self.desk.ask(list_invoices, Find()) if head.status == status]
        if not heads:
            return
        head = heads[wanted % len(heads)]
        if how == "drop":
            self.act(voiding.drop, DropInvoices((head.id,)), on)
            return
        before = self.desk.ask(show_invoice, Look(head.id, on - timedelta(days=1))).invoice
        if how == "void":
            done = self.act(voiding.void, VoidInvoice(head.id), on)
        else:
            done = self.act(voiding.correct, CorrectInvoice(head.id, dated), on)
        if done is None:
            return
        assert all(shape.invoice.balance.minor == 0 for shape in (*done.invoices, *done.mirrors))
        day = done.mirrors[0].invoice.date - timedelta(days=1)
        if day == on - timedelta(days=1):
            assert self.desk.ask(show_invoice, Look(head.id, day)).invoice.balance == before.balance
        assert Counter(self.charged(done.invoices)) == Counter(self.charged(done.drafts)) or how == "void"

    @staticmethod
    def charged(shapes: Iterable[InvoiceShape]) -> list[tuple[str, date, int]]:
        """What invoices charge and credit, without tax."""
        lines = (line for shape in shapes for line in shape.lines if line.type == "Charge")
        return [(line.order_item, line.start, line.amount.minor) for line in lines]

    @rule(wanted=NUMBERS, share=st.integers(1, 4), on=LATE_DAYS, how=st.sampled_from(("over", "account", "use")))
    def money_on_account(self, wanted: int, share: int, on: date, how: str) -> None:
        """More is paid than is open, or without an invoice; what is on account is put on an invoice, or refunded."""
        posted = [head for head in self.desk.ask(list_invoices, Find()) if head.status == "Posted"]
        payments = [head for head in self.desk.ask(list_payments, Find()) if head.balance.minor > 0]
        account = ACCOUNTS[wanted % len(ACCOUNTS)]
        if how == "over" and posted:
            head = posted[wanted % len(posted)]
            amount = Decimal(max(0, head.balance.minor) + share).scaleb(-DECIMALS[head.currency])
            self.act(papers.pay, PayInvoice(head.id, amount, on), on)
        elif how == "account":
            self.act(papers.pay_account, PayAccount(account.name, Decimal(share * 10), on), on)
        elif how == "use" and payments:
            paid = payments[wanted % len(payments)]
            mine = [each for each in posted if (each.account, each.currency) == (paid.account, paid.currency)]
            if mine and share > 1:
                self.act(papers.apply_payment, ApplyPayment(paid.id, mine[wanted % len(mine)].id, None, on), on)
            else:
                self.act(papers.refund_payment, RefundPayment(paid.id, paid.balance.amount, on), on)

    @rule(wanted=NUMBERS, today=LATE_DAYS, days=st.one_of(st.none(), st.integers(0, 400)), kind=st.sampled_from(HELD))
    def hold_or_release(self, wanted: int, today: date, days: int | None, kind: str) -> None:
        """A hold is set or released; while it holds, a run makes nothing of what it holds."""
        name = ACCOUNTS[wanted % len(ACCOUNTS)].name if kind == "account" else self.asset(wanted)
        if name is None:
            return
        held = [each for each in self.desk.on(today).ask(list_holds, Find()) if each.status == "In Force"]
        if held and wanted % 3:
            one = held[wanted % len(held)]
            of = one.account_id if one.asset_id is None else one.asset_id
            assert self.act(holds.release, ReleaseHold(one.kind, of), today) is not None
            return
        until = None if days is None else today + timedelta(days=days)
        assert self.act(holds.hold, SetHold(kind, name, until, "disputed"), today) is not None
        run = self.desk.on(today).preview(
            invoices.run,
            RunInvoices(LAST, account=name if kind == "account" else "", asset=name if kind == "asset" else ""),
        )
        assert run.invoices == ()
        assert run.skipped

    @rule(change=st.sampled_from(CHANGES), wanted=NUMBERS, night=LATE_DAYS)
    def a_night_and_a_new_rule(self, change: SetSetting | SetAccount | SetAsset, wanted: int, night: date) -> None:
        assert self.act(rollup.roll_up, Rollup(), night) is not None
        assert not self.desk.on(night).preview(rollup.roll_up, Rollup()).ran
        owned = self.desk.ask(list_assets, Find())
        if isinstance(change, SetSetting):
            self.act(rules_of_business.set_setting, change, LAST)
            if change.key == "mrr-formula":
                self.formula = MrrFormula(change.value)
        elif isinstance(change, SetAccount):
            self.act(customers.set_account, change, LAST)
        elif owned:
            self.act(sales.set_asset, replace(change, asset=owned[wanted % len(owned)].number), LAST)

    # ------------------------------------------------------------------------------------------------- on the way

    def asset(self, wanted: int) -> str | None:
        """One of the assets, by number; None where there is none."""
        owned = self.desk.ask(list_assets, Find())
        return owned[wanted % len(owned)].number if owned else None

    def change(self, use_case: Callable[[Tx, Any], Any], request: object, today: date) -> Any:
        """A change; like `act`. What it adds keeps the MRR formula of its day."""
        done = self.act(use_case, request, today)
        if done is not None:
            self.note_formulas(done.orders)
        return done

    def sums(self) -> dict[str, tuple[Decimal, ...]]:
        """Quantity and lifetime amount of all assets together, by currency, on some days."""
        found: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
        for place, day in enumerate((date(2023, 6, 15), date(2024, 2, 29), date(2025, 12, 31))):
            for head in self.desk.on(day).ask(list_assets, Find()):
                found[head.currency][place] += head.quantity
                if place == 0:
                    found[head.currency][3] += head.total_lifecycle_amount.amount
        return {currency: tuple(values) for currency, values in found.items()}

    def moved(self, before: dict[str, tuple[Decimal, ...]]) -> None:
        """A transfer moves things: all accounts together own what they owned, at what it costs, but odd cents."""
        after = self.sums()
        assert {currency: values[:3] for currency, values in after.items()} == {
            currency: values[:3] for currency, values in before.items()
        }

    def act(self, use_case: Callable[[Tx, Any], Any], request: object, today: date) -> Any:
        """What an act answers, None where it is refused; its preview said the same, and refused the same.

        Where the preview says that a reason is needed, the act is refused for just that without one.
        """
        desk = self.desk.on(today)
        foreseen = answer_of(desk.preview, use_case, request)
        done = answer_of(desk.do, use_case, request)
        if isinstance(foreseen, tuple):
            assert done == foreseen
            return None
        needed = getattr(foreseen, "overrides_needed", ())
        if needed:
            assert done == needed[:1]
            done = desk.do(use_case, request, override="agreed with the customer")
            foreseen = replace(foreseen, overrides_needed=())
        assert told_apart_only_by_chance(done) == told_apart_only_by_chance(foreseen)
        self.changed = True
        return done

    def scoped(self, request: RunInvoices, scope: str, wanted: int) -> RunInvoices:
        owned = self.desk.ask(list_assets, Find())
        if scope == "asset" and owned:
            return replace(request, asset=owned[wanted % len(owned)].number)
        if scope == "account":
            return replace(request, account=ACCOUNTS[wanted % len(ACCOUNTS)].name)
        return request

    def note_formulas(self, orders: Iterable[OrderShape]) -> None:
        for order in orders:
            for item in order.items:
                self.formulas.setdefault(item.id, self.formula)

    # ------------------------------------------------------------------------------------------------- what holds

    @precondition(lambda self: self.changed)
    @invariant()
    def holds(self) -> None:
        self.changed = False
        orders, assets = self.desk.ask(orders_and_assets, None)
        items = {item.id: item for order in orders for item in order.items}
        done = {source for shape in assets for action in shape.actions for source in self.items_of(action)}
        effective = {key: item for key, item in items.items() if f"{self.reference(item, orders)}" in done}
        undone = {item.target for item in effective.values() if item.effect == "undoes"}
        standing = [item for item in effective.values() if item.effect != "undoes" and item.id not in undone]
        for item in items.values():
            if item.effect == "covers" and item.category != "Transfers":
                self.is_rated_right(item)
        for shape in assets:
            self.is_billed_right(shape, items)
            self.is_built_from_its_orders(shape, [item for item in standing if item.asset == shape.asset.id])
        self.lines_lie_within_service(items)
        for day in (date(2024, 2, 29), date(2026, 6, 30)):
            self.figures_are_those_of_the_orders(day, orders, standing)
        self.desk.ask(states_are_those_of_the_orders, None)

    def statements_add_up(self) -> None:
        """On any day, what all documents come to is what is open less what is on account and not applied."""
        for account, day in zip(ACCOUNTS, (date(2026, 6, 30), LAST, LAST, date(2024, 9, 30)), strict=True):
            shown = self.desk.ask(statement, StatementRequest(account.name, end=day))
            for part in shown.parts:
                moved = sum(entry.amount.minor for entry in part.entries)
                assert part.opening.minor + moved == part.closing.balance.minor
                assert part.aging.total == part.closing.invoices
            half = self.desk.ask(statement, StatementRequest(account.name, day - timedelta(days=200), day))
            assert [part.closing for part in half.parts] == [part.closing for part in shown.parts]

    @staticmethod
    def items_of(action: ActionShape) -> list[str]:
        return [source.reference for source in action.sources if source.kind == "order-item"]

    def reference(self, item: OrderItemShape, orders: list[OrderShape]) -> str:
        return next(f"{order.number}/{item.line}" for order in orders if item in order.items)

    def is_built_from_its_orders(self, shape: AssetShape, standing: list[OrderItemShape]) -> None:
        """The lifetime amount is the sum of the orders' totals; actions add up to it and to the last state."""
        lifetime = sum((state.amount.amount for state in shape.state_periods if state.amount is not None), Decimal(0))
        changed = sum((action.amount_change.amount for action in shape.actions), Decimal(0))
        assert lifetime == changed == shape.asset.total_lifecycle_amount.amount
        if all(item.end is not None or item.price_unit == "once" for item in standing):
            assert lifetime == sum((item.total.amount for item in standing if item.total is not None), Decimal(0))
        for state, after in itertools.pairwise(shape.state_periods):
            assert state.end is not None
            assert state.end < after.start

    def is_rated_right(self, item: OrderItemShape) -> None:
        if item.total is None:
            assert item.end is None
            return
        if item.product == "CAL":
            assert item.total.minor == 0
            return
        net = Fraction(item.unit_price) * (1 - Fraction(item.discount) / 100)
        assert item.term_count is not None
        assert item.total.amount == half_up(net * Fraction(item.quantity) * item.term_count, item.currency)

    def is_billed_right(self, shape: AssetShape, items: dict[str, OrderItemShape]) -> None:
        group, schedules = shape.billing.group, shape.billing.schedules
        if group is None:
            return
        assert group.total_billed.minor == sum(plan.billed.minor for plan in schedules)
        if all(plan.pending is not None for plan in schedules):
            assert group.total_pending is not None
            assert group.total_pending.minor == sum(plan.pending.minor for plan in schedules if plan.pending)
        for plan in schedules:
            item = items[plan.order_item]
            charges = [part for part in plan.items if part.kind == "charge"]
            for part, after in itertools.pairwise(charges):
                assert part.end < after.start
            assert all(part.amount.minor >= 0 for part in charges)
            assert all(part.start >= item.start for part in charges)
            assert all(part.amount.minor <= 0 for part in plan.items if part.kind == "credit")
            if plan.total is not None:
                assert plan.pending is not None
                assert plan.billed.minor + plan.pending.minor == plan.total.minor
                assert sum(part.amount.minor for part in plan.items) == plan.total.minor
            end = shape.asset.lifecycle_end
            if end is not None and shape.state_periods:
                assert all(part.end <= end for part in charges if part.invoice is None)
        charged = sum(part.amount.minor for plan in schedules for part in plan.items if part.kind == "charge")
        credited = -sum(part.amount.minor for plan in schedules for part in plan.items if part.kind == "credit")
        assert credited <= charged

    def lines_lie_within_service(self, items: dict[str, OrderItemShape]) -> None:
        billed: Counter[tuple[str, date, bool]] = Counter()
        heads = self.desk.ask(list_invoices, Find())
        standing = {head.id for head in heads if head.status in ("Draft", "Posted") and head.voids is None}
        for line in self.desk.ask(list_invoice_lines, Find()):
            item = items[line.order_item]
            assert item.end is None or line.end <= item.end
            if line.type == "Charge" and line.invoice_id in standing:
                billed[line.order_item, line.start, line.amount.minor < 0] += 1
        assert all(count == 1 for count in billed.values()), "a period was billed twice"

    def figures_are_those_of_the_orders(
        self, day: date, orders: list[OrderShape], standing: list[OrderItemShape]
    ) -> None:
        """Quantity and MRR of each card are sums over the items in force; balances sums over posted invoices."""
        owner = {item.id: order.account for order in orders for item in order.items}
        held: defaultdict[str, list[OrderItemShape]] = defaultdict(list)
        for item in standing:
            if item.start <= day and (item.end is None or day <= item.end):
                held[item.asset or ""].append(item)
        expected: dict[tuple[str, str], list[Decimal | None]] = defaultdict(lambda: [Decimal(0)] * 3)
        for mine in held.values():
            figures = expected[owner[mine[0].id], mine[0].currency]
            recurring = self.mrr_of(mine)
            figures[0] = sum((item.quantity for item in mine), figures[0] or Decimal(0))
            figures[1] = None if figures[1] is None or recurring is None else figures[1] + recurring
        for head in self.desk.ask(list_invoices, Find()):
            assert head.balance.minor >= 0 or head.total.minor < 0
            if head.status in ("Posted", "Voided") and head.date <= day:
                figures = expected[head.account, head.currency]
                figures[2] = (figures[2] or Decimal(0)) + head.total.amount
        for name, currency, amount in self.desk.ask(settled_by, day):
            figures = expected[name, currency]
            figures[2] = (figures[2] or Decimal(0)) - Decimal(amount).scaleb(-DECIMALS[currency])
        for row in self.desk.ask(list_accounts, Find(as_of=day)):
            own = CardFigures(row.currency, row.quantity, row.amount, row.mrr, row.invoice_line_balance)
            for card in (own, *row.others):
                quantity, recurring, balance = expected.pop((row.name, card.currency), [Decimal(0)] * 3)
                assert (card.quantity, card.invoice_line_balance.amount) == (quantity, balance), (day, row.name)
                assert recurring is None or card.mrr.amount == recurring, (day, row.name)
        assert not [key for key, figures in expected.items() if any(figures)]

    def mrr_of(self, mine: list[OrderItemShape]) -> Decimal | None:
        """Monthly recurring revenue of an asset's items; None where one of them goes by its total over its term."""
        exact = Fraction(0)
        for item in mine:
            if item.price_unit == "once" or item.product == "CAL":
                continue
            if self.formulas.get(item.id, MrrFormula.PRICE) is MrrFormula.TOTAL_OVER_TERM:
                return None
            net = Fraction(item.unit_price) * (1 - Fraction(item.discount) / 100)
            exact += net * Fraction(item.quantity) / MONTHS[item.price_unit]
        return half_up(exact, mine[0].currency)


def reports_are_those_of_the_states(desk: Desk) -> None:
    """Each customer's movements make its closings, and are those of its state periods, looked at day by day."""
    states = to_json(desk.ask(list_state_periods, Find()))
    for account in {state["account_id"] for state in states}:
        mine = [state for state in states if state["account_id"] == account]
        for row in desk.ask(reports.mrr_movements, Report(*REPORTED, By.YEAR, account=account)).rows:
            moved = plain_reports.by_currency(plain_reports.movements(mine, row.start, row.end))
            kinds = {kind: getattr(row, kind).amount for kind in plain_reports.MOVEMENTS}
            assert kinds == {kind: moved.get((row.currency, kind), 0) for kind in kinds}
            assert row.opening.amount + sum(kinds.values()) == row.closing.amount
            assert row.closing.amount == plain_reports.total(plain_reports.mrr_on(mine, row.end), row.currency)
    for kept in desk.ask(reports.retention, Report(*REPORTED, By.YEAR)).rows:
        figures = plain_reports.retention(states, kept.day_then, kept.end, kept.currency)
        assert (kept.mrr_then.amount, kept.mrr_now.amount, kept.mrr_kept.amount) == figures
        assert kept.gross_retention is None or kept.gross_retention <= 1


def states_are_those_of_the_orders(tx: Tx, _: object) -> None:
    """The stored state periods are those that the order items alone make."""
    scope = (true(),)
    stored = states_in(tx, scope)
    lives = lives_of(tx, assets_in(tx))
    built = {asset: life.states() for asset, life in lives.items()}
    for asset, life in lives.items():
        assert [(held.period, held.quantity) for held in life.held] == [
            (state.period, state.quantity) for state in built[asset]
        ]
    assert {asset: tuple(states) for asset, states in stored.items()} == {
        asset: states for asset, states in built.items() if states
    }


def settled_by(tx: Tx, day: date) -> list[tuple[str, str, int]]:
    """What payments and credit memos took off posted invoices up to a day, in minor units, by account and currency."""
    lines, invoiced, settled = tables.invoice_line.c, tables.invoice.c, tables.settlement.c
    query = (
        select(tables.account.c.name, invoiced.currency, settled.amount)
        .join(tables.invoice, invoiced.account_id == tables.account.c.id)
        .join(tables.invoice_line, lines.invoice_id == invoiced.id)
        .join(tables.settlement, settled.invoice_line_id == lines.id)
        .where(settled.day <= day, invoiced.invoice_date <= day)
    )
    return [(name, currency, amount) for name, currency, amount in tx.db.execute(query)]


def orders_and_assets(tx: Tx, _: object) -> tuple[list[OrderShape], tuple[AssetShape, ...]]:
    """Every order that took effect, and every asset, whole."""
    orders = order_shapes(tx, list(tx.db.scalars(select(tables.sales_order.c.id))))
    return [order for order in orders if order.status == "Activated"], asset_shapes(tx, assets_in(tx))


def assets_in(tx: Tx) -> list[int]:
    return list(tx.db.scalars(select(tables.asset.c.id)))


Life.TestCase.settings = settings(
    max_examples=LIVES,
    stateful_step_count=12 if SOAKING else 8,
    derandomize=not SOAKING,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLives = Life.TestCase

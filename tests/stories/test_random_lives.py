"""Any life of a store keeps the books: random sales, renewals, invoices and settings, checked after every step.

What holds is figured a second time, in this file, from the orders alone. A short walk in `make test`; `make soak` walks
for longer (`CALM_LIVES`).
"""

from __future__ import annotations

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

from calm_desktop.engine.catalog import Kind, PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.rating import MrrFormula
from calm_desktop.services import catalogue, customers, invoices, renewals, rollup, sales, taxes
from calm_desktop.services import settings as rules_of_business
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk, Tx
from calm_desktop.services.requests import (
    ActivateOrder,
    AddAccount,
    AddProduct,
    AddTax,
    CreateAssets,
    CreateSchedules,
    Find,
    InvoiceOrder,
    Look,
    PostInvoices,
    Renew,
    Rollup,
    RunInvoices,
    SaleLine,
    Sell,
    SetAccount,
    SetAsset,
    SetPrice,
    SetSetting,
)
from calm_desktop.services.shapes import AssetShape, OrderItemShape, OrderShape
from calm_desktop.services.views import (
    list_assets,
    list_invoice_lines,
    list_invoices,
    list_orders,
    show_account,
    show_asset,
    show_order,
)
from calm_desktop.services.wire import to_json

LIVES = int(os.environ.get("CALM_LIVES", "40"))

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
DAYS = st.one_of(
    st.sampled_from((date(2023, 1, 1), date(2023, 1, 31), date(2024, 2, 29), date(2023, 12, 31), date(2024, 8, 31))),
    st.dates(date(2023, 1, 1), date(2025, 12, 31)),
)
LATE_DAYS = st.dates(date(2024, 6, 1), LAST)
QUANTITIES = st.one_of(st.sampled_from(("1", "10", "0.5")), st.decimals("0.000001", "5000", places=6).map(str))
PRICES = st.one_of(st.none(), st.sampled_from(("0", "10", "0.125")), st.decimals("0", "9999", places=6).map(str))
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
NUMBERS = st.integers(0, 99)
"""Which of the things there are; counted round."""

CHANGES = (
    SetSetting("auto-flow", "off"),
    SetSetting("auto-flow", "on"),
    SetSetting("mrr-formula", "total-over-term"),
    SetSetting("mrr-formula", "price"),
    SetSetting("tax-mode", "separate-invoice"),
    SetSetting("tax-mode", "invoice-line"),
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
    account, currency = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(("", "", *CURRENCIES)))
    return Sell(account.name, (line,), draft=draw(st.integers(0, 3)) == 3, currency=currency)


@cache
def furnished() -> Path:
    """A store with accounts, products, prices and taxes, to be copied for each life."""
    path = Path(tempfile.mkdtemp(prefix="lives-")) / "furnished.db"
    with Desk.create(path, {"currency": "USD"}, today=date(2023, 1, 1)) as desk:
        for account in ACCOUNTS:
            desk.do(customers.add_account, account)
        for product in PRODUCTS:
            desk.do(catalogue.add_product, product)
            for currency in CURRENCIES:
                desk.do(catalogue.set_price, SetPrice(product.code, product.price, date(1900, 1, 1), currency))
                dearer = product.price + Decimal("1.5")
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


class Life(RuleBasedStateMachine):
    """One store; each rule is one act of its people."""

    @initialize(
        tax_mode=st.sampled_from(("separate-invoice", "invoice-line")), sold=st.lists(a_sale(), min_size=1, max_size=4)
    )
    def open(self, tax_mode: str, sold: list[Sell]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        shutil.copy(furnished(), self.folder / "store.db")
        self.desk = Desk.open(self.folder / "store.db", date(2023, 1, 1))
        self.desk.do(rules_of_business.set_setting, SetSetting("tax-mode", tax_mode))
        self.formula = MrrFormula.PRICE
        self.formulas: dict[str, MrrFormula] = {}
        """The MRR formula by which each order item became part of an asset."""
        self.changed = False
        for sale in sold:
            self.sell(sale)

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert self.desk.ask(check, None).broken == ()
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
        through=LATE_DAYS,
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

    def act(self, use_case: Callable[[Tx, Any], Any], request: object, today: date) -> Any:
        """What an act answers, None where it is refused; its preview said the same, and refused the same."""
        desk = self.desk.on(today)
        foreseen = answer_of(desk.preview, use_case, request)
        done = answer_of(desk.do, use_case, request)
        if isinstance(foreseen, tuple):
            assert done == foreseen
            return None
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
                if item.asset is not None:
                    self.formulas.setdefault(item.id, self.formula)

    # ------------------------------------------------------------------------------------------------- what holds

    @precondition(lambda self: self.changed)
    @invariant()
    def holds(self) -> None:
        self.changed = False
        orders = [
            self.desk.ask(show_order, Look(row.number)).order
            for row in self.desk.ask(list_orders, Find())
            if row.status == "Activated"
        ]
        items = {item.id: item for order in orders for item in order.items}
        assets = [self.desk.ask(show_asset, Look(head.number)) for head in self.desk.ask(list_assets, Find())]
        in_force = [item for shape in assets for item in self.items_of(shape, items)]
        for item in items.values():
            self.is_rated_right(item)
        for shape in assets:
            self.is_billed_right(shape, items)
        self.lines_lie_within_service(items)
        for day in (date(2024, 2, 29), date(2026, 6, 30)):
            self.figures_are_those_of_the_orders(day, orders, in_force)

    def items_of(self, shape: AssetShape, items: dict[str, OrderItemShape]) -> list[OrderItemShape]:
        """The items that made an asset what it is: as many as it has actions."""
        mine = sorted((item for item in items.values() if item.asset == shape.asset.id), key=lambda item: item.start)
        done = [item for item in mine if any(state.start == item.start for state in shape.state_periods)]
        assert len(done) == len(shape.actions) == len(shape.state_periods)
        return done

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
        for plan in schedules:
            item = items[plan.order_item]
            day = item.start
            for part in plan.items:
                assert part.start == day
                day = part.end + timedelta(days=1)
            if plan.total is not None:
                assert plan.pending is not None
                assert plan.billed.minor + plan.pending.minor == plan.total.minor
                assert sum(part.amount.minor for part in plan.items) == plan.total.minor
                assert all(0 <= part.amount.minor <= plan.total.minor for part in plan.items)
            if plan.items and item.end is not None:
                assert plan.items[-1].end == item.end

    def lines_lie_within_service(self, items: dict[str, OrderItemShape]) -> None:
        ends: dict[str, list[date]] = defaultdict(list)
        for item in items.values():
            ends[item.asset or ""].append(item.end or date.max)
        billed: Counter[tuple[str, date]] = Counter()
        for line in self.desk.ask(list_invoice_lines, Find()):
            assert line.end <= max(ends[line.asset_id])
            if line.type == "Charge":
                billed[line.asset_id, line.start] += 1
        assert all(count == 1 for count in billed.values()), "a period was billed twice"

    def figures_are_those_of_the_orders(
        self, day: date, orders: list[OrderShape], in_force: list[OrderItemShape]
    ) -> None:
        owner = {item.id: order.account for order in orders for item in order.items}
        expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
        for item in in_force:
            if item.start <= day and (item.end is None or day <= item.end):
                amount = Decimal(0) if item.total is None else item.total.amount
                found = (item.quantity, amount, self.mrr_of(item), Decimal(0))
                key = owner[item.id], item.currency
                expected[key] = [mine + more for mine, more in zip(expected[key], found, strict=True)]
        for head in self.desk.ask(list_invoices, Find()):
            if head.status == "Posted" and head.date <= day:
                expected[head.account, head.currency][3] += head.total.amount
        for account in ACCOUNTS:
            for card in self.desk.on(day).ask(show_account, Look(account.name)).cards:
                shown = [card.quantity, card.amount.amount, card.mrr.amount, card.invoice_line_balance.amount]
                assert shown == expected.pop((account.name, card.currency), [Decimal(0)] * 4), (day, account.name)
        assert not expected

    def mrr_of(self, item: OrderItemShape) -> Decimal:
        """Monthly recurring revenue by the formula of the day on which the item became part of its asset."""
        if item.price_unit == "once" or item.product == "CAL":
            return Decimal(0)
        months = MONTHS[item.price_unit]
        if self.formulas[item.id] is MrrFormula.TOTAL_OVER_TERM and item.total is not None and item.term_count:
            return half_up(Fraction(item.total.amount) / (item.term_count * months), item.currency)
        net = Fraction(item.unit_price) * (1 - Fraction(item.discount) / 100)
        return half_up(net * Fraction(item.quantity) / months, item.currency)


Life.TestCase.settings = settings(
    max_examples=LIVES,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLives = Life.TestCase

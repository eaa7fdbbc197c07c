"""Sales: orders, and the steps by which they take effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy import exists, select

from calm_desktop.engine.billing import problems_of_terms
from calm_desktop.engine.catalog import Category, Kind, OrderKind, OrderStatus, PriceUnit, SellingModel
from calm_desktop.engine.dates import (
    FIRST_DAY,
    LAST_DAY,
    ONE_DAY,
    Frequency,
    Period,
    Term,
    add_months,
    term_between,
    term_end,
    term_of,
)
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.money import Currency
from calm_desktop.engine.orders import Item, problems_of_length
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.engine.rating import BillingTerms, Rate
from calm_desktop.services.boundary import use_case
from calm_desktop.services.catalogue import PriceBook, add_product
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.customers import add_account
from calm_desktop.services.field_values import Texts, Values, fields_of, given, resolve, write
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import find, find_all
from calm_desktop.services.order_flow import flow, make_assets
from calm_desktop.services.orders import (
    PlannedItem,
    PlannedOrder,
    add_to_order,
    linked_orders,
    open_order,
    write_orders,
)
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import (
    ActivateOrder,
    AddAccount,
    AddOrderLine,
    AddProduct,
    CreateAssets,
    CreateSchedules,
    OpenOrder,
    SaleLine,
    ScheduleItems,
    Sell,
    SetAsset,
    SetOrder,
    Source,
)
from calm_desktop.services.scheduling import make_schedules
from calm_desktop.services.shapes import AssetShape, OrderResult, OrderShape
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import asset_shapes, order_shapes
from calm_desktop.store import tables

SALE_CATEGORIES = (Category.INITIAL_SALE, Category.CROSS_SELLS, Category.OTHER)


class Sold(Protocol):
    """What an item needs to know of its product, as the product table has it."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def selling_model(self) -> str: ...

    @property
    def price_unit(self) -> str: ...


def order_result(tx: Tx, orders: list[int]) -> OrderResult:
    """Orders and the assets that they made or changed, as they are now."""
    items = tables.order_item.c
    query = select(items.asset_id).where(items.order_id.in_(orders), items.asset_id.is_not(None)).order_by(items.id)
    assets = list(dict.fromkeys(tx.db.scalars(query)))
    return OrderResult(order_shapes(tx, orders), asset_shapes(tx, assets), tx.request_id, tuple(tx.overrides_needed))


@use_case(Permission.SELL)
def sell(tx: Tx, request: Sell) -> OrderResult:
    """Record a sale. Refuses unknown names, terms that the product rules out and figures out of bounds, all at once."""
    if not request.lines:
        raise Refused(Problem("no-lines", "lines", "An order needs at least one line."))
    account, currency = _buyer(tx, request)
    prices = PriceBook(tx)
    problems: list[Problem] = []
    planned: list[PlannedItem] = []
    of_order, of_assets = _fields_of_order(tx, request, problems)
    for number, line in enumerate(request.lines, 1):
        place = f"line {number}" if len(request.lines) > 1 else ""
        try:
            if request.create:
                _make_product(tx, currency, line)
            found = plan_items(tx, account, currency, line, prices)
            lead = len(planned)
            said = given(tx, FieldObject.ASSET, (*of_assets, *line.fields), wrong := list[Problem](), new=True)
            refuse_if(wrong)
            planned.extend(replace(each, lead=lead, asset_fields=said) for each in found)
        except Refused as refused:
            problems.extend(
                Problem(each.code, each.field, each.message, each.place or place) for each in refused.problems
            )
    refuse_if(problems)
    status = OrderStatus.DRAFT if request.draft else OrderStatus.ACTIVATED
    order = PlannedOrder(account, OrderKind.NEW, status, currency, tuple(planned), tx.today, fields=of_order)
    orders = write_orders(tx, [order])
    if not request.draft:
        flow(tx, orders)
    return order_result(tx, orders)


def _fields_of_order(tx: Tx, request: Sell, problems: list[Problem]) -> tuple[Values, Texts]:
    """What the order is to say in fields of one's own, and what of the request's texts is for its assets."""
    known = fields_of(tx, FieldObject.ORDER, FieldObject.ASSET)
    of_order: list[tuple[str, str]] = []
    of_assets: list[tuple[str, str]] = []
    for name, text in request.fields:
        try:
            field = resolve(known, name)
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        (of_order if field.object is FieldObject.ORDER else of_assets).append((field.name, text))
    return given(tx, FieldObject.ORDER, of_order, problems, new=True), of_assets


def _buyer(tx: Tx, request: Sell) -> tuple[int, Currency]:
    name = request.account.strip()
    new = request.new_account
    if new is None and request.create and name and not find_all(tx, "account", name):
        new = AddAccount(name, currency=request.currency)
    if new is not None:
        made = add_account(tx, new)
        account = number_of("account", made.id)
        assert account is not None
    else:
        account = find(tx, "account", name)
    code = (
        request.currency
        or tx.db.execute(select(tables.account.c.currency).where(tables.account.c.id == account)).scalar_one()
    )
    return account, currency_named(code)


def _make_product(tx: Tx, currency: Currency, line: SaleLine) -> None:
    """The product of a line with a price, where there is none yet."""
    if line.price is not None and line.product.strip() and not find_all(tx, "product", line.product):
        evergreen = line.end is None and line.term is None
        model = SellingModel.EVERGREEN if evergreen else SellingModel.TERM
        code = line.product.strip()
        add_product(tx, AddProduct(code, code, line.price, Kind.SUBSCRIPTION, model, currency=currency.code))


def plan_items(
    tx: Tx,
    account: int,
    currency: Currency,
    line: SaleLine,
    prices: PriceBook,
    allowed: Sequence[Category] = SALE_CATEGORIES,
) -> list[PlannedItem]:
    """The items of a line of a sale: one, or one for each step of a ramp. Refuses with every reason at once."""
    number = find(tx, "product", line.product)
    product = tx.db.execute(select(tables.product).where(tables.product.c.id == number)).one()
    list_price = prices.price(number, currency.code, max(FIRST_DAY, min(tx.today, line.start)))
    if list_price is None and line.price is None:
        day = min(tx.today, line.start)
        words = f"{product.name} has no list price in {currency.code} on {day}. Give a price, or set one."
        raise Refused(Problem("no-list-price", "price", words))
    price = line.price if line.price is not None else list_price
    assert price is not None
    item = plan_item(product, line, price, price if list_price is None else list_price)
    steps = ramp(item, line, product.name)
    problems = list(
        dict.fromkeys(
            problem
            for step in steps
            for problem in problems_of_terms(step.period, step.quantity, step.rate, step.terms)
        )
    )
    problems.extend(_text_problems(line))
    category = item.category
    if category not in allowed:
        words = f"A sale can be {', '.join(allowed)}, not {category}."
        problems.append(Problem("bad-category", "category", words))
    if category is Category.CROSS_SELLS and not _owns_something_else(tx, account, number):
        words = f"A cross-sell goes to an account that owns another product; this one owns none beside {product.name}."
        problems.append(Problem("no-cross-sell", "category", words))
    refuse_if(problems)
    name = line.asset_name.strip() or product.name
    return [
        PlannedItem(number, step, name, product.tax_category, None if place else line.source, None, 0)
        for place, step in enumerate(steps)
    ]


def ramp(item: Item, line: SaleLine, name: str) -> list[Item]:
    """A sold item as the steps of its ramp, on one billing grid; the first days may be free.

    Refuses steps that do not rise from day to day within the term, and free days that outlast it.
    """
    start, end = item.period.start, item.period.end
    paid = add_months(start, line.free_months) + timedelta(days=line.trial_days)
    if not line.steps and paid <= start:
        return [item]
    if item.rate.unit is PriceUnit.ONCE:
        words = f"{name} is paid once: it has neither steps nor free days. Sell it in several lines."
        raise Refused(Problem("steps-once", "steps", words))
    problems: list[Problem] = []
    before = start
    for step in line.steps:
        if step.start <= before or (end is not None and step.start > end):
            until = f"{end} at the latest" if end else "later than that before it"
            words = f"The step from {step.start} must begin after {before}, {until}. Give its first day."
            problems.append(Problem("bad-step", "steps", words))
        before = step.start
    if paid > (end or LAST_DAY):
        until = f"to the end on {end}" if end == paid - ONE_DAY else f"past the end on {end or LAST_DAY}"
        words = f"The free days would go on to {paid - ONE_DAY}, {until}. Give fewer."
        problems.append(Problem("free-too-long", "free_months" if line.free_months else "trial_days", words))
    refuse_if(problems)
    held = [(start, item.quantity, item.rate)]
    for step in line.steps:
        price = item.rate.unit_price if step.price is None else step.price
        discount = item.rate.discount if step.discount is None else step.discount
        rate = Rate(price, item.rate.unit, discount, item.rate.discount_amount)
        held.append((step.start, step.quantity, rate))
    days = sorted({day for day, _, _ in held} | ({paid} if paid > start else set()))
    found = []
    for day, after in zip(days, [*days[1:], None], strict=True):
        _, quantity, rate = max((each for each in held if each[0] <= day), key=lambda each: each[0])
        free = Rate(Decimal(0), rate.unit)
        found.append(
            replace(
                item,
                quantity=quantity,
                rate=free if day < paid else rate,
                period=Period(day, end if after is None else after - ONE_DAY),
                anchor=start,
            )
        )
    return found


def plan_item(product: Sold, line: SaleLine, price: Decimal, list_price: Decimal) -> Item:
    """The engine's item of a sale line, of a product. Refuses a term that its model rules out."""
    model, unit = SellingModel(product.selling_model), PriceUnit(product.price_unit)
    period, term = _term(product.name, model, line)
    frequency = line.frequency or (Frequency.ONCE if model is SellingModel.ONE_TIME else Frequency.MONTHLY)
    return Item(
        category=line.category or Category.INITIAL_SALE,
        selling_model=model,
        quantity=line.quantity,
        list_price=list_price,
        rate=Rate(price, unit, line.discount, line.discount_amount),
        period=period,
        term=term,
        terms=BillingTerms(frequency, line.timing, line.boundary, line.partial, line.remainder),
        recurring=product.kind != Kind.USAGE.value,
    )


def _term(name: str, model: SellingModel, line: SaleLine) -> tuple[Period, Term | None]:
    if line.end is not None and line.term is not None:
        raise Refused(Problem("end-and-term", "end", "Give an end or a term, not both."))
    refuse_if(problems_of_length(line.term))
    has_end = line.end is not None or line.term is not None
    if model is SellingModel.EVERGREEN and has_end:
        words = f"{name} is evergreen: it runs until it is cancelled. Leave out end and term."
        raise Refused(Problem("evergreen-end", "end", words))
    if not has_end:
        if model is SellingModel.TERM:
            words = f"{name} is sold for a term. Give an end (2022-12-31) or a term (12 months)."
            raise Refused(Problem("missing-term", "term", words))
        return Period(line.start, None), None
    if line.term is not None:
        term = term_of(line.term, line.term_unit)
        try:
            return Period(line.start, term_end(line.start, term)), term
        except (ValueError, OverflowError):
            raise Refused(
                Problem("bad-term", "term", f"A term of {line.term} {line.term_unit} ends after 2199.")
            ) from None
    assert line.end is not None
    if line.end < line.start:
        words = f"The end {line.end} is before the start {line.start}. Both days belong to the term."
        raise Refused(Problem("end-before-start", "end", words))
    return Period(line.start, line.end), term_between(line.start, line.end)


def _text_problems(line: SaleLine) -> list[Problem]:
    return [*text_problems(tables.order_item, {"asset_name": line.asset_name}), *source_problems(line.source)]


def source_problems(source: Source | None) -> list[Problem]:
    """What is wrong with the texts of a stated origin."""
    if source is None:
        return []
    external = {"external_system": source.system, "external_reference": source.reference}
    return [
        *text_problems(tables.order_item, external, dict.fromkeys(external, "source")),
        *text_problems(tables.work_order, {"number": source.work_order}, {"number": "source"}),
        *text_problems(tables.work_order_line, {"line": source.line}, {"line": "source"}),
    ]


def _owns_something_else(tx: Tx, account: int, product: int) -> bool:
    owned = tables.asset.c
    return bool(tx.db.scalar(select(exists().where(owned.account_id == account, owned.product_id != product))))


def _activated(tx: Tx, name: str) -> int:
    order = find(tx, "order", name)
    row = tx.db.execute(
        select(tables.sales_order.c.status, tables.sales_order.c.number).where(tables.sales_order.c.id == order)
    ).one()
    if row.status != OrderStatus.ACTIVATED.value:
        words = f"Order {row.number} is a draft. Activate it first."
        raise Refused(Problem("draft-order", "order", words))
    return order


@use_case(Permission.SELL)
def open_draft(tx: Tx, request: OpenOrder) -> OrderResult:
    """Begin a draft order, whose lines are added one by one."""
    account, currency = _buyer(tx, Sell(request.account, (), currency=request.currency))
    said = given(tx, FieldObject.ORDER, request.fields, problems := list[Problem](), new=True)
    refuse_if([*problems, *problems_of_day("effective_date", request.effective_date)])
    return order_result(tx, [open_order(tx, account, currency, request.effective_date, said)])


@use_case(Permission.SELL)
def add_line(tx: Tx, request: AddOrderLine) -> tuple[str, ...]:
    """Add a line to a draft order; the answer is the ids of its items. Refuses an order that took effect, and days
    before the order's own."""
    order = find(tx, "order", request.order)
    row = tx.db.execute(select(tables.sales_order).where(tables.sales_order.c.id == order)).one()
    if row.status != OrderStatus.DRAFT.value:
        words = f"Order {row.number} is {row.status.lower()}, and takes no more lines. Make another order."
        raise Refused(Problem("not-a-draft", "order", words))
    if row.kind != OrderKind.NEW.value:
        raise Refused(Problem("not-a-sale", "order", f"Order {row.number} is no sale; its lines are what it changes."))
    if request.line.start < row.effective_date:
        words = f"The line begins on {request.line.start}, before its order does on {row.effective_date}."
        raise Refused(Problem("before-order", "start", words))
    currency = currency_named(row.currency)
    said = given(tx, FieldObject.ASSET, request.line.fields, problems := list[Problem](), new=True)
    refuse_if(problems)
    planned = plan_items(tx, row.account_id, currency, request.line, PriceBook(tx))
    added = add_to_order(tx, order, [replace(each, asset_fields=said) for each in planned])
    return tuple(public_id("order-item", number) for number in added)


@use_case(Permission.SELL)
def activate(tx: Tx, request: ActivateOrder) -> OrderResult:
    """A draft takes effect; asked again, it answers with what exists. Refuses one that has no lines yet."""
    order = find(tx, "order", request.order)
    orders = tables.sales_order
    if tx.db.scalar(select(tables.order_item.c.id).where(tables.order_item.c.order_id == order).limit(1)) is None:
        raise Refused(Problem("no-lines", "lines", "The order has no lines yet. Add at least one, then activate it."))
    done = tx.db.execute(
        orders.update()
        .where(orders.c.id == order, orders.c.status == OrderStatus.DRAFT.value)
        .values(status=OrderStatus.ACTIVATED.value)
    )
    if done.rowcount:
        account = tx.db.execute(select(orders.c.account_id).where(orders.c.id == order)).scalar_one()
        tx.touch("order", account)
        flow(tx, [order])
    return order_result(tx, [order])


@use_case(Permission.SELL)
def create_assets(tx: Tx, request: CreateAssets) -> OrderResult:
    """The first step by hand: the order's items make or change assets, where they have not yet.

    What left and what arrived by a transfer or a swap go together.
    """
    order = _activated(tx, request.order)
    make_assets(tx, sorted([order, *linked_orders(tx, order)]))
    return order_result(tx, [order])


@use_case(Permission.SELL)
def create_schedules(tx: Tx, request: CreateSchedules) -> OrderResult:
    """The second step by hand: billing of the order's items. Refused before their assets exist."""
    order = _activated(tx, request.order)
    items, sources = tables.order_item.c, tables.action_source.c
    missing = select(items.id).where(items.order_id == order, ~exists().where(sources.order_item_id == items.id))
    if tx.db.scalar(missing) is not None:
        words = f"Order {request.order} has items without assets. Create its assets first."
        raise Refused(Problem("no-assets", "order", words))
    make_schedules(tx, [order])
    return order_result(tx, [order])


@use_case(Permission.SELL)
def schedule_items(tx: Tx, request: ScheduleItems) -> OrderResult:
    """Make the billing schedules of the orders that these items stand in; asked again, it tells of those that exist."""
    if not request.items:
        raise Refused(Problem("no-items", "items", "Name at least one order item."))
    items, sources = tables.order_item.c, tables.action_source.c
    numbers = {text: number_of("order-item", text.strip()) for text in request.items}
    rows = tx.db.execute(select(items.id, items.order_id).where(items.id.in_(set(numbers.values()) - {None})))
    orders = dict(tuple(row) for row in rows)
    refuse_if(
        Problem("unknown-order-item", "items", f"There is no order item {text!r}.")
        for text, number in numbers.items()
        if number not in orders
    )
    named = list(dict.fromkeys(orders.values()))
    missing = select(items.id).where(items.order_id.in_(named), ~exists().where(sources.order_item_id == items.id))
    if tx.db.scalar(missing.limit(1)) is not None:
        raise Refused(Problem("no-assets", "items", "The items have no assets yet. Create their assets first."))
    make_schedules(tx, named)
    return order_result(tx, named)


@use_case(Permission.CHANGE)
def set_asset(tx: Tx, request: SetAsset) -> AssetShape:
    """What a renewal of the asset takes when it is not told, and what it says in fields of one's own."""
    asset = find(tx, "asset", request.asset)
    row = tx.db.execute(select(tables.asset).where(tables.asset.c.id == asset)).one()
    values: dict[str, object] = {}
    refuse_if(problems_of_length(request.renewal_term, "renewal_term"))
    if request.renewal_term is not None:
        values["renewal_term"] = request.renewal_term
        values["renewal_term_unit"] = request.renewal_term_unit or row.renewal_term_unit or "months"
    elif request.renewal_term_unit is not None:
        if row.renewal_term is None:
            words = "Give a renewal term with its unit: how many months or years?"
            raise Refused(Problem("missing-renewal-term", "renewal_term", words))
        values["renewal_term_unit"] = request.renewal_term_unit
    if request.renewal_pricing is not None:
        values["renewal_pricing"] = request.renewal_pricing.value
    said = given(tx, FieldObject.ASSET, request.fields, problems := list[Problem]())
    refuse_if(problems)
    if values:
        values = {key: str(value) if key == "renewal_term_unit" else value for key, value in values.items()}
        tx.set_values(tables.asset, asset, values, public_id("asset", asset))
    write(tx, FieldObject.ASSET, asset, said)
    tx.touch("asset", row.account_id)
    return asset_shapes(tx, [asset])[0]


@use_case(Permission.SELL)
def set_order(tx: Tx, request: SetOrder) -> OrderShape:
    """What an order says in fields of one's own; nothing else of it can be changed."""
    order = find(tx, "order", request.order)
    said = given(tx, FieldObject.ORDER, request.fields, problems := list[Problem]())
    refuse_if(problems)
    write(tx, FieldObject.ORDER, order, said)
    account = tx.db.execute(select(tables.sales_order.c.account_id).where(tables.sales_order.c.id == order))
    tx.touch("order", account.scalar_one())
    return order_shapes(tx, [order])[0]

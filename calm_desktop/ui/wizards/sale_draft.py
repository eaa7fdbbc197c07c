"""What was typed into the sale wizard, and the sale it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from calm_desktop.engine.catalog import Category, SellingModel, list_price_on
from calm_desktop.engine.catalog import ListPrice as Entry
from calm_desktop.engine.dates import FIRST_DAY, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.limits import LONGEST_PAYMENT, LONGEST_TERM, LONGEST_TRIAL
from calm_desktop.engine.money import price_text
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import AddAccount, SaleLine, SaleStep, Sell
from calm_desktop.services.shapes import ProductRow
from calm_desktop.ui import display
from calm_desktop.ui.wizards.form import TypedReader, by_the_field
from calm_desktop.ui.wizards.own_fields import FieldDraft, said
from calm_desktop.ui.wizards.sources import SourceDraft, source_of

EXISTING, NEW = "existing", "new"
TERM, LAST_DAY, OPEN = "term", "end", "open"
DAY_OF_MONTH = "day"
PERCENT, PER_UNIT = "percent", "per-unit"


@dataclass
class StepDraft:
    """A step of a ramp as typed: what holds from its first day on."""

    start: str = ""
    quantity: str = ""
    price: str = ""


@dataclass
class LineDraft(SourceDraft):
    """One line as typed; `discount_in` says which of both discounts is meant."""

    product: str = ""
    asset_name: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    discount_in: str = PERCENT
    discount_amount: str = ""
    start: str = ""
    runs: str = TERM
    term: str = "12"
    term_unit: str = TermUnit.MONTHS.value
    end: str = ""
    frequency: str = Frequency.MONTHLY.value
    timing: str = Timing.ADVANCE.value
    boundary: str = "anniversary"
    boundary_day: str = ""
    partial: str = Partial.ALLOWED.value
    remainder: str = Remainder.LAST.value
    category: str = Category.INITIAL_SALE.value
    free_months: str = ""
    trial_days: str = ""
    steps: list[StepDraft] = field(default_factory=list)
    fields: list[FieldDraft] = field(default_factory=list)


@dataclass
class SaleDraft:
    """A sale as typed. `account` is the id of a customer that exists, `account_words` how it reads."""

    who: str = EXISTING
    account: str = ""
    account_words: str = field(default="", compare=False)
    account_currency: str = field(default="", compare=False)
    name: str = ""
    number: str = ""
    currency: str = ""
    country: str = ""
    bill_to: str = ""
    payment_days: str = ""
    lines: list[LineDraft] = field(default_factory=lambda: [LineDraft()])
    fields: list[FieldDraft] = field(default_factory=list)
    account_fields: list[FieldDraft] = field(default_factory=list)
    draft: bool = False


def product_words(product: ProductRow) -> str:
    """How a product reads in a list."""
    return f"{product.code} · {product.name}"


def product_named(products: Sequence[ProductRow], text: str) -> ProductRow | None:
    """The product that a typed text means: as it reads in the list, its code, or its only name."""
    wanted = text.strip().casefold()
    for product in products:
        if wanted in (product.code.casefold(), product_words(product).casefold()):
            return product
    named = [product for product in products if product.name.casefold() == wanted]
    return named[0] if len(named) == 1 else None


def chosen_product(
    text: str, products: Sequence[ProductRow], read: TypedReader, nothing_typed: str
) -> ProductRow | None:
    """The product that a typed text means; that there is none is noted by the field."""
    product = product_named(products, text)
    if product is None:
        found = text.strip()
        words = f"There is no product “{found}”. Choose one from the list." if found else nothing_typed
        read.wrong("unknown-product", "product", words)
    return product


def list_price(product: ProductRow, currency: str, day: date) -> str:
    """The list price of a day as it is typed; nothing where there is none."""
    try:
        known = currency_named(currency)
    except Refused:
        return ""
    entries = tuple(Entry(each.start, each.price) for each in product.prices if each.currency == currency)
    price = list_price_on(entries, max(FIRST_DAY, day))
    return "" if price is None else price_text(price, known)


def account_of(draft: SaleDraft, today: date) -> AddAccount | None:
    """The customer to be made, None where one that exists is meant. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    if draft.who == EXISTING:
        if not draft.account:
            read.wrong("missing-account", "account", "Choose an account, or enter a new one.")
        read.done()
        return None
    name = read.needed("name", draft.name, "Enter the name of the new account.")
    days = read.optional(lambda f, t: read.whole(f, t, 0, LONGEST_PAYMENT), "payment_days", draft.payment_days)
    code = draft.currency.strip().upper()
    if code and (len(code) != 3 or not code.isascii() or not code.isalpha()):
        read.wrong("unknown-currency", "currency", "Write a currency as three letters, such as USD or EUR.")
    read.done()
    return AddAccount(
        name,
        number=draft.number.strip(),
        currency=code,
        country=draft.country.strip(),
        bill_to=draft.bill_to.strip(),
        payment_days=days,
        fields=said(draft.account_fields, today),
    )


def line_of(draft: LineDraft, products: Sequence[ProductRow], today: date) -> SaleLine:
    """The line that is meant. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    product = chosen_product(draft.product, products, read, "Choose a product.")
    quantity = read.typed_quantity("quantity", draft.quantity)
    price = read.optional(read.price, "price", draft.price)
    percent = draft.discount_in == PERCENT
    discount = read.optional(read.percent, "discount", draft.discount) if percent else None
    off = None if percent else read.optional(read.price, "discount_amount", draft.discount_amount)
    if off is not None and price is not None and off > price:
        read.wrong("bad-discount_amount", "discount_amount", "It is more than the price. Take less off.")
    start = read.typed_day("start", draft.start)
    model = SellingModel(product.selling_model) if product is not None else SellingModel.TERM
    runs = runs_of(draft, model)
    term = end = None
    if runs == TERM:
        term = read.whole("term", draft.term, 1, LONGEST_TERM)
    elif runs == LAST_DAY:
        end = read.typed_day("end", draft.end)
        if start is not None and end is not None and end < start:
            read.wrong("end-before-start", "end", "The last day is before the first. Choose a later one.")
    once = model is SellingModel.ONE_TIME
    boundary_text = f"day:{draft.boundary_day.strip()}" if draft.boundary == DAY_OF_MONTH else draft.boundary
    if draft.boundary == DAY_OF_MONTH and not once:
        read.whole("boundary_day", draft.boundary_day, 1, 31)
    source = source_of(draft, read)
    free = _free(draft, read, once)
    steps, wrong_steps = ((), []) if once else steps_of(draft.steps, start, end, today)
    read.problems.extend(wrong_steps)
    read.done()
    boundary = read.boundary("boundary", "anniversary" if once else boundary_text)
    assert product is not None
    assert quantity is not None
    assert start is not None
    assert boundary is not None
    return SaleLine(
        product=product.id,
        quantity=quantity,
        start=start,
        price=price,
        discount=discount or Decimal(0),
        end=end,
        term=term,
        term_unit=TermUnit(draft.term_unit),
        frequency=None if once else Frequency(draft.frequency),
        timing=Timing(draft.timing),
        boundary=boundary,
        partial=Partial(draft.partial),
        remainder=Remainder(draft.remainder),
        category=Category(draft.category),
        source=source,
        asset_name=draft.asset_name.strip(),
        discount_amount=off or Decimal(0),
        steps=steps,
        free_months=free[0],
        trial_days=free[1],
        fields=said(draft.fields, today),
    )


def _free(draft: LineDraft, read: TypedReader, once: bool) -> tuple[int, int]:
    """Free months and trial days; what is sold once has neither."""
    if once:
        return 0, 0
    months = read.optional(lambda f, t: read.whole(f, t, 0, LONGEST_TERM), "free_months", draft.free_months)
    days = read.optional(lambda f, t: read.whole(f, t, 0, LONGEST_TRIAL), "trial_days", draft.trial_days)
    return months or 0, days or 0


def step_field(place: int, name: str) -> str:
    """How a field of the step at a place (from 0) is called in problems."""
    return f"steps[{place}].{name}"


def steps_of(
    drafts: Sequence[StepDraft], start: date | None, end: date | None, today: date
) -> tuple[tuple[SaleStep, ...], list[Problem]]:
    """The steps of a ramp that begins on `start`, and all that is missing or wrong by field."""
    steps: list[SaleStep] = []
    problems: list[Problem] = []
    before = start
    for place, draft in enumerate(drafts):
        read = TypedReader(today)
        day = read.typed_day("start", draft.start)
        quantity = read.typed_quantity("quantity", draft.quantity)
        price = read.optional(read.price, "price", draft.price)
        if day is not None:
            if before is not None and day <= before:
                read.wrong("bad-step", "start", f"Choose a day after {display.day(before)}.")
            elif end is not None and day > end:
                read.wrong("bad-step", "start", f"Choose a day up to the last one, {display.day(end)}.")
            before = day
        if not read.problems and day is not None and quantity is not None:
            steps.append(SaleStep(day, quantity, price))
        problems.extend(
            Problem(each.code, step_field(place, each.field), by_the_field(each), each.place) for each in read.problems
        )
    return tuple(steps), problems


def runs_of(draft: LineDraft, model: SellingModel) -> str:
    """How a line's end is given: evergreen has none, a term must have one, what is sold once may."""
    if model is SellingModel.EVERGREEN:
        return OPEN
    return TERM if model is SellingModel.TERM and draft.runs == OPEN else draft.runs


def sale_of(draft: SaleDraft, products: Sequence[ProductRow], today: date) -> Sell:
    """The sale that is meant. Raises `Refused` with everything that is missing or wrong, by line."""
    problems: list[Problem] = []
    new = None
    try:
        new = account_of(draft, today)
    except Refused as refused:
        problems.extend(refused.problems)
    lines: list[SaleLine] = []
    for number, line in enumerate(draft.lines, 1):
        try:
            lines.append(line_of(line, products, today))
        except Refused as refused:
            problems.extend(Problem(p.code, p.field, p.message, f"line {number}") for p in refused.problems)
    if problems:
        raise Refused(problems)
    return Sell(
        account="" if new else draft.account,
        lines=tuple(lines),
        draft=draft.draft,
        new_account=new,
        fields=said(draft.fields, today),
    )

"""Sales and renewals, and the steps by which an order takes effect."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer

from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, family, given, needed, verb
from calm_desktop.cli.tables import asset_sheets, order_sheets, set_order_sheets
from calm_desktop.cli.words import (
    AsDraft,
    Discount,
    DiscountAmount,
    DryRun,
    FieldTexts,
    Given,
    Grid,
    HowOften,
    OddCents,
    Parts,
    WhenBilled,
    flag,
    name,
    read_fields,
    text,
)
from calm_desktop.engine.catalog import Category, RenewalPricing
from calm_desktop.engine.dates import ANNIVERSARY, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.limits import LONGEST_TERM
from calm_desktop.engine.reading import Reader
from calm_desktop.services.requests import Source


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "sell")(sell)
    change = family(app, "set", "Change what is recorded beside the figures.")
    verb(change, "asset")(set_asset)
    verb(change, "order")(set_order)
    verb(app, "activate")(activate)
    verb(app, "create-assets")(create_assets)
    verb(app, "create-schedules")(create_schedules)
    verb(app, "renew")(renew)


Term = Annotated[Given, text("--term", "N", "How long, in --term-unit.")]
UnitOfTerm = Annotated[Given, text("--term-unit", "UNIT", "months (the default) or years.")]


def sell(
    session: Session,
    account: Annotated[Given, text("--account", "A", "The customer: id, number or name.")] = None,
    product: Annotated[Given, text("--product", "C", "The product: id, code or name.")] = None,
    quantity: Annotated[Given, text("--quantity", "N", "How many, at most 6 decimals.")] = None,
    start: Annotated[Given, text("--start", "DATE", "The first day of service.")] = None,
    end: Annotated[Given, text("--end", "DATE", "The last day of service; or give --term.")] = None,
    term: Term = None,
    term_unit: UnitOfTerm = None,
    price: Annotated[Given, text("--price", "P", "The unit price; the list price of the day unless given.")] = None,
    discount: Discount = None,
    discount_amount: DiscountAmount = None,
    free_months: Annotated[Given, text("--free-months", "N", "The first months, which cost nothing.")] = None,
    trial_days: Annotated[Given, text("--trial-days", "N", "The first days, which cost nothing.")] = None,
    currency: Annotated[Given, text("--currency", "CODE", "The currency; the customer's unless given.")] = None,
    frequency: HowOften = None,
    timing: WhenBilled = None,
    boundary: Grid = None,
    partial: Parts = None,
    remainder: OddCents = None,
    category: Annotated[Given, text("--category", "C", "Initial Sale (the default), Cross-Sells or Other.")] = None,
    source: Annotated[
        Given, text("--source", "SOURCE", "Where it came from: work-order:NUMBER/LINE, or SYSTEM:REFERENCE.")
    ] = None,
    field: FieldTexts = None,
    order: Annotated[Given, text("--order", "FILE", "Sell the orders of a JSON file instead of one line.")] = None,
    create: Annotated[
        bool, flag("--create", "Make an account that does not exist, and a product where --price is given.")
    ] = False,
    draft: AsDraft = False,
    dry_run: DryRun = False,
) -> None:
    """Sell: makes an order, and with it asset and billing schedule.

    \b
    Examples:
      calm-desktop sell --create --account "Acme" --product LIC --quantity 10 \\
          --start 2022-01-01 --term 12 --term-unit months --frequency monthly
      calm-desktop sell --order orders.json --dry-run
    """
    line = {
        "--account": account,
        "--product": product,
        "--quantity": quantity,
        "--start": start,
    }
    terms = (end, term, term_unit, price, discount, discount_amount, free_months, trial_days)
    beside = (*terms, frequency, timing, boundary, partial, remainder, category, source)
    if order is not None:
        if any(value is not None for value in (*line.values(), *beside, currency, field)):
            raise WrongUsage("--order takes everything from its file: leave out the options of a single line.")
        _sell_file(session, order, create, draft, dry_run)
        return
    missing = [option for option, value in line.items() if value is None]
    if missing:
        raise WrongUsage(f"Missing option {', '.join(missing)}; or --order with a file.")
    read = session.read
    of_quantity = read.quantity("quantity", quantity or "")
    from_day = read.day("start", start or "")
    to_day = given(read.day, "end", end)
    of_term = given(_term_length(read), "term", term)
    unit = TermUnit.MONTHS if term_unit is None else read.word("term-unit", term_unit, TermUnit)
    unit_price = given(read.price, "price", price)
    percent = Decimal(0) if discount is None else read.percent("discount", discount)
    off = Decimal(0) if discount_amount is None else read.price("discount-amount", discount_amount)
    free = 0 if free_months is None else read.whole("free-months", free_months, 0, LONGEST_TERM)
    trial = 0 if trial_days is None else read.whole("trial-days", trial_days, 0, 3650)
    how_often = None if frequency is None else read.word("frequency", frequency, Frequency)
    when = Timing.ADVANCE if timing is None else read.word("timing", timing, Timing)
    grid = ANNIVERSARY if boundary is None else read.boundary("boundary", boundary)
    parts = Partial.ALLOWED if partial is None else read.word("partial", partial, Partial)
    odd = Remainder.LAST if remainder is None else read.word("remainder", remainder, Remainder)
    business = None if category is None else read.word("category", category, Category)
    came_from = None if source is None else read_source(read, source)
    said = read_fields(read, field)
    read.done()
    from calm_desktop.services import sales
    from calm_desktop.services.requests import SaleLine, Sell

    sale_line = SaleLine(
        product=product or "",
        quantity=needed(of_quantity),
        start=needed(from_day),
        price=unit_price,
        discount=needed(percent),
        end=to_day,
        term=of_term,
        term_unit=needed(unit),
        frequency=how_often,
        timing=needed(when),
        boundary=needed(grid),
        partial=needed(parts),
        remainder=needed(odd),
        category=business,
        source=came_from,
        discount_amount=needed(off),
        free_months=needed(free),
        trial_days=needed(trial),
    )
    request = Sell(account or "", (sale_line,), create, draft, currency or "", fields=said)
    show_orders(session, session.change(sales.sell, request, dry_run), dry_run)


def _sell_file(session: Session, file: str, create: bool, draft: bool, dry_run: bool) -> None:
    from calm_desktop.services import order_files
    from calm_desktop.services.requests import SellFile

    result = session.change(order_files.sell_file, SellFile(file, create, draft), dry_run, "Selling")
    show_orders(session, result, dry_run)


def _term_length(read: Reader) -> Any:
    return lambda field, value: read.whole(field, value, 1, LONGEST_TERM)


def read_source(read: Reader, source: str) -> Source | None:
    """Where a sale came from: `work-order:NUMBER/LINE` or `SYSTEM:REFERENCE`."""
    system, colon, reference = (part.strip() for part in source.partition(":"))
    if system.casefold() == "work-order":
        number, slash, line = (part.strip() for part in reference.rpartition("/"))
        if slash and number and line:
            return Source(work_order=number, line=line)
    elif colon and system and reference:
        return Source(system=system, reference=reference)
    words = f"source: {source!r} says no place. Write it like work-order:WO-7/1 or crm:4711."
    read.wrong("bad-source", "source", words)
    return None


def show_orders(session: Session, result: object, dry_run: bool) -> None:
    """Answer with orders and the assets that they made or changed."""
    session.answer(result, lambda: order_sheets(result), dry_run)


def set_asset(
    session: Session,
    asset: Annotated[str, name("NAME", "Which asset: id, number or name.")],
    term: Annotated[Given, text("--renewal-term", "N", "How long a renewal runs.")] = None,
    term_unit: Annotated[Given, text("--renewal-term-unit", "UNIT", "months or years.")] = None,
    pricing: Annotated[Given, text("--renewal-pricing", "HOW", "last: last negotiated; list: the list price.")] = None,
    field: FieldTexts = None,
    dry_run: DryRun = False,
) -> None:
    """Say what a renewal of an asset takes when it is not told, and what it says in fields of your own.

    \b
    Example:
      calm-desktop set asset AST-000001 --renewal-term 2 --renewal-term-unit years --renewal-pricing list
    """
    read = session.read
    length = given(_term_length(read), "renewal-term", term)
    unit = None if term_unit is None else read.word("renewal-term-unit", term_unit, TermUnit)
    price = None if pricing is None else read.word("renewal-pricing", pricing, RenewalPricing)
    said = read_fields(read, field)
    read.done()
    if length is None and unit is None and price is None and not said:
        raise WrongUsage("Say what to set: --renewal-term, --renewal-term-unit, --renewal-pricing or --field.")
    from calm_desktop.services import sales
    from calm_desktop.services.requests import SetAsset

    shape = session.change(sales.set_asset, SetAsset(asset, length, unit, price, said), dry_run)
    session.answer(shape, lambda: asset_sheets(shape, actions=False, billing=False), dry_run)


Order = Annotated[str, name("ORDER", "Which order: id or number.")]


def set_order(session: Session, order: Order, field: FieldTexts = None, dry_run: DryRun = False) -> None:
    """Say what an order says in fields of your own; nothing else of it can be changed.

    \b
    Example:
      calm-desktop set order 00000001 --field Channel=Partner
    """
    said = read_fields(session.read, field)
    session.read.done()
    if not said:
        raise WrongUsage("Say what to set: --field NAME=VALUE.")
    from calm_desktop.services import sales
    from calm_desktop.services.requests import SetOrder

    shape = session.change(sales.set_order, SetOrder(order, said), dry_run)
    session.answer(shape, lambda: set_order_sheets(shape), dry_run)


def activate(session: Session, order: Order, dry_run: DryRun = False) -> None:
    """A draft order takes effect.

    \b
    Example:
      calm-desktop activate 00000001
    """
    from calm_desktop.services import sales
    from calm_desktop.services.requests import ActivateOrder

    show_orders(session, session.change(sales.activate, ActivateOrder(order), dry_run), dry_run)


def create_assets(session: Session, order: Order, dry_run: DryRun = False) -> None:
    """Make the assets of an activated order, where auto-flow is off; once more it answers with what exists.

    \b
    Example:
      calm-desktop create-assets 00000001
    """
    from calm_desktop.services import sales
    from calm_desktop.services.requests import CreateAssets

    show_orders(session, session.change(sales.create_assets, CreateAssets(order), dry_run), dry_run)


def create_schedules(session: Session, order: Order, dry_run: DryRun = False) -> None:
    """Make the billing schedules of an activated order, where auto-flow is off; once more it answers with what exists.

    \b
    Example:
      calm-desktop create-schedules 00000001
    """
    from calm_desktop.services import sales
    from calm_desktop.services.requests import CreateSchedules

    show_orders(session, session.change(sales.create_schedules, CreateSchedules(order), dry_run), dry_run)


def renew(
    session: Session,
    assets: Annotated[list[str], name("ASSET...", "The assets of one account: id, number or name.")],
    term: Term = None,
    term_unit: UnitOfTerm = None,
    pricing: Annotated[
        Given, text("--pricing", "HOW", "last: the last negotiated price; list: the list price of the day.")
    ] = None,
    start: Annotated[
        Given,
        text(
            "--from",
            "DATE",
            "The first day; the day after the current end unless given. A day within the term ends that early.",
        ),
    ] = None,
    coterminate: Annotated[Given, text("--coterminate", "DATE", "One last day for all of them.")] = None,
    draft: AsDraft = False,
    dry_run: DryRun = False,
) -> None:
    """Renew assets in one order; what is not given is as the asset says, else as last time.

    \b
    Example:
      calm-desktop --today 2022-10-15 renew AST-000001 --term 12 --pricing last
    """
    read = session.read
    length = given(_term_length(read), "term", term)
    unit = None if term_unit is None else read.word("term-unit", term_unit, TermUnit)
    price = None if pricing is None else read.word("pricing", pricing, RenewalPricing)
    from_day = given(read.day, "from", start)
    to_day = given(read.day, "coterminate", coterminate)
    read.done()
    from calm_desktop.services import renewals
    from calm_desktop.services.requests import Renew

    request = Renew(tuple(assets), length, unit, price, from_day, to_day, draft)
    show_orders(session, session.change(renewals.renew, request, dry_run), dry_run)

"""Changes in the middle of a life: more, less, other prices and days, transfers, swaps, the end, and undo."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer

from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, needed, verb
from calm_desktop.cli.verbs.sales import read_source, show_orders
from calm_desktop.cli.words import AsDraft, Discount, DiscountAmount, DryRun, Given, name, text
from calm_desktop.engine.catalog import Category, RenewalPricing
from calm_desktop.engine.reading import Reader


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    for called, function in (
        ("amend", amend),
        ("cancel", cancel),
        ("reprice", reprice),
        ("extend", extend),
        ("pause", pause),
        ("resume", resume),
        ("transfer", transfer),
        ("swap", swap),
        ("undo", undo),
    ):
        verb(app, called)(function)


Asset = Annotated[str, name("ASSET", "Which asset: id, number or name.")]
FirstDay = Annotated[str, text("--from", "DATE", "The first day on which the change holds.")]
CameFrom = Annotated[
    Given, text("--source", "SOURCE", "Where it came from: work-order:NUMBER/LINE, or SYSTEM:REFERENCE.")
]


def _change(session: Session, use_case: Any, request: Any, dry_run: bool) -> None:
    show_orders(session, session.change(use_case, request, dry_run), dry_run)


def _source(read: Reader, source: str | None) -> Any:
    return None if source is None else read_source(read, source)


def _signed(read: Reader, text_given: str) -> Decimal | None:
    """A change of quantity: +5 or -5."""
    return read.number("quantity-change", text_given, 6, "+5 or -2.5")


def amend(
    session: Session,
    asset: Asset,
    start: FirstDay,
    change: Annotated[str, text("--quantity-change", "+N|-N", "How many more (+5) or less (-5).")],
    price: Annotated[Given, text("--price", "P", "The unit price of what is added.")] = None,
    pricing: Annotated[
        Given, text("--pricing", "HOW", "last: as negotiated last (the default); list: the list price of the day.")
    ] = None,
    source: CameFrom = None,
    draft: AsDraft = False,
    dry_run: DryRun = False,
) -> None:
    """Raise or lower the quantity of an asset from a day on; later terms and steps change by as much.

    What is not billed yet is lowered where it stands, what is billed is credited. A change of days in the past that are
    invoiced already says what follows, and takes --override REASON.

    \b
    Examples:
      calm-desktop amend AST-000001 --quantity-change +5 --from 2022-09-01
      calm-desktop amend AST-000001 --quantity-change -5 --from 2022-09-01 --dry-run
    """
    read = session.read
    quantity, day = _signed(read, change), read.day("from", start)
    unit_price = given(read.price, "price", price)
    how = None if pricing is None else read.word("pricing", pricing, RenewalPricing)
    came_from = _source(read, source)
    read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import AmendQuantity

    request = AmendQuantity(asset, needed(quantity), needed(day), unit_price, how, came_from, draft)
    _change(session, changes.amend_quantity, request, dry_run)


def cancel(
    session: Session,
    asset: Asset,
    start: Annotated[str, text("--from", "DATE", "The first day without service.")],
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """End an asset: nothing is owned or billed from the given day on, and what is billed beyond is credited.

    Where partial periods are not allowed, it ends with the running billing period.

    \b
    Example:
      calm-desktop cancel AST-000001 --from 2022-09-01
    """
    day, came_from = session.read.day("from", start), _source(session.read, source)
    session.read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import CancelAsset

    _change(session, changes.cancel, CancelAsset(asset, needed(day), came_from), dry_run)


def reprice(
    session: Session,
    asset: Asset,
    start: FirstDay,
    price: Annotated[Given, text("--price", "P", "The new unit price, before discount.")] = None,
    discount: Discount = None,
    discount_amount: DiscountAmount = None,
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """Give all of an asset another price or discount from a day on.

    \b
    Examples:
      calm-desktop reprice AST-000001 --price 12 --from 2022-07-01
      calm-desktop reprice AST-000001 --discount 10 --from 2022-07-01
    """
    read = session.read
    day, unit_price = read.day("from", start), given(read.price, "price", price)
    percent, off = given(read.percent, "discount", discount), given(read.price, "discount-amount", discount_amount)
    came_from = _source(read, source)
    read.done()
    if price is None and discount is None and discount_amount is None:
        raise WrongUsage("Say what changes: --price, --discount or --discount-amount.")
    from calm_desktop.services import changes
    from calm_desktop.services.requests import RepriceAsset

    request = RepriceAsset(asset, needed(day), unit_price, percent, off, came_from)
    _change(session, changes.reprice, request, dry_run)


def extend(
    session: Session,
    asset: Asset,
    end: Annotated[str, text("--end", "DATE", "The new last day.")],
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """Move the last day of an asset: later at the last price, or earlier; an evergreen one gets an end.

    \b
    Example:
      calm-desktop extend AST-000001 --end 2023-03-31
    """
    day, came_from = session.read.day("end", end), _source(session.read, source)
    session.read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import ExtendAsset

    _change(session, changes.extend, ExtendAsset(asset, needed(day), came_from), dry_run)


def pause(
    session: Session,
    asset: Asset,
    start: FirstDay,
    end: Annotated[Given, text("--to", "DATE", "The last day of the pause; until it is resumed unless given.")] = None,
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """Hold an asset: it stays owned, but is neither billed nor recurring; its end does not move.

    \b
    Example:
      calm-desktop pause AST-000001 --from 2022-07-01 --to 2022-08-31
    """
    first, last = session.days(start, end)
    came_from = _source(session.read, source)
    session.read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import PauseAsset

    _change(session, changes.pause, PauseAsset(asset, needed(first), last, came_from), dry_run)


def resume(
    session: Session,
    asset: Asset,
    start: Annotated[str, text("--from", "DATE", "The first day on which it counts again.")],
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """Let a paused asset go on, at the prices that it had.

    \b
    Example:
      calm-desktop resume AST-000001 --from 2022-08-01
    """
    day, came_from = session.read.day("from", start), _source(session.read, source)
    session.read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import ResumeAsset

    _change(session, changes.resume, ResumeAsset(asset, needed(day), came_from), dry_run)


def transfer(
    session: Session,
    asset: Asset,
    to: Annotated[str, text("--to", "ACCOUNT", "Who gets it: id, number or name.")],
    start: FirstDay,
    quantity: Annotated[Given, text("--quantity", "N", "How many; all unless given.")] = None,
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """Move an asset, or a part of it, to another account from a day on.

    \b
    Example:
      calm-desktop transfer AST-000001 --to "Beta" --from 2022-07-01 --quantity 4
    """
    day, count = session.read.day("from", start), given(session.read.quantity, "quantity", quantity)
    came_from = _source(session.read, source)
    session.read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import TransferAsset

    _change(session, changes.transfer, TransferAsset(asset, to, needed(day), count, came_from), dry_run)


def swap(
    session: Session,
    asset: Asset,
    to: Annotated[str, text("--to", "PRODUCT", "The new product: id, code or name.")],
    start: FirstDay,
    price: Annotated[Given, text("--price", "P", "Its unit price; the list price of the day unless given.")] = None,
    category: Annotated[Given, text("--category", "C", "Swaps (the default), Upgrades or Downgrades.")] = None,
    end: Annotated[Given, text("--end", "DATE", "Its last day; that of the old asset unless given.")] = None,
    source: CameFrom = None,
    dry_run: DryRun = False,
) -> None:
    """End an asset and start one of another product on the same day, for the days that were left.

    \b
    Example:
      calm-desktop swap AST-000001 --to PRO --from 2022-07-01 --category Upgrades
    """
    read = session.read
    day, unit_price = read.day("from", start), given(read.price, "price", price)
    kind = Category.SWAPS if category is None else read.word("category", category, Category)
    last = given(read.day, "end", end)
    came_from = _source(read, source)
    read.done()
    from calm_desktop.services import changes
    from calm_desktop.services.requests import SwapAsset

    request = SwapAsset(asset, to, needed(day), unit_price, needed(kind), came_from, last)
    _change(session, changes.swap, request, dry_run)


def undo(
    session: Session,
    action: Annotated[str, name("ACTION", "Which action, by id; the list of actions shows them.")],
    dry_run: DryRun = False,
) -> None:
    """Take an action back, as if it had never been, while nothing depends on it; else it says what does.

    \b
    Example:
      calm-desktop undo 9aA000000000002EAA
    """
    from calm_desktop.services import undoing
    from calm_desktop.services.requests import UndoAction

    _change(session, undoing.undo, UndoAction(action), dry_run)

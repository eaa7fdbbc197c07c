"""Sample data: what the sample's customers did in the middle of their terms, each kind of change once.

Alder Creek Roasters tells most of it: a ramp, a downsell, another price, a transfer to a customer of theirs, and a
cancellation of something that was invoiced already. The others pause, trade up, renew early, take more of a
subscription without an end, and take a mistake back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.dates import add_months
from calm_desktop.services import changes, renewals, sales, undoing
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AmendQuantity,
    CancelAsset,
    Find,
    PauseAsset,
    Renew,
    RepriceAsset,
    SaleLine,
    SaleStep,
    Sell,
    Source,
    SwapAsset,
    TransferAsset,
    UndoAction,
)
from calm_desktop.services.views import list_actions, list_assets

Step = tuple[date, Callable[[Desk], object]]

ALDER_CREEK = "Alder Creek Roasters"
NOTICE = 12
"""Days before a change on which it is ordered."""


def changes_story(month: date, today: date) -> list[Step]:
    """The changes around `month`, the first day of the running one, each on the day on which it is ordered."""

    def ago(months: int) -> date:
        return add_months(month, -months)

    steps = [
        (ago(14) - timedelta(days=NOTICE), _ramp(ago(14), ago(8), ago(2))),
        (ago(6) - timedelta(days=NOTICE), _downsell(ago(34), ago(6))),
        (ago(4) - timedelta(days=NOTICE), _other_price(ago(7), ago(4))),
        (ago(3) - timedelta(days=NOTICE), _transfer(ago(19), ago(3))),
        (ago(1) + timedelta(days=9), _cancellation(ago(30), ago(1) + timedelta(days=14))),
        (ago(9) - timedelta(days=NOTICE), _more_of_evergreen(ago(24), ago(9))),
        (month - timedelta(days=NOTICE), _pause(ago(14), month, ago(-2) - timedelta(days=1))),
        (month - timedelta(days=NOTICE), _trade_up(ago(29), ago(-1))),
        (month - timedelta(days=NOTICE), _early_renewal(ago(31), ago(-1))),
        (month - timedelta(days=NOTICE), _mistake(ago(35), month)),
    ]
    return [(day, act) for day, act in steps if day <= today]


def _asset(desk: Desk, account: str, product: str, start: date) -> str:
    """The number of what an account bought of a product from a day on."""
    owned = desk.ask(list_assets, Find(account=account))
    return next(asset.number for asset in owned if (asset.product, asset.lifecycle_start) == (product, start))


def _ramp(start: date, *later: date) -> Callable[[Desk], object]:
    """Ten licences for the cafés, twenty after half a year, thirty after a whole one."""
    line = SaleLine(
        product="ANA-PRO",
        quantity=Decimal(10),
        start=start,
        term=24,
        discount=Decimal(5),
        steps=tuple(SaleStep(day, Decimal(quantity)) for day, quantity in zip(later, (20, 30), strict=True)),
        asset_name="Analytics Pro for the cafés",
    )
    return lambda desk: desk.do(sales.sell, Sell(ALDER_CREEK, (line,)))


def _downsell(sold: date, start: date) -> Callable[[Desk], object]:
    source = Source(system="Help desk", reference="T-5512")

    def act(desk: Desk) -> object:
        asset = _asset(desk, ALDER_CREEK, "ANA-PRO", sold)
        return desk.do(changes.amend_quantity, AmendQuantity(asset, Decimal(-8), start, source=source))

    return act


def _other_price(sold: date, start: date) -> Callable[[Desk], object]:
    def act(desk: Desk) -> object:
        asset = _asset(desk, ALDER_CREEK, "ANA-PRO", sold)
        return desk.do(changes.reprice, RepriceAsset(asset, start, Decimal("22.50")))

    return act


def _transfer(sold: date, start: date) -> Callable[[Desk], object]:
    def act(desk: Desk) -> object:
        asset = _asset(desk, ALDER_CREEK, "ANA-PRO", sold)
        return desk.do(changes.transfer, TransferAsset(asset, "Orchard Street Books", start, Decimal(5)))

    return act


def _cancellation(sold: date, start: date) -> Callable[[Desk], object]:
    """In the middle of a month that is invoiced: the rest of it is credited."""

    def act(desk: Desk) -> object:
        return desk.do(changes.cancel, CancelAsset(_asset(desk, ALDER_CREEK, "CARE", sold), start))

    return act


def _more_of_evergreen(sold: date, start: date) -> Callable[[Desk], object]:
    def act(desk: Desk) -> object:
        asset = _asset(desk, "Tidewell Energy", "PLATFORM", sold)
        return desk.do(changes.amend_quantity, AmendQuantity(asset, Decimal(1), start))

    return act


def _pause(sold: date, start: date, end: date) -> Callable[[Desk], object]:
    def act(desk: Desk) -> object:
        asset = _asset(desk, "Lindqvist Möbler", "ANA-PRO", sold)
        return desk.do(changes.pause, PauseAsset(asset, start, end))

    return act


def _trade_up(sold: date, start: date) -> Callable[[Desk], object]:
    def act(desk: Desk) -> object:
        asset = _asset(desk, "Maison Verdier", "WORK-TEAM", sold)
        return desk.do(changes.swap, SwapAsset(asset, "ANA-PRO", start, Decimal(95), Category.UPGRADES))

    return act


def _early_renewal(sold: date, start: date) -> Callable[[Desk], object]:
    def act(desk: Desk) -> object:
        asset = _asset(desk, "Sato Precision", "ANA-PRO", sold)
        return desk.do(renewals.renew, Renew((asset,), term=24, start=start))

    return act


def _mistake(sold: date, start: date) -> Callable[[Desk], object]:
    """Ten licences more, which were meant for somebody else."""

    def act(desk: Desk) -> object:
        asset = _asset(desk, "Halden Robotics", "ANA-PRO", sold)
        desk.do(changes.amend_quantity, AmendQuantity(asset, Decimal(10), start))
        last = desk.ask(list_actions, Find(asset=asset))[-1]
        return desk.do(undoing.undo, UndoAction(last.id))

    return act

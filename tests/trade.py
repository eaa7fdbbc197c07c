"""A trade told to the services, each act on its own day; answers are shapes as plain JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from calm_desktop.engine.catalog import Category, PriceUnit, SellingModel
from calm_desktop.services import catalogue, changes, invoices, renewals, sales, undoing
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    AmendQuantity,
    CancelAsset,
    ExtendAsset,
    Look,
    PauseAsset,
    Renew,
    RepriceAsset,
    ResumeAsset,
    RunInvoices,
    SaleLine,
    Sell,
    SwapAsset,
    TransferAsset,
    UndoAction,
)
from calm_desktop.services.views import show_account, show_asset
from calm_desktop.services.wire import to_json


def day(text: str) -> date:
    """A day in ISO."""
    return date.fromisoformat(text)


class Trade:
    """Sales, changes and invoices on one desk. Every act is previewed first: its figures must be those of the act."""

    def __init__(self, desk: Desk, today: str = "") -> None:
        self.desk = desk
        self.today = today

    def on(self, today: str) -> Trade:
        """The same trade, on another day."""
        return Trade(self.desk, today)

    @property
    def _desk(self) -> Desk:
        return self.desk.on(day(self.today)) if self.today else self.desk

    def do(self, use_case: Callable[[Any, Any], Any], request: Any, override: str = "") -> Any:
        """An act; what its preview says is what it then stores."""
        foreseen = figures(to_json(self._desk.preview(use_case, request, override=override)))
        answer = to_json(self._desk.do(use_case, request, override=override))
        assert figures(answer) == foreseen, "the preview is not what was stored"
        return answer

    def product(self, code: str, price: str, model: SellingModel = SellingModel.TERM, **more: Any) -> Any:
        """A product in the catalogue, called like its code; its price is for a month, or once."""
        more.setdefault("price_unit", PriceUnit.ONCE if model is SellingModel.ONE_TIME else PriceUnit.MONTH)
        return to_json(
            self.desk.do(catalogue.add_product, AddProduct(code, code, Decimal(price), selling_model=model, **more))
        )

    def sell(self, account: str, product: str, quantity: str, start: str, **more: Any) -> Any:
        """A sale of one line to an account, which is made where there is none."""
        for field in ("price", "discount", "discount_amount"):
            if field in more:
                more[field] = Decimal(more[field])
        if "end" in more:
            more["end"] = day(more["end"])
        currency = more.pop("currency", "")
        line = SaleLine(product, Decimal(quantity), day(start), **more)
        return self.do(sales.sell, Sell(account, (line,), create=True, currency=currency))

    def invoice(self, through: str, **more: Any) -> Any:
        """A posted run."""
        return to_json(self._desk.do(invoices.run, RunInvoices(day(through), **more)))

    def amend(self, asset: str, change: str, start: str, price: str = "", override: str = "", **more: Any) -> Any:
        """More or less."""
        asked = Decimal(price) if price else None
        request = AmendQuantity(asset, Decimal(change), day(start), asked, **more)
        return self.do(changes.amend_quantity, request, override)

    def cancel(self, asset: str, start: str, override: str = "") -> Any:
        """The end."""
        return self.do(changes.cancel, CancelAsset(asset, day(start)), override)

    def reprice(self, asset: str, start: str, override: str = "", **price: str) -> Any:
        """Another price, discount or discount_amount."""

        def asked(field: str) -> Decimal | None:
            return Decimal(price[field]) if field in price else None

        request = RepriceAsset(asset, day(start), asked("price"), asked("discount"), asked("discount_amount"))
        return self.do(changes.reprice, request, override)

    def extend(self, asset: str, end: str, override: str = "") -> Any:
        """Another last day."""
        return self.do(changes.extend, ExtendAsset(asset, day(end)), override)

    def pause(self, asset: str, start: str, end: str = "", override: str = "") -> Any:
        """On hold."""
        return self.do(changes.pause, PauseAsset(asset, day(start), day(end) if end else None), override)

    def resume(self, asset: str, start: str, override: str = "") -> Any:
        """Going on."""
        return self.do(changes.resume, ResumeAsset(asset, day(start)), override)

    def transfer(self, asset: str, to: str, start: str, quantity: str = "", override: str = "") -> Any:
        """To another account."""
        count = Decimal(quantity) if quantity else None
        return self.do(changes.transfer, TransferAsset(asset, to, day(start), count), override)

    def swap(
        self, asset: str, product: str, start: str, category: Category = Category.SWAPS, end: str = "", **more: str
    ) -> Any:
        """Another product."""
        request = SwapAsset(asset, product, day(start), category=category, end=day(end) if end else None)
        return self.do(changes.swap, request, **more)

    def renew(self, *assets: str, override: str = "", **more: Any) -> Any:
        """Another term."""
        for field in ("start", "coterminate"):
            if field in more:
                more[field] = day(more[field])
        return self.do(renewals.renew, Renew(assets, **more), override)

    def undo(self, action: str, override: str = "") -> Any:
        """Taken back."""
        return self.do(undoing.undo, UndoAction(action), override)

    def asset(self, name: str) -> Any:
        """An asset, whole."""
        return to_json(self._desk.ask(show_asset, Look(name)))

    def account(self, name: str) -> Any:
        """An account, whole."""
        return to_json(self._desk.ask(show_account, Look(name)))


def figures(value: Any) -> Any:
    """An answer without its request's own identifier, and without what an override would be needed for."""
    if isinstance(value, dict):
        left_out = ("request_id", "overrides_needed")
        return {key: figures(each) for key, each in value.items() if key not in left_out}
    return [figures(each) for each in value] if isinstance(value, list) else value

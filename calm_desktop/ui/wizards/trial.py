"""A step that tries what is typed: the use-case itself is previewed while one types, so that what it refuses, and what
it comes to, stands on the page before one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout

from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Bug, Problem, Refused
from calm_desktop.services import changes, renewals, views
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import (
    AmendQuantity,
    CancelAsset,
    ExtendAsset,
    Find,
    Look,
    PauseAsset,
    Renew,
    RepriceAsset,
    ResumeAsset,
    SwapAsset,
    TransferAsset,
)
from calm_desktop.services.shapes import (
    AssetShape,
    OrderResult,
    ProductRow,
    RenewalOffer,
    StatePeriodShape,
)
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.widgets import Chip, ElidedLabel, Label, Section
from calm_desktop.ui.wizards.asset_step import asset_words
from calm_desktop.ui.wizards.change_draft import AssetDraft
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.form import Form
from calm_desktop.ui.wizards.order_review import DOT
from calm_desktop.ui.wizards.sources import add_source_lines, choose_source, show_source_lines
from calm_desktop.ui.wizards.steps import Step

TRY_AFTER_MS = 150
USE_CASES: Mapping[type[Any], Callable[[Tx, Any], OrderResult]] = {
    AmendQuantity: changes.amend_quantity,
    CancelAsset: changes.cancel,
    ExtendAsset: changes.extend,
    PauseAsset: changes.pause,
    RepriceAsset: changes.reprice,
    ResumeAsset: changes.resume,
    SwapAsset: changes.swap,
    TransferAsset: changes.transfer,
}


@dataclass(frozen=True)
class Known:
    """What is known of an asset before it is changed: `prices` has its last negotiated and its list price."""

    shape: AssetShape
    prices: RenewalOffer
    products: tuple[ProductRow, ...]

    def held_on(self, day: date) -> StatePeriodShape | None:
        """The state period of a day; None where nothing is owned."""
        return next(
            (each for each in self.shape.state_periods if each.start <= day and (each.end is None or day <= each.end)),
            None,
        )

    def price_text(self, price: Any) -> str:
        """A unit price of the asset for people, with what it is for."""
        if price is None:
            return display.NOTHING
        per = "" if self.prices.price_unit == "once" else f" / {self.prices.price_unit}"
        return display.unit_price(price, currency_named(self.shape.asset.currency)) + per


@dataclass(frozen=True)
class Tried:
    """What a use-case answered to a trial, or why it refuses."""

    result: OrderResult | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def total(self) -> Money | None:
        """What the order comes to."""
        return None if self.result is None else self.result.orders[0].total


def known_asset(tx: Tx, name: str) -> Known:
    """One look at the store for all that is known of an asset."""
    (prices,) = renewals.renewal_offers(tx, Renew((name,)))
    return Known(views.show_asset(tx, Look(name)), prices, views.list_products(tx, Find()))


def asset_before(tx: Tx, request: Any) -> tuple[AssetShape, ...]:
    """The asset that a request changes, as it is now."""
    return (views.show_asset(tx, Look(request.asset)),)


def trial_facts(known: Known, result: OrderResult | None) -> list[Fact]:
    """What the asset holds at last, now and after the act, and what another asset gets of it."""
    before = known.shape
    after = before if result is None else next(each for each in result.assets if each.asset.id == before.asset.id)

    def fact(title: str, figure: Callable[[AssetShape], str]) -> Fact:
        return Fact(title, figure(after), "" if result is None else figure(before))

    facts = [
        fact("Quantity at the end", lambda each: display.quantity(_last(each).quantity if _last(each) else None)),
        fact("MRR at the end", lambda each: display.money(_last(each).mrr if _last(each) else None)),
        fact("Lifetime amount", lambda each: display.money(each.asset.total_lifecycle_amount)),
        fact("Last day", lambda each: display.last_day(each.asset.lifecycle_end)),
    ]
    for other in () if result is None else result.assets:
        if other.asset.id != before.asset.id:
            held = _last(other)
            stays = other.asset.account_id == before.asset.account_id
            title = f"{other.asset.name} begins" if stays else f"Goes to {other.asset.account}"
            note = f"MRR {display.money(held.mrr)}" if held is not None else ""
            facts.append(Fact(title, display.quantity(held.quantity if held else None), note=note))
    return facts


def _last(shape: AssetShape) -> Any:
    """The running totals of the last action: what is held at last."""
    return shape.actions[-1].totals if shape.actions else None


class TrialStep(Step):
    """The page on which a change of one asset is typed; see the module's text. `computed` tells an answer."""

    computed = Signal()
    fields: Mapping[str, str] = {"from": "start"}
    """What the use-case calls a field, and what the form does."""

    def __init__(self, name: str, title: str, context: Context, draft: AssetDraft, today: date) -> None:
        super().__init__(name, title)
        self.context, self.draft, self.today = context, draft, today
        self.known: Known | None = None
        self._asked_for = ""
        self._wrong: tuple[Problem, ...] = ()
        self._tried: dict[Any, Tried] = {}
        self._asked: frozenset[Any] = frozenset()
        self.form = Form(draft, 6)
        self.form.changed.connect(self.typed)
        self.about = ElidedLabel("", "muted")
        self.held = Label("", "muted")
        self.held.setFont(theme.font(figures=True))
        self.status = Chip("")
        self.status.hide()
        self.refusals = Label("", "bad", wrap=True)
        self.refusals.setAccessibleName("Not possible")
        self.refusals.hide()
        self.facts = Facts()
        self._wait = QTimer(self, singleShot=True, interval=TRY_AFTER_MS)
        self._wait.timeout.connect(self.attempt)

    # -- what each of these steps says

    def wish(self) -> Any:
        """The request that is meant. Raises `Refused` with what is missing."""
        raise Bug("a step says what is wished")

    def wishes(self) -> list[Any]:
        """Everything worth trying: by default, what is meant."""
        return [self.wish()]

    def adapt(self) -> None:
        """Show the fields that the choices made need."""

    def show_tried(self) -> None:
        """Show what the trial came to."""

    # -- parts that they share

    def head(self, section: Section) -> None:
        """Put the asset's line on top of a section."""
        line = QHBoxLayout()
        line.setSpacing(0)
        line.addWidget(self.about)
        line.addWidget(self.held)
        line.addStretch(1)
        line.addSpacing(10)
        line.addWidget(self.status)
        section.body.addLayout(line)
        section.body.setSpacing(14)

    def add_source(self) -> None:
        """The fields that say where a change comes from."""
        self.form.new_line()
        choose_source(self.form)
        add_source_lines(self.form)

    def show_source(self) -> None:
        """Show the fields that the chosen source needs."""
        show_source_lines(self.form, self.draft)

    @property
    def start(self) -> date | None:
        """The first day as typed; None while it cannot be read."""
        try:
            return display.read_day(self.draft.start, self.today)
        except ValueError:
            return None

    def tried(self, wish: Any) -> Tried | None:
        """What the trial of a request came to; None while it is not known."""
        return self._tried.get(_plain(wish))

    # -- the agreement with the frame

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.form.bind(draft)
        self._tried, self._asked = {}, frozenset()
        self._show_asset()
        self.adapt()

    def entered(self) -> None:
        if self._asked_for != self.draft.asset:
            self._ask_asset()
        self.attempt()

    def problems(self) -> Sequence[Problem]:
        try:
            wish = self.wish()
        except Refused as refused:
            return refused.problems
        if self._wrong:
            return self._wrong
        tried = self.tried(wish)
        if self.known is None or tried is None:
            return (Problem("working", "", "Working out what it comes to…"),)
        return tried.problems

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        mine = [replace(each, field=self.fields.get(each.field, each.field)) for each in problems]
        rest = self.form.show_problems(mine, all_fields)
        rest += tuple(each for each in mine if each.field in self.form.rows and self.form.rows[each.field].isHidden())
        told = [each for each in rest if each.code != "working" and not each.code.startswith("missing-")]
        self.refusals.setText("\n".join(dict.fromkeys(each.message for each in told)))
        self.refusals.setVisible(bool(told))
        return ()

    # -- asking

    def typed(self) -> None:
        """Something was typed: try it in a moment."""
        self.adapt()
        self._wait.start()
        self.changed.emit()

    def _ask_asset(self) -> None:
        name, desk = self.draft.asset, self.context.desk
        self._asked_for, self.known, self._wrong, self._tried = name, None, (), {}
        self._asked = frozenset()
        self._show_asset()
        if name:
            self.context.background.run(
                lambda: desk.ask(known_asset, name),
                self._take_asset,
                self._asset_refused,
                slot=(id(self), "asset"),
                owner=self,
            )

    def _take_asset(self, known: Known) -> None:
        self.known = known
        self.draft.asset_words = asset_words(known.shape.asset)
        self._show_asset()
        self.adapt()
        self.attempt()
        self.changed.emit()

    def _asset_refused(self, problems: tuple[Problem, ...]) -> None:
        self._wrong = problems
        self.changed.emit()

    def _show_asset(self) -> None:
        known = self.known
        asset = None if known is None else known.shape.asset
        self.status.setVisible(asset is not None)
        if asset is None:
            self.about.setText("")
            self.held.setText("")
            return
        days = display.period(asset.lifecycle_start, asset.lifecycle_end)
        self.about.setText(asset.name + DOT + asset.account)
        self.held.setText(DOT + f"{display.quantity(asset.quantity)} held today" + DOT + days)
        self.status.show_word(asset.status)
        if known is not None:
            self.facts.show_facts(trial_facts(known, None))

    def attempt(self) -> None:
        """Preview what is typed, unless that is known already."""
        self._wait.stop()
        try:
            wanted = [_plain(wish) for wish in self.wishes()]
        except Refused:
            self._show_answer()
            return
        if self.known is None or not wanted:
            return
        if all(wish in self._tried for wish in wanted):
            self._show_answer()
            return
        if self._asked == frozenset(wanted):
            return
        self._asked, self._wrong = frozenset(wanted), ()
        desk = self.context.desk

        def work() -> dict[Any, Tried]:
            return {wish: _try(desk, wish) for wish in wanted}

        self.context.background.run(
            work, self._take_answer, self._trial_failed, write=True, slot=(id(self), "trial"), owner=self
        )

    def _take_answer(self, tried: dict[Any, Tried]) -> None:
        self._tried, self._asked = tried, frozenset()
        self._show_answer()
        self.computed.emit()
        self.changed.emit()

    def _trial_failed(self, problems: tuple[Problem, ...]) -> None:
        """The store did not answer; the next thing typed asks again."""
        self._wrong, self._asked = problems, frozenset()
        self.changed.emit()

    def _show_answer(self) -> None:
        try:
            tried = self.tried(self.wish())
        except Refused:
            tried = None
        if self.known is not None:
            self.facts.show_facts(trial_facts(self.known, None if tried is None else tried.result))
        self.show_tried()


def _plain(wish: Any) -> Any:
    """A request as it takes effect: one for a draft order would show nothing yet."""
    return replace(wish, draft=False) if hasattr(wish, "draft") else wish


def _try(desk: Any, wish: Any) -> Tried:
    try:
        return Tried(desk.preview(USE_CASES[type(wish)], wish))
    except Refused as refused:
        return Tried(problems=refused.problems)

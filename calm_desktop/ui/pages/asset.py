"""An asset's page: as the customer's, with state periods, billing, and what a renewal takes when it is not told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.dates import TermUnit
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.problems import Problem
from calm_desktop.services.holds import release
from calm_desktop.services.requests import Find, ReleaseHold, SetAsset
from calm_desktop.services.sales import set_asset
from calm_desktop.services.shapes import (
    AssetHead,
    Billing,
    HoldShape,
    LifecyclePage,
    StatePeriodShape,
    UsagePage,
    UsageRow,
)
from calm_desktop.services.views import asset_page
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.change_buttons import CHANGING, ChangeButtons
from calm_desktop.ui.pages.facts import Facts
from calm_desktop.ui.pages.lifecycle import LifecycleView, status_chips
from calm_desktop.ui.pages.own_fields import columns_of
from calm_desktop.ui.pages.paper_forms import hold_form, hold_texts
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import FormRow, Label, Section, button, choice_field, line_field, show_problems


class AssetPage(LifecycleView):
    """`calm://asset/ID?asof=...&from=...&to=...`; `do=change|transfer|cancel` opens that wizard on it."""

    place = name = "asset"
    view = staticmethod(asset_page)
    holds_many = False

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.changing = ChangeButtons(context)
        self.buttons = (self.arrange_button, *self.changing.all, *self.buttons[1:])

    def render_page(self, page: LifecyclePage) -> None:
        super().render_page(page)
        self._follow_wish(page)

    def _follow_wish(self, page: LifecyclePage) -> None:
        """A link may ask for a wizard: `?do=change&what=pause`. It is asked for once, and no part of the place."""
        wizard = "" if self.link is None else self.link.get("do")
        if self.link is None or not wizard:
            return
        what = self.link.get("what")
        self.set_link(self.link.with_parameters(do=None, what=None))
        if wizard in CHANGING:
            self.context.start_wizard(wizard, **self.preset(page, wizard), what=what)

    def sections(self) -> Sequence[tuple[str, str, Section]]:
        self.periods = self.table(
            columns.STATE_PERIODS,
            "state-periods",
            "State periods",
            "state period",
            lambda row: self.snapshot is not None and row.start > self.snapshot.as_of,
            row_id=lambda row: row.start,
        )
        self.schedules = self.table(
            columns.SCHEDULES, "schedules", "Billing schedules", "schedule", empty="No billing schedules yet."
        )
        self.items = self.table(
            columns.BILLING_ITEMS,
            "billing-items",
            "Billing period items",
            "item",
            lambda row: self.snapshot is not None and row.billing_date > self.snapshot.as_of,
            row_id=lambda row: (row.start, row.end, row.billing_date, row.kind),
        )
        self.invoices = self.table(columns.invoices(False), "invoices", "Invoices", "invoice", self._is_later)
        self.orders = self.table(columns.orders(False), "orders", "Orders", "order")
        self.invoices.row_activated.connect(lambda row: self.go(places.invoice(row.id)))
        self.orders.row_activated.connect(lambda row: self.go(places.order(row.id)))
        self.billing = BillingSection(self.context, self.schedules, self.items)
        self.details = RenewalDetails(self.context)
        self.usage = UsageSection(
            self.table(
                columns.USAGE_PERIODS,
                "usage-periods",
                "Usage by billing period",
                "period",
                row_id=lambda row: row.start,
                empty="No usage yet.",
            ),
            self.table(
                columns.USAGE_RECORDS,
                "usage-records",
                "Usage records",
                "record",
                row_id=lambda row: (row.key, row.revision),
                empty="No usage yet.",
            ),
            self._wizard_button("Record usage…", "usage"),
            self._wizard_button("Import usage…", "usage-import"),
        )
        self.usage.records.row_activated.connect(self._correct)
        return (
            ("actions", "Asset actions", self.action_table),
            ("state-periods", "State periods", self.periods),
            ("usage", "Usage", self.usage),
            ("billing", "Billing", self.billing),
            ("invoices", "Invoices", self.invoices),
            ("invoice-lines", "Invoice lines", self.lines),
            ("orders", "Orders", self.orders),
            ("details", "Details", self.details),
        )

    def show_rest(self, page: LifecyclePage) -> None:
        assert page.asset is not None
        self.periods.show_column("state", any(row.paused for row in page.state_periods))
        self.periods.set_rows(page.state_periods)
        held = next((row for row in page.state_periods if _holds(row, page)), None)
        if held is not None and not self.periods.selected_ids():
            self.periods.select_ids([held.start], scroll=False)
        self.billing.show_billing(page.billing)
        self.billing.show_hold(page.asset, page.hold)
        self.invoices.set_rows(page.invoices)
        self.orders.offer(columns_of(page.fields, FieldObject.ORDER))
        self.orders.set_rows(page.orders)
        self.details.show_asset(page.asset)
        self.tabs.show_or_hide("usage", page.usage is not None)
        self.usage.show_usage(page.usage)
        self.changing.show_asset(page.asset, page.today)

    def _correct(self, row: UsageRow) -> None:
        """Correct a record of use."""
        if self.snapshot is not None:
            self.context.start_wizard("usage", **self.preset(self.snapshot, "usage"), key=row.key)

    def header_of(self, page: LifecyclePage) -> Header:
        assert page.asset is not None
        crumbs = (
            ("Accounts", places.accounts()),
            (page.account.name, places.account(page.account.id)),
            (page.asset.name, ""),
        )
        chips = status_chips(page.assets, page.as_of)
        held = (("On hold", None),) if page.hold is not None else ()
        return Header(page.asset.name, crumbs, (*chips, *held), self.buttons)

    def facts(self, page: LifecyclePage) -> Sequence[tuple[str, str]]:
        assert page.asset is not None
        return facts_of(page.asset)

    def scope(self, page: LifecyclePage) -> Find:
        assert page.asset is not None
        return Find(asset=page.asset.id)

    def preset(self, page: LifecyclePage, wizard: str) -> dict[str, Any]:
        assert page.asset is not None
        own: dict[str, Any] = {
            "renewal": {"assets": (page.asset.id,)},
            "sale": {},
            "usage": {"asset": display.asset_words(page.asset.number, page.asset.name, page.asset.account)},
        }
        return {"account": page.account.id, **own.get(wizard, {"asset": page.asset.id})}

    def subject(self) -> dict[str, str]:
        page = self.snapshot
        return {} if page is None or page.asset is None else {"account": page.account.id, "asset": page.asset.id}

    def explained_by(self, key: str) -> str:
        return "state-periods"

    def explain_cell(self, row: Any, key: str) -> None:
        """A state period is explained by its own first day."""
        if isinstance(row, StatePeriodShape):
            self._ask_why(key, row.start)
        else:
            super().explain_cell(row, key)


def _holds(row: StatePeriodShape, page: LifecyclePage) -> bool:
    return row.start <= page.as_of and (row.end is None or page.as_of <= row.end)


def facts_of(asset: AssetHead) -> Sequence[tuple[str, str]]:
    """What is known of an asset beside its figures, as (name, value)."""
    return (
        ("Number", asset.number),
        ("Product", f"{asset.product_name} ({asset.product})"),
        ("Kind", columns.words(asset.kind)),
        ("Lifecycle", display.period(asset.lifecycle_start, asset.lifecycle_end)),
        ("Lifetime amount", display.money(asset.total_lifecycle_amount)),
    )


class BillingSection(Section):
    """The billing of an asset: its group in one line, its schedules, and the items of the schedules selected.

    A hold keeps runs from invoicing all of its schedules; the form for that stands below the line.
    """

    def __init__(self, context: Context, schedules: Any, items: Any) -> None:
        super().__init__("Billing")
        self.context = context
        self._asset: AssetHead | None = None
        self._hold: HoldShape | None = None
        self.layout().setContentsMargins(18, 10, 18, 12)  # type: ignore[union-attr]
        self._billing: Billing | None = None
        self.schedules, self.items = schedules, items
        self.facts = Facts()
        self.body.addWidget(self.facts)
        self.held = Label("", "warn", wrap=True)
        self.form = hold_form(context, "asset")
        self.hold_button = button("Hold…", tooltip="Keep runs from invoicing this asset")
        self.release_button = button("Release hold")
        self.hold_button.clicked.connect(self._begin)
        self.release_button.clicked.connect(self._release)
        self.add_tool(self.release_button)
        self.add_tool(self.hold_button)
        self.form.saved.connect(self._is_held)
        self.form.closed.connect(self.form.hide)
        self.form.hide()
        self.body.addWidget(self.held)
        self.body.addWidget(self.form)
        schedules.setMinimumHeight(190)
        items.setMinimumHeight(250)
        self.body.addWidget(schedules, 2)
        self.body.addWidget(items, 3)
        schedules.selection_changed.connect(lambda _: self._show_items())

    def show_billing(self, billing: Billing | None) -> None:
        """Show an asset's billing."""
        self._billing = billing
        group = billing.group if billing is not None else None
        self.facts.show_facts(
            []
            if group is None
            else [
                ("Billing from", display.day(group.start)),
                ("Billing until", display.day(group.end) if group.end else "open"),
                ("Total billed", display.money(group.total_billed)),
                ("Total pending", display.money(group.total_pending)),
                ("Next billing date", display.day(group.next_billing_date)),
            ]
        )
        self.facts.setVisible(group is not None)
        self.schedules.set_rows(billing.schedules if billing is not None else ())
        self._show_items()

    def show_hold(self, asset: AssetHead, hold: HoldShape | None) -> None:
        """Show whether the asset is on hold, and why."""
        if self._asset is None or self._asset.id != asset.id:
            self.form.hide()
        self._asset, self._hold = asset, hold
        self.held.setText("" if hold is None else f"{hold.words}.")
        self.held.setVisible(hold is not None)
        self.release_button.setVisible(hold is not None)
        self.hold_button.setText("Hold…" if hold is None else "Change hold…")

    def _begin(self) -> None:
        assert self._asset is not None
        words = f"Runs pass over {self._asset.name}." if self._hold is None else f"Now {self._hold.words}."
        self.form.begin_for(self._asset.id, words, hold_texts(self._hold))
        self.form.show()
        self.form.begin()

    def _is_held(self, _: object) -> None:
        self.form.hide()
        self.context.notify(Notice("The asset is on hold.", "good"))

    def _release(self) -> None:
        assert self._asset is not None
        desk, request = self.context.desk, ReleaseHold("asset", self._asset.id)
        self.context.background.run(
            lambda: desk.do(release, request),
            lambda _: self.context.notify(
                Notice("The hold is released: the next run invoices the asset again.", "good")
            ),
            lambda problems: self.context.notify(Notice("\n".join(each.message for each in problems), "bad")),
            write=True,
            owner=self,
        )

    def _show_items(self) -> None:
        shown = self.schedules.selected_rows() or (self._billing.schedules if self._billing is not None else ())
        self.items.set_rows([item for schedule in shown for item in schedule.items])


class UsageSection(Section):
    """What was used of an asset: its billing periods, and the records of the periods selected."""

    def __init__(self, periods: RecordTable, records: RecordTable, record: QPushButton, from_file: QPushButton) -> None:
        super().__init__("Usage")
        self.layout().setContentsMargins(18, 10, 18, 12)  # type: ignore[union-attr]
        self._usage = UsagePage((), ())
        self.periods, self.records = periods, records
        self.record_button, self.import_button = record, from_file
        for tool in (from_file, record):
            periods.add_tool(tool)
        periods.setMinimumHeight(240)
        records.setMinimumHeight(250)
        self.body.addWidget(periods, 2)
        self.body.addWidget(records, 3)
        periods.selection_changed.connect(lambda _: self._show_records())

    def show_usage(self, usage: UsagePage | None) -> None:
        """Show what was used; nothing for an asset that is not rated by use."""
        self._usage = usage or UsagePage((), ())
        self.periods.set_rows(self._usage.periods)
        self._show_records()

    def _show_records(self) -> None:
        chosen = self.periods.selected_rows()
        self.records.set_rows(
            [
                row
                for row in self._usage.records
                if not chosen or any(period.start <= row.day <= period.end for period in chosen)
            ]
        )


class RenewalDetails(Section):
    """What is known of an asset, and the fields that a renewal takes when it is not told."""

    def __init__(self, context: Context) -> None:
        super().__init__("Details and renewal")
        self.context = context
        self._asset: AssetHead | None = None
        self.facts = Facts()
        self.term = line_field(figures=True)
        self.unit = choice_field([(unit.value, unit) for unit in TermUnit])
        self.pricing = choice_field(
            [("", None), ("last negotiated price", RenewalPricing.LAST), ("list price of the day", RenewalPricing.LIST)]
        )
        self.rows = (
            FormRow("Renewal term", self.term, "renewal_term", "Empty: as long as the last term"),
            FormRow("Unit", self.unit, "renewal_term_unit"),
            FormRow("Renewal price", self.pricing, "renewal_pricing", "Empty: the last negotiated price"),
        )
        self.save = button("Save", "primary")
        self.save.clicked.connect(self._save)
        self.body.addWidget(self.facts)
        fields = QHBoxLayout()
        fields.setSpacing(14)
        for row, width in zip(self.rows, (190, 120, 250), strict=True):
            row.setFixedWidth(width)
            holder = QVBoxLayout()
            holder.addWidget(row)
            holder.addStretch(1)
            fields.addLayout(holder)
        side = QVBoxLayout()
        side.addSpacing(21)
        side.addWidget(self.save)
        side.addStretch(1)
        fields.addLayout(side)
        fields.addStretch(1)
        form = QWidget()
        form.setLayout(fields)
        fields.setContentsMargins(0, 6, 0, 0)
        self.body.addWidget(form)
        self.body.addStretch(1)
        for field in (self.term.textEdited, self.unit.activated, self.pricing.activated):
            field.connect(lambda _: self._show_whether_to_save())
        self._show_whether_to_save()

    def show_asset(self, asset: AssetHead) -> None:
        """Show an asset; what is being typed stays."""
        same = self._asset is not None and self._asset.id == asset.id
        typed = same and self.save.isEnabled()
        self._asset = asset
        self.facts.show_facts(facts_of(asset))
        if not typed:
            self.term.setText(str(asset.renewal_term or ""))
            self.unit.setCurrentIndex(max(0, self.unit.findData(TermUnit(asset.renewal_term_unit or "months"))))
            pricing = RenewalPricing(asset.renewal_pricing) if asset.renewal_pricing else None
            self.pricing.setCurrentIndex(max(0, self.pricing.findData(pricing)))
            show_problems(self.rows, ())
        self._show_whether_to_save()

    def _wish(self) -> SetAsset | None:
        """What would be stored; None where nothing differs. Raises ValueError for a term that is no number."""
        if self._asset is None:
            return None
        text = self.term.text().strip()
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError(f"“{text}” is not a number of months or years. Write it like 12.")
        term = int(text) if text else None
        unit = TermUnit(self.unit.currentData()) if term is not None else None
        pricing = self.pricing.currentData()
        had = self._asset
        return SetAsset(
            had.id,
            term if term != had.renewal_term else None,
            unit if unit is not None and (unit.value != had.renewal_term_unit or term != had.renewal_term) else None,
            RenewalPricing(pricing) if pricing is not None and pricing != had.renewal_pricing else None,
        )

    def _show_whether_to_save(self) -> None:
        try:
            wish = self._wish()
        except ValueError as problem:
            self.rows[0].set_error(str(problem))
            self.save.setEnabled(False)
            return
        self.rows[0].set_error("")
        changed = wish is not None and (wish.renewal_term or wish.renewal_term_unit or wish.renewal_pricing)
        self.save.setEnabled(bool(changed))

    def _save(self) -> None:
        wish = self._wish()
        desk = self.context.desk
        if wish is not None:
            self.save.setEnabled(False)
            self.context.background.run(
                lambda: desk.do(set_asset, wish),
                lambda _: self.context.notify(Notice("The renewal fields are saved.", "good")),
                self._refused,
                write=True,
                owner=self,
            )

    def _refused(self, problems: tuple[Problem, ...]) -> None:
        others = show_problems(self.rows, problems)
        self.save.setEnabled(True)
        if others:
            self.context.notify(Notice("\n".join(problem.message for problem in others), "bad"))

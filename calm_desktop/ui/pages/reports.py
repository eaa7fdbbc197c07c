"""Reports: the list of them, and a page for each with its chart above a table of the same rows from one answer.

`calm://report/mrr-movements?from=...&to=...&by=quarter&currency=USD&product=...&kind=...&account=...&group-by=...`.
Figures of several currencies never stand together: one is shown, and chosen where there are several. Of groups, the
table has all, the chart the one that is chosen. A mark of the chart or a
figure of the table opens what stands behind it in the table's place; Esc or the button goes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QStackedWidget, QWidget

from calm_desktop.engine.catalog import Category, Kind
from calm_desktop.engine.fields import Condition, CustomField, FieldObject, FieldType, Relation, condition_in, names_of
from calm_desktop.engine.money import Money
from calm_desktop.engine.report_periods import By
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.reports import KINDS, offered
from calm_desktop.services.requests import Report
from calm_desktop.services.shapes import ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import RangeBar
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.asking import AskingPage, day_of
from calm_desktop.ui.pages.columns import LINK, column, target_of
from calm_desktop.ui.pages.forms import suggest
from calm_desktop.ui.pages.report_kinds import LINES, SHOWN, Behind, Shown
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.report_chart import ReportChart
from calm_desktop.ui.widgets import button, choice_field, line_field, plain_tooltip

Word = TypeVar("Word", bound=StrEnum)

CHANGES = frozenset(
    {"account", "asset", "order", "invoice", "import", "rollup", "settings", "product", "usage", "field"}
)


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    title: str
    says: str


class ReportsPage(AskingPage):
    """`calm://reports`: every report, and what it shows."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.table = RecordTable(
            (column("title", "Report", LINK, 220), column("says", "Shows", width=560)),
            row_id=lambda row: row.name,
            name="list/report",
            settings=context.settings,
            title="Reports",
            noun="report",
            background=context.background,
        )
        self.table.title.hide()
        self.table.row_activated.connect(lambda row: self.go(places.report(row.name)))
        self.table.link_activated.connect(lambda row, _: self.go(places.report(row.name)))
        self.table.set_rows([_Listed(name, shown.title, shown.says) for name, shown in SHOWN.items()])
        self.column().addWidget(self.table)
        self._stack.setCurrentWidget(self.content)

    def load(self, link: Link) -> None:
        self.set_header(Header("Reports"))

    def focus_filter(self) -> None:
        self.table.focus_filter()


@dataclass(frozen=True, slots=True)
class _Answer:
    today: date
    shape: ReportShape[Any]
    fields: tuple[CustomField, ...]
    groupings: tuple[tuple[str, str], ...]


def _answer(tx: Tx, asked: tuple[str, Report]) -> _Answer:
    """A report with the day on which it was asked."""
    name, request = asked
    fields = fields_of(tx, FieldObject.ACCOUNT, FieldObject.PRODUCT, FieldObject.ASSET)
    return _Answer(tx.today, KINDS[name].view(tx, request), fields, offered(tx))


class ReportPage(AskingPage):
    """One report; see the module's text."""

    kinds = CHANGES

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._request = Report()
        self._answer: _Answer | None = None
        self._tables: dict[str, RecordTable] = {}
        self.range = RangeBar(date.min)
        self.range.presets.buttons["All"].hide()
        self.range.range_changed.connect(self._choose_range)
        self.by = choice_field([(f"By {each.value}", each.value) for each in By])
        self.by.setAccessibleName("Periods")
        self.by.activated.connect(lambda _: self._reload(by=self.by.currentData()))
        self.currency = choice_field([])
        self.currency.setAccessibleName("Currency")
        self.currency.activated.connect(lambda _: self._reload(currency=self.currency.currentText()))
        self.kind = choice_field([("All kinds", None), *((columns.words(each.value), each.value) for each in Kind)])
        self.kind.setAccessibleName("Kind of product")
        self.kind.activated.connect(lambda _: self._reload(kind=self.kind.currentData()))
        self.category = choice_field([("All categories", None), *((each.value, each.value) for each in Category)])
        self.category.setAccessibleName("Category")
        self.category.activated.connect(lambda _: self._reload(category=self.category.currentData()))
        self.product = line_field(placeholder="All products")
        self.product.setAccessibleName("Product")
        self.product.editingFinished.connect(lambda: self._typed("product", self.product.text()))
        self.account = line_field(placeholder="All accounts")
        self.account.setAccessibleName("Account")
        self.account.editingFinished.connect(lambda: self._typed("account", self.account.text()))
        self.where = line_field(placeholder="Region=West")
        self.where.setAccessibleName("Fields of your own")
        self.where.setToolTip(plain_tooltip("What fields of your own say: Region=West; Seats>=10"))
        self.where.editingFinished.connect(lambda: self._typed("where", self.where.text()))
        self.where.setFixedWidth(180)
        self.where.hide()
        self.group_by = choice_field([])
        self.group_by.setAccessibleName("Grouped by")
        self.group_by.activated.connect(lambda _: self._group_by(self.group_by.currentData()))
        self.group = choice_field([])
        self.group.setAccessibleName("Group in the chart")
        self.group.activated.connect(lambda _: self._choose_group(self.group.currentData()))
        self.product.setFixedWidth(130)
        self.account.setFixedWidth(130)
        self.chart = ReportChart()
        self.chart.mark_activated.connect(self.look_into)
        self.stack = QStackedWidget()
        self.back = button("Back to the report", tooltip="Back to the report (Esc)")
        self.back.clicked.connect(self.show_report)
        layout = self.column()
        heads: tuple[tuple[QWidget, ...], ...] = (
            (self.by, self.range, self.group_by, self.group),
            (self.product, self.account, self.kind, self.category, self.where, self.currency),
        )
        for widgets in heads:
            bar = QHBoxLayout()
            bar.setSpacing(8)
            for each in widgets:
                bar.addWidget(each)
            bar.addStretch(1)
            layout.addLayout(bar)
        layout.addWidget(self.chart, 5)
        layout.addWidget(self.stack, 5)

    @property
    def name(self) -> str:
        """The report in front."""
        return self.link.name if self.link is not None and self.link.name in SHOWN else next(iter(SHOWN))

    @property
    def shown(self) -> Shown:
        """What the window shows of it."""
        return SHOWN[self.name]

    @property
    def table(self) -> RecordTable:
        """The table in front: of the report, or of what stands behind a figure."""
        table = self.stack.currentWidget()
        assert isinstance(table, RecordTable)
        return table

    def load(self, link: Link) -> None:
        by, kind, category = (word_of(*each) for each in ((By, link.get("by")), (Kind, link.get("kind")),
                                                        (Category, link.get("category"))))  # fmt: skip
        takes = self.shown.takes
        self._request = Report(
            start=day_of(link, "from") if "start" in takes else None,
            end=day_of(link, "to"),
            by=by if "by" in takes else None,
            product=link.get("product"),
            kind=kind,
            category=category if "category" in takes else None,
            account=link.get("account"),
            where=conditions(link.get("where")),
            group_by=link.get("group-by"),
        )
        self.product.setText(link.get("product"))
        self.account.setText(link.get("account"))
        self.where.setText(link.get("where"))
        _select(self.kind, link.get("kind") or None)
        _select(self.category, link.get("category") or None)
        self.by.setVisible("by" in takes)
        self.category.setVisible("category" in takes)
        self.range.presets.setVisible("start" in takes and not self.shown.ahead)
        self.range.start_field.setVisible("start" in takes)
        self.ask(_answer, (self.name, self._request), self._render)

    def focus_filter(self) -> None:
        self.table.focus_filter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.stack.currentWidget() is not self._table():
            self.show_report()
        else:
            super().keyPressEvent(event)

    # -- the report

    def _render(self, answer: _Answer) -> None:
        shape, shown = answer.shape, self.shown
        self._answer = answer
        self.where.setVisible(bool(answer.fields))
        suggest(self.where, _offered(answer.fields))
        buttons = (self._renew_button(),) if self.name == "renewals-due" else ()
        self.set_header(Header(shown.title, (("Reports", places.reports()), (shown.title, "")), (), buttons))
        _select(self.by, shape.by)
        self.range.set_today(answer.today)
        self.range.set_range(shape.start, shape.end, self.range.preset_of(shape.start, shape.end))
        rows, chosen, others = one_currency(shape.rows, "" if self.link is None else self.link.get("currency"))
        self.currency.clear()
        self.currency.addItems(sorted({row.currency for row in shape.rows}))
        self.currency.setCurrentText(chosen)
        self.currency.setVisible(others > 0)
        table = self._table()
        table.set_rows([row for row in rows if row.actions or row.change] if self.name == "categories" else rows)
        charted = self._of_group(rows, answer.groupings)
        self.chart.setVisible(shown.plot is not None and bool(charted))
        if shown.plot is not None and charted:
            self.chart.show_plot(shown.plot(self._request, charted))
        self.show_report()
        self._follow_mark()

    def _of_group(self, rows: list[Any], groupings: Sequence[tuple[str, str]]) -> list[Any]:
        """The rows of the group that the chart shows: the one that the link names, else the first; all of no groups."""
        self.group_by.clear()
        self.group_by.addItem("Not grouped", None)
        for called, word in groupings:
            self.group_by.addItem(f"Grouped by {called}", word)
        _select(self.group_by, self._request.group_by or None)
        groups = list(dict.fromkeys(row.group for row in rows if row.group))
        self.group.clear()
        for each in groups:
            self.group.addItem(f"Chart: {each}", each)
        self.group.setVisible(bool(groups) and self.shown.plot is not None)
        if not groups:
            return rows
        _select(self.group, "" if self.link is None else self.link.get("group"))
        return [row for row in rows if row.group == self.group.currentData()]

    def _group_by(self, word: str | None) -> None:
        self._reload(**{"group-by": word, "group": None})

    def _choose_group(self, group: str) -> None:
        """Show another group in the chart: it is there already."""
        if self.link is not None and self._answer is not None:
            self.set_link(self.link.with_parameters(group=group))
            self._render(self._answer)

    def _follow_mark(self) -> None:
        """A link may ask for what stands behind a mark: once, for it is no part of the place."""
        mark = "" if self.link is None else self.link.get("mark")
        if self.link is None or not mark:
            return
        self.set_link(self.link.with_parameters(mark=None))
        marks = () if self.chart.plot is None or self.chart.isHidden() else self.chart.plot.marks
        if mark.isdigit() and int(mark) < len(marks):
            self.chart.choose(int(mark))
            self.look_into(marks[int(mark)].target)  # type: ignore[arg-type]

    def show_report(self) -> None:
        """Show the report's own table."""
        self.stack.setCurrentWidget(self._table())

    def _table(self) -> RecordTable:
        """The table of the report, or of the report in groups; made when first needed."""
        shown, grouped = self.shown, bool(self._request.group_by)
        name = f"{self.name}/grouped" if grouped else self.name
        if name not in self._tables:
            made = RecordTable(
                (column("group", "Group", width=150), *shown.columns) if grouped else shown.columns,
                row_id=lambda row: (row.group, shown.row_id(row)),
                name=f"report/{name}",
                settings=self.context.settings,
                title=shown.title,
                noun="row" if grouped else shown.noun,
                empty="Nothing to report in these days.",
                background=self.context.background,
            )
            if (behind := shown.behind) is not None:
                made.figure_activated.connect(lambda row, key: self.look_into(behind(self._request, row, key)))
            made.link_activated.connect(self._follow)
            made.row_activated.connect(self._activated)
            self._add(name, made)
        return self._tables[name]

    def _add(self, name: str, table: RecordTable) -> None:
        table.setMinimumHeight(220)
        self._tables[name] = table
        self.stack.addWidget(table)

    def _activated(self, row: Any) -> None:
        """A row opens what it is about: an ending asset its renewal, a customer's line the customer."""
        if self.name == "renewals-due":
            self._start_renewal([row])
        elif hasattr(row, "account_id"):
            self.go(places.account(row.account_id))

    def _renew_button(self) -> QPushButton:
        """Made anew for each header, which keeps only the buttons that it is given again."""
        made = button("Renew…", "primary")
        made.clicked.connect(self._renew)
        return made

    def _renew(self) -> None:
        rows = self.table.selected_rows() or self.table.rows()[:1]
        if rows:
            self._start_renewal([row for row in rows if row.account_id == rows[0].account_id])

    def _start_renewal(self, rows: Sequence[Any]) -> None:
        """The renewal of assets of one customer."""
        self.context.start_wizard("renewal", account=rows[0].account_id, assets=tuple(row.asset_id for row in rows))

    def _follow(self, row: Any, key: str) -> None:
        if target := target_of(row, key):
            self.go(target)

    # -- what stands behind

    def look_into(self, behind: Behind | None) -> None:
        """Show what a figure is made of."""
        if behind is not None:
            self.ask(behind.view, behind.request, partial(self._show_behind, behind), "behind")

    def _show_behind(self, behind: Behind, lines: Sequence[Any]) -> None:
        name = f"behind/{behind.lines}"
        if name not in self._tables:
            shown, row_id, noun = LINES[behind.lines]
            made = RecordTable(
                shown,
                row_id=row_id,
                name=f"report/{name}",
                settings=self.context.settings,
                title=behind.title,
                noun=noun,
                empty="Nothing stands behind it.",
                background=self.context.background,
            )
            made.link_activated.connect(self._follow)
            self._add(name, made)
        table = self._tables[name]
        value = display.money(behind.value) if isinstance(behind.value, Money) else behind.value
        table.title.setText(f"{behind.title}: {value if isinstance(value, str) else display.quantity(value)}")
        table.head.insertWidget(0, self.back)
        self.back.show()
        table.set_rows(lines)
        self.stack.setCurrentWidget(table)

    # -- choices

    def _choose_range(self, start: date, end: date) -> None:
        self._reload(**{"from": start.isoformat() if "start" in self.shown.takes else None, "to": end.isoformat()})

    def _typed(self, key: str, text: str) -> None:
        if self.link is not None and text.strip() != self.link.get(key):
            self._reload(**{key: text.strip() or None})

    def _reload(self, **changes: str | None) -> None:
        if self.link is not None:
            self.set_link(self.link.with_parameters(**changes))
            self.load(self.link)


def conditions(text: str) -> tuple[Condition, ...]:
    """The conditions that a person typed, parted by semicolons; what is none names a field that there is not."""
    parts = (part.strip() for part in text.split(";"))
    return tuple(condition_in(part) or Condition(part, Relation.EQUAL, "") for part in parts if part)


def _offered(fields: Sequence[CustomField]) -> Iterator[str]:
    """Conditions to begin with."""
    for field, name in zip(fields, names_of(fields), strict=True):
        values = {FieldType.CHOICE: field.choices, FieldType.YES_NO: ("yes", "no")}.get(field.type, ("",))
        yield from (f"{name}={value}" for value in values)


def one_currency(rows: Sequence[Any], *wanted: str) -> tuple[list[Any], str, int]:
    """The rows of one currency, which it is, and how many others there are.

    It is the first of the `wanted` that there is, else the one of most rows.
    """
    found = Counter(row.currency for row in rows)
    most = max(sorted(found), key=lambda code: found[code], default="")
    chosen = next((code.upper() for code in wanted if code.upper() in found), most)
    return [row for row in rows if row.currency == chosen], chosen, max(len(found) - 1, 0)


def word_of(words: type[Word], text: str) -> Word | None:
    """A word of a list of words; None for what is none of them."""
    try:
        return words(text)
    except ValueError:
        return None


def _select(field: QComboBox, value: object) -> None:
    field.setCurrentIndex(max(field.findData(value), 0))

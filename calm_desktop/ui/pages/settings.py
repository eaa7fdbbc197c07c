"""Settings: the rules of the business with what they mean, how the window looks, copies of the store, and what this is.

Rules are kept at once: a choice when it is made, a text on Enter or when the cursor leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from zoneinfo import available_timezones

from PySide6 import __version__ as qt_version
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from calm_desktop import __version__
from calm_desktop.engine.invoicing import CreditMode, TaxMode
from calm_desktop.engine.metrics import ChurnDate
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.rating import MrrFormula
from calm_desktop.services.care import CareResult, backup, restore_into
from calm_desktop.services.logo import logo, read, set_logo
from calm_desktop.services.requests import SetLogo, SetSetting
from calm_desktop.services.settings import LOGO, RULES, Rule, set_setting, show_settings
from calm_desktop.services.shapes import SettingsShape
from calm_desktop.ui import places, theme
from calm_desktop.ui.background import Problems
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.forms import suggest
from calm_desktop.ui.paper import logo_image
from calm_desktop.ui.widgets import Banner, ElidedLabel, Label, Section, button, line_field, restyle, rule

FIELD_WIDTH = 330
LOGO_PIXELS = 56

TITLES = {
    "currency": "Currency",
    "reporting-currency": "Reporting currency",
    "time-zone": "Time zone",
    "tax-mode": "Tax on invoices",
    "auto-flow": "Activating an order",
    "mrr-formula": "Monthly recurring revenue",
    "credits": "Credits for unused service",
    "churn-date": "Churn in reports",
    "payment-days": "Payment days",
    "event-days": "Days that events are kept",
    "invoice-prefix": "Invoice numbers",
    "company-name": "Company name",
    "company-address": "Company address",
    "company-tax-number": "Company tax number",
    "company-bank": "Company bank",
    "company-logo": "Company logo",
}

WORDS = {
    ("tax-mode", TaxMode.SEPARATE_INVOICE.value): "Its own invoice",
    ("tax-mode", TaxMode.INVOICE_LINE.value): "Line of the invoice",
    ("credits", CreditMode.NEXT_INVOICE.value): "Next invoice",
    ("credits", CreditMode.MEMO.value): "Credit memo",
    ("churn-date", ChurnDate.FIRST_DAY_WITHOUT.value): "First day without",
    ("churn-date", ChurnDate.DAY_OF_CANCELLING.value): "Day of cancelling",
    ("auto-flow", "on"): "On",
    ("auto-flow", "off"): "Off",
    ("mrr-formula", MrrFormula.PRICE.value): "Price per month",
    ("mrr-formula", MrrFormula.TOTAL_OVER_TERM.value): "Total over term",
}

SCHEMES = {
    theme.Scheme.SYSTEM: "As the system",
    theme.Scheme.LIGHT: "Light",
    theme.Scheme.DARK: "Dark",
    theme.Scheme.HIGH_CONTRAST: "High contrast",
}


def title_of(rule: Rule) -> str:
    """A rule's name for people."""
    return TITLES.get(rule.key, rule.key.replace("-", " ").capitalize())


def word_of(rule: Rule, word: str) -> str:
    """One of a rule's choices for people."""
    return WORDS.get((rule.key, word), word.replace("-", " ").capitalize())


def _row_of(widget: QWidget, rule: Rule) -> QHBoxLayout:
    """The layout of a rule's row, with its name and meaning at the left."""
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 4, 0, 4)
    row.setSpacing(24)
    left = QVBoxLayout()
    left.setSpacing(2)
    left.addWidget(Label(title_of(rule), weight=theme.MEDIUM))
    left.addWidget(Label(rule.meaning, "muted", size=theme.SMALL, wrap=True))
    left.addStretch(1)
    row.addLayout(left, 1)
    return row


class RuleRow(QWidget):
    """One rule: its name and meaning at the left, its field at the right, with the error or `Saved` below it.

    `changed(text)` tells what a person wants the rule to say from now on.
    """

    changed = Signal(str)

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule
        self.kept = rule.default
        row = _row_of(self, rule)
        right = QVBoxLayout()
        right.setSpacing(3)
        self.segments: SegmentedControl | None = None
        self.line: QLineEdit | None = None
        if rule.words:
            self.segments = SegmentedControl([word_of(rule, word) for word in rule.words])
            self.segments.chosen.connect(self._chosen)
            field: QWidget = self.segments
        else:
            field = self.line = line_field(placeholder=rule.example)
            self.line.setFixedWidth(FIELD_WIDTH)
            self.line.editingFinished.connect(self._typed)
            self.line.textEdited.connect(lambda _: self._say("", ""))
            if rule.key == "time-zone":
                suggest(self.line, available_timezones())
        field.setAccessibleName(title_of(rule))
        field.setAccessibleDescription(rule.meaning)
        self.field = field
        self.note = Label("", size=theme.SMALL, wrap=True)
        self.note.hide()
        right.addWidget(field, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self.note)
        side = QWidget()
        side.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        side.setFixedWidth(FIELD_WIDTH)
        row.addWidget(side, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def error(self) -> str:
        """The error shown, or nothing."""
        return self.note.text() if self.note.property("tone") == "bad" else ""

    def show_value(self, value: str) -> None:
        """Show what the store says, unless a person is typing something else."""
        typing = self.line is not None and self.line.text() != self.kept and (self.line.hasFocus() or self.error)
        self.kept = value
        if self.segments is not None:
            self.segments.set_current(word_of(self.rule, value))
        elif self.line is not None and not typing:
            self.line.setText(value)

    def saved(self, value: str) -> None:
        """It was kept."""
        self.kept = value
        if self.line is not None:
            self.line.setText(value)
        self._say("Saved", "good")

    def refused(self, problems: Problems) -> None:
        """It was not kept, and why."""
        named = (problem.message.replace(self.rule.key, title_of(self.rule), 1) for problem in problems)
        self._say(" ".join(named), "bad")
        if self.segments is not None:
            self.segments.set_current(word_of(self.rule, self.kept))

    def _chosen(self, text: str) -> None:
        self.changed.emit(next(word for word in self.rule.words if word_of(self.rule, word) == text))

    def _typed(self) -> None:
        assert self.line is not None
        if self.line.text().strip() != self.kept:
            self.changed.emit(self.line.text())
        elif self.error:
            self._say("", "")

    def _say(self, text: str, tone: str) -> None:
        self.note.setText(text)
        self.note.set_tone(tone)
        self.note.setVisible(bool(text))
        self.field.setAccessibleDescription(text if tone == "bad" else self.rule.meaning)
        if self.line is not None:
            restyle(self.line, "invalid", tone == "bad")


class LogoRow(QWidget):
    """The logo: its meaning at the left, the picture as papers show it at the right, chosen from a file or taken off.

    `chosen(path)` tells which file a person wants, an empty one to take it off.
    """

    chosen = Signal(str)

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        row = _row_of(self, rule)
        side = QWidget()
        side.setFixedWidth(FIELD_WIDTH)
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(6)
        self.picture = QLabel()
        self.picture.setObjectName("logo")
        self.picture.setAccessibleName("Logo")
        self.name = ElidedLabel("", "muted", size=theme.SMALL)
        self.note = Label("", "bad", size=theme.SMALL, wrap=True)
        self.note.hide()
        self.choose_button, self.remove_button = button("Choose…"), button("Take it off", "link")
        self.choose_button.clicked.connect(self._ask)
        self.remove_button.clicked.connect(lambda: self.chosen.emit(""))
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self.choose_button, self.remove_button):
            acts.addWidget(made)
        acts.addWidget(self.name, 1)
        right.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignLeft)
        right.addLayout(acts)
        right.addWidget(self.note)
        row.addWidget(side, 0, Qt.AlignmentFlag.AlignTop)

    def show_logo(self, name: str, data: bytes) -> None:
        """Show the logo that the store has."""
        drawn = logo_image(data) if data else None
        if drawn is not None:
            shown = drawn.scaledToHeight(LOGO_PIXELS, Qt.TransformationMode.SmoothTransformation)
            self.picture.setPixmap(QPixmap.fromImage(shown))
        self.picture.setVisible(drawn is not None)
        self.name.setText(name)
        self.remove_button.setVisible(bool(name))
        self.note.hide()

    def refused(self, problems: Problems) -> None:
        """It was not kept, and why."""
        self.note.setText(" ".join(problem.message for problem in problems))
        self.note.show()

    def _ask(self) -> None:
        dialog = QFileDialog(self, "Choose a logo", "", "Pictures (*.png *.svg)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.chosen)
        dialog.open()


class SettingsPage(AskingPage):
    """`calm://settings`."""

    kinds = frozenset({"settings"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        column = self.scrolled_column()
        parts = (self._rules(), self._fields(), self._integrations(), self._access(), self._looks(), self._care())
        for part in (*parts, self._about()):
            column.addWidget(part)
        column.addStretch(1)
        theme.current().changed.connect(self._show_scheme)
        self._show_scheme()

    def _rules(self) -> Section:
        section = Section("Rules of the business")
        section.body.addWidget(
            Label("Kept in the store, the same for window and command line. What is recorded already stays.", "muted")
        )
        self.rows: dict[str, RuleRow] = {}
        for each in RULES.values():
            if each.key == LOGO:
                self.logo = LogoRow(each)
                self.logo.chosen.connect(self.choose_logo)
                section.body.addWidget(rule())
                section.body.addWidget(self.logo)
                continue
            row = RuleRow(each)
            row.changed.connect(partial(self._keep, row))
            section.body.addWidget(rule())
            section.body.addWidget(row)
            self.rows[each.key] = row
        return section

    def _fields(self) -> Section:
        section = Section("Fields of your own")
        words = "What you want to know of accounts, products, orders and assets beyond what is there already."
        section.body.addWidget(Label(words, "muted", wrap=True))
        self.fields_button = button("Fields…")
        self.fields_button.clicked.connect(lambda: self.go(places.fields()))
        section.body.addWidget(self.fields_button, 0, Qt.AlignmentFlag.AlignLeft)
        return section

    def _integrations(self) -> Section:
        section = Section("Integrations")
        words = "The REST door for other programs on this machine, the tokens that open it, and where events are sent."
        section.body.addWidget(Label(words, "muted", wrap=True))
        self.integrations_button = button("Integrations…")
        self.integrations_button.clicked.connect(lambda: self.go(places.integrations()))
        section.body.addWidget(self.integrations_button, 0, Qt.AlignmentFlag.AlignLeft)
        return section

    def _access(self) -> Section:
        section = Section("Who may do what")
        words = "Users, what their roles may do and see, and who did what. One who works alone needs no user."
        section.body.addWidget(Label(words, "muted", wrap=True))
        buttons = QHBoxLayout()
        for text, link in (("Users and roles…", places.access()), ("Audit trail…", places.audit())):
            made = button(text)
            made.clicked.connect(partial(self.go, link))
            buttons.addWidget(made)
        buttons.addStretch(1)
        section.body.addLayout(buttons)
        return section

    def _looks(self) -> Section:
        section = Section("Appearance")
        self.schemes = SegmentedControl(list(SCHEMES.values()))
        self.schemes.setAccessibleName("Theme")
        self.schemes.chosen.connect(self.choose_scheme)
        section.body.addWidget(self.schemes)
        return section

    def _care(self) -> Section:
        section = Section("Backup")
        self.where = Label("", "muted", wrap=True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.care_note = Banner()
        self.backup_button = button("Back up now…", icon="download")
        self.backup_button.clicked.connect(self._ask_backup)
        self.restore_button = button("Restore…", icon="undo")
        self.restore_button.clicked.connect(self._ask_restore)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.backup_button)
        row.addWidget(self.restore_button)
        row.addStretch(1)
        section.body.addWidget(self.where)
        section.body.addLayout(row)
        section.body.addWidget(self.care_note)
        path = self.context.desk.database.path
        if path is None:
            self.where.setText(f"The store is {self.context.desk.database.where}. Its server's own tools copy it.")
        else:
            self.where.setText(f"The store is {path}. A verified copy is also made before each upgrade and import.")
        self.backup_button.setEnabled(path is not None)
        self.restore_button.setEnabled(path is not None)
        return section

    def _about(self) -> Section:
        section = Section("About")
        section.body.addWidget(Label(f"CALM Desktop {__version__}", weight=theme.MEDIUM))
        words = (
            "Customer asset lifecycle management on a desk: sell, renew and invoice what customers own over time. "
            f"Licence: Apache 2.0. Drawn with Qt {qt_version}, lettered in Inter."
        )
        section.body.addWidget(Label(words, "muted", wrap=True))
        more = button("Help", "link")
        more.clicked.connect(lambda: self.go(places.help_on()))
        section.body.addWidget(more)
        return section

    # -- rules

    def load(self, link: Link) -> None:
        self.set_header(Header("Settings"))
        self.ask(lambda tx, _: (show_settings(tx), logo(tx)), None, lambda shown: self.render_settings(*shown))

    def render_settings(self, shape: SettingsShape, picture: bytes = b"") -> None:
        """Show what the store says."""
        self.logo.show_logo(shape.settings[LOGO], picture)
        for key, row in self.rows.items():
            row.show_value(shape.settings[key])

    def _keep(self, row: RuleRow, text: str) -> None:
        desk, key = self.context.desk, row.rule.key
        self.context.background.run(
            lambda: desk.do(set_setting, SetSetting(key, text)),
            lambda shape: row.saved(shape.settings[key]),
            row.refused,
            write=True,
            owner=self,
        )

    def choose_logo(self, path: str) -> None:
        """Keep a file as the logo; an empty path takes it off."""
        desk = self.context.desk

        def keep() -> object:
            return desk.do(set_logo, SetLogo(path, read(path)) if path else SetLogo())

        # What is kept is shown as soon as the page hears of the commit.
        self.context.background.run(keep, lambda _: None, self.logo.refused, write=True, owner=self)

    # -- looks

    def choose_scheme(self, text: str) -> None:
        """Switch the theme now and remember it."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.choose(app, next(scheme for scheme, words in SCHEMES.items() if words == text), self.context.settings)

    def _show_scheme(self) -> None:
        self.schemes.set_current(SCHEMES[theme.current().chosen])

    # -- care

    def _ask_backup(self) -> None:
        desk = self.context.desk
        path = desk.database.path
        assert path is not None
        name = path.with_name(f"{path.stem}-{desk.today:%Y-%m-%d}{path.suffix}")
        dialog = QFileDialog(self, "Back up the store", str(name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.back_up)
        dialog.open()

    def back_up(self, file: str) -> None:
        """Write a verified copy to a new file."""
        desk = self.context.desk
        self.care_note.tell("Copying…", "info", dismissible=False)
        self.context.background.run(lambda: backup(desk, file), self._backed_up, self._care_failed, owner=self)

    def _backed_up(self, made: CareResult) -> None:
        self.care_note.tell(f"{made.file} holds all {made.rows:,} rows of the store, and was verified.", "good")

    def _ask_restore(self) -> None:
        dialog = QFileDialog(self, "Restore from a backup")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.offer_restore)
        dialog.open()

    def offer_restore(self, file: str) -> None:
        """Say what restoring means, and do it when that is wanted."""
        words = f"Everything in the store becomes as {file} holds it. What is there now is kept beside it."
        buttons: list[tuple[str, Callable[[], object]]] = [
            ("Restore", partial(self.restore, file)),
            ("Leave it", self.care_note.dismiss),
        ]
        self.care_note.tell(words, "warn", buttons, dismissible=False)
        self.care_note.buttons[0].setFocus()

    def restore(self, file: str) -> None:
        """Put a backup in the place of the store."""
        desk = self.context.desk
        self.care_note.tell("Restoring…", "info", dismissible=False)
        work = partial(restore_into, desk, file)
        self.context.background.run(work, self._restored, self._care_failed, write=True, owner=self)

    def _restored(self, made: CareResult) -> None:
        kept = "" if made.kept is None else f" What was there before is kept as {made.kept}."
        self.care_note.tell(f"Restored: {made.rows:,} rows, verified.{kept}", "good")
        self.context.notify(Notice("The store was restored from a backup.", "good"))

    def _care_failed(self, problems: Sequence[Problem]) -> None:
        self.care_note.tell_problems(problems)

"""A desk, a window and a person at it: what the tests of wizards share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.services import views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find
from calm_desktop.ui.background import Background
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.page import Notice
from calm_desktop.ui.widgets import ElidedLabel
from calm_desktop.ui.wizards.form import Form
from calm_desktop.ui.wizards.frame import Wizard
from calm_desktop.ui.wizards.sale import SaleWizard

Kind = TypeVar("Kind", bound=Wizard)
PATIENCE_MS = 60_000


class Person:
    """Clicks and types like a person, and waits for what comes."""

    def __init__(self, qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> None:
        self.qtbot, self.desk = qtbot, desk
        self.notices: list[Notice] = []
        self.links: list[str] = []
        self.window = QMainWindow()
        self.window.resize(1280, 800)
        qtbot.addWidget(self.window)
        self.window.show()
        self.context = Context(
            desk, background, settings, self.window, self.links.append, self.notices.append, lambda *_, **__: None
        )

    def open(self, kind: Callable[..., Kind], **preset: Any) -> Kind:
        """Open a wizard, in front of the window as the window itself does."""
        wizard = kind(self.context, **preset)
        wizard.open()
        return wizard

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def click(self, button: QAbstractButton) -> None:
        """Click a button that can be clicked."""
        assert button.isEnabled(), f"{button.text()} cannot be clicked"
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def press(self, widget: QWidget, key: Qt.Key) -> None:
        """Press one key."""
        self.qtbot.keyClick(widget, key)

    def keys(self, text: str) -> None:
        """Type where the cursor is."""
        self.qtbot.keyClicks(_focus(), text)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the cursor is."""
        self.qtbot.keyClick(_focus(), key, modifier)

    def type(self, form: Form, name: str, text: str) -> None:
        """Type into a field of a form in place of what is there, and leave it."""
        field: Any = form.rows[name].field
        line = field.edit if isinstance(field, DateField) else field
        if hasattr(line, "lineEdit"):
            line = line.lineEdit()
        line.setFocus()
        line.selectAll()
        self.press(line, Qt.Key.Key_Delete)
        self.qtbot.keyClicks(line, text)
        line.editingFinished.emit()

    def next(self, wizard: Wizard) -> None:
        """Click Next as soon as one can, and wait for the step after it; steps that are not needed are passed over."""
        self.wait(wizard.next_button.isEnabled)
        at = wizard.at
        self.click(wizard.next_button)
        self.wait(lambda: wizard.at > at and not wizard.running)

    def commit(self, wizard: Wizard) -> Any:
        """Click the last button of a review and wait until it is stored; the answer is what was stored."""
        assert wizard.step is wizard.review
        self.wait(wizard.next_button.isEnabled)
        known = len(self.notices)
        results: list[Any] = []
        told = wizard.show_result

        def keep(result: Any) -> None:
            results.append(result)
            told(result)

        wizard.show_result = keep  # type: ignore[method-assign]
        self.click(wizard.next_button)
        self.wait(lambda: len(self.notices) > known and results)
        return results[0]

    def account(self, name: str) -> str:
        """The id of an account."""
        return next(row.id for row in self.desk.ask(views.list_accounts, Find()) if row.name == name)

    def on(self, day: date) -> Person:
        """The same person on another day."""
        return Person(self.qtbot, self.desk.on(day), self.context.background, self.context.settings)


def _focus() -> QWidget:
    found = QApplication.activePopupWidget() or QApplication.focusWidget()
    assert found is not None, "the cursor is nowhere"
    return found


def cut_texts(wizard: Wizard) -> list[str]:
    """Texts of labels and buttons that have less room than they need, those that end in an ellipsis included."""
    QApplication.processEvents()
    found = []
    for label in wizard.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            shown = label.shown_text() if isinstance(label, ElidedLabel) else label.text()
            room = label.fontMetrics().horizontalAdvance(shown) <= label.contentsRect().width() + 1
            if not room or shown != label.text():
                found.append(label.text())
    for made in wizard.findChildren(QPushButton):
        text = made.text().replace("&&", "&")
        if made.isVisible() and made.fontMetrics().horizontalAdvance(text) > made.contentsRect().width() + 1:
            found.append(text)
    return found


def sell_ten_licences(person: Person) -> Any:
    """R1: 1 Jan 2022, ten one-year licences at $10 a month, to a new customer."""
    wizard = person.open(SaleWizard)
    person.click(wizard.who_step.who.buttons["New account"])
    person.type(wizard.who_step.form, "name", "Acme & Sons")
    person.next(wizard)
    form = wizard.lines_step.form
    person.wait(lambda: wizard.lines_step.products)
    person.type(form, "product", "LIC")
    person.type(form, "quantity", "10")
    person.type(form, "start", "1 Jan 2022")
    person.type(form, "term", "12")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,200.00"
    assert wizard.review.facts.text("MRR at the end") == "$100.00"
    reviewed = wizard.reviewed
    stored = person.commit(wizard)
    assert reviewed is not None
    assert replace(stored, request_id="") == replace(reviewed.result, request_id="")
    return stored

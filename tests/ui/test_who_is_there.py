"""The window and who is at it: asked where there are users, and shown nothing that is hidden from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddUser, Find
from calm_desktop.services.tx import Caller, Door
from calm_desktop.services.users import add_user
from calm_desktop.services.views import list_actions, list_assets, list_invoices, list_orders, list_payments
from calm_desktop.ui import places
from calm_desktop.ui.background import Background
from calm_desktop.ui.login import LoginDialog, let_in
from calm_desktop.ui.record_table import RecordTable
from tests.services.hidden_desk import BLIND, FIGURE, SECRET_WORD, TODAY, plant
from tests.ui.window_desk import id_of, open_page, opened_window, settle, texts


@pytest.fixture
def desk(blank_store: Path, tmp_path: Path) -> Iterator[Desk]:
    """Figures that stand out."""
    path = tmp_path / "window.db"
    path.write_bytes(blank_store.read_bytes())
    plant(path)
    with Desk.open(path, TODAY, Door.WINDOW) as opened:
        yield opened


def told_by(widget: QWidget) -> str:
    """All that a widget and what is in it says: texts, tooltips, names, tables and what is copied from them."""
    said: list[str] = []
    for each in widget.findChildren(QWidget):
        said += [each.toolTip(), each.accessibleName(), each.accessibleDescription()]
        if isinstance(each, QLabel | QAbstractButton):
            said.append(each.text())
        if isinstance(each, RecordTable):
            said += [cell for line in texts(each) for cell in line]
            said += [column.tooltip(row) for column in each.model.columns if column.tooltip for row in each.rows()]
            each.view.selectAll()
            each.copy(headers=True)
            said.append(QApplication.clipboard().text())
    return "\n".join(said)


def test_no_page_shows_what_is_hidden(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> None:
    for window in opened_window(qtbot, desk, background, settings):
        assert FIGURE.search(told_by(open_page(qtbot, window, places.account(id_of(desk, "Acme")))))
    blind = desk.acting_for(Caller("bo", BLIND, door=Door.WINDOW))
    links = [
        places.accounts(),
        places.account(id_of(desk, "Acme")),
        places.asset(desk.ask(list_assets, Find())[0].id),
        places.order(desk.ask(list_orders, Find())[0].id),
        places.invoice(desk.ask(list_invoices, Find())[0].id),
        places.payment(desk.ask(list_payments, Find())[0].id),
        places.action(desk.ask(list_actions, Find())[0].id),
        *(f"calm://{name}" for name in ("home", "assets", "actions", "orders", "invoices", "invoice-lines")),
        *(f"calm://{name}" for name in ("credits", "payments", "products", "taxes")),
        *(places.report(name) for name in ("categories", "mrr-movements", "renewals-due", "aging", "usage")),
    ]
    for window in opened_window(qtbot, blind, background, settings):
        for link in links:
            page = open_page(qtbot, window, link)
            assert FIGURE.findall(told_by(page)) == [], link
            assert SECRET_WORD not in told_by(page), link


def test_the_audit_trail_is_looked_through(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings
) -> None:
    for window in opened_window(qtbot, desk, background, settings):
        page = open_page(qtbot, window, places.audit())
        page.table.set_filter("blind codename")
        assert [line[1:] for line in texts(page.table)] == [
            [
                "At the desk",
                "admin",
                "Python",
                "Set field access",
                "",
                "role blind: account.Codename edit",
                "role blind: account.Codename hide",
            ]
        ]


def test_users_roles_and_fields_are_set_in_the_window(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings
) -> None:
    for window in opened_window(qtbot, desk, background, settings):
        page = open_page(qtbot, window, places.access())
        page.tabs.show_tab("fields")
        page.field_form.fill({"role": "rep", "field": "mrr", "access": "hide"})
        qtbot.mouseClick(page.field_form.save_button, Qt.MouseButton.LeftButton)
        settle(qtbot, window)
        assert ["rep", "mrr", "hide"] in [line[:3] for line in texts(page.fields)]
        page.tabs.show_tab("roles")
        page.role_form.fill({"role": "support", "permission": "See records", "allowed": "yes"})
        qtbot.mouseClick(page.role_form.save_button, Qt.MouseButton.LeftButton)
        settle(qtbot, window)
        page.roles.set_filter("support yes")
        assert texts(page.roles) == [["support", "See records", "yes"]]
        page.tabs.show_tab("users")
        page.user_form.fill({"name": "rob", "role": "rep", "password": "correct horse"})
        qtbot.mouseClick(page.user_form.save_button, Qt.MouseButton.LeftButton)
        settle(qtbot, window)
        assert page.user_form.row("role").error.startswith("The first user must be an admin")
        assert page.users.rows() == []


def test_one_who_is_alone_is_not_asked(qtbot: QtBot, desk: Desk, background: Background) -> None:
    window, entered = QWidget(), list[bool]()
    qtbot.addWidget(window)
    let_in(window, background, desk, lambda: entered.append(True), lambda: entered.append(False))
    qtbot.waitUntil(lambda: entered == [True])


def test_users_are_asked_who_they_are(qtbot: QtBot, desk: Desk, background: Background) -> None:
    desk.do(add_user, AddUser("ada", "admin", "correct horse"))
    window, entered = QWidget(), list[bool]()
    qtbot.addWidget(window)
    window.show()
    let_in(window, background, desk, lambda: entered.append(True), lambda: entered.append(False))
    qtbot.waitUntil(lambda: bool(window.findChildren(LoginDialog)))
    (dialog,) = window.findChildren(LoginDialog)
    qtbot.keyClicks(dialog.name_field, "ada")
    qtbot.keyClicks(dialog.password_field, "wrong")
    qtbot.mouseClick(dialog.sign_in_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.problem.text() == "The name or the password is wrong.")
    assert entered == []
    dialog.password_field.clear()
    qtbot.keyClicks(dialog.password_field, "correct horse")
    qtbot.mouseClick(dialog.sign_in_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: entered == [True])
    assert (desk.caller.name, desk.caller.role, desk.caller.door) == ("ada", "admin", "window")


def test_who_does_not_say_does_not_get_in(qtbot: QtBot, desk: Desk, background: Background) -> None:
    desk.do(add_user, AddUser("ada", "admin", "correct horse"))
    window, entered = QWidget(), list[bool]()
    qtbot.addWidget(window)
    window.show()
    let_in(window, background, desk, lambda: entered.append(True), lambda: entered.append(False))
    qtbot.waitUntil(lambda: bool(window.findChildren(LoginDialog)))
    qtbot.mouseClick(window.findChildren(LoginDialog)[0].cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: entered == [False])

"""The window's frame: places, history, search, commands, messages; it comes back as it was left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.engine.problems import Problem
from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice, Page
from calm_desktop.ui.shell import Command, Hit, Shell
from calm_desktop.ui.widgets import Chip, button


class NotePage(Page):
    """A page that writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.told: list[object] = []
        self.filter = QLineEdit()
        QVBoxLayout(self).addWidget(self.filter)
        self.renew = button("Renew…", "primary")

    def load(self, link: Link) -> None:
        self.loaded.append(str(link))
        name = link.name or "Accounts"
        self.set_header(Header(name, (("Accounts", "calm://accounts"), (name, "")), (("Active", None),), (self.renew,)))

    def refresh(self, changed: object) -> None:
        self.told.append(changed)

    def today_changed(self, day: date) -> None:
        self.told.append(day)

    def focus_filter(self) -> None:
        self.filter.setFocus()


def find(text: str) -> list[Hit]:
    return [Hit("Account", "Acme & Sons", "Customer 17", "calm://account/Acme")] if text == "acme" else []


@pytest.fixture
def make(qtbot: QtBot, background: Background, settings: QSettings) -> Callable[[], Shell]:
    def build() -> Shell:
        shell = Shell(background, find, settings)
        qtbot.addWidget(shell)
        shell.register("accounts", NotePage)
        shell.register("account", NotePage)
        with qtbot.waitActive(shell):
            shell.show()
            shell.activateWindow()
        return shell

    return build


def note_page(shell: Shell) -> NotePage:
    assert isinstance(shell.page, NotePage)
    return shell.page


def test_a_link_opens_its_page_with_its_header(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    with qtbot.waitSignal(shell.page_opened) as told:
        shell.open_page("calm://account/Smith%20%26%20Sons")
    assert told.args == ["calm://account/Smith%20%26%20Sons"]
    assert shell.header.title.text() == "Smith & Sons"
    assert shell.windowTitle() == "Smith & Sons – CALM Desktop"
    qtbot.waitUntil(lambda: [c.text() for c in shell.header.findChildren(Chip) if c.isVisible()] == ["Active"])
    assert note_page(shell).renew.isVisible()
    assert shell.sidebar.entries["accounts"].isChecked()


def test_what_has_no_room_beside_the_title_is_under_more(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    done: list[str] = []
    buttons = [button(text) for text in ("Change…", "Transfer…", "Cancel…", "Sell…")] + [button("Renew…", "primary")]
    buttons[1].clicked.connect(lambda: done.append("Transfer…"))
    buttons[2].setEnabled(False)
    buttons[2].setToolTip("It has ended.")
    title = "Analytics Pro licence (Jan 2024)"
    shell.resize(1440, 800)
    shell.header.show_header(Header(title, (), (("Active", None),), tuple(buttons)))
    assert (shell.header.folded, shell.header.more.isVisible()) == ((), False)
    shell.resize(1180, 800)
    qtbot.waitUntil(lambda: shell.header.title.shown_text() == title)
    assert [each.text() for each in shell.header.folded] == ["Transfer…", "Cancel…", "Sell…"]
    assert [each.isVisible() for each in buttons] == [True, False, False, False, True]
    menu = shell.header.more_menu()
    assert [(act.text(), act.isEnabled()) for act in menu.actions()] == [
        ("Transfer…", True),
        ("Cancel…", False),
        ("Sell…", True),
    ]
    assert menu.actions()[1].toolTip() == "It has ended."
    menu.actions()[0].trigger()
    assert done == ["Transfer…"]
    shell.header.show_header(Header("Accounts", (), (), tuple(buttons)))
    assert (shell.header.folded, all(each.isVisible() for each in buttons)) == ((), True)


@pytest.mark.parametrize(
    ("link", "lit"),
    [
        ("calm://actions?account=A1", "accounts"),
        ("calm://actions?asset=X1", "assets"),
        ("calm://actions", "assets"),
        ("calm://invoices?account=A1", "accounts"),
        ("calm://invoices", "invoices"),
        ("calm://asset/X1", "assets"),
    ],
)
def test_the_side_bar_lights_what_the_breadcrumbs_say(make: Callable[[], Shell], link: str, lit: str) -> None:
    shell = make()
    shell.sidebar.light(Link.parse(link))
    assert [name for name, entry in shell.sidebar.entries.items() if entry.isChecked()] == [lit]


def test_back_and_forward_walk_the_history(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    assert not shell.header.back.isEnabled()
    for link in ("calm://accounts", "calm://account/Acme", "calm://account/Beta"):
        shell.open_page(link)
    qtbot.keyClick(shell, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert shell.link == "calm://account/Acme"
    qtbot.mouseClick(shell.header.back, Qt.MouseButton.LeftButton)
    assert shell.link == "calm://accounts"
    assert not shell.header.back.isEnabled()
    qtbot.keyClick(shell, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert shell.link == "calm://account/Acme"
    shell.open_page("calm://account/Gamma")
    assert not shell.header.forward.isEnabled()
    assert note_page(shell).loaded == [
        "calm://account/Acme",
        "calm://account/Beta",
        "calm://account/Acme",
        "calm://account/Acme",
        "calm://account/Gamma",
    ]


def test_a_page_is_made_once_for_its_kind(make: Callable[[], Shell]) -> None:
    shell = make()
    shell.open_page("calm://account/Acme")
    first = shell.page
    shell.open_page("calm://accounts")
    shell.open_page("calm://account/Beta")
    assert shell.page is first


def test_a_changed_place_is_what_history_and_copies_hold(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    shell.open_page("calm://account/Acme")
    page = note_page(shell)
    assert page.link is not None
    page.set_link(page.link.with_parameters(asof="2022-10-15"))
    qtbot.keyClick(shell, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert QGuiApplication.clipboard().text() == "calm://account/Acme?asof=2022-10-15"
    shell.open_page("calm://accounts")
    shell.go_back()
    assert page.loaded[-1] == "calm://account/Acme?asof=2022-10-15"


def test_crumbs_and_side_bar_open_pages(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    shell.open_page("calm://account/Acme")
    crumb = next(made for made in shell.header.crumbs.findChildren(QPushButton) if made.text() == "Accounts")
    qtbot.mouseClick(crumb, Qt.MouseButton.LeftButton)
    assert shell.link == "calm://accounts"
    shell.open_page("calm://account/Acme")
    qtbot.mouseClick(shell.sidebar.entries["accounts"], Qt.MouseButton.LeftButton)
    assert shell.link == "calm://accounts"


@pytest.mark.parametrize("link", ["calm://nowhere", "https://example.com", "Acme"])
def test_a_link_that_leads_nowhere_says_so(make: Callable[[], Shell], link: str) -> None:
    shell = make()
    shell.open_page("calm://account/Acme")
    shell.open_page(link)
    assert shell.page is None
    assert shell.lost.text.text() == f"{link} is not a place in CALM Desktop."
    shell.go_back()
    assert shell.header.title.text() == "Acme"


def test_a_commit_reaches_every_page_made_so_far(make: Callable[[], Shell]) -> None:
    shell = make()
    shell.open_page("calm://account/Acme")
    account = note_page(shell)
    shell.open_page("calm://accounts")
    accounts = note_page(shell)
    shell.refresh("renewed")
    shell.today_changed(date(2026, 11, 23))
    assert account.told == accounts.told == ["renewed", date(2026, 11, 23)]


def test_ctrl_k_finds_a_thing_and_enter_opens_it(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    qtbot.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = shell.palette_popup
    assert palette.isVisible()
    ground = palette.grab().toImage().pixelColor(30, 20)  # where nothing is drawn but the ground under the field
    assert ground == theme.colour("surface")
    qtbot.keyClicks(palette.field, "acme")
    qtbot.waitUntil(lambda: palette.list.count() == 1)
    assert palette.list.item(0).text() == "Acme & Sons"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert shell.link == "calm://account/Acme"
    assert not palette.isVisible()


def test_a_search_without_hits_says_so(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    qtbot.mouseClick(shell.sidebar.search, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(shell.palette_popup.field, "zzz")
    qtbot.waitUntil(lambda: shell.palette_popup.note.text() == "Nothing found for “zzz”.")
    qtbot.keyClick(shell.palette_popup, Qt.Key.Key_Escape)
    assert not shell.palette_popup.isVisible()


def test_commands_stand_behind_an_angle_and_have_shortcuts(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    done: list[str] = []
    shell.add_command(Command("New sale…", lambda: done.append("sale"), "Ctrl+N"))
    qtbot.keyClick(shell, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    shell.palette_popup.popup()
    qtbot.keyClicks(shell.palette_popup.field, "> go to")
    titles = [shell.palette_popup.list.item(n).text() for n in range(shell.palette_popup.list.count())]
    assert titles == [
        "Go to Home", "Go to Accounts", "Go to Assets", "Go to Orders", "Go to Invoices",
        "Go to Products and prices", "Go to Imports", "Go to Reports", "Go to Settings", "Go to Help",
    ]  # fmt: skip
    shell.palette_popup.field.setText("> new s")
    qtbot.keyClick(shell.palette_popup.field, Qt.Key.Key_Return)
    assert done == ["sale", "sale"]


def test_down_walks_what_was_found(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    shell.palette_popup.popup("> go to a")
    qtbot.keyClick(shell.palette_popup.field, Qt.Key.Key_Down)
    qtbot.keyClick(shell.palette_popup.field, Qt.Key.Key_Down)
    assert shell.palette_popup.list.currentItem().text() == "Go to Assets"
    qtbot.keyClick(shell.palette_popup.field, Qt.Key.Key_Up)
    qtbot.keyClick(shell.palette_popup.field, Qt.Key.Key_Return)
    assert shell.link == "calm://accounts"


def test_ctrl_f_goes_to_the_filter_of_the_page(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    shell.open_page("calm://accounts")
    qtbot.keyClick(shell, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert note_page(shell).filter.hasFocus()


def test_an_undo_bar_stands_above_the_page(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    undone: list[int] = []
    shell.open_page("calm://accounts")
    note_page(shell).notice_requested.emit(Notice("Renewed.", "good", (("Undo", lambda: undone.append(1)),)))
    assert shell.banner.isVisible()
    qtbot.mouseClick(shell.banner.buttons[0], Qt.MouseButton.LeftButton)
    assert undone == [1]
    shell.tell_problems([Problem("x", "", "Nothing is due.")])
    assert shell.banner.label.text() == "Nothing is due."


def test_window_and_recents_come_back(qtbot: QtBot, make: Callable[[], Shell], settings: QSettings) -> None:
    shell = make()
    assert (shell.width(), shell.height()) == (1280, 800)
    shell.open_page("calm://account/Acme")
    for name in ("Acme", "Beta", "Acme"):
        shell.add_recent(name, f"calm://account/{name}")
    shell.resize(790, 700)  # within the screen that tests have
    shell.close()
    again = make()
    assert (again.width(), again.height()) == (790, 700)
    assert again.recents == [("Acme", "calm://account/Acme"), ("Beta", "calm://account/Beta")]
    assert settings.value("shell/link") == "calm://account/Acme"
    recent = next(made for made in again.sidebar.findChildren(QPushButton) if made.accessibleName() == "Beta")
    qtbot.mouseClick(recent, Qt.MouseButton.LeftButton)
    assert again.link == "calm://account/Beta"


def test_a_theme_chosen_by_command_is_remembered(
    make: Callable[[], Shell], settings: QSettings, qapp: QApplication
) -> None:
    shell = make()
    shell.choose_theme(theme.Scheme.DARK)
    assert theme.tokens() is theme.DARK
    assert settings.value("shell/theme") == "dark"


def test_files_may_be_dropped_anywhere(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/orders/day.csv"), QUrl("https://example.com/x.csv")])
    event = QDropEvent(
        QPoint(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(shell.files_dropped) as told:
        shell.dropEvent(event)
    assert told.args == [["/orders/day.csv"]]


def test_no_text_of_the_frame_is_cut_at_its_smallest_size(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    shell.open_page("calm://account/Acme")
    shell.add_recent("Acme", "calm://account/Acme")
    shell.sidebar.show_note("Saved · backup 08:00 today", "good")
    qtbot.wait(10)
    assert (shell.width(), shell.height()) == (1280, 800)
    assert cut_texts(shell) == []


def cut_texts(window: QWidget) -> list[str]:
    """The labels and buttons that have less room than their text needs."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and isinstance(widget, QLabel | QPushButton) and widget.text():
            needed = widget.sizeHint()
            if widget.width() < needed.width() - 2 or widget.height() < needed.height() - 2:
                found.append(widget.text())
    return found

"""Integrations in the window: the door opens and closes, tokens and webhooks are made, shown once, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from calm_desktop.api.serving import Door, OpenDoor, open_door
from calm_desktop.services.access import list_tokens
from calm_desktop.services.desk import Desk
from calm_desktop.services.webhooks import list_webhooks
from calm_desktop.ui import places
from calm_desktop.ui.background import Background
from calm_desktop.ui.door import State
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.integrations import CLOSED, OPEN
from tests.ui.window_desk import open_page, settle


@pytest.fixture
def desk(blank_store: Path, tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "window.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path, date(2022, 1, 1)) as opened:
        yield opened


@pytest.fixture
def window(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings, tmp_path: Path
) -> Iterator[MainWindow]:
    made = shown(qtbot, desk, background, settings, tmp_path)
    yield made
    made.close()


def shown(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings, folder: Path) -> MainWindow:
    """The window, which can open a door."""

    def opener(served: Desk, port: int, tls: bool) -> OpenDoor:
        return open_door(served, Door(port=port, tls=tls), folder)

    window = MainWindow(background, settings, opener=opener)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.take_desk(desk)
    settle(qtbot, window)
    return window


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def opened(qtbot: QtBot, page: Any) -> None:
    """Switch the door on, on any free port."""
    page.port.setText("0")
    click(qtbot, page.switch.buttons[OPEN])
    qtbot.waitUntil(lambda: page.context.door.state is State.OPEN, timeout=30_000)


def test_the_door_opens_answers_and_closes(qtbot: QtBot, window: MainWindow) -> None:
    page = open_page(qtbot, window, places.integrations())
    assert (page.switch.current, page.address.text()) == (CLOSED, "")
    opened(qtbot, page)
    url = page.address.text()
    assert url.startswith("http://127.0.0.1:")
    click(qtbot, page.copy_address)
    assert QGuiApplication.clipboard().text() == url
    assert not page.port.isEnabled()
    page.token_name.setText("shop")
    click(qtbot, page.token_button)
    qtbot.waitUntil(lambda: page.token_secret.line.text() != "", timeout=10_000)
    click(qtbot, page.token_secret.copy_button)
    token = QGuiApplication.clipboard().text()
    assert token == page.token_secret.line.text()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(headers=headers, timeout=30) as client:
        made = client.post(f"{url}/services/data/v55.0/sobjects/Account", json={"Name": "Acme"})
        assert made.status_code == 201
        assert client.get(f"{url}/services/data/v55.0/sobjects/Account/{made.json()['id']}").json()["Name"] == "Acme"
    click(qtbot, page.token_secret.done_button)
    assert page.token_secret.line.text() == ""
    click(qtbot, page.switch.buttons[CLOSED])
    qtbot.waitUntil(lambda: page.context.door.state is State.CLOSED, timeout=30_000)
    assert page.address.text() == ""
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url}/services/data", timeout=5)


def test_the_door_stays_as_it_was_set_at_the_next_start(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings, tmp_path: Path
) -> None:
    first = shown(qtbot, desk, background, settings, tmp_path)
    opened(qtbot, open_page(qtbot, first, places.integrations()))
    first.close()
    assert first.door.state is State.CLOSED
    second = shown(qtbot, desk, background, settings, tmp_path)
    qtbot.waitUntil(lambda: second.door.state is State.OPEN, timeout=30_000)
    assert httpx.get(f"{second.door.url}/services/data", timeout=30).status_code == 200
    page = open_page(qtbot, second, places.integrations())
    assert page.switch.current == OPEN
    click(qtbot, page.switch.buttons[CLOSED])
    qtbot.waitUntil(lambda: second.door.state is State.CLOSED, timeout=30_000)
    second.close()
    third = shown(qtbot, desk, background, settings, tmp_path)
    assert third.door.state is State.CLOSED
    third.close()


def test_a_port_that_cannot_be_had_is_told(qtbot: QtBot, window: MainWindow, desk: Desk, tmp_path: Path) -> None:
    page = open_page(qtbot, window, places.integrations())
    page.port.setText("70000")
    click(qtbot, page.switch.buttons[OPEN])
    assert (page.switch.current, page.port_row.error != "") == (CLOSED, True)
    other = open_door(desk, Door(port=0), tmp_path)
    try:
        page.port.setText(other.url.rpartition(":")[2])
        click(qtbot, page.switch.buttons[OPEN])
        qtbot.waitUntil(page.door_note.isVisible, timeout=30_000)
        assert "Nothing can listen on 127.0.0.1" in page.door_note.label.text()
        assert page.switch.current == CLOSED
    finally:
        other.close()


def test_tokens_are_listed_refused_and_revoked(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.integrations())
    click(qtbot, page.token_button)
    settle(qtbot, window)
    assert page.token_rows[0].error == "A token needs a name, by which it is revoked."
    page.token_days.setText("0")
    click(qtbot, page.token_button)
    assert page.token_rows[2].error != ""
    page.token_days.setText("30")
    page.token_name.setText("shop")
    click(qtbot, page.token_button)
    revoke = named(qtbot, page, "Revoke shop")
    click(qtbot, revoke)
    qtbot.waitUntil(lambda: desk.ask(list_tokens, None)[0].status == "revoked", timeout=10_000)
    qtbot.waitUntil(lambda: not found(page, "Revoke shop"), timeout=10_000)


def test_webhooks_are_added_and_removed(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.integrations())
    page.hook_name.setText("shop")
    page.hook_url.setText("http://shop.example/")
    click(qtbot, page.hook_button)
    settle(qtbot, window)
    assert page.hook_rows[1].error.startswith("Give an address such as https://")
    page.hook_url.setText("https://shop.example/events")
    click(qtbot, page.hook_button)
    qtbot.waitUntil(lambda: page.hook_secret.line.text().startswith("whsec_"), timeout=10_000)
    click(qtbot, named(qtbot, page, "Remove shop"))
    qtbot.waitUntil(lambda: desk.ask(list_webhooks, None) == (), timeout=10_000)


def test_settings_lead_to_integrations(qtbot: QtBot, window: MainWindow) -> None:
    page = open_page(qtbot, window, places.settings())
    click(qtbot, page.integrations_button)
    settle(qtbot, window)
    assert window.link == places.integrations()


def found(page: Any, name: str) -> list[QPushButton]:
    return [each for each in page.findChildren(QPushButton) if each.accessibleName() == name]


def named(qtbot: QtBot, page: Any, name: str) -> QPushButton:
    """The button of a row, once it is shown."""
    qtbot.waitUntil(lambda: bool(found(page, name)), timeout=10_000)
    return found(page, name)[0]

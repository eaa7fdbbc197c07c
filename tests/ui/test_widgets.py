"""The small parts: plain texts, chips, banners, rows of a form, crumbs, cards."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.engine.problems import Problem
from calm_desktop.ui.cards import Card, Sparkline
from calm_desktop.ui.widgets import (
    Banner,
    Breadcrumbs,
    Chip,
    ElidedLabel,
    EmptyState,
    FormRow,
    Label,
    button,
    choice_field,
    show_problems,
    tone_of,
)


def shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()


def test_a_name_is_never_taken_for_markup_or_a_shortcut(qtbot: QtBot) -> None:
    label = Label("Smith & <b>Sons</b>")
    shown(qtbot, label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == "Smith & <b>Sons</b>"
    assert button("R&D Renew").text() == "R&&D Renew"


def test_a_label_too_long_is_shortened_and_told_whole_in_its_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("Northwind Roasters & Daughters International")
    label.resize(120, 20)
    shown(qtbot, label)
    assert label.shown_text().endswith("…")
    assert QFontMetrics(label.font()).horizontalAdvance(label.shown_text()) <= 120
    assert label.text() == "Northwind Roasters & Daughters International"
    assert label.toolTip() == "<span>Northwind Roasters &amp; Daughters International</span>"
    label.resize(600, 20)
    assert label.shown_text() == "Northwind Roasters & Daughters International"
    assert label.toolTip() == ""


@pytest.mark.parametrize(
    ("word", "tone"),
    [("Initial Sale", "info"), ("Renewals", "good"), ("Downsells", "bad"), ("Draft", "warn"), ("Posted", "good"),
     ("Terms And Conditions Changes", "neutral"), ("Unheard", "neutral")],
)  # fmt: skip
def test_a_chip_is_coloured_by_what_its_word_means(qtbot: QtBot, word: str, tone: str) -> None:
    chip = Chip(word)
    shown(qtbot, chip)
    assert tone_of(word) == tone
    assert chip.property("tone") == tone
    assert chip.width() > QFontMetrics(chip.font()).horizontalAdvance(word)


def test_a_chip_changes_its_colour_with_its_word(qtbot: QtBot) -> None:
    chip = Chip("Active")
    shown(qtbot, chip)
    assert chip.grab().toImage().pixelColor(8, 3) == QColor("#e3f5ec")
    chip.show_word("Error")
    assert chip.grab().toImage().pixelColor(8, 3) == QColor("#fcebea")


def test_a_banner_offers_undo_and_goes_when_dismissed(qtbot: QtBot) -> None:
    banner, undone = Banner(), []
    qtbot.addWidget(banner)
    assert not banner.isVisible()
    banner.tell("Renewed & ordered.", "good", [("Undo", lambda: undone.append(1))])
    assert banner.isVisible()
    assert banner.label.text() == "Renewed & ordered."
    qtbot.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    assert undone == [1]
    with qtbot.waitSignal(banner.dismissed):
        qtbot.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_a_banner_tells_every_problem_with_its_place(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.tell_problems([Problem("a", "", "No such day.", "row 3"), Problem("b", "", "Nothing sold.")])
    assert banner.label.text() == "row 3: No such day.\nNothing sold."
    assert banner.property("tone") == "bad"


def test_an_error_stands_by_its_field_and_what_has_no_field_is_handed_back(qtbot: QtBot) -> None:
    quantity = FormRow("Quantity", QLineEdit(), "quantity", hint="How many.")
    price = FormRow("Price", QLineEdit(), "price")
    qtbot.addWidget(quantity)
    qtbot.addWidget(price)
    wrong, other = Problem("zero", "quantity", "Enter more than 0."), Problem("late", "order", "It is over.")
    assert show_problems([quantity, price], [wrong, other]) == (other,)
    assert quantity.error == "Enter more than 0."
    assert quantity.field.property("invalid") is True
    assert price.error == ""
    assert show_problems([quantity, price], []) == ()
    assert quantity.error == ""
    assert quantity.note.text() == "How many."


def test_crumbs_lead_back(qtbot: QtBot) -> None:
    crumbs = Breadcrumbs()
    crumbs.show_crumbs([("Accounts", "calm://accounts"), ("Smith & Sons", "")])
    shown(qtbot, crumbs)
    links = [made for made in crumbs.findChildren(QPushButton) if made.isVisible()]
    assert [made.text() for made in links] == ["Accounts"]
    with qtbot.waitSignal(crumbs.link_activated) as told:
        qtbot.mouseClick(links[0], Qt.MouseButton.LeftButton)
    assert told.args == ["calm://accounts"]
    crumbs.show_crumbs([("Home", "")])
    assert [made for made in crumbs.findChildren(QPushButton) if made.isVisible()] == []


def test_an_empty_view_offers_what_to_do(qtbot: QtBot) -> None:
    empty = EmptyState("No accounts yet", "Import a file or make one.", "New account")
    shown(qtbot, empty)
    with qtbot.waitSignal(empty.acted):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)


def test_a_list_field_gives_back_the_value_chosen(qtbot: QtBot) -> None:
    field = choice_field([("List price", "list"), ("Last negotiated price", "last")], "last")
    qtbot.addWidget(field)
    assert field.currentText() == "Last negotiated price"
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.currentData() == "list"


def test_a_card_shows_one_figure_for_each_currency(qtbot: QtBot) -> None:
    card = Card("Amount", "View changes")
    card.resize(260, 160)
    shown(qtbot, card)
    card.show_figures(["$38,434.60"], "+$24,336.00", "good", "booked from Jan 2027")
    assert [label.text() for label in card.figures] == ["$38,434.60"]
    assert card.delta.text() == "+$24,336.00"
    card.show_figures(["$1,950.00", "€300.00"])
    assert [label.text() for label in card.figures] == ["$1,950.00", "€300.00"]
    assert not card.delta.isVisible()
    assert card.accessibleName() == "Amount: $1,950.00, €300.00"


def test_a_card_s_link_and_its_figure_ask_for_different_things(qtbot: QtBot) -> None:
    card, asked = Card("Quantity", "View changes"), []
    card.resize(260, 140)
    card.show_figures(["75"])
    shown(qtbot, card)
    card.link_activated.connect(lambda: asked.append("link"))
    card.explained.connect(lambda _: asked.append("explained"))
    qtbot.mouseClick(card.link, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(card.figures[0], Qt.MouseButton.LeftButton)
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Return)
    card.set_explainable(False)
    qtbot.mouseClick(card.figures[0], Qt.MouseButton.LeftButton)
    assert asked == ["link", "explained", "explained"]


def test_in_a_narrow_card_the_note_goes_below_the_change_and_nothing_is_cut(qtbot: QtBot) -> None:
    card = Card("Monthly recurring revenue", "View changes")
    card.show_figures(["$38,434.60"], "+$24,336.00", "good", "booked from Jan 2027")
    card.resize(239, 170)
    shown(qtbot, card)
    assert card.note.y() > card.delta.y() + card.delta.height() - 1
    assert card.note.shown_text() == "booked from Jan 2027"
    assert card.title.shown_text() == "Monthly recurring revenue"
    card.resize(330, 170)
    qtbot.waitUntil(lambda: card.note.x() > card.delta.x() + card.delta.width())
    assert card.note.shown_text() == "booked from Jan 2027"


def test_a_trend_draws_steps_and_a_gap_where_nothing_was(qtbot: QtBot) -> None:
    trend = Sparkline()
    trend.resize(80, 36)
    shown(qtbot, trend)

    def ink(left: int, right: int) -> int:
        image = trend.grab().toImage()
        return sum(
            image.pixelColor(x, y).blue() - image.pixelColor(x, y).red() > 120
            for x in range(left, right)
            for y in range(image.height())
        )

    trend.show_values([1, 1, 2, 2])
    assert ink(2, 38) > 20
    assert ink(42, 78) > 20
    trend.show_values([1, 1, None, None])
    assert ink(2, 38) > 20
    assert ink(42, 78) == 0
    trend.show_values([1])
    assert ink(0, 80) == 0

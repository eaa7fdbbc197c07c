"""Every theme can be read: contrast, fonts, icons, live switching."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from calm_desktop.bundled import resource
from calm_desktop.ui import theme
from calm_desktop.ui.theme import DARK, HIGH_CONTRAST, LIGHT, Tokens

THEMES = pytest.mark.parametrize("tokens", [LIGHT, DARK, HIGH_CONTRAST], ids=["light", "dark", "high contrast"])

# Which text stands on which ground.
TEXTS = [
    *((text, ground) for text in ("text", "muted", "accent", "good", "bad", "warn") for ground in ("surface", "page")),
    *((text, "sidebar") for text in ("text", "muted", "accent", "good", "bad", "warn")),
    *((text, "hover") for text in ("text", "muted")),
    *((text, "selection") for text in ("text", "muted", "accent", "bad")),
    ("muted", "neutral_soft"),
    ("text", "neutral_soft"),
    ("accent", "accent_soft"),
    ("text", "accent_soft"),
    *((tone, f"{tone}_soft") for tone in ("good", "bad", "warn")),
    *(("text", f"{tone}_soft") for tone in ("good", "bad", "warn")),
    *(("accent", f"{tone}_soft") for tone in ("good", "bad", "warn")),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_bubble", "bubble"),
    ("bubble_muted", "bubble"),
]
MARKS = [(mark, "surface") for mark in ("mark", "action", "muted", "accent", "good", "warn", "bad")]


def test_contrast_is_counted_as_the_standard_does() -> None:
    assert theme.contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@THEMES
def test_every_text_stands_out_four_and_a_half_to_one(tokens: Tokens) -> None:
    weak = {
        f"{text} on {ground}": round(theme.contrast(getattr(tokens, text), getattr(tokens, ground)), 2)
        for text, ground in TEXTS
        if theme.contrast(getattr(tokens, text), getattr(tokens, ground)) < 4.5
    }
    assert weak == {}


@THEMES
def test_every_mark_stands_out_three_to_one(tokens: Tokens) -> None:
    weak = {
        f"{mark} on {ground}": round(theme.contrast(getattr(tokens, mark), getattr(tokens, ground)), 2)
        for mark, ground in MARKS
        if theme.contrast(getattr(tokens, mark), getattr(tokens, ground)) < 3
    }
    assert weak == {}


@THEMES
def test_the_style_sheet_asks_for_no_colour_that_is_not_there(tokens: Tokens) -> None:
    sheet = theme.style_sheet(tokens)
    assert "$" not in sheet
    assert tokens.accent in sheet


def test_inter_is_loaded_and_its_weights_differ() -> None:
    assert theme.load_fonts() == "Inter"
    assert theme.font(13).family() == "Inter"
    widths = [QFontMetricsF(theme.font(20, w)).horizontalAdvance("Renewal") for w in (400, 600, 700)]
    assert widths[0] < widths[1] < widths[2]


def test_figures_have_digits_of_one_width() -> None:
    metrics = QFontMetricsF(theme.font(13, figures=True))
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")


def test_a_switch_of_theme_reaches_open_widgets(qtbot: QtBot, qapp: QApplication) -> None:
    field = QLineEdit("Acme")
    qtbot.addWidget(field)
    field.show()

    def ground() -> str:
        return field.grab().toImage().pixelColor(field.width() - 8, field.height() // 2).name()

    assert ground() == "#ffffff"
    with qtbot.waitSignal(theme.current().changed):
        theme.apply(qapp, theme.Scheme.DARK)
    assert ground() == "#171e26"
    assert theme.tokens() is DARK
    theme.apply(qapp, theme.Scheme.LIGHT)
    assert ground() == "#ffffff"


def test_the_system_s_wish_is_followed_only_when_chosen(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    theme.apply(qapp, theme.Scheme.SYSTEM)
    monkeypatch.setattr(theme, "system_scheme", lambda: theme.Scheme.DARK)
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert theme.tokens() is DARK
    theme.apply(qapp, theme.Scheme.LIGHT)
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert theme.tokens() is LIGHT


def test_every_icon_draws_in_the_colour_asked_for() -> None:
    names = sorted(path.stem.removeprefix("icon-") for path in resource().glob("icon-*.svg"))
    assert {"home", "accounts", "search", "undo", "external", "chevron-down"} <= set(names)
    for name in names:
        image = theme.pixmap(name, "accent", 16, 2).toImage()
        assert image.width() == 32, name
        strong = [
            image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255
        ]
        assert strong.count("#0b63ce") > len(strong) * 0.9, name
        assert strong, name


def test_an_icon_of_a_button_follows_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    button = QPushButton("Copy")
    qtbot.addWidget(button)
    theme.set_icon(button, "copy", "accent")
    light = button.icon().pixmap(16, 16).toImage()
    theme.apply(qapp, theme.Scheme.DARK)
    dark = button.icon().pixmap(16, 16).toImage()
    assert light != dark
    theme.set_icon(button, "plus", "accent")
    plus = button.icon().pixmap(16, 16).toImage()
    theme.apply(qapp, theme.Scheme.LIGHT)
    theme.apply(qapp, theme.Scheme.DARK)
    assert button.icon().pixmap(16, 16).toImage() == plus


def test_a_ticked_box_and_a_chosen_button_show_their_sign(qtbot: QtBot) -> None:
    for made in (QCheckBox("Renew"), QRadioButton("List price")):
        qtbot.addWidget(made)
        with qtbot.waitExposed(made):
            made.show()
        empty = made.grab().toImage()
        made.setChecked(True)
        full = made.grab().toImage()
        blue = [
            sum(image.pixelColor(x, y).name() == "#0b63ce" for x in range(20) for y in range(image.height()))
            for image in (empty, full)
        ]
        assert blue[1] - blue[0] > 60


def test_a_placeholder_can_be_read(qtbot: QtBot) -> None:
    field = QLineEdit()
    field.setPlaceholderText("Filter actions")
    qtbot.addWidget(field)
    with qtbot.waitExposed(field):
        field.show()
    assert field.palette().placeholderText().color().name(QColor.NameFormat.HexArgb) == "#ff5a6370"


def test_bold_is_the_font_s_own_and_not_thickened() -> None:
    plain = theme.font(20, theme.BOLD)
    plain.setWeight(plain.Weight.Normal)
    assert QFontMetricsF(theme.font(20, theme.BOLD)).horizontalAdvance("Renewal") == QFontMetricsF(
        plain
    ).horizontalAdvance("Renewal")

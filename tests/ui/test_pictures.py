"""Pictures of widgets, at any scale, as pixels and as shapes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from calm_desktop.engine.problems import Fault
from calm_desktop.services.catalogue import add_product, set_price
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddProduct, SetPrice
from calm_desktop.ui.cards import Card
from calm_desktop.ui.pages.products import ProductsPage
from calm_desktop.ui.pictures import grab, show, window_on
from tests.ui.test_lifecycle_chart import make as make_chart
from tests.ui.test_lifecycle_chart import pixels


def make_card(qtbot: QtBot) -> Card:
    card = Card("Smith & Sons", "View changes")
    qtbot.addWidget(card)
    card.show_figures(["$1,200.00"], "+$200.00", "good")
    card.resize(260, 140)
    return card


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_picture_has_as_many_pixels_as_asked(qtbot: QtBot, tmp_path: Path, scale: int) -> None:
    file = tmp_path / "new" / "card.png"
    grab(make_card(qtbot), file, scale)
    image = QImage(str(file))
    assert (image.width(), image.height()) == (260 * scale, 140 * scale)
    assert image.pixelColor(130 * scale, 4 * scale).name() == "#ffffff"


def test_a_drawing_holds_texts_as_texts(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "card.svg"
    grab(make_card(qtbot), file)
    root = ET.parse(file).getroot()
    texts = "".join(root.itertext())
    assert "$1,200.00" in texts
    assert "Smith & Sons" in texts
    assert root.attrib["viewBox"] == "0 0 260 140"
    assert float(root.attrib["width"].removesuffix("mm")) == pytest.approx(260 / 96 * 25.4, abs=0.01)


def test_a_chart_s_dots_are_shapes_in_a_drawing_and_crisp_in_a_picture(qtbot: QtBot, tmp_path: Path) -> None:
    chart = make_chart(qtbot)
    grab(chart, tmp_path / "chart.svg")
    drawing = (tmp_path / "chart.svg").read_text("utf-8")
    assert "<image" not in drawing
    assert drawing.count("#d46a0a") >= 2
    grab(chart, tmp_path / "chart.png", 2)
    image = QImage(str(tmp_path / "chart.png"))
    place = chart.plot.mapTo(chart, pixels(chart, "period", "11")) * 2
    assert image.pixelColor(place).name() == "#0b63ce"


def test_a_wrong_ending_and_a_folder_that_refuses_are_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    card = make_card(qtbot)
    with pytest.raises(Fault, match=r"card\.gif is neither a \.png nor an \.svg file"):
        grab(card, tmp_path / "card.gif")
    (tmp_path / "file").write_text("")
    with pytest.raises(Fault, match=r"cannot be written: .* Choose another folder"):
        grab(card, tmp_path / "file" / "card.png")


def test_a_page_is_laid_out_to_its_last_table_before_it_is_drawn(qtbot: QtBot, tmp_path: Path) -> None:
    with Desk.create(tmp_path / "store.db") as desk:
        desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
        for month in (1, 2):
            desk.do(set_price, SetPrice("LIC", Decimal(10 + month), date(2022, month, 1)))
        with window_on(desk, dark=False) as window:
            show(window, "calm://product/LIC")
            assert isinstance(window.page, ProductsPage)
            table = window.page.prices.table
            assert (len(table.model.order), table.height()) == (3, table.view.height())

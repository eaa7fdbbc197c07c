"""The lifecycle chart: steps over the days, dots that answer mouse and keys, an as-of line that can be dragged."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.money import Currency
from calm_desktop.ui import theme
from calm_desktop.ui.chart_model import ActionDot, ChartSeries, Step, StepLine, apart, table_rows
from calm_desktop.ui.lifecycle_chart import (
    LINE_PX,
    LifecycleChart,
    _DayAxis,
    dashes,
    day_ticks,
    nice_ticks,
    runs,
    since,
    until,
    x_of,
)
from calm_desktop.ui.widgets import Label

USD, EUR = Currency("USD", 2), Currency("EUR", 2)
TODAY = date(2022, 10, 15)


def figure(text: str) -> Decimal:
    return Decimal(text)


SALE = ActionDot("1", date(2022, 1, 1), Category.INITIAL_SALE, "Order 00000001 / 1", (("Quantity", "0 → 10  (+10)"),))
RENEWAL = ActionDot("2", date(2023, 1, 1), Category.RENEWALS, "Order 00000002 / 1", (("Quantity", "10 → 12  (+2)"),))
QUANTITY = StepLine(
    "Quantity",
    (
        Step(date(2022, 1, 1), figure("10"), "11"),
        Step(date(2023, 1, 1), figure("12"), "12"),
        Step(date(2024, 1, 1), None),
    ),
)


@pytest.mark.parametrize(("pixels", "dash", "gap"), [(400, 8, 5), (34, 8, 5), (17, 4, 2.5), (8.5, 2, 1.25)])
def test_a_short_future_is_seen_to_be_dashed(pixels: float, dash: float, gap: float) -> None:
    """Pixels of a dash and a gap: three dashes fit into however short a stretch."""
    assert tuple(part * LINE_PX for part in dashes(pixels)) == (dash, gap)


def series(**changes: object) -> ChartSeries:
    whole = {
        "title": "Quantity",
        "lines": (QUANTITY,),
        "actions": (SALE, RENEWAL),
        "today": TODAY,
        "as_of": TODAY,
        "start": date(2021, 12, 1),
        "end": date(2024, 3, 1),
    }
    return ChartSeries(**{**whole, **changes})  # type: ignore[arg-type]


def make(qtbot: QtBot, shown: ChartSeries | None = None) -> LifecycleChart:
    chart = LifecycleChart()
    qtbot.addWidget(chart)
    chart.resize(620, 300)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.show_series(shown or series())
    return chart


def pixels(chart: LifecycleChart, kind: str, number: str) -> QPoint:
    return chart.dot_position(kind, number).toPoint()


def colours_at(chart: LifecycleChart, at: QPoint) -> set[str]:
    image = chart.plot.viewport().grab().toImage()
    return {image.pixelColor(at.x() + dx, at.y() + dy).name() for dx in (-1, 0, 1) for dy in (-1, 0, 1)}


def test_a_dot_for_each_state_period_and_each_action_in_order_of_days(qtbot: QtBot) -> None:
    chart = make(qtbot)
    assert chart.dots() == [
        ("period", "11", date(2022, 1, 1)),
        ("action", "1", date(2022, 1, 1)),
        ("period", "12", date(2023, 1, 1)),
        ("action", "2", date(2023, 1, 1)),
    ]


def test_actions_stand_in_a_lane_below_and_hide_no_circle(qtbot: QtBot) -> None:
    chart = make(qtbot)
    circle, diamond = pixels(chart, "period", "11"), pixels(chart, "action", "1")
    assert circle.x() == diamond.x()
    assert diamond.y() - circle.y() > 40


def test_the_past_is_filled_and_the_future_hollow(qtbot: QtBot) -> None:
    chart = make(qtbot)
    assert "#0b63ce" in colours_at(chart, pixels(chart, "period", "11"))
    assert "#d46a0a" in colours_at(chart, pixels(chart, "action", "1"))
    assert colours_at(chart, pixels(chart, "period", "12")) == {"#ffffff"}
    assert "#ffffff" in colours_at(chart, pixels(chart, "action", "2"))


def test_the_past_is_a_solid_line_and_the_future_a_dashed_one(qtbot: QtBot) -> None:
    chart = make(qtbot)
    image = chart.plot.viewport().grab().toImage()

    def holes(start: date, end: date, value: str) -> int:
        y = round(chart.plot.mapFromScene(chart._box.mapViewToScene(QPointF(0, float(value)))).y())
        left, right = round(chart.day_position(start)), round(chart.day_position(end))
        blue = [
            any(QColor(image.pixel(x, y + dy)).blue() > QColor(image.pixel(x, y + dy)).red() + 80 for dy in (-1, 0, 1))
            for x in range(left, right)
        ]
        return blue.count(False)

    assert holes(date(2022, 2, 1), date(2022, 10, 1), "10") == 0
    assert holes(date(2023, 2, 1), date(2023, 12, 1), "12") > 10
    # nothing is owned any more: nothing is drawn
    assert holes(date(2024, 1, 10), date(2024, 2, 20), "12") == round(chart.day_position(date(2024, 2, 20))) - round(
        chart.day_position(date(2024, 1, 10))
    )


def test_a_click_on_a_dot_says_which(qtbot: QtBot) -> None:
    chart, told = make(qtbot), []
    chart.dot_activated.connect(lambda kind, number: told.append((kind, number)))
    for kind, number in (("period", "11"), ("action", "2")):
        qtbot.mouseClick(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixels(chart, kind, number))
    qtbot.mouseClick(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 60))
    assert told == [("period", "11"), ("action", "2")]


def test_a_dot_under_the_mouse_tells_date_what_old_new_and_source(qtbot: QtBot) -> None:
    chart = make(qtbot)
    qtbot.mouseMove(chart.plot.viewport(), pixels(chart, "action", "2"))
    assert chart.bubble.isVisible()
    assert chart.bubble.texts == ["Renewals · 01 Jan 2023 · Order 00000002 / 1", "Quantity 10 → 12  (+2)"]
    assert chart.plot.rect().contains(chart.bubble.geometry())
    qtbot.mouseMove(chart.plot.viewport(), pixels(chart, "period", "12"))
    assert chart.bubble.texts == ["State period · 01 Jan 2023", "Quantity 10 → 12  (+2)"]
    qtbot.mouseMove(chart.plot.viewport(), QPoint(320, 70))
    assert not chart.bubble.isVisible()


def test_arrow_keys_walk_the_dots_and_enter_opens_one(qtbot: QtBot) -> None:
    chart = make(qtbot)
    chart.plot.setFocus()
    walked = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home):
        qtbot.keyClick(chart.plot, key)
        walked.append(chart.bubble.texts[0])
    assert walked == [
        "State period · 01 Jan 2022",
        "Initial Sale · 01 Jan 2022 · Order 00000001 / 1",
        "Renewals · 01 Jan 2023 · Order 00000002 / 1",
        "State period · 01 Jan 2023",
        "State period · 01 Jan 2022",
    ]
    assert chart.plot.accessibleDescription() == "State period · 01 Jan 2022. Quantity – → 10  (+10)"
    with qtbot.waitSignal(chart.dot_activated) as told:
        qtbot.keyClick(chart.plot, Qt.Key.Key_Return)
    assert told.args == ["period", "11"]
    qtbot.keyClick(chart.plot, Qt.Key.Key_Escape)
    assert not chart.bubble.isVisible()


def test_a_chart_has_a_name_a_description_and_a_twin_in_rows(qtbot: QtBot) -> None:
    chart = make(qtbot)
    assert chart.plot.accessibleName() == "Quantity"
    assert chart.plot.accessibleDescription() == (
        "Steps from 01 Dec 2021 to 01 Mar 2024. Quantity as of 15 Oct 2022: 10. 2 actions. Arrow keys walk the dots."
    )
    with qtbot.waitSignal(chart.table_requested):
        qtbot.mouseClick(chart.table_button, Qt.MouseButton.LeftButton)
    rows = [(row.day.isoformat(), row.line, row.what, row.value, row.delta) for row in table_rows(series())]
    assert rows == [
        ("2022-01-01", "Quantity", "State period", "10", "+10"),
        ("2022-01-01", "Action", "Initial Sale Order 00000001 / 1", "Quantity 0 → 10  (+10)", ""),
        ("2023-01-01", "Quantity", "State period", "12", "+2"),
        ("2023-01-01", "Action", "Renewals Order 00000002 / 1", "Quantity 10 → 12  (+2)", ""),
        ("2024-01-01", "Quantity", "Ends", "–", "\u221212"),
    ]


def test_the_as_of_line_is_dragged_to_any_day(qtbot: QtBot) -> None:
    chart, told = make(qtbot, series(as_of=date(2022, 6, 1))), []
    chart.as_of_dragged.connect(told.append)
    viewport = chart.plot.viewport()
    start = QPoint(round(chart.day_position(date(2022, 6, 1))), 80)
    goal = QPoint(round(chart.day_position(date(2023, 7, 1))), 80)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(viewport, goal)
    assert told == []
    assert chart.bubble.texts[1] == "Quantity 12"
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=goal)
    assert len(told) == 1
    assert abs((told[0] - date(2023, 7, 1)).days) <= 2


def test_the_as_of_line_stays_within_the_range(qtbot: QtBot) -> None:
    chart = make(qtbot)
    viewport = chart.plot.viewport()
    with qtbot.waitSignal(chart.as_of_dragged) as told:
        qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(round(chart.day_position(TODAY)), 80))
        qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(5, 80))
    assert told.args == [date(2021, 12, 1)]


def test_shift_and_arrows_move_the_as_of_day_by_one(qtbot: QtBot) -> None:
    chart = make(qtbot)
    with qtbot.waitSignal(chart.as_of_dragged) as told:
        qtbot.keyClick(chart.plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert told.args == [date(2022, 10, 16)]


def test_a_row_lights_its_dot(qtbot: QtBot) -> None:
    chart = make(qtbot)
    chart.select(["2"])
    assert [round(x) for x in chart._light.getData()[0]] == [date(2023, 1, 1).toordinal()]
    assert chart._marker.isVisible()
    chart.select([])
    assert len(chart._light.getData()[0]) == 0
    assert not chart._marker.isVisible()


def test_currencies_stand_side_by_side_and_are_not_summed(qtbot: QtBot) -> None:
    lines = (
        StepLine("USD", (Step(date(2022, 1, 1), figure("100"), "1"),), USD),
        StepLine("EUR", (Step(date(2022, 3, 1), figure("40"), "2"),), EUR),
    )
    chart = make(qtbot, series(title="MRR", lines=lines, actions=()))
    assert [line.text(line.value_on(TODAY)) for line in chart.series.lines] == ["$100.00", "€40.00"]  # type: ignore[union-attr]
    assert chart._values.tickStrings([50.0], 1.0, 1.0) == ["50"]
    words = [label.text() for label in chart.findChildren(Label) if label.parent() is chart]
    assert words[-3:] == ["USD", "EUR", "Action"]


def test_money_has_its_sign_on_the_axis(qtbot: QtBot) -> None:
    line = StepLine("MRR", (Step(date(2022, 1, 1), figure("2210"), "1"),), USD)
    chart = make(qtbot, series(title="MRR", lines=(line,)))
    texts = chart._values.tickStrings(chart._values.ticks, 1.0, 1.0)
    assert texts == ["$0", "$1,000", "$2,000", "$3,000"]


def test_a_gap_where_nothing_was_owned_stays_empty() -> None:
    line = StepLine(
        "Quantity",
        (
            Step(date(2022, 1, 1), figure("10")),
            Step(date(2022, 3, 1), None),
            Step(date(2022, 5, 1), figure("4")),
        ),
    )
    first, second = runs(line, x_of(date(2022, 1, 1)), x_of(date(2022, 7, 1)))
    assert [date.fromordinal(int(x)).isoformat() for x in first[0]] == ["2022-01-01", "2022-03-01"]
    assert [date.fromordinal(int(x)).isoformat() for x in second[0]] == ["2022-05-01", "2022-07-01"]
    assert second[1].tolist() == [4.0, 4.0]


def test_a_line_is_cut_at_today() -> None:
    xs, ys = np.array([1.0, 5.0, 5.0, 9.0]), np.array([10.0, 10.0, 12.0, 12.0])
    assert [part.tolist() for part in until(xs, ys, 3)] == [[1, 5 - 2], [10, 10]]
    assert [part.tolist() for part in since(xs, ys, 3)] == [[3, 5, 5, 9], [10, 10, 12, 12]]
    assert until(xs, ys, 1)[0].size == 0
    assert since(xs, ys, 9)[0].size == 0
    assert until(xs, ys, 20)[0].tolist() == xs.tolist()


@pytest.mark.parametrize(
    ("start", "end", "room", "labels"),
    [
        (date(2021, 12, 10), date(2023, 6, 30), 500, ["Jan\n2022", "Apr", "Jul", "Oct", "Jan\n2023", "Apr"]),
        (date(2024, 12, 10), date(2027, 6, 30), 500, ["Jan\n2025", "Jul", "Jan\n2026", "Jul", "Jan\n2027"]),
        (date(2022, 1, 1), date(2022, 4, 30), 500, ["Jan\n2022", "Feb", "Mar", "Apr"]),
        (date(2022, 1, 3), date(2022, 1, 20), 300, ["3 Jan\n2022", "10 Jan", "17 Jan"]),
        (date(1990, 6, 1), date(2030, 1, 1), 400, ["Jan\n2000", "Jan\n2010", "Jan\n2020", "Jan\n2030"]),
    ],
)
def test_days_are_labelled_by_what_fits(start: date, end: date, room: int, labels: list[str]) -> None:
    assert [text for _, text in day_ticks(start, end, room)] == labels


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (88.4, [0, 20, 40, 60, 80, 100]),
        (2298, [0, 500, 1000, 1500, 2000, 2500]),
        (0, [0, 1]),
        (1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_figures_on_the_axis_are_round(top: float, ticks: list[float]) -> None:
    assert nice_ticks(top) == pytest.approx(ticks)


def test_a_switch_of_theme_restyles_an_open_chart(qtbot: QtBot, qapp: QApplication) -> None:
    chart = make(qtbot)
    theme.apply(qapp, theme.Scheme.DARK)
    assert "#6cb0ff" in colours_at(chart, pixels(chart, "period", "11"))
    assert chart.plot.viewport().grab().toImage().pixelColor(2, 2).name() == "#171e26"


def test_an_empty_chart_draws_its_axes_and_answers_keys(qtbot: QtBot) -> None:
    chart = make(qtbot, series(lines=(), actions=()))
    assert chart.dots() == []
    qtbot.keyClick(chart.plot, Qt.Key.Key_Right)
    qtbot.mouseMove(chart.plot.viewport(), QPoint(300, 100))
    assert not chart.bubble.isVisible()


def test_the_wheel_is_left_to_the_page(qtbot: QtBot) -> None:
    chart = make(qtbot)
    event = QWheelEvent(
        QPointF(200, 100), QPointF(200, 100), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart.plot.viewport(), event)
    assert not event.isAccepted()


def test_ten_thousand_actions_are_drawn_and_found_without_a_pause(qtbot: QtBot) -> None:
    first = date(2000, 1, 1)
    actions = tuple(ActionDot(str(n), first + timedelta(days=n), Category.UPSELLS) for n in range(10_000))
    steps = tuple(Step(first + timedelta(days=n), Decimal(n % 50 + 1), str(n)) for n in range(10_000))
    shown = series(
        lines=(StepLine("Quantity", steps),), actions=actions, start=first, end=first + timedelta(days=10_000)
    )
    begin = time.process_time()
    chart = make(qtbot, shown)
    chart.plot.viewport().grab()
    drawn = time.process_time() - begin
    begin = time.process_time()
    for x in range(100, 500, 4):
        qtbot.mouseMove(chart.plot.viewport(), QPoint(x, chart.plot.height() - 54))
    moved = (time.process_time() - begin) / 100
    assert chart.bubble.isVisible()
    assert drawn < 5
    assert moved < 0.1


def test_a_text_that_the_edge_would_cut_is_left_out(qtbot: QtBot) -> None:
    axis = _DayAxis()
    near = x_of(date(2026, 1, 1)) + 4
    axis.tickValues(x_of(date(2023, 12, 1)), near, 500)
    assert "Jan\n2026" not in axis.texts.values()
    axis.tickValues(x_of(date(2023, 12, 1)), near + 40, 500)
    assert "Jan\n2026" in axis.texts.values()


def test_a_note_that_is_told_anew_while_it_is_shown_is_as_large_as_its_words(qtbot: QtBot) -> None:
    chart = make(qtbot)
    for words in ("10", "12"):
        chart.bubble.tell("As of 01 Jun 2022", [("Quantity", words)])
        chart.bubble.show()
        heads = [label for label in chart.bubble.findChildren(Label) if label.text() == "As of 01 Jun 2022"]
        assert heads[-1].isVisible()
        assert chart.bubble.width() > heads[-1].sizeHint().width()


@pytest.mark.parametrize(
    ("as_of", "is_named"),
    [
        (TODAY, True),
        (date(2022, 6, 1), True),
        (TODAY + timedelta(days=4), True),
        (TODAY - timedelta(days=4), False),
    ],
)
def test_the_names_of_today_and_of_the_day_asked_for_never_cover_each_other(
    qtbot: QtBot, as_of: date, is_named: bool
) -> None:
    chart = make(qtbot, series(as_of=as_of))
    assert chart._today_text.isVisible() is is_named
    if is_named and as_of != TODAY:
        assert not chart._today_text.sceneBoundingRect().intersects(chart._as_of_text.sceneBoundingRect())


BEFORE = StepLine("Quantity", (Step(date(2022, 1, 1), figure("10"), "11"), Step(date(2024, 1, 1), None)))


def test_a_line_as_it_was_is_drawn_only_where_it_differs() -> None:
    assert apart(BEFORE, (QUANTITY,)).steps == (
        Step(date(2022, 1, 1), None, note="Before"),
        Step(date(2023, 1, 1), figure("10"), note="Before"),
        Step(date(2024, 1, 1), None, note="Before"),
    )
    assert [step.value for step in apart(QUANTITY, (QUANTITY,)).steps] == [None]
    in_euro = StepLine("MRR", QUANTITY.steps, EUR)
    assert [step.value for step in apart(QUANTITY, (in_euro,)).steps] == [10, 12, None]


def test_what_was_before_is_a_second_quieter_line(qtbot: QtBot) -> None:
    chart = make(qtbot, series(before=(BEFORE,)))
    muted = theme.tokens().muted
    there = QPointF(chart.day_position(date(2023, 6, 1)), chart.dot_position("period", "11").y()).toPoint()
    image = chart.plot.viewport().grab().toImage()
    assert muted in {image.pixelColor(there.x() + dx, there.y() + dy).name() for dx in range(9) for dy in (-1, 0, 1)}
    assert [label.text() for label in chart.findChildren(Label)][:1] == ["Quantity"]
    assert "Before" in [label.text() for label in chart.findChildren(Label)]
    assert "Quantity before: 10 as of 15 Oct 2022." in chart.plot.accessibleDescription()
    assert [row.line for row in table_rows(series(before=(BEFORE,)))].count("Quantity before") == 2
    chart.show_series(series())
    assert "Before" not in [label.text() for label in chart.findChildren(Label) if not label.isHidden()]

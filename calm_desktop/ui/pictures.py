"""Pictures of widgets, with or without a screen: PNG at any scale, SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from calm_desktop.engine.problems import Fault
from calm_desktop.ui.lifecycle_chart import LifecycleChart

SUFFIXES = (".png", ".svg")
DOTS_PER_INCH = 96


def grab(widget: QWidget, path: Path, scale: int = 2) -> None:
    """Write a picture of a widget as it looks at its size now; PNG is `scale` times as many pixels.

    Raises Fault where the file cannot be written or its name ends in neither .png nor .svg.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise Fault(f"{path.name} is neither a .png nor an .svg file. Choose one of these endings.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}. Choose another folder.") from None
    widget.ensurePolished()
    QApplication.processEvents()
    charts = widget.findChildren(LifecycleChart)
    for chart in charts:
        chart.begin_picture(1 if path.suffix.lower() == ".svg" else scale)
    try:
        if path.suffix.lower() == ".svg":
            _svg(widget, path)
        else:
            _png(widget, path, scale)
    finally:
        for chart in charts:
            chart.end_picture()


def _svg(widget: QWidget, path: Path) -> None:
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the older version cannot clip
    generator.setFileName(str(path))
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
    generator.setTitle(widget.windowTitle())
    painter = QPainter(generator)
    widget.render(painter, QPoint(0, 0))
    painter.end()


def _png(widget: QWidget, path: Path, scale: int) -> None:
    image = QImage(widget.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(0)
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    if not image.save(str(path)):
        raise Fault(f"{path} cannot be written. Choose another folder.")


def picture(
    desk: Desk,
    what: str,
    name: str,
    out: Path,
    as_of: date | None = None,
    dark: bool = False,
    start: date | None = None,
    end: date | None = None,
) -> None:
    """Draw the window with the page of an `account` or `asset`, or the `actions` of either, into a PNG or SVG file.

    Raises Refused for a name that means nothing, Fault where the file cannot be written.
    """
    _check_suffix(out)
    link = desk.ask(_place, (what, name))
    days = {"asof": as_of, "from": start, "to": end}
    if start is not None or end is not None:
        days["from"], days["to"] = start or FIRST_DAY, end or LAST_DAY
    parameters = {key: day.isoformat() for key, day in days.items() if day is not None}
    with _window(desk, dark) as window:
        show_page(window, str(Link.parse(link).with_parameters(**parameters)))
        grab(window, out)


def _place(tx: Tx, wanted: tuple[str, str]) -> str:
    """The link to what is wanted; actions are those of an asset, or of an account where no asset has the name."""
    what, name = wanted
    if what == "actions":
        kind = "asset" if find_all(tx, "asset", name) else "account"
        owner = public_id(kind, find(tx, kind, name))
        return places.actions(asset_id=owner) if kind == "asset" else places.actions(owner)
    kind = {"account": "account", "asset": "asset"}[what]
    return str(Link(kind, public_id(kind, find(tx, kind, name))))

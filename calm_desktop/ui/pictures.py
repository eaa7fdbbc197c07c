"""Pictures of widgets, with or without a screen: PNG at any scale, SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from calm_desktop.engine.problems import Fault

SUFFIXES = (".png", ".svg")


def grab(widget: QWidget, path: Path, scale: int = 2) -> None:
    """Write a picture of a widget as it looks at its size now; PNG is `scale` times as many pixels.

    Raises Fault where the file cannot be written or its name ends in neither .png nor .svg.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise Fault(f"{path.name} is neither a .png nor an .svg file. Choose one of these endings.")
    widget.ensurePolished()
    QApplication.processEvents()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}. Choose another folder.") from None
    if path.suffix.lower() == ".svg":
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(widget.size())
        generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
        generator.setTitle(widget.windowTitle())
        painter = QPainter(generator)
        widget.render(painter, QPoint(0, 0))
        painter.end()
        return
    image = QImage(QSize(widget.width() * scale, widget.height() * scale), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(0)
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    if not image.save(str(path)):
        raise Fault(f"{path} cannot be written. Choose another folder.")

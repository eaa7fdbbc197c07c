"""The printer: the system's dialog, and a device that papers are put on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, Qt
from PySide6.QtGui import QPageSize
from PySide6.QtWidgets import QDialog, QWidget

from calm_desktop.engine.problems import Fault

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


def a4_printer(title: str) -> QPrinter:
    """The default printer, set up for whole A4 pages. Raises `Fault` where this system cannot print."""
    try:
        from PySide6.QtPrintSupport import QPrinter
    except ImportError as error:
        raise Fault("This system lacks the libraries for printing. Save the papers as PDF and print those.") from error
    made = QPrinter(QPrinter.PrinterMode.HighResolution)
    made.setFullPage(True)
    made.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    made.setPageMargins(QMarginsF(0, 0, 0, 0))
    made.setDocName(title)
    return made


def ask_printer(parent: QWidget, title: str, chosen: Callable[[QPrinter], object]) -> None:
    """Let a person choose a printer, then tell `chosen`. Raises `Fault` as `a4_printer` does."""
    printer = a4_printer(title)
    from PySide6.QtPrintSupport import QPrintDialog

    dialog = QPrintDialog(printer, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(f"Print {title}")
    dialog.accepted.connect(lambda: chosen(printer))
    QDialog.open(dialog)  # QPrintDialog's own `open` wants the name of a slot

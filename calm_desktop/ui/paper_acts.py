"""What can be done with papers, from wherever they are listed: look at them, save, print and mail them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from calm_desktop.engine.problems import Fault
from calm_desktop.services import views
from calm_desktop.services.requests import Look
from calm_desktop.ui import printing
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.paper_jobs import Asked, FileSink, FolderSink, MailSink, PaperJob, PrinterSink, Sink
from calm_desktop.ui.widgets import button

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

NEWS_EACH_SECONDS = 0.3


def documents(ids: Sequence[str]) -> list[Asked]:
    """How invoices and credit memos are asked for."""
    return [(views.paper, Look(each)) for each in ids]


class PaperActs(QObject):
    """The acts, over the documents that `asked` answers when one is begun; `name` is what one file is called.

    What goes on and how it ended is told by `tell`: to the window's bar, or to that of a wizard.
    """

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        asked: Callable[[], Sequence[Asked]],
        name: Callable[[], str],
        preview: Callable[[], object] | None = None,
        tell: Callable[[Notice], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self.context, self.asked, self.name, self.preview = context, asked, name, preview
        self.tell = tell or context.notify
        self.owner = parent
        self.job: PaperJob | None = None
        self._told = 0.0

    # -- buttons

    def button(self, text: str = "Paper…") -> QPushButton:
        """A button with a menu of all acts."""
        made = button(text, tooltip="Look at it as it prints; save as PDF, print, or mail it")
        made.clicked.connect(lambda: self.open_menu(made))
        return made

    def open_menu(self, beside: QWidget) -> None:
        """Offer the acts below a widget; at the cursor, where it has no place of its own."""
        menu = self.menu(beside)
        menu.popup(beside.mapToGlobal(QPoint(0, beside.height())) if beside.isVisible() else QCursor.pos())

    def menu(self, parent: QWidget) -> QMenu:
        """All acts that the documents allow."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, act in self.acts():
            menu.addAction(text).triggered.connect(lambda _=False, act=act: act())
        return menu

    def acts(self) -> list[tuple[str, Callable[[], object]]]:
        """What can be done with the documents there are now, by its words."""
        if len(self.asked()) != 1:
            return [
                ("Save PDFs, a file each…", self.ask_folder),
                ("Save as one PDF…", self.ask_file),
                ("Print…", self.ask_printer),
            ]
        found: list[tuple[str, Callable[[], object]]] = []
        if self.preview is not None:
            found.append(("Preview", self.preview))
        return [
            *found,
            ("Save as PDF…", self.ask_file),
            ("Print…", self.ask_printer),
            ("Save as mail file…", self.ask_mail),
        ]

    # -- asking where to

    def ask_folder(self) -> None:
        """Ask for a folder, then save there."""
        dialog = QFileDialog(self.owner, "Save PDFs into a folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog, self.save_each)

    def ask_file(self) -> None:
        """Ask for a file, then save there."""
        self._open(self._file_dialog("Save as PDF", "pdf", "PDF files (*.pdf)"), self.save)

    def ask_mail(self) -> None:
        """Ask for a file, then write a mail there."""
        self._open(self._file_dialog("Save as mail file", "eml", "Mail files (*.eml)"), self.mail)

    def ask_printer(self) -> None:
        """Ask for a printer, then print."""
        try:
            printing.ask_printer(self.owner, self.name(), self.print_on)
        except Fault as fault:
            self.tell(Notice(str(fault), "bad"))

    def _file_dialog(self, title: str, suffix: str, kinds: str) -> QFileDialog:
        dialog = QFileDialog(self.owner, title, f"{self.name()}.{suffix}", kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        return dialog

    @staticmethod
    def _open(dialog: QFileDialog, chosen: Callable[[str], object]) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    # -- doing it

    def save_each(self, folder: str) -> None:
        """Save a PDF file for each document into a folder."""
        self._run(lambda: FolderSink(Path(folder)))

    def save(self, file: str) -> None:
        """Save all documents as one PDF file."""
        self._run(lambda: FileSink(Path(file)))

    def mail(self, file: str) -> None:
        """Save a mail with the document attached."""
        self._run(lambda: MailSink(Path(file)))

    def print_on(self, printer: QPrinter) -> None:
        """Print all documents on a printer."""
        self._run(lambda: PrinterSink(printer))

    def _run(self, sink: Callable[[], Sink]) -> None:
        if self.job is not None:
            self.job.stop()
        try:
            job = PaperJob(self.context.desk, self.context.background, self.asked(), sink(), self)
        except Fault as fault:
            self.tell(Notice(str(fault), "bad"))
            return
        self.job = job
        job.progressed.connect(self._progressed)
        job.ended.connect(self._ended)
        job.start()

    def _progressed(self, done: int, total: int) -> None:
        if total > 1 and self.job is not None and monotonic() - self._told > NEWS_EACH_SECONDS:
            self._told = monotonic()
            self.tell(Notice(f"Papers: {done:,} of {total:,}", "info", (("Stop", self.job.stop),)))

    def _ended(self, words: str, tone: str) -> None:
        self.job = None
        self.tell(Notice(words, tone))

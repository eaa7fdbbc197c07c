"""Many papers at once: read from the store by portions beside the window, then put on files or a printer one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from calm_desktop.engine.problems import Fault, Problem
from calm_desktop.services.desk import Desk
from calm_desktop.services.shapes import PaperShape
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, paper_files
from calm_desktop.ui.background import Background, problems_of
from calm_desktop.ui.paper import PdfFile, Press

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

PORTION = 16
"""Documents that are read ahead."""

Asked = tuple[Callable[[Tx, Any], PaperShape], Any]
"""A view that answers a document for paper, and what it is asked."""


class Sink(Protocol):
    """Where papers go. Each call raises `Fault` where it fails."""

    def put(self, paper: PaperShape) -> None:
        """Take one document."""

    def finish(self, count: int) -> str:
        """All `count` are there: make an end, and say where they are."""

    def give_up(self) -> str:
        """No more will come: leave nothing half, and say what became of those that came."""

    def close(self) -> None:
        """It is not needed any more, however it ended; may be said twice."""


class FolderSink:
    """A PDF file for each document, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = paper_files.folder_for_papers(folder)
        self.written = 0

    def put(self, paper: PaperShape) -> None:
        paper_files.write_pdf(paper, self.folder / paper_files.file_name(paper))
        self.written += 1

    def finish(self, count: int) -> str:
        return f"{display.count(count, 'PDF file')} written to {self.folder}."

    def give_up(self) -> str:
        return f"Stopped: {display.count(self.written, 'PDF file')} written to {self.folder}, each whole."

    def close(self) -> None:
        return


class FileSink:
    """One PDF file for all documents."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made = PdfFile()

    def put(self, paper: PaperShape) -> None:
        self.made.put(paper)

    def finish(self, count: int) -> str:
        paper_files.write_whole(self.path, self.made.finish())
        many = f"{display.count(count, 'document')}, " if count > 1 else ""
        return f"{many}{display.count(self.made.pages, 'page')}, saved as {self.path}."

    def give_up(self) -> str:
        return "Stopped: nothing was saved."

    def close(self) -> None:
        self.made.close()


class MailSink:
    """A mail file for a document, which is attached to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, paper: PaperShape) -> None:
        paper_files.write_mail(paper, self.path)

    def finish(self, count: int) -> str:
        return f"The mail is saved as {self.path}. Open it, address it and send it."

    def give_up(self) -> str:
        return "Stopped."

    def close(self) -> None:
        return


class PrinterSink:
    """A printer."""

    def __init__(self, printer: QPrinter) -> None:
        self.printer = printer
        self.press = Press(printer, printer.resolution())

    def put(self, paper: PaperShape) -> None:
        self.press.put(paper)

    def finish(self, count: int) -> str:
        self.press.finish()
        where = self.printer.printerName() or self.printer.outputFileName()
        return f"{display.count(self.press.pages, 'page')} sent to {where}."

    def give_up(self) -> str:
        self.printer.abort()
        return "Stopped: the printer was told to print none of it."

    def close(self) -> None:
        self.press.finish()


class PaperJob(QObject):
    """Puts documents on a sink. `progressed(done, total)`, then once `ended(words, tone)`."""

    progressed = Signal(int, int)
    ended = Signal(str, str)

    def __init__(self, desk: Desk, background: Background, asked: Sequence[Asked], sink: Sink, parent: QObject) -> None:
        super().__init__(parent)
        self.desk, self.background, self.asked, self.sink = desk, background, asked, sink
        self.done = 0
        self._waiting: list[PaperShape] = []
        self._over = False
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._step)
        self.destroyed.connect(sink.close)  # a window that is closed takes its jobs along

    def start(self) -> None:
        """Begin; a job without documents ends at once."""
        self._turn.start()

    def stop(self) -> None:
        """Make an end now."""
        if not self._over:
            self._end(self.sink.give_up(), "warn")

    def _step(self) -> None:
        """Put one document, so that the window stays awake; or read the next ones."""
        if self._over:
            return
        try:
            if self._waiting:
                self.sink.put(self._waiting.pop(0))
                self.done += 1
                self.progressed.emit(self.done, len(self.asked))
                self._turn.start()
            elif self.done < len(self.asked):
                self._read()
            else:
                self._end(self.sink.finish(self.done), "good")
        except Fault as fault:
            self._failed(problems_of(fault))

    def _read(self) -> None:
        wanted, desk = self.asked[self.done : self.done + PORTION], self.desk
        self.background.run(
            lambda: [desk.ask(view, request) for view, request in wanted], self._arrived, self._failed, owner=self
        )

    def _arrived(self, papers: list[PaperShape]) -> None:
        self._waiting = papers
        self._step()

    def _failed(self, problems: Sequence[Problem]) -> None:
        if not self._over:
            words = " ".join(problem.message for problem in problems)
            self._end(f"{words} {self.sink.give_up()}" if self.done else words, "bad")

    def _end(self, words: str, tone: str) -> None:
        self._over = True
        self.sink.close()
        self.ended.emit(words, tone)
        self.deleteLater()

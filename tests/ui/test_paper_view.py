"""Paper in the window: seen as it prints, saved, mailed and printed, one or many, from wherever it is listed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from calm_desktop.engine.problems import Fault
from calm_desktop.services import customers, invoices, lettering, logo, papers, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    Find,
    GiveCredit,
    Look,
    RunInvoices,
    SaleLine,
    Sell,
    SetAccount,
    SetLogo,
)
from calm_desktop.services.shapes import PaperShape
from calm_desktop.services.views import list_invoices, paper
from calm_desktop.ui import places, printing
from calm_desktop.ui.background import Background
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.paper import Picture, image, lacking, pages, pdf
from calm_desktop.ui.paper_acts import PaperActs, documents
from calm_desktop.ui.paper_jobs import FolderSink
from calm_desktop.ui.paper_view import PaperSheets, PaperView
from tests.services.paper_desk import APRIL, invoiced, new_desk, sold
from tests.services.test_logo import SVG, png
from tests.ui.window_desk import open_page, settle


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme's three months are INV-000001 to 3; its May and June are drafts of one run."""
    with new_desk(today=date(2022, 6, 20)) as made:
        for start in (date(2022, 2, 1), date(2022, 3, 1), APRIL):
            sold(made, start=start)
        invoiced(made)
        for start in (date(2022, 5, 1), date(2022, 6, 1)):
            sold(made, start=start)
        made.do(invoices.run, RunInvoices(date(2022, 6, 1), draft=True))
        yield made


def document(desk: Desk, name: str = "INV-000001") -> PaperShape:
    return desk.ask(paper, Look(name))


def text_of(made: bytes | Path) -> list[str]:
    """The text of each page of a file."""
    reader = PdfReader(io.BytesIO(made) if isinstance(made, bytes) else made)
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def of_lines(desk: Desk, count: int) -> PaperShape:
    """An invoice of so many lines."""
    line = SaleLine("LIC", Decimal(1), date(2022, 1, 1), Decimal(3), term=1)
    desk.on(date(2022, 1, 1)).do(sales.sell, Sell("Belmont", (line,) * count))
    [number] = invoiced(desk, date(2022, 1, 1))
    return document(desk, number)


# ------------------------------------------------------------------------------------------------------------- sheets


@pytest.fixture
def sheets(qtbot: QtBot) -> PaperSheets:
    made = PaperSheets()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def test_a_page_fits_the_width_and_is_zoomed_by_keys(qtbot: QtBot, desk: Desk, sheets: PaperSheets) -> None:
    sheets.show_papers([document(desk)])
    fitted = sheets.zoom
    assert sheets.place_of(0).width() + 2 * 24 == pytest.approx(sheets.viewport().width(), abs=2)
    qtbot.keyClick(sheets, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert sheets.zoom == min(each for each in (0.9, 1.0, 1.25, 1.5, 2.0) if each > fitted)
    for _ in range(30):
        qtbot.keyClick(sheets, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert sheets.zoom == 0.25
    qtbot.keyClick(sheets, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert sheets.zoom == fitted


def test_small_pages_stand_side_by_side_and_scroll(qtbot: QtBot, desk: Desk, sheets: PaperSheets) -> None:
    sheets.show_papers([of_lines(desk, 150)])
    assert len(sheets.pages) > 3
    assert sheets.across == 1
    sheets.set_zoom(0.33)
    assert sheets.across == 3
    tops = [sheets.place_of(number).top() for number in range(4)]
    assert tops[0] == tops[1] == tops[2] < tops[3]
    qtbot.keyClick(sheets, Qt.Key.Key_End)
    assert sheets.verticalScrollBar().value() == sheets.verticalScrollBar().maximum() > 0
    assert sheets.place_of(len(sheets.pages) - 1).bottom() < sheets.viewport().height()


def test_the_screen_shows_what_prints(desk: Desk, sheets: PaperSheets) -> None:
    """The same marks, painted at the same scale, give the same points."""
    shape = document(desk)
    sheets.show_papers([shape])
    sheets.set_zoom(1.0)
    place = sheets.place_of(0).toRect()
    shown = sheets.viewport().grab().toImage()
    alone = image(pages(shape)[0], place.width() / 2100)
    inked = [
        (x, y) for x in range(0, place.width(), 3) for y in range(0, 560, 3) if alone.pixelColor(x, y).lightness() < 100
    ]
    seen = [shown.pixelColor(place.x() + x, place.y() + y).lightness() < 160 for x, y in inked]
    assert len(inked) > 50
    assert sum(seen) > 0.9 * len(seen)


def test_what_the_font_lacks_stands_above_the_pages(qtbot: QtBot, desk: Desk) -> None:
    view = PaperView()
    qtbot.addWidget(view)
    view.show_papers([document(desk)])
    assert (view.count.text(), view.missing.isHidden()) == ("1 page", True)
    desk.do(customers.set_account, SetAccount("Acme", name="日本 Ltd"))
    view.show_papers([document(desk), document(desk, "INV-000002")])
    assert (view.count.text(), view.missing.text()) == ("2 pages", "The font lacks: 日本")


def test_the_font_has_what_its_file_says() -> None:
    from PySide6.QtGui import QRawFont

    from calm_desktop.ui.paper import _font

    raw = QRawFont.fromFont(_font(31, 400))
    for code in range(33, 0x3000):
        letter = chr(code)
        if not letter.isspace() and letter.isprintable() and len(normalize("NFC", letter)) == 1:
            known = raw.supportsCharacter(ord(normalize("NFC", letter)))
            assert (lettering.lacking(letter) == "") == known, hex(code)


# --------------------------------------------------------------------------------------------------------------- logo


@pytest.mark.parametrize("data", [SVG, png()])
def test_the_logo_stands_on_paper_in_its_proportions(desk: Desk, data: bytes) -> None:
    desk.do(logo.set_logo, SetLogo("logo", data))
    shape = document(desk)
    [mark] = [mark for mark in pages(shape)[0] if isinstance(mark, Picture)]
    assert (round(mark.width), round(mark.height)) == (540, 180)
    made = pdf(shape)
    assert made == pdf(shape)
    assert re.search(rb"/SMask(?! /None)", made) is None  # PDF/A-1b knows nothing of transparency
    resources: Any = PdfReader(io.BytesIO(made)).pages[0]["/Resources"]
    drawn = [each for each in resources["/XObject"].values() if each["/Subtype"] == "/Image"]
    assert [(each["/Width"], each["/Height"]) for each in drawn] == [(648, 216)]
    assert "Invoice" in text_of(made)[0]
    picture = image(pages(shape)[0], 0.5)
    middle = QColor(picture.pixel(int((mark.x + mark.width / 4) * 0.5), int((mark.y + mark.height / 2) * 0.5)))
    assert (middle.red(), middle.green(), middle.blue()) == (204, 0, 0)


def test_a_picture_that_qt_cannot_read_is_left_out(desk: Desk) -> None:
    desk.do(logo.set_logo, SetLogo("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'))
    assert [mark for mark in pages(document(desk))[0] if isinstance(mark, Picture)] == []


# ------------------------------------------------------------------------------------------------------ many at a time


class Desktop:
    """The acts over some papers, as a page has them, and what they told."""

    def __init__(self, qtbot: QtBot, desk: Desk, background: Background, settings: QSettings, names: list[str]) -> None:
        from tests.ui.wizard_desk import Person

        self.qtbot = qtbot
        person = Person(qtbot, desk, background, settings)
        self.notices = person.notices
        self.acts = PaperActs(person.context, person.window, lambda: documents(names), lambda: names[0])

    def told(self) -> tuple[str, str]:
        """How it ended."""
        self.qtbot.waitUntil(lambda: self.acts.job is None and bool(self.notices), timeout=10_000)
        return self.notices[-1].text, self.notices[-1].tone


@pytest.fixture
def three(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Desktop:
    return Desktop(qtbot, desk, background, settings, ["INV-000001", "INV-000002", "INV-000003"])


def test_a_file_each_in_a_folder_that_is_made(three: Desktop, tmp_path: Path) -> None:
    assert [text for text, _ in three.acts.acts()] == ["Save PDFs, a file each…", "Save as one PDF…", "Print…"]
    three.acts.save_each(str(tmp_path / "april" / "all"))
    assert three.told() == (f"3 PDF files written to {tmp_path / 'april' / 'all'}.", "good")
    files = sorted((tmp_path / "april" / "all").iterdir())
    assert [file.name for file in files] == ["INV-000001.pdf", "INV-000002.pdf", "INV-000003.pdf"]
    assert all(file.stem in text_of(file)[0] for file in files)


def test_one_file_for_all(three: Desktop, desk: Desk, tmp_path: Path) -> None:
    three.acts.save(str(tmp_path / "all.pdf"))
    assert three.told() == (f"3 documents, 3 pages, saved as {tmp_path / 'all.pdf'}.", "good")
    texts = text_of(tmp_path / "all.pdf")
    assert [f"INV-00000{place}" in text for place, text in enumerate(texts, 1)] == [True] * 3
    assert all("Page 1 of 1" in text for text in texts)
    assert (tmp_path / "all.pdf").read_bytes() == pdf(*(document(desk, f"INV-00000{n}") for n in (1, 2, 3)))


def test_one_that_fails_leaves_the_others_whole(
    three: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = FolderSink.put

    def full(self: FolderSink, shape: PaperShape) -> None:
        if self.written == 2:
            raise Fault("The disk is full. Make room.")
        put(self, shape)

    monkeypatch.setattr(FolderSink, "put", full)
    three.acts.save_each(str(tmp_path / "here"))
    words, tone = three.told()
    assert (words, tone) == (
        f"The disk is full. Make room. Stopped: 2 PDF files written to {tmp_path / 'here'}, each whole.",
        "bad",
    )
    assert [len(text_of(file)) for file in sorted((tmp_path / "here").iterdir())] == [1, 1]


def test_a_folder_that_cannot_be_made_is_told(three: Desktop, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    three.acts.save_each(str(tmp_path / "file"))
    assert three.notices[-1].text == f"{tmp_path / 'file'} cannot be a folder: File exists. Choose another."


def test_stopped_one_file_is_not_there_at_all(three: Desktop, tmp_path: Path) -> None:
    three.acts.save(str(tmp_path / "all.pdf"))
    job = three.acts.job
    assert job is not None
    job.progressed.connect(lambda done, _: job.stop() if done == 2 else None)
    assert three.told() == ("Stopped: nothing was saved.", "warn")
    assert list(tmp_path.glob("*.pdf")) == []


def test_papers_go_to_the_printer(three: Desktop, tmp_path: Path) -> None:
    """A printer that prints into a file: what comes out are the pages."""
    printer = printing.a4_printer("three invoices")
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    three.acts.print_on(printer)
    assert three.told() == (f"3 pages sent to {tmp_path / 'printed.pdf'}.", "good")
    reader = PdfReader(tmp_path / "printed.pdf")
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [210, 297]
    assert ["INV-000002" in text for text in text_of(tmp_path / "printed.pdf")] == [False, True, False]


# ----------------------------------------------------------------------------------------------------------- the pages


def front(window: MainWindow) -> Any:
    """The page in front."""
    return window.page


def menu_of(window: MainWindow, page: Any) -> dict[str, Any]:
    """What the button Paper… of a page offers."""
    made = next(made for made in page.header.buttons if made.text() == "Paper…")
    menu = page.papers.menu(made)
    assert isinstance(menu, QMenu)
    return {action.text(): action for action in menu.actions()}


def test_an_invoice_is_looked_at_and_saved_from_its_page(
    qtbot: QtBot, window: MainWindow, desk: Desk, tmp_path: Path
) -> None:
    page = open_page(qtbot, window, places.invoice("INV-000001"))
    offered = menu_of(window, page)
    assert list(offered) == ["Preview", "Save as PDF…", "Print…", "Save as mail file…"]
    offered["Preview"].trigger()
    settle(qtbot, window)
    shown = front(window)
    assert (shown.header.title, shown.view.count.text()) == ("Invoice INV-000001", "1 page")
    assert [made.text() for made in shown.header.buttons] == ["Mail file…", "Print…", "Save as PDF…"]
    shown.acts.save(str(tmp_path / "one.pdf"))
    qtbot.waitUntil((tmp_path / "one.pdf").exists)
    settle(qtbot, window)
    assert (tmp_path / "one.pdf").read_bytes() == pdf(document(desk))
    shown.acts.mail(str(tmp_path / "one.eml"))
    qtbot.waitUntil((tmp_path / "one.eml").exists)
    assert b"application/pdf" in (tmp_path / "one.eml").read_bytes()


def test_a_file_is_asked_for_by_the_documents_name(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = open_page(qtbot, window, places.paper("INV-000002"))
    dialog = page.acts._file_dialog("Save as PDF", "pdf", "PDF files (*.pdf)")
    assert Path(dialog.selectedFiles()[0]).name == "INV-000002.pdf"
    dialog.deleteLater()


def test_a_credit_memo_and_a_statement_have_paper_too(
    qtbot: QtBot, window: MainWindow, desk: Desk, tmp_path: Path
) -> None:
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(12), note="Two days without"))
    page = open_page(qtbot, window, places.credit("CM-000001"))
    menu_of(window, page)["Preview"].trigger()
    settle(qtbot, window)
    assert front(window).header.title == "Credit memo CM-000001"
    page = open_page(qtbot, window, places.statement(page._memo.account_id, date(2022, 4, 1), date(2022, 4, 30)))
    menu_of(window, page)["Preview"].trigger()
    settle(qtbot, window)
    shown = front(window)
    assert (shown.header.title, shown.link.get("from")) == ("Statement of account", "2022-04-01")
    shown.acts.save(str(tmp_path / "statement.pdf"))
    qtbot.waitUntil((tmp_path / "statement.pdf").exists)
    [text] = text_of(tmp_path / "statement.pdf")
    assert "From 01 Apr 2022" in text
    assert "INV-000003" in text


# ------------------------------------------------------------------------------------------------- the page of invoices


def drafts_of(desk: Desk) -> list[str]:
    return [head.id for head in desk.ask(list_invoices, Find()) if head.status == "Draft"]


def press(qtbot: QtBot, window: MainWindow, made: QPushButton) -> str:
    """Press a button; what the window says then."""
    assert made.isEnabled()
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
    for _ in range(4):
        settle(qtbot, window)
        qtbot.wait(1)
    return window.banner.label.text()


def test_several_drafts_are_posted_at_once_and_one_is_dropped(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.invoices())
    acts, table = page.acts, page.table
    assert [made.isEnabled() for made in (acts.post, acts.drop, acts.paper)] == [False] * 3
    table.view.selectAll()
    assert [made.isEnabled() for made in (acts.post, acts.drop, acts.paper)] == [True] * 3
    table.select_ids(drafts_of(desk)[:1])
    acts.renew()
    assert press(qtbot, window, acts.drop).startswith("The draft is dropped.")
    table.view.selectAll()
    assert press(qtbot, window, acts.post) == "The invoice is posted. It never changes again."
    assert [head.status for head in desk.ask(list_invoices, Find())] == ["Posted"] * 3 + ["Canceled", "Posted"]
    table.view.selectAll()
    assert not acts.post.isEnabled()
    assert acts.post.accessibleDescription() == "Choose drafts in the table first: what is posted never changes."


def test_what_paper_lacks_is_asked_before_drafts_are_posted(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(customers.set_account, SetAccount("Acme", name="日本 Ltd"))
    page = open_page(qtbot, window, places.invoices())
    page.table.view.selectAll()
    assert press(qtbot, window, page.acts.post) == (
        "The font of paper lacks characters; they would print as empty boxes.\n"
        "日本 Ltd: “日本 Ltd” has 日本\n日本 Ltd: “日本 Ltd” has 日本"
    )
    assert len(drafts_of(desk)) == 2
    [go_on] = window.banner.buttons
    assert go_on.text() == "Post all the same"
    assert press(qtbot, window, go_on) == "2 invoices are posted. They never change again."
    assert drafts_of(desk) == []


def test_papers_of_selected_invoices_are_saved_from_the_list(
    qtbot: QtBot, window: MainWindow, desk: Desk, tmp_path: Path
) -> None:
    page = open_page(qtbot, window, places.invoices())
    page.table.view.selectAll()
    page.acts.papers.save_each(str(tmp_path / "all"))
    qtbot.waitUntil(lambda: page.acts.papers.job is None, timeout=10_000)
    names = sorted(file.stem for file in (tmp_path / "all").iterdir())
    assert names == ["INV-000001", "INV-000002", "INV-000003", *(f"draft-{each}" for each in sorted(drafts_of(desk)))]
    assert window.banner.label.text() == f"5 PDF files written to {tmp_path / 'all'}."
    assert lacking(document(desk)) == ""

"""Paper: what stands in the rows stands in the file, on as many pages as it takes, and looks the same everywhere."""

from __future__ import annotations

import email
import errno
import io
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from email.policy import default
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from calm_desktop.engine.problems import Fault
from calm_desktop.services import catalogue, customers, papers, sales, settings, taxes, voiding
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    Find,
    GiveCredit,
    Look,
    PayInvoice,
    SaleLine,
    Sell,
    SetSetting,
    StatementRequest,
    VoidInvoice,
)
from calm_desktop.services.shapes import InvoiceShape, PaperShape, StatementShape
from calm_desktop.services.views import list_credits, list_invoices, paper, statement_paper
from calm_desktop.ui import display
from calm_desktop.ui.paper import PdfFile, Text, image, lacking, pages, pdf
from calm_desktop.ui.paper_files import write_mail, write_pdf, write_whole
from tests.services.paper_desk import invoiced, new_desk

APRIL = date(2022, 4, 1)
COMPANY = {
    "company-name": "Łódź & Söhne",
    "company-address": "1 Harbour Street; 10115 Berlin",
    "company-tax-number": "DE123456789",
    "company-bank": "Harbour Bank; IBAN DE02 1203 0000",
}


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A company with its taxes of 7 and 20 percent, a customer of a name from several scripts, and two products."""
    with new_desk(tax_mode="invoice-line") as made:
        for key, value in COMPANY.items():
            made.do(settings.set_setting, SetSetting(key, value))
        made.do(customers.add_account, AddAccount("Ünïcødé Ελλάδα Ω", bill_to="Straße 5\n1010 Wien"))
        made.do(catalogue.add_product, AddProduct("Книга", "BOOK", Decimal(9), tax_category="books"))
        made.do(taxes.add_tax, AddTax("books", Decimal(7)))
        yield made


def billed(desk: Desk, *products: str) -> PaperShape:
    """The invoice of one order with a line for each product, on paper."""
    lines = tuple(SaleLine(product, Decimal(1), APRIL, Decimal(100 + n), term=1) for n, product in enumerate(products))
    desk.on(APRIL).do(sales.sell, Sell("Ünïcødé Ελλάδα Ω", lines))
    invoiced(desk)
    [head] = desk.ask(list_invoices, Find())
    return desk.ask(paper, Look(head.id))


def said(made: bytes) -> list[str]:
    """The text of each page; the file has tabs for spaces, and lines where other texts begin."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made)).pages]


def has_rows(text: str, shape: PaperShape) -> None:
    """Every line of the invoice stands there, in order."""
    assert isinstance(shape.document, InvoiceShape)
    at = 0
    for line in shape.document.lines:
        for cell in (line.description, display.period(line.start, line.end), display.money(line.amount)):
            at = text.index(cell, at) + len(cell)


@pytest.mark.parametrize(("lines", "most"), [(1, 1), (40, 4), (400, 40)])
def test_the_text_of_the_file_is_that_of_the_rows(desk: Desk, lines: int, most: int) -> None:
    shape = billed(desk, *["LIC"] * lines)
    texts = said(pdf(shape))
    has_rows(" ".join(texts), shape)
    assert 1 <= len(texts) <= most
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Unit price" in text or number == len(texts)
        assert "IBAN DE02 1203 0000" in text
    for before, after in pairwise(texts):
        if "Carried forward" in before:
            carried = before.split("Carried forward ")[1].split()[0]
            assert f"Brought forward {carried}" in after


def test_an_invoice_names_both_sides_its_terms_and_each_tax(desk: Desk) -> None:
    shape = billed(desk, "TAX", "BOOK", "TAX")
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(50), date(2022, 4, 20)))
    [text] = said(pdf(desk.ask(paper, Look("INV-000001"))))
    has_rows(text, shape)
    for words in (
        "Łódź & Söhne", "1 Harbour Street", "Tax number DE123456789", "Ünïcødé Ελλάδα Ω", "Straße 5", "1010 Wien",
        "Invoice", "INV-000001", "Terms 30 days", "Due 01 May 2022", "Книга",
        "books 7 % $101.00 $7.07", "software 20 % $202.00 $40.40", "Charges $303.00", "Tax $47.47",
        "Total $350.47",
        "Payment PAY-000001, 20 Apr 2022 −$50.00", "Balance $300.47",
    ):  # fmt: skip
        assert words in text


def test_a_void_and_its_mirror_say_so(desk: Desk) -> None:
    billed(desk, "LIC")
    desk.do(voiding.void, VoidInvoice("INV-000001"))
    [void], [mirror] = (said(pdf(desk.ask(paper, Look(name)))) for name in ("INV-000001", "INV-000002"))
    assert "VOID" in void
    assert "Cancelled by INV-000002" in void
    assert "Cancellation of an invoice" in mirror
    assert "Total −$100.00" in mirror


def test_a_credit_memo(desk: Desk) -> None:
    billed(desk, "TAX")
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(12), date(2022, 4, 9), "Two days without"))
    [memo] = desk.ask(list_credits, Find())
    [text] = said(pdf(desk.ask(paper, Look(memo.number))))
    for words in ("Credit memo", memo.number, "Total credit $12.00", "Credit left $0.00", "Two days without"):
        assert words in text


def test_a_statement_of_account(desk: Desk) -> None:
    billed(desk, "LIC")
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(30), date(2022, 4, 20)))
    shape = desk.ask(statement_paper, StatementRequest("Ünïcødé Ελλάδα Ω"))
    [text] = said(pdf(shape))
    assert isinstance(shape.document, StatementShape)
    for entry in shape.document.parts[0].entries:
        for cell in (entry.number, entry.description, display.money(entry.amount), display.money(entry.balance)):
            assert cell in text
    assert "Over 90 days" in text


def test_the_same_document_gives_the_same_bytes_and_a_name(desk: Desk) -> None:
    shape = billed(desk, "LIC")
    assert pdf(shape) == pdf(shape)
    told = PdfReader(io.BytesIO(pdf(shape))).metadata
    assert told is not None
    assert told.title == "Invoice INV-000001"
    assert str(told["/CreationDate"]).startswith("D:20220401000000")


def test_a_file_that_could_not_be_written_whole_is_not_taken_for_one(desk: Desk, tmp_path: Path) -> None:
    """As where the folder of temporary files is full: Qt goes on writing without a word."""
    with PdfFile() as made:
        made.put(billed(desk, "LIC"))
        made.close()
        made._file.close()
        temporary = Path(made._file.fileName())
        temporary.write_bytes(temporary.read_bytes()[:-100])
        with pytest.raises(Fault, match="takes no more"):
            write_whole(tmp_path / "all.pdf", made.finish())
    assert list(tmp_path.iterdir()) == []


def test_what_the_font_lacks_is_known(desk: Desk) -> None:
    assert lacking(billed(desk, "LIC", "BOOK")) == ""
    desk.do(settings.set_setting, SetSetting("company-name", "日本 Ltd 日"))
    assert lacking(desk.ask(paper, Look("INV-000001"))) == "日本"


def test_long_texts_stay_on_the_page(desk: Desk) -> None:
    name = "Very long words and " + "W" * 300
    desk.do(settings.set_setting, SetSetting("company-name", name))
    laid_out = pages(billed(desk, "LIC"))
    assert all(0 < mark.x < 2100 and 0 < mark.y < 2970 for page in laid_out for mark in page if isinstance(mark, Text))
    picture = image(laid_out[0])
    assert (picture.width(), picture.height()) == (1050, 1485)


def test_a_mail_has_the_document_attached(desk: Desk, tmp_path: Path) -> None:
    shape = billed(desk, "LIC")
    write_mail(shape, tmp_path / "mail.eml")
    mail = email.message_from_bytes((tmp_path / "mail.eml").read_bytes(), policy=default)
    assert mail["Subject"] == "Invoice INV-000001 from Łódź & Söhne"
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "INV-000001.pdf"
    assert attached.get_content() == pdf(shape)


def test_a_full_disk_leaves_what_was_there(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shape, path = billed(desk, "LIC"), tmp_path / "paper.pdf"
    path.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Fault, match="No space left on device"):
        write_pdf(shape, path)
    assert [each.name for each in tmp_path.iterdir()] == ["paper.pdf"]
    assert path.read_bytes() == b"before"

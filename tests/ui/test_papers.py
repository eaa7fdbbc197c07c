"""Payments, credits, converted lines, credit applied and refunded, by hand in a real window over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from calm_desktop.services import papers
from calm_desktop.services.desk import Desk
from calm_desktop.services.ids import public_id
from calm_desktop.services.requests import ConvertLines, Find, PayInvoice
from calm_desktop.services.views import list_holds, list_invoices, search
from calm_desktop.ui import places
from calm_desktop.ui.background import Background
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.forms import Form
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import ElidedLabel
from calm_desktop.ui.wizards.invoicing import InvoicingWizard
from tests.services.paper_desk import (
    april_credit,
    balances,
    broken,
    credit_memos,
    invoiced,
    new_desk,
    shown,
    sold,
    write_change,
)
from tests.services.test_logo import SVG
from tests.ui.window_desk import asset_id
from tests.ui.wizard_desk import Person as Clerk

MAY = date(2022, 5, 1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme's licence: April at 100.00 is INV-000001; May, less credits of 10.00 and 15.00, is INV-000002."""
    with new_desk(today=date(2022, 5, 20)) as made:
        sold(made)
        invoiced(made)
        sold(made, start=MAY)
        made.do(write_change, ("Licence", [april_credit(-1000, MAY), april_credit(-1500, MAY)]))
        invoiced(made, MAY)
        yield made
        assert broken(made) == []


class Person:
    """A person at the window: opens places, presses buttons by their words, types into fields by their names."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    def settle(self) -> None:
        for _ in range(3):
            self.qtbot.wait(1)
            self.qtbot.waitUntil(lambda: not self.window.background.busy, timeout=10_000)

    def go(self, link: str) -> Any:
        self.window.open_page(link)
        self.settle()
        return self.page

    @property
    def page(self) -> Any:
        return self.window.page

    @property
    def offered(self) -> list[str]:
        """The buttons of the header."""
        return [made.text() for made in self.page.header.buttons]

    def press(self, text: str) -> None:
        made = next(made for made in self.page.header.buttons if made.text() == text)
        self.qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
        self.settle()

    @property
    def form(self) -> Form:
        """The form in front."""
        form: Form = self.page.panel.forms[self.page.panel.shown]
        assert form.isVisible()
        return form

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            field: Any = self.form.field(name)
            line = field.edit if isinstance(field, DateField) else field
            line.setFocus()
            if not isinstance(line, QComboBox):
                line.selectAll()
            self.qtbot.keyClicks(line, text)

    def save(self) -> None:
        self.qtbot.mouseClick(self.form.save_button, Qt.MouseButton.LeftButton)
        self.settle()

    def said(self) -> str:
        """The bar of the window."""
        return self.window.banner.label.text()


@pytest.fixture
def person(qtbot: QtBot, window: MainWindow) -> Person:
    made = Person(qtbot, window)
    made.settle()
    return made


def rows(table: RecordTable) -> list[list[str]]:
    return [[column.shown(column.getter(row)) for column in table.shown_columns()] for row in table.rows()]


def test_the_figures_of_an_invoice_stand_on_one_line(person: Person) -> None:
    facts = person.go(places.invoice("INV-000001")).facts
    shown = [*facts.findChildren(QLabel), *facts.figures.values()]
    values = [each for each in shown if each.text() in facts.texts.values()]
    assert len(values) == len(facts.texts)
    assert len({each.mapTo(facts, each.rect().center()).y() for each in values}) == 1


def test_a_payment_is_recorded_and_shows_at_once(person: Person) -> None:
    page = person.go(places.invoice("INV-000001"))
    assert person.offered == ["Paper…", "Void…", "Correct…", "Credit…", "Record payment…"]
    person.press("Record payment…")
    assert person.form.texts() == {"amount": "100.00", "on": "2022-05-20", "reference": ""}
    person.write(amount="60", on="2022-04-10", reference="Transfer 12")
    person.save()
    assert person.said() == "Payment PAY-000001 is recorded."
    assert page.panel.shown == ""
    assert page.facts.texts["Balance"] == "$40.00"
    assert page.header.chips == (("Posted", None), ("Partially Settled", None))
    assert rows(page.entries) == [["10 Apr 2022", "PAY-000001", "Payment", "$60.00", "Transfer 12"]]
    account = person.go(places.account(public_id("account", 1)))
    assert [label.text() for label in account.cards["balance"].figures] == ["$115.00"]
    assert [row[-1] for row in rows(account.invoices)] == ["$75.00", "$40.00"]


def test_what_is_wrong_stands_by_its_field_and_nothing_is_stored(person: Person, desk: Desk) -> None:
    person.go(places.invoice("INV-000001"))
    person.press("Credit…")
    person.write(amount="100.01", on="2022-03-31")
    person.save()
    form = person.form
    assert form.row("amount").error == (
        "Invoice INV-000001 has 100.00 USD open; 100.01 is more than that. Give at most 100.00."
    )
    assert form.row("on").error == (
        "2022-03-31 is too early: invoice INV-000001 is of 2022-04-01. Give that day or a later one."
    )
    person.press("Record payment…")
    person.write(amount="much")
    person.save()
    assert person.form.row("amount").error == "'much' is not a number. Write it like 10 or 9.99."
    assert balances(desk, "INV-000001") == [("Charge", "100.00", "100.00")]


def test_r14_a_credit_of_10_leaves_90(person: Person) -> None:
    page = person.go(places.invoice("INV-000001"))
    person.press("Credit…")
    person.write(amount="10", note="Two days without service")
    person.save()
    assert person.said() == "Credit memo CM-000001 is given."
    assert (page.facts.texts["Balance"], page.facts.texts["Due"]) == ("$90.00", "01 May 2022")
    assert [row[-1] for row in rows(page.lines)] == ["$90.00"]
    assert rows(page.entries)[0][1:] == ["CM-000001", "Credit memo: given", "$10.00", "Two days without service"]
    page.follow(page.entries.rows()[0], "number")
    person.settle()
    assert person.page.header.title == "Credit memo CM-000001"
    assert (person.page.facts.texts["Left"], person.offered) == ("$0.00", ["Paper…"])


def test_r13_negative_lines_become_a_memo_that_is_applied_and_refunded(person: Person, desk: Desk) -> None:
    page = person.go(places.invoice("INV-000002"))
    person.press("Convert negative lines…")
    assert person.form.texts() == {"lines": "2, 3", "on": "2022-05-20"}
    person.save()
    assert page.facts.texts["Converted negative"] == "−$25.00"
    assert page.facts.texts["Balance"] == "$100.00"
    assert person.offered == ["Paper…", "Void…", "Correct…", "Credit…", "Record payment…"]
    memo = person.go(places.credit("CM-000001"))
    assert [row[-3:] for row in rows(memo.lines)] == [
        ["INV-000002", "2", "$10.00"],
        ["INV-000002", "3", "$15.00"],
    ]
    person.press("Apply…")
    assert [memo.invoice_field.itemText(place) for place in range(memo.invoice_field.count())] == [
        "INV-000001, $100.00 open",
        "INV-000002, $100.00 open",
    ]
    assert person.form.texts() == {"invoice": public_id("invoice", 1), "amount": "25.00", "on": "2022-05-20"}
    person.write(amount="20")
    person.save()
    assert person.said() == "CM-000001 is applied; $80.00 of INV-000001 is open."
    person.press("Refund…")
    person.write(amount="5.01")
    person.save()
    assert person.form.row("amount").error.startswith("Credit memo CM-000001 has 5.00 USD left")
    person.write(amount="5")
    person.save()
    assert person.said() == "Refund REF-000001 is recorded."
    assert memo.facts.texts["Left"] == "$0.00"
    assert [row[1:4] for row in rows(memo.used)] == [
        ["Applied to line 1, charge", "INV-000001", "$20.00"],
        ["Refund REF-000001", "", "$5.00"],
    ]
    assert person.offered == ["Paper…"]
    assert credit_memos(desk) == [("CM-000001", "converted", "2022-05-20", "25.00", "0.00")]


def test_another_invoice_to_apply_to_fits_the_amount(person: Person, desk: Desk) -> None:
    desk.do(papers.convert, ConvertLines("INV-000002", (2, 3)))
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(90)))
    memo = person.go(places.credit("CM-000001"))
    person.press("Apply…")
    assert person.form.texts()["amount"] == "10.00"
    memo.invoice_field.setFocus()
    person.qtbot.keyClick(memo.invoice_field, Qt.Key.Key_Down)
    assert person.form.texts()["amount"] == "25.00"
    person.save()
    assert shown(desk, "INV-000002")["invoice"]["balance"] == "75.00"


def test_lines_that_are_selected_are_those_to_convert(person: Person) -> None:
    page = person.go(places.invoice("INV-000002"))
    page.lines.select_ids([page.lines.rows()[2].id])
    person.press("Convert negative lines…")
    assert person.form.texts()["lines"] == "3"
    person.write(lines="1, 7")
    person.save()
    assert person.form.row("lines").error == (
        "Line 1 is not negative. Only lines below zero become a credit memo. "
        "Invoice INV-000002 has no line 7; its lines are 1 to 3."
    )


def test_a_form_goes_with_escape_and_with_its_invoice(person: Person) -> None:
    page = person.go(places.invoice("INV-000001"))
    person.press("Record payment…")
    person.qtbot.keyClick(person.form.field("amount"), Qt.Key.Key_Escape)
    assert page.panel.shown == ""
    person.press("Credit…")
    assert page.panel.shown == "credit"
    person.go(places.invoice("INV-000002"))
    assert page.panel.shown == ""


def test_one_draft_after_the_other_is_posted(person: Person, desk: Desk) -> None:
    for month in (6, 7):
        sold(desk, start=date(2022, month, 1))
        (draft,) = invoiced(desk, date(2022, month, 1), draft=True)
        person.go(places.invoice(draft))
        assert person.offered == ["Drop", "Paper…", "Post"]
        person.press("Post")
        assert person.page.header.title == f"INV-00000{month - 3}"


def test_credit_memos_and_payments_are_listed(person: Person, desk: Desk) -> None:
    desk.do(papers.convert, ConvertLines("INV-000002", (2,)))
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(90)))
    person.go(places.invoices())
    person.press("Credit memos")
    assert rows(person.page.table) == [
        ["CM-000001", "Acme", "Negative lines", "20 May 2022", "INV-000002", "$10.00", "$0.00", "$0.00", "$10.00"]
    ]
    person.page.table.row_activated.emit(person.page.table.rows()[0])
    person.settle()
    assert person.page.header.title == "Credit memo CM-000001"
    person.go(places.payments())
    assert rows(person.page.table) == [["PAY-000001", "Acme", "INV-000001", "20 May 2022", "$90.00", "$0.00", ""]]
    person.page.table.row_activated.emit(person.page.table.rows()[0])
    person.settle()
    assert person.page.header.title == "Payment PAY-000001"
    person.page.follow(person.page.used.rows()[0], "number")
    person.settle()
    assert person.page.header.title == "INV-000001"


@pytest.mark.parametrize("place", ["invoice", "credit"])
def test_no_text_is_cut_beside_an_open_form(person: Person, desk: Desk, place: str) -> None:
    desk.do(papers.convert, ConvertLines("INV-000002", (2,)))
    person.go(places.invoice("INV-000002") if place == "invoice" else places.credit("CM-000001"))
    person.press("Record payment…" if place == "invoice" else "Apply…")
    person.qtbot.wait(10)
    cut = [
        label.text()
        for label in person.window.findChildren(QLabel)
        if label.isVisible() and not isinstance(label, ElidedLabel) and not label.wordWrap()
        if label.width() < label.sizeHint().width()
    ]
    assert cut == []


def test_the_invoicing_wizard_shows_the_memos_that_a_run_writes(
    qtbot: QtBot, background: Background, settings: QSettings
) -> None:
    with new_desk(today=date(2022, 5, 20), credits="memo") as desk:
        sold(desk)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        clerk = Clerk(qtbot, desk, background, settings)
        wizard = clerk.open(InvoicingWizard)
        clerk.type(wizard.scope_step.form, "through", "1 May 2022")
        clerk.next(wizard)
        parts = wizard.review.parts
        assert parts.tab.current == "Credit memos"
        assert [(str(row.total), str(row.applied)) for row in parts.memos.rows()] == [("40.00", "40.00")]
        result = clerk.commit(wizard)
        assert [str(memo.credit.total) for memo in result.credits] == ["40.00"]
        assert clerk.notices[-1].text == "1 credit memo made."
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "60.00")]


def test_a_credit_memo_is_found_by_its_number(person: Person, desk: Desk) -> None:
    desk.do(papers.convert, ConvertLines("INV-000002", (2,)))
    assert [(hit.kind, hit.title, hit.link) for hit in desk.ask(search, "cm-0")] == [
        ("credit", "CM-000001", places.credit(public_id("credit", 1)))
    ]


# ------------------------------------------------------------------------------------------------------ after posting


def test_what_is_paid_over_is_put_on_another_invoice_and_paid_back(person: Person, desk: Desk) -> None:
    person.go(places.invoice("INV-000001"))
    person.press("Record payment…")
    person.write(amount="130")
    person.save()
    assert person.said() == "Payment PAY-000001 is recorded; $30.00 is on account."
    page = person.go(places.payment(public_id("payment", 1)))
    assert page.header.chips == (("On account", "info"),)
    assert page.facts.texts["On account"] == "$30.00"
    person.press("Apply…")
    person.write(amount="20")
    person.save()
    assert person.said() == "PAY-000001 is applied; $55.00 of INV-000002 is open."
    person.press("Refund…")
    person.write(amount="10")
    person.save()
    assert person.said() == "Refund REF-000001 is recorded."
    assert [row[1:4] for row in rows(page.used)] == [
        ["Applied to line 1, charge", "INV-000001", "$100.00"],
        ["Applied to line 1, charge", "INV-000002", "$20.00"],
        ["Refund REF-000001", "", "$10.00"],
    ]
    assert person.offered == []


def test_an_invoice_is_voided_and_both_papers_say_so(person: Person, desk: Desk) -> None:
    desk.do(papers.pay, PayInvoice("INV-000002", Decimal(60), date(2022, 5, 25)))
    page = person.go(places.invoice("INV-000002"))
    person.press("Void…")
    assert person.form.texts() == {"on": "2022-05-25"}
    person.write(on="2022-05-24")
    person.save()
    assert person.form.row("on").error == (
        "2022-05-24 is too early: PAY-000001, which is on it, is of 2022-05-25. Give that day or a later one."
    )
    person.write(on="2022-05-26")
    person.save()
    assert person.said() == "INV-000002 is voided. The next run bills its items again. PAY-000001 is on account."
    assert page.header.chips[0] == ("Voided", None)
    assert (page.facts.texts["Voided by"], page.facts.texts["Balance"]) == ("INV-000003", "$0.00")
    assert [row[2:4] for row in rows(page.entries)] == [["Payment", "$60.00"], ["Payment given back", "−$60.00"]]
    assert person.offered == ["Paper…"]
    mirror = person.go(places.invoice("INV-000003"))
    assert (mirror.facts.texts["Voids"], mirror.facts.texts["Total"]) == ("INV-000002", "−$75.00")
    assert person.offered == ["Paper…"]


def test_a_correction_leaves_a_draft_that_is_dropped_or_posted(person: Person, desk: Desk) -> None:
    person.go(places.invoice("INV-000001"))
    person.press("Correct…")
    person.save()
    assert "Undo that change first" in person.form.banner.label.text()
    person.go(places.invoice("INV-000002"))
    person.press("Correct…")
    person.save()
    assert person.said() == "INV-000002 is voided, and drafted anew."
    (draft,) = [head for head in desk.ask(list_invoices, Find()) if head.status == "Draft"]
    assert (str(draft.total), draft.date) == ("75.00", date(2022, 5, 20))
    page = person.go(places.invoice(draft.id))
    person.press("Drop")
    assert person.said() == "The draft is dropped. What it billed is pending: the next run bills it."
    assert page.header.chips[0] == ("Canceled", None)
    assert person.offered == ["Paper…"]


def test_the_statement_shows_documents_and_takes_payments(person: Person, desk: Desk) -> None:
    person.go(places.account(public_id("account", 1)))
    assert "Statement" in person.offered
    person.press("Statement")
    page = person.page
    assert page.header.title == "Statement of Acme"
    assert [row[1:] for row in rows(page.entries)] == [
        ["INV-000001", "Invoice", "01 May 2022", "$100.00", "$100.00", "$100.00"],
        ["INV-000002", "Invoice", "31 May 2022", "$75.00", "$175.00", "$75.00"],
    ]
    assert page.facts.texts == {
        "To": "Acme",
        "Balance": "$175.00",
        "Open": "$175.00",
        "Not due": "$75.00",
        "1–30 days": "$100.00",
    }
    person.press("Record payment…")
    person.write(amount="40", reference="Cash", pays="None: kept on account")
    person.save()
    assert person.said() == "Payment PAY-000001 is recorded; $40.00 is on account."
    assert (page.facts.texts["On account"], page.facts.texts["Balance"]) == ("$40.00", "$135.00")
    page.follow(page.entries.rows()[-1], "number")
    person.settle()
    assert person.page.header.title == "Payment PAY-000001"
    account = person.go(places.account(public_id("account", 1)))
    assert account.cards["balance"].note.text() == "4 open lines, $40.00 on account"
    page = person.go(places.statement(public_id("account", 1), date(2022, 5, 1), date(2022, 5, 10)))
    assert (page.facts.texts["Opening"], len(page.entries.rows())) == ("$100.00", 1)
    page.last.date_changed.emit(page.last.day)
    person.settle()
    assert person.page.link.get("to") == "2022-05-10"
    assert account.header.chips[-1][0] != "On hold"


def test_a_payment_of_a_customer_pays_the_oldest_invoices(person: Person, desk: Desk) -> None:
    page = person.go(places.statement(public_id("account", 1)))
    person.press("Record payment…")
    person.write(amount="130")
    person.save()
    assert person.said() == "Payment PAY-000001 is recorded."
    assert [row[1:] for row in rows(page.entries)] == [
        ["INV-000001", "Invoice", "01 May 2022", "$100.00", "$100.00", "$0.00"],
        ["INV-000002", "Invoice", "31 May 2022", "$75.00", "$175.00", "$45.00"],
        ["PAY-000001", "Payment", "", "−$130.00", "$45.00", "–"],
    ]


def test_a_customer_is_held_and_released(person: Person, desk: Desk) -> None:
    person.go(places.account(public_id("account", 1)))
    person.press("Hold…")
    assert person.page.panel.shown == "hold"
    person.write(until="2022-05-31", reason="Prices are disputed")
    person.save()
    assert person.said() == "The customer is on hold."
    assert person.page.header.chips == (("On hold until 2022-05-31: Prices are disputed", "warn"),)
    assert person.offered == ["Change hold…", "Release hold", "Paper…", "Record payment…"]
    account = person.go(places.account(public_id("account", 1)))
    assert account.header.chips[-1] == ("On hold", None)
    person.go(places.statement(public_id("account", 1)))
    person.press("Release hold")
    assert person.said() == "The hold is released: the next run invoices the customer again."
    assert person.offered == ["Hold…", "Paper…", "Record payment…"]
    assert [hold.status for hold in desk.ask(list_holds, Find())] == ["Released"]


def test_an_asset_is_held_and_released_on_its_page(person: Person, desk: Desk) -> None:
    page = person.go(places.asset(asset_id(desk)))
    billing = page.billing
    assert (billing.held.isHidden(), billing.release_button.isHidden(), billing.form.isHidden()) == (True, True, True)
    billing.hold_button.click()
    assert not billing.form.isHidden()
    billing.form.fill({"until": "2022-05-31", "reason": "Prices are disputed"})
    billing.form.submit()
    person.settle()
    assert person.said() == "The asset is on hold."
    assert billing.held.text() == "Licence is on hold until 2022-05-31: Prices are disputed."
    assert page.header.chips[-1] == ("On hold", None)
    assert billing.hold_button.text() == "Change hold…"
    billing.release_button.click()
    person.settle()
    assert person.said() == "The hold is released: the next run invoices the asset again."
    assert [hold.status for hold in desk.ask(list_holds, Find())] == ["Released"]
    assert billing.held.isHidden()


def test_the_logo_is_chosen_and_taken_off_in_the_settings(person: Person, desk: Desk, tmp_path: Path) -> None:
    page = person.go(places.settings())
    (tmp_path / "logo.svg").write_bytes(SVG)
    page.choose_logo(str(tmp_path / "logo.svg"))
    person.settle()
    assert (page.logo.name.text(), page.logo.picture.isHidden()) == ("logo.svg", False)
    assert page.logo.picture.pixmap().height() == 56
    (tmp_path / "logo.gif").write_bytes(b"GIF89a")
    page.choose_logo(str(tmp_path / "logo.gif"))
    person.settle()
    assert page.logo.note.text() == "logo.gif cannot be the logo: it is neither a PNG nor an SVG file."
    page.logo.remove_button.click()
    person.settle()
    assert (desk.settings["company-logo"], page.logo.picture.isHidden()) == ("", True)

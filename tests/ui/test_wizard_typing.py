"""What a person types into a wizard: judged by the field, kept on going back, asked about on Esc, kept over a crash."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QSettings, Qt

from calm_desktop.engine.catalog import Kind, SellingModel
from calm_desktop.services import catalogue, customers, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct, Find, SaleLine, Sell, SetPrice
from calm_desktop.ui.wizards.drafts import DraftKeeper, restored
from calm_desktop.ui.wizards.invoicing import InvoicingWizard
from calm_desktop.ui.wizards.renewal import RenewalWizard
from calm_desktop.ui.wizards.sale import SaleWizard
from calm_desktop.ui.wizards.sale_draft import LineDraft, SaleDraft
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person, cut_texts

TODAY = date(2022, 1, 1)


@told_once(TODAY)
def desk(made: Desk) -> None:
    add_licence(made)
    made.do(customers.add_account, AddAccount("Acme & Sons"))
    made.do(customers.add_account, AddAccount("Globex"))


def at_the_lines(person: Person) -> SaleWizard:
    wizard = person.open(SaleWizard, account=person.account("Acme & Sons"))
    person.next(wizard)
    person.wait(lambda: wizard.lines_step.products)
    return wizard


def sell(person: Person, *lines: SaleLine, account: str = "Acme & Sons") -> None:
    person.desk.do(sales.sell, Sell(account, lines))


def test_a_customer_is_found_by_typing_and_enter(person: Person) -> None:
    wizard = person.open(SaleWizard)
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == "Choose an account, or enter a new one."
    table = wizard.who_step.accounts.table
    person.wait(table.rows)
    person.qtbot.keyClicks(table.filter_field, "glob")
    person.press(table.filter_field, Qt.Key.Key_Return)
    assert wizard.draft.account_words == "Globex"
    assert wizard.step is wizard.lines_step


def test_a_sale_needs_no_mouse(person: Person) -> None:
    wizard = person.open(SaleWizard)
    table = wizard.who_step.accounts.table
    person.wait(table.rows)
    person.keys("acme")
    person.key(Qt.Key.Key_Return)
    person.wait(lambda: wizard.step is wizard.lines_step and wizard.lines_step.products)
    person.keys("LIC")
    person.key(Qt.Key.Key_Escape)  # closes the list of matches
    for typed in ("", "10"):
        person.key(Qt.Key.Key_Tab)
        person.keys(typed)
    person.key(Qt.Key.Key_Return)
    person.wait(lambda: wizard.step is wizard.review and not wizard.running)
    person.key(Qt.Key.Key_Return)
    assert wizard.result is None
    person.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    person.wait(lambda: person.notices)
    assert person.notices[0].text == "Sold 10 Licence to Acme & Sons: order 00000001, $1,200.00."


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("product", "Nothing like it", "There is no product “Nothing like it”. Choose one from the list."),
        ("quantity", "abc", "'abc' is not a number. Write it like 10 or 2.5."),
        ("quantity", "0", "0 must be more than 0 and less than 1,000,000,000,000."),
        ("price", "-1", "-1 must be at least 0 and less than 1,000,000,000,000."),
        ("discount", "101", "101 must be between 0 and 100."),
        ("start", "30 Feb 2022", "There is no day “30 Feb 2022”. Choose one that exists."),
        ("term", "0", "'0' is not a whole number from 1 to 3600."),
    ],
)
def test_bad_input_is_told_by_its_field_and_keeps_next_shut(person: Person, field: str, typed: str, words: str) -> None:
    wizard = at_the_lines(person)
    form = wizard.lines_step.form
    person.type(form, "product", "LIC")
    person.type(form, "quantity", "10")
    person.wait(wizard.next_button.isEnabled)
    person.type(form, field, typed)
    row = form.rows[field]
    shown = row.field.error if field == "start" else row.error  # type: ignore[attr-defined]
    assert shown == words
    assert wizard.reason.text() == words
    assert not wizard.next_button.isEnabled()


def test_a_last_day_before_the_first_is_told_by_the_last_day(person: Person) -> None:
    wizard = at_the_lines(person)
    form = wizard.lines_step.form
    person.type(form, "product", "LIC")
    person.type(form, "quantity", "1")
    person.click(wizard.lines_step.runs.buttons["Until a day"])
    person.type(form, "start", "2022-03-01")
    person.type(form, "end", "2022-02-28")
    assert form.rows["end"].error == "The last day is before the first. Choose a later one."
    assert not wizard.next_button.isEnabled()


def test_what_only_the_store_knows_is_told_by_the_field_too(person: Person) -> None:
    person.desk.do(catalogue.add_product, AddProduct("Euro thing", "EUR-1", Decimal(5), currency="EUR"))
    wizard = at_the_lines(person)
    form = wizard.lines_step.form
    person.type(form, "product", "EUR-1")
    person.type(form, "quantity", "1")
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.next_button)
    person.wait(lambda: form.rows["price"].error)
    assert form.rows["price"].error == ("Euro thing has no list price in USD on 2022-01-01. Give a price, or set one.")
    assert not wizard.next_button.isEnabled()
    person.type(form, "price", "7.50")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$90.00"


def test_going_back_keeps_what_was_typed(person: Person) -> None:
    wizard = at_the_lines(person)
    form = wizard.lines_step.form
    person.type(form, "product", "LIC")
    person.type(form, "quantity", "12")
    person.next(wizard)
    person.click(wizard.back_button)
    person.click(wizard.back_button)
    assert wizard.step is wizard.who_step
    assert wizard.who_step.accounts.row is not None
    assert wizard.who_step.accounts.row.name == "Acme & Sons"
    person.next(wizard)
    assert form.rows["quantity"].field.text() == "12"  # type: ignore[attr-defined]
    assert form.rows["product"].field.currentText() == "LIC"  # type: ignore[attr-defined]
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,440.00"


def test_several_lines_are_sold_in_one_order(person: Person) -> None:
    once = AddProduct("Router", "ROUTER", Decimal("249.90"), Kind.PHYSICAL, SellingModel.ONE_TIME)
    person.desk.do(catalogue.add_product, once)
    wizard = at_the_lines(person)
    step = wizard.lines_step
    person.type(step.form, "product", "LIC")
    person.type(step.form, "quantity", "10")
    person.click(step.add_button)
    assert not wizard.next_button.isEnabled()
    person.type(step.form, "product", "ROUTER")
    person.type(step.form, "quantity", "2")
    assert step.form.rows["frequency"].isHidden()
    person.next(wizard)
    rows = wizard.review.lines.rows()
    assert [(row.product, str(row.total)) for row in rows] == [("LIC", "1200.00"), ("ROUTER", "499.80")]
    result = person.commit(wizard)
    assert [str(order.total) for order in result.orders] == ["1699.80"]
    assert len(result.assets) == 2


def test_a_product_that_is_missing_is_added_on_the_way(person: Person) -> None:
    wizard = at_the_lines(person)
    step = wizard.lines_step
    person.type(step.form, "product", "SUP")
    person.click(step.product_button)
    assert wizard.reason.text() == "Add the new product, or go back to the line."
    new = step.new_product
    assert new.draft.code == "SUP"
    person.type(new.form, "name", "Support")
    person.click(new.add_button)
    assert new.form.rows["price"].error == "Enter the list price, such as 10 or 9.99."
    person.type(new.form, "price", "1200")
    new.form.rows["price_unit"].field.setCurrentText("Year")  # type: ignore[attr-defined]
    person.click(new.add_button)
    person.wait(lambda: step.line.product == "SUP · Support" and len(step.products) == 2)
    person.type(step.form, "quantity", "2")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$2,400.00"


def test_a_draft_order_makes_no_asset(person: Person) -> None:
    wizard = at_the_lines(person)
    person.type(wizard.lines_step.form, "product", "LIC")
    person.type(wizard.lines_step.form, "quantity", "1")
    person.next(wizard)
    person.click(wizard.review.keep_draft)
    person.wait(wizard.next_button.isEnabled)
    assert wizard.review.no_assets.text().startswith("A draft order changes nothing yet")
    result = person.commit(wizard)
    assert (result.orders[0].status, result.assets) == ("Draft", ())
    assert person.desk.ask(views.list_assets, Find()) == ()


def test_esc_closes_at_once_where_nothing_was_typed(person: Person) -> None:
    wizard = person.open(SaleWizard)
    person.press(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()


def test_esc_asks_before_anything_typed_is_put_away(person: Person) -> None:
    wizard = at_the_lines(person)
    person.type(wizard.lines_step.form, "quantity", "3")
    person.press(wizard, Qt.Key.Key_Escape)
    assert wizard.isVisible()
    assert wizard.asking
    person.press(wizard, Qt.Key.Key_Escape)
    assert wizard.isVisible()
    assert not wizard.asking
    wizard.close()
    assert wizard.isVisible()
    assert wizard.asking
    discard = wizard.banner.buttons[1]
    assert discard.text() == "Discard"
    person.click(discard)
    assert not wizard.isVisible()
    again = person.open(SaleWizard)
    assert not again.offering


def test_a_draft_survives_a_crash_and_is_offered_again(person: Person, settings: QSettings) -> None:
    wizard = at_the_lines(person)
    person.type(wizard.lines_step.form, "product", "LIC")
    person.type(wizard.lines_step.form, "quantity", "77")
    person.type(wizard.lines_step.form, "start", "31 Feb 2022")
    settings.sync()

    # The process dies here: nothing but the settings file is left.
    file = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    person = Person(person.qtbot, person.desk, person.context.background, file)
    again = person.open(SaleWizard)
    assert again.offering
    person.click(again.take_up_button)
    person.wait(lambda: again.who_step.accounts.row)
    person.next(again)
    rows = again.lines_step.form.rows
    assert rows["quantity"].field.text() == "77"  # type: ignore[attr-defined]
    assert rows["start"].field.edit.text() == "31 Feb 2022"  # type: ignore[attr-defined]
    assert not again.next_button.isEnabled()
    person.type(again.lines_step.form, "start", "1 Feb 2022")
    person.next(again)
    person.commit(again)
    assert not person.open(SaleWizard).offering


def test_starting_afresh_forgets_the_draft(person: Person) -> None:
    wizard = at_the_lines(person)
    person.type(wizard.lines_step.form, "quantity", "77")
    person.press(wizard, Qt.Key.Key_Escape)
    keep = wizard.banner.buttons[0]
    assert keep.text() == "Keep and close"
    person.click(keep)
    again = person.open(SaleWizard)
    person.click(again.start_afresh_button)
    assert again.draft == again.fresh
    assert again.draft.lines[0].quantity == ""


def test_a_draft_comes_back_as_it_was_kept(settings: QSettings) -> None:
    keeper = DraftKeeper(settings, "store.db", "sale")
    draft = SaleDraft(name="Müller & Söhne", lines=[LineDraft(quantity="1"), LineDraft(price="2,5")], draft=True)
    keeper.keep(draft, TODAY)
    assert keeper.kept(SaleDraft) == (draft, TODAY)
    assert DraftKeeper(settings, "other.db", "sale").kept(SaleDraft) is None
    keeper.forget()
    assert keeper.kept(SaleDraft) is None


@pytest.mark.parametrize("data", [[], {"unknown": 1}, {"lines": {}}, {"draft": "yes"}, {"lines": [{"quantity": 3}]}])
def test_what_is_no_draft_is_not_taken_for_one(data: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        restored(SaleDraft, data)
    assert restored(SaleDraft, asdict(SaleDraft())) == SaleDraft()


def test_last_and_list_price_stand_side_by_side(person: Person) -> None:
    sell(person, SaleLine("LIC", Decimal(10), TODAY, term=12))
    person.desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), TODAY))
    wizard = person.open(RenewalWizard, account=person.account("Acme & Sons"))
    person.wait(wizard.assets_step.table.rows)
    assert not wizard.next_button.isEnabled()
    wizard.assets_step.table.view.selectRow(0)
    person.next(wizard)
    step = wizard.terms_step
    person.wait(lambda: step.offers)
    assert (step.last.total.text(), step.list.total.text()) == ("$1,200.00", "$1,440.00")
    assert step.list.remark.text() == "$12.00 / month · +$240.00"
    person.click(step.list)
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,440.00"


def test_assets_that_cannot_be_renewed_are_named_and_left_out(person: Person) -> None:
    router = AddProduct("Router", "ROUTER", Decimal("249.90"), Kind.PHYSICAL, SellingModel.ONE_TIME)
    person.desk.do(catalogue.add_product, router)
    sell(person, SaleLine("LIC", Decimal(10), TODAY, term=12), SaleLine("ROUTER", Decimal(1), TODAY))
    assets = person.desk.ask(views.list_assets, Find())
    wizard = person.open(RenewalWizard, account=assets[0].account_id, assets=tuple(asset.id for asset in assets))
    person.wait(wizard.assets_step.table.rows)
    person.next(wizard)
    step = wizard.terms_step
    person.wait(lambda: step.offers)
    refused = next(offer for offer in step.offers if offer.problems)
    assert refused.asset.name == "Router"
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == refused.problems[0]
    assert step.refusals.text() == "Router was sold once and has no term that could be renewed. Sell it again instead."
    assert not cut_texts(wizard)
    person.click(step.leave_out)
    person.next(wizard)
    assert [row.asset for row in wizard.review.periods.rows()] == ["Licence", "Licence"]


def test_assets_are_renewed_to_one_common_day(person: Person) -> None:
    sell(
        person,
        SaleLine("LIC", Decimal(10), TODAY, term=12),
        SaleLine("LIC", Decimal(1), date(2022, 3, 1), term=12, asset_name="Licence for the lab"),
    )
    wizard = person.open(RenewalWizard, account=person.account("Acme & Sons"))
    person.wait(wizard.assets_step.table.rows)
    wizard.assets_step.table.view.selectAll()
    person.next(wizard)
    person.click(wizard.terms_step.form.rows["ends"].field.buttons["On one common day"])  # type: ignore[attr-defined]
    person.type(wizard.terms_step.form, "coterminate", "31 Dec 2023")
    person.next(wizard)
    new = [row for row in wizard.review.periods.rows() if row.news == "New"]
    assert [(row.asset, row.start, row.end, str(row.amount)) for row in new] == [
        ("Licence", date(2023, 1, 1), date(2023, 12, 31), "1200.00"),
        ("Licence for the lab", date(2023, 3, 1), date(2023, 12, 31), "100.00"),
    ]


def test_a_run_with_nothing_due_says_so(person: Person) -> None:
    wizard = person.open(InvoicingWizard, account=person.account("Globex"))
    person.next(wizard)
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == "There is nothing to invoice."
    assert [row.reason for row in wizard.review.parts.skipped.rows()] == ["nothing is due up to 2022-01-01"]


def test_invoices_can_be_kept_as_drafts(person: Person) -> None:
    sell(person, SaleLine("LIC", Decimal(10), TODAY, term=12))
    wizard = person.open(InvoicingWizard)
    person.click(wizard.scope_step.form.rows["draft"].field)  # type: ignore[arg-type]
    person.next(wizard)
    made = person.commit(wizard)
    assert [(shape.invoice.status, shape.invoice.number) for shape in made.invoices] == [("Draft", None)]


def test_no_text_is_cut_on_any_step(person: Person) -> None:
    sell(person, SaleLine("LIC", Decimal(10), TODAY, term=12))
    sale = person.open(SaleWizard, account=person.account("Acme & Sons"))
    person.wait(lambda: not cut_texts(sale))
    person.click(sale.who_step.who.buttons["New account"])
    person.wait(lambda: not cut_texts(sale))
    person.click(sale.who_step.who.buttons["Existing account"])
    person.next(sale)
    person.type(sale.lines_step.form, "product", "LIC")
    person.type(sale.lines_step.form, "quantity", "1")
    sale.lines_step.form.rows["source"].field.setCurrentText("A work order")  # type: ignore[attr-defined]
    person.wait(lambda: not cut_texts(sale))
    sale.lines_step.form.rows["source"].field.setCurrentText("This order")  # type: ignore[attr-defined]
    person.next(sale)
    person.wait(lambda: not cut_texts(sale))
    renewal = person.open(RenewalWizard, account=person.account("Acme & Sons"))
    person.wait(renewal.assets_step.table.rows)
    person.wait(lambda: not cut_texts(renewal))
    renewal.assets_step.table.view.selectRow(0)
    person.next(renewal)
    person.wait(lambda: renewal.terms_step.offers)
    person.wait(lambda: not cut_texts(renewal))
    person.next(renewal)
    person.wait(lambda: not cut_texts(renewal))
    invoicing = person.open(InvoicingWizard)
    person.wait(lambda: not cut_texts(invoicing))
    person.next(invoicing)
    person.wait(lambda: not cut_texts(invoicing))


def test_the_name_of_a_customer_is_never_taken_for_a_shortcut(person: Person) -> None:
    wizard = at_the_lines(person)
    person.type(wizard.lines_step.form, "product", "LIC")
    person.type(wizard.lines_step.form, "quantity", "1")
    person.next(wizard)
    person.commit(wizard)
    assert person.notices[-1].text == "Sold 1 Licence to Acme & Sons: order 00000001, $120.00."
    assert [text for text, _ in person.notices[-1].buttons] == ["Undo", "Open order", "Open asset", "Open account"]

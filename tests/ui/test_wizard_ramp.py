"""Ramps, free months, trial days and both kinds of discount in the sale wizard (DOMAIN R6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from calm_desktop.engine.catalog import Kind, SellingModel
from calm_desktop.engine.money import plain
from calm_desktop.services import catalogue, customers, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct, Find, Look
from calm_desktop.services.wire import to_json
from calm_desktop.ui.wizards.drafts import restored
from calm_desktop.ui.wizards.sale import SaleWizard
from calm_desktop.ui.wizards.sale_draft import SaleDraft
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person, cut_texts

TODAY = date(2020, 1, 1)


@told_once(TODAY)
def desk(made: Desk) -> None:
    add_licence(made)
    made.do(customers.add_account, AddAccount("Acme"))


def at_the_lines(person: Person, product: str = "LIC") -> SaleWizard:
    wizard = person.open(SaleWizard, account=person.account("Acme"))
    person.next(wizard)
    person.wait(lambda: wizard.lines_step.products)
    person.type(wizard.lines_step.form, "product", product)
    person.type(wizard.lines_step.form, "quantity", "10")
    return wizard


def add_step(person: Person, wizard: SaleWizard, start: str, quantity: str, price: str = "") -> None:
    steps = wizard.lines_step.steps
    person.click(steps.add_button)
    for name, text in (("start", start), ("quantity", quantity), ("price", price)):
        person.type(steps.forms[-1], name, text)


def test_r6_by_the_wizard(person: Person) -> None:
    wizard = at_the_lines(person)
    add_step(person, wizard, "1 Jul 2020", "20")
    assert wizard.lines_step.list.item(0).text() == "Licence\n10 → 20 × 10.00"
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,800.00"
    assert [(row.start, row.end, plain(row.quantity), str(row.amount)) for row in wizard.review.periods.rows()] == [
        (date(2020, 1, 1), date(2020, 6, 30), "10", "600.00"),
        (date(2020, 7, 1), date(2020, 12, 31), "20", "1200.00"),
    ]
    assert [str(row.total) for row in wizard.review.lines.rows()] == ["600.00", "1200.00"]
    person.commit(wizard)
    assert person.notices[-1].text == "Sold Licence to Acme: order 00000001, $1,800.00."
    (asset,) = person.desk.ask(views.list_assets, Find())
    [action] = to_json(person.desk.ask(views.show_asset, Look(asset.id)))["actions"]
    assert (action["category"], action["quantity_change"], action["amount_change"], action["mrr_change"]) == (
        "Initial Sale",
        "20",
        "1800.00",
        "200.00",
    )


def test_what_is_wrong_with_a_step_stands_by_its_field(person: Person) -> None:
    wizard = at_the_lines(person)
    steps = wizard.lines_step.steps
    person.click(steps.add_button)
    assert not wizard.next_button.isEnabled()
    form = steps.forms[0]
    assert form.rows["quantity"].error == ""
    person.type(form, "start", "1 Jan 2020")
    person.type(form, "quantity", "x")
    assert form.rows["start"].error == "Choose a day after 01 Jan 2020."
    assert form.rows["quantity"].error == "'x' is not a number. Write it like 10 or 2.5."
    assert wizard.reason.text() == "'x' is not a number. Write it like 10 or 2.5."
    person.type(form, "start", "1 Apr 2020")
    person.type(form, "quantity", "12")
    person.wait(wizard.next_button.isEnabled)
    add_step(person, wizard, "1 Mar 2020", "15", "-1")
    form = steps.forms[1]
    assert form.rows["start"].error == "Choose a day after 01 Apr 2020."
    assert form.rows["price"].error == "-1 must be at least 0 and less than 1,000,000,000,000."
    person.click(steps.remove_buttons[1])
    person.wait(wizard.next_button.isEnabled)
    assert len(wizard.draft.lines[0].steps) == 1


def test_a_step_past_the_term_is_told_by_the_steps(person: Person) -> None:
    wizard = at_the_lines(person)
    add_step(person, wizard, "1 Jan 2021", "20")
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.next_button)
    person.wait(wizard.lines_step.steps.note.isVisible)
    assert wizard.step is wizard.lines_step
    assert wizard.lines_step.steps.note.text() == (
        "The step from 2021-01-01 must begin after 2020-01-01, 2020-12-31 at the latest. Give its first day."
    )
    person.click(wizard.lines_step.runs.buttons["Until a day"])
    person.type(wizard.lines_step.form, "end", "31 Dec 2020")
    assert wizard.lines_step.steps.forms[0].rows["start"].error == "Choose a day up to the last one, 31 Dec 2020."


def test_free_months_and_trial_days_cost_nothing(person: Person) -> None:
    wizard = at_the_lines(person)
    form = wizard.lines_step.form
    person.type(form, "free_months", "2")
    person.type(form, "trial_days", "14")
    person.next(wizard)
    assert [(row.start, row.end, str(row.amount), str(row.mrr)) for row in wizard.review.periods.rows()] == [
        (date(2020, 1, 1), date(2020, 3, 14), "0.00", "0.00"),
        (date(2020, 3, 15), date(2020, 12, 31), "954.84", "100.00"),
    ]
    person.click(wizard.back_button)
    person.type(form, "free_months", "13")
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.next_button)
    person.wait(lambda: form.rows["free_months"].error)
    assert form.rows["free_months"].error.startswith("The free days would go on to 2021-02-14, past the end")
    person.type(form, "free_months", "two")
    assert form.rows["free_months"].error == "'two' is not a whole number from 0 to 3600."


def test_a_discount_is_in_percent_or_in_money_per_unit(person: Person) -> None:
    wizard = at_the_lines(person)
    form = wizard.lines_step.form
    person.type(form, "discount", "10")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,080.00"
    person.click(wizard.back_button)
    choice = form.rows["discount_in"].field
    choice.setCurrentIndex(1)  # type: ignore[attr-defined]
    assert form.rows["discount"].isHidden()
    person.type(form, "discount_amount", "2.50")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$900.00"
    person.click(wizard.back_button)
    person.type(form, "price", "2")
    assert form.rows["discount_amount"].error == "It is more than the price. Take less off."
    person.type(form, "price", "")
    person.type(form, "discount_amount", "10.01")
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.next_button)
    person.wait(lambda: form.rows["discount_amount"].error)


def test_what_is_sold_once_has_no_steps_and_nothing_free(person: Person) -> None:
    person.desk.do(
        catalogue.add_product, AddProduct("Gateway", "GATE", Decimal(99), Kind.PHYSICAL, SellingModel.ONE_TIME)
    )
    wizard = at_the_lines(person, "GATE")
    assert wizard.lines_step.steps.isHidden()
    assert wizard.lines_step.form.rows["free_months"].isHidden()
    person.wait(wizard.next_button.isEnabled)


def test_steps_survive_a_crash_and_a_change_of_lines(person: Person) -> None:
    wizard = at_the_lines(person)
    add_step(person, wizard, "1 Jul 2020", "20", "9.50")
    wizard.lines_step.copy_line()
    person.type(wizard.lines_step.steps.forms[0], "quantity", "30")
    wizard.lines_step.list.setCurrentRow(0)
    assert wizard.lines_step.steps.steps[0].quantity == "20"
    assert wizard.lines_step.steps.forms[0].rows["quantity"].field.text() == "20"  # type: ignore[attr-defined]
    kept = wizard._keeper.kept(SaleDraft)
    assert kept is not None
    assert [line.steps[0].quantity for line in kept[0].lines] == ["20", "30"]
    assert restored(SaleDraft, {"lines": [{"steps": [{"start": "x"}]}]}).lines[0].steps[0].start == "x"
    assert cut_texts(wizard) == []

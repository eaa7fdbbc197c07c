"""What a person types into wizards that change an asset: judged by the field, kept on going back and over a crash."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt

from calm_desktop.services import catalogue, customers, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct, Find, SaleLine, Sell, SetSetting, Source
from calm_desktop.services.settings import set_setting
from calm_desktop.ui.wizards.cancellation import CancelWizard
from calm_desktop.ui.wizards.change import ChangeWizard
from calm_desktop.ui.wizards.change_draft import ChangeDraft, change_of
from calm_desktop.ui.wizards.drafts import DraftKeeper
from calm_desktop.ui.wizards.transfer import TransferWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person, cut_texts

TODAY = date(2022, 1, 1)


@told_once(TODAY)
def desk(made: Desk) -> None:
    add_licence(made)
    made.do(customers.add_account, AddAccount("Acme & Sons"))
    made.do(customers.add_account, AddAccount("Globex"))
    lines = (
        SaleLine("LIC", Decimal(10), TODAY, term=12),
        SaleLine("LIC", Decimal(3), TODAY, term=12, asset_name="Licence for the lab"),
    )
    made.do(sales.sell, Sell("Acme & Sons", lines))
    made.do(sales.sell, Sell("Globex", (SaleLine("LIC", Decimal(1), TODAY, term=12, asset_name="Globex seat"),)))


def owned(person: Person, name: str = "Licence") -> str:
    return next(asset.id for asset in person.desk.ask(views.list_assets, Find()) if asset.name == name)


def change(person: Person, **preset: Any) -> ChangeWizard:
    wizard = person.open(ChangeWizard, asset=owned(person), **preset)
    person.wait(lambda: wizard.change_step.known)
    return wizard


def test_a_change_needs_no_mouse(person: Person) -> None:
    wizard = person.open(ChangeWizard)
    assert wizard.reason.text() == "Choose an asset."
    person.wait(wizard.asset_step.table.rows)
    person.keys("lab")
    person.key(Qt.Key.Key_Return)
    person.wait(lambda: wizard.step is wizard.change_step and wizard.change_step.known)
    for typed in ("", "2"):
        person.key(Qt.Key.Key_Tab)
        person.keys(typed)
    person.wait(wizard.next_button.isEnabled)
    person.key(Qt.Key.Key_Return)
    person.wait(lambda: wizard.step is wizard.review and not wizard.running)
    person.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    person.wait(lambda: person.notices)
    assert person.notices[0].text == "Changed Licence for the lab of Acme & Sons: order 00000003, $240.00."


def test_the_assets_of_one_account_are_offered_where_it_is_known(person: Person) -> None:
    wizard = person.open(ChangeWizard, account=person.account("Globex"))
    person.wait(wizard.asset_step.table.rows)
    assert [row.name for row in wizard.asset_step.table.rows()] == ["Globex seat"]
    wizard.asset_step.table.view.selectRow(0)
    person.next(wizard)
    person.wait(lambda: wizard.change_step.known)
    assert wizard.change_step.about.text() == "Globex seat   ·   Globex"
    assert wizard.change_step.held.text() == "   ·   1 held today   ·   01 Jan 2022 – 31 Dec 2022"


def test_another_asset_is_tried_anew(person: Person) -> None:
    wizard = person.open(ChangeWizard, account=person.account("Acme & Sons"))
    person.wait(wizard.asset_step.table.rows)
    wizard.asset_step.table.view.selectRow(0)
    person.next(wizard)
    step = wizard.change_step
    person.type(step.form, "change", "5")
    person.wait(lambda: step.last.total.text() == "$600.00")
    person.click(step.form.rows["direction"].field.buttons["Less"])  # type: ignore[attr-defined]
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.back_button)
    wizard.asset_step.table.view.selectRow(1)
    person.next(wizard)
    words = (
        "Licence for the lab holds 3 from 2022-01-01: it cannot be lowered by 5. Lower it by 3 at most, or cancel it."
    )
    person.wait(lambda: wizard.reason.text() == words)


@pytest.mark.parametrize(
    ("what", "field", "typed", "words"),
    [
        ("quantity", "change", "", "Enter a quantity, such as 10 or 2.5."),
        ("quantity", "change", "abc", "'abc' is not a number. Write it like 10 or 2.5."),
        ("quantity", "start", "30 Feb 2022", "There is no day “30 Feb 2022”. Choose one that exists."),
        ("price", "price", "-1", "-1 must be at least 0 and less than 1,000,000,000,000."),
        ("price", "discount", "101", "101 must be between 0 and 100."),
        ("price", "discount_amount", "ten", "'ten' is not a number. Write it like 10 or 9.99."),
        ("last-day", "end", "31 Dec 2022", "Licence ends on 2022-12-31 already."),
        ("pause", "until", "31 Dec 2021", "The last day of the pause is before its first. Choose a later one."),
        ("swap", "product", "XYZ", "There is no product “XYZ”. Choose one from the list."),
        ("swap", "product", "LIC", "Licence is of that product already. Name another one, or amend it."),
    ],
)
def test_bad_input_is_told_by_its_field_and_keeps_next_shut(
    person: Person, what: str, field: str, typed: str, words: str
) -> None:
    wizard = change(person, what=what)
    form = wizard.change_step.form
    if what == "quantity" and field != "change":
        person.type(form, "change", "5")
    if what == "price" and field != "price":
        person.type(form, "price", "9")
    person.type(form, field, typed)
    person.wait(lambda: wizard.reason.text() == words)
    row = form.rows[field]
    shown = row.field.error if typed == "30 Feb 2022" else row.error  # type: ignore[attr-defined]
    assert shown == words
    assert not wizard.next_button.isEnabled()
    assert not cut_texts(wizard) or wizard.reason.shown_text() != words


def test_the_choices_of_a_change_keep_their_fields_apart(person: Person) -> None:
    wizard = change(person)
    step = wizard.change_step
    seen = {}
    for place, what in enumerate(("quantity", "price", "last-day", "pause", "resume", "swap")):
        step.list.setCurrentRow(place)
        names = ("direction", "change", "start", "end", "until", "price", "discount", "category", "product")
        seen[what] = [name for name in names if not step.form.rows[name].isHidden()]
        assert wizard.draft.what == what
    assert seen == {
        "quantity": ["direction", "change", "start"],
        "price": ["start", "price", "discount"],
        "last-day": ["end"],
        "pause": ["start", "until"],
        "resume": ["start"],
        "swap": ["start", "end", "price", "category", "product"],
    }


def test_going_back_keeps_what_was_typed(person: Person) -> None:
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "5")
    person.type(wizard.change_step.form, "start", "1 Sep 2022")
    person.next(wizard)
    person.click(wizard.back_button)
    assert wizard.change_step.form.rows["change"].field.text() == "5"  # type: ignore[attr-defined]
    person.type(wizard.change_step.form, "change", "6")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$240.00"


def test_esc_asks_before_anything_typed_is_put_away(person: Person) -> None:
    wizard = change(person)
    person.press(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "5")
    person.press(wizard, Qt.Key.Key_Escape)
    assert wizard.isVisible()
    assert wizard.asking


def test_a_draft_survives_a_crash_and_is_offered_again(person: Person, settings: QSettings) -> None:
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "7")
    person.type(wizard.change_step.form, "start", "1 Sep 2022")
    settings.sync()

    # The process dies here: nothing but the settings file is left.
    file = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    person = Person(person.qtbot, person.desk, person.context.background, file)
    again = person.open(ChangeWizard, asset=owned(person, "Globex seat"))
    assert again.offering
    assert "Quantity: change of Licence of Acme & Sons" in [
        label.text() for label in again.other.findChildren(type(again.lead))
    ]
    person.click(again.take_up_button)
    person.next(again)
    assert again.review.facts.text("Order total") == "$280.00"
    person.commit(again)
    assert not person.open(ChangeWizard).offering


def test_a_reason_is_part_of_the_draft(settings: QSettings) -> None:
    keeper = DraftKeeper(settings, "store.db", "change")
    draft = ChangeDraft(asset="02i", what="pause", reason="Agreed on the phone", draft=True)
    keeper.keep(draft, TODAY)
    assert keeper.kept(ChangeDraft) == (draft, TODAY)


def test_where_a_change_comes_from_is_kept(person: Person) -> None:
    order = ChangeDraft(asset="02i", change="5", start="1 Sep 2022", source="work-order", work_order="WO-7", line="2")
    assert change_of(order, (), TODAY).source == Source(work_order="WO-7", line="2")
    system = ChangeDraft(asset="02i", change="5", start="1 Sep 2022", source="system", system="ERP", reference="X-1")
    assert change_of(system, (), TODAY).source == Source(system="ERP", reference="X-1")
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "5")
    wizard.change_step.form.rows["source"].field.setCurrentText("A work order")  # type: ignore[attr-defined]
    assert wizard.reason.text() == "Enter the number of the work order."


def test_a_draft_order_changes_nothing_yet(person: Person) -> None:
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "5")
    person.next(wizard)
    person.click(wizard.review.keep_draft)
    person.wait(wizard.next_button.isEnabled)
    assert wizard.review.no_assets.text().startswith("A draft order changes nothing yet")
    result = person.commit(wizard)
    assert (result.orders[0].status, result.assets[0].asset.quantity) == ("Draft", 10)


def test_what_takes_effect_at_once_cannot_be_kept_as_a_draft_order(person: Person) -> None:
    wizard = change(person, what="price")
    person.type(wizard.change_step.form, "price", "9")
    person.next(wizard)
    assert wizard.review.keep_draft.isHidden()


def test_without_auto_flow_the_steps_are_made_by_hand(person: Person) -> None:
    person.desk.do(set_setting, SetSetting("auto-flow", "off"))
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "5")
    person.next(wizard)
    assert wizard.review.no_assets.text() == (
        "Assets and billing schedules are made by hand here: the setting auto-flow is off."
    )


def test_the_billing_shows_what_changes_or_everything(person: Person) -> None:
    wizard = change(person)
    person.click(wizard.change_step.form.rows["direction"].field.buttons["Less"])  # type: ignore[attr-defined]
    person.type(wizard.change_step.form, "change", "5")
    person.type(wizard.change_step.form, "start", "1 Nov 2022")
    person.next(wizard)
    review = wizard.review
    person.click(review.tab.buttons["Billing"])
    assert [(row.start, str(row.was), str(row.amount), row.news) for row in review.billing.rows()] == [
        (date(2022, 11, 1), "100.00", "50.00", "Changed"),
        (date(2022, 12, 1), "100.00", "50.00", "Changed"),
    ]
    person.click(review.only_changes)
    assert len(review.billing.rows()) == 12


def test_what_a_cancellation_takes_away_is_told(person: Person) -> None:
    wizard = person.open(CancelWizard, asset=owned(person))
    person.wait(lambda: wizard.cancel_step.known)
    person.type(wizard.cancel_step.form, "start", "1 Nov 2022")
    person.next(wizard)
    assert [(row.start, str(row.was), str(row.amount), row.news) for row in wizard.review.billing.rows()] == [
        (date(2022, 11, 1), "100.00", "None", "Gone"),
        (date(2022, 12, 1), "100.00", "None", "Gone"),
    ]


def test_no_text_is_cut_on_any_step(person: Person) -> None:
    person.desk.do(catalogue.add_product, AddProduct("Licence Pro", "PRO", Decimal(15)))
    wizard = change(person)
    for place in range(6):
        wizard.change_step.list.setCurrentRow(place)
        person.wait(lambda: not cut_texts(wizard))
    wizard.change_step.list.setCurrentRow(0)
    person.type(wizard.change_step.form, "change", "5")
    person.next(wizard)
    person.wait(lambda: not cut_texts(wizard))
    ending = person.open(CancelWizard, asset=owned(person))
    person.type(ending.cancel_step.form, "start", "1 Sep 2022")
    person.wait(lambda: ending.cancel_step.last_day.text() and not cut_texts(ending))
    person.next(ending)
    person.wait(lambda: not cut_texts(ending))
    moving = person.open(TransferWizard, asset=owned(person))
    person.wait(lambda: moving.transfer_step.accounts.table.rows() and not cut_texts(moving))
    moving.transfer_step.accounts.pick(person.account("Globex"))
    person.type(moving.transfer_step.form, "start", "1 Sep 2022")
    person.next(moving)
    person.wait(lambda: not cut_texts(moving))

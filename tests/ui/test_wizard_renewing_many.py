"""The renewal wizard with many assets: a common end, early and late ones, each refusal by its row (DOMAIN 4.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from calm_desktop.engine.catalog import Kind, SellingModel
from calm_desktop.services import catalogue, changes, invoices, renewals, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    CancelAsset,
    Find,
    Look,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    SetPrice,
)
from calm_desktop.ui.wizards.renewal import RenewalWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person, cut_texts

JANUARY = date(2022, 1, 1)


@told_once(JANUARY)
def desk(made: Desk) -> None:
    """Ten licences for 2022, three seats from March for a year."""
    add_licence(made)
    made.do(catalogue.add_product, AddProduct("Seat", "SEAT", Decimal(20)))
    lines = (
        SaleLine("LIC", Decimal(10), JANUARY, term=12),
        SaleLine("SEAT", Decimal(3), date(2022, 3, 1), term=12),
    )
    made.do(sales.sell, Sell("Acme", lines, create=True))


def at_the_terms(person: Person) -> RenewalWizard:
    """All of Acme's assets, chosen."""
    wizard = person.open(RenewalWizard, account=person.account("Acme"))
    table = wizard.assets_step.table
    person.wait(table.rows)
    table.view.selectAll()
    person.next(wizard)
    person.wait(lambda: wizard.terms_step.offers)
    return wizard


def remarks(wizard: RenewalWizard) -> dict[str, str]:
    table = wizard.terms_step.table
    remark = next(column for column in table.model.columns if column.key == "remark")
    return {offer.asset.name: remark.shown(remark.getter(offer)) for offer in table.rows()}


def shown(wizard: RenewalWizard, key: str) -> bool:
    return key in [column.key for column in wizard.terms_step.table.shown_columns()]


def test_two_assets_end_on_one_common_day_in_one_order(person: Person) -> None:
    wizard = at_the_terms(person)
    person.click(wizard.terms_step.form.rows["ends"].field.buttons["On one common day"])  # type: ignore[attr-defined]
    person.type(wizard.terms_step.form, "coterminate", "31 Dec 2023")
    person.wait(lambda: wizard.terms_step.last.total.text() == "$1,800.00")
    assert not shown(wizard, "remark")
    assert [(o.start, o.end, str(o.last_total and o.last_total.amount)) for o in wizard.terms_step.offers] == [
        (date(2023, 1, 1), date(2023, 12, 31), "1200.00"),
        (date(2023, 3, 1), date(2023, 12, 31), "600.00"),
    ]
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,800.00"
    reviewed = wizard.reviewed
    made = person.commit(wizard)
    assert reviewed is not None
    assert replace(made, request_id="") == replace(reviewed.result, request_id="")
    assert [len(order.items) for order in made.orders] == [2]
    ends = {asset.name: asset.lifecycle_end for asset in person.desk.ask(views.list_assets, Find())}
    assert ends == {"Licence": date(2023, 12, 31), "Seat": date(2023, 12, 31)}
    assert person.notices[-1].text == "Renewed 2 assets for Acme: order 00000002, $1,800.00."
    person.notices[-1].buttons[0][1]()
    person.wait(lambda: person.notices[-1].text == "Undone: renewed 2 assets for Acme.")
    ends = {asset.name: asset.lifecycle_end for asset in person.desk.ask(views.list_assets, Find())}
    assert ends == {"Licence": date(2022, 12, 31), "Seat": date(2023, 2, 28)}


def test_each_refusal_stands_by_its_row_and_the_others_can_go_on(person: Person) -> None:
    desk = person.desk
    desk.do(catalogue.add_product, AddProduct("Gateway", "GATE", Decimal(99), Kind.PHYSICAL, SellingModel.ONE_TIME))
    desk.do(
        catalogue.add_product,
        AddProduct("Platform", "PLAT", Decimal(50), selling_model=SellingModel.EVERGREEN),
    )
    lines = (
        SaleLine("GATE", Decimal(1), JANUARY),
        SaleLine("PLAT", Decimal(1), JANUARY),
        SaleLine("LIC", Decimal(1), JANUARY, term=12, asset_name="Given up"),
    )
    desk.do(sales.sell, Sell("Acme", lines))
    desk.do(changes.cancel, CancelAsset("Given up", date(2022, 6, 1)))
    desk.do(renewals.renew, Renew(("Seat",)))
    wizard = at_the_terms(person)
    assert shown(wizard, "remark")
    assert remarks(wizard) == {
        "Licence": "",
        "Seat": (
            "A renewal of Seat is scheduled already; it now runs to 2024-02-29. "
            "Undo it first to renew on other terms, or amend it."
        ),
        "Gateway": "Gateway was sold once and has no term that could be renewed. Sell it again instead.",
        "Platform": "Platform is evergreen: it runs until it is cancelled and needs no renewal.",
        "Given up": "Given up is cancelled. Sell it again instead.",
    }
    table = wizard.terms_step.table.model
    assert [table.quiet(row) for row in table.shown_rows()] == [False, True, True, True, True]  # type: ignore[misc]
    assert not wizard.next_button.isEnabled()
    person.click(wizard.terms_step.leave_out)
    person.wait(lambda: len(wizard.terms_step.offers) == 1)
    assert not shown(wizard, "remark")
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$1,200.00"


def test_an_early_renewal_says_what_it_takes_back(person: Person) -> None:
    """From 1 July for twelve months: six months of the running term are taken back."""
    person.desk.do(invoices.run, RunInvoices(date(2022, 3, 1)))
    person.desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), JANUARY))
    (asset, _) = person.desk.ask(views.list_assets, Find())
    wizard = person.open(RenewalWizard, account=asset.account_id, assets=(asset.id,))
    person.wait(wizard.assets_step.table.rows)
    person.next(wizard)
    form = wizard.terms_step.form
    person.type(form, "start", "1 Jul 2022")
    person.type(form, "term", "12")
    person.wait(lambda: wizard.terms_step.last.total.text() == "$600.00")
    assert wizard.terms_step.list.total.text() == "$840.00"
    assert remarks(wizard) == {"Licence": "Early: the running term ends on 30 Jun 2022"}
    assert shown(wizard, "taken_back")
    assert [str(o.taken_back and o.taken_back.amount) for o in wizard.terms_step.offers] == ["-600.00"]
    assert cut_texts(wizard) == []
    person.click(wizard.terms_step.last)
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$600.00"
    assert [(row.start, row.end, str(row.amount)) for row in wizard.review.periods.rows()] == [
        (date(2022, 1, 1), date(2022, 6, 30), "600.00"),
        (date(2022, 7, 1), date(2023, 6, 30), "1200.00"),
    ]
    person.commit(wizard)
    shape = person.desk.ask(views.show_asset, Look(asset.id))
    assert [(a.category, str(a.amount_change.amount)) for a in shape.actions] == [
        ("Initial Sale", "1200.00"),
        ("Renewals", "600.00"),
    ]


def test_a_late_renewal_says_from_when_nothing_is_owned(person: Person) -> None:
    (asset, _) = person.desk.ask(views.list_assets, Find())
    wizard = person.open(RenewalWizard, account=asset.account_id, assets=(asset.id,))
    person.wait(wizard.assets_step.table.rows)
    person.next(wizard)
    person.type(wizard.terms_step.form, "start", "1 Feb 2023")
    person.wait(lambda: remarks(wizard) == {"Licence": "Late: nothing is owned from 01 Jan 2023"})
    person.type(wizard.terms_step.form, "start", "1 Jan 2022")
    person.wait(lambda: remarks(wizard)["Licence"].startswith("Licence begins on 2022-01-01;"))
    assert not wizard.next_button.isEnabled()

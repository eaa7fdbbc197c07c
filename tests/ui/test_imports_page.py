"""The page of imports: what each brought, its orders, and how it is taken back, or what depends on it."""

from __future__ import annotations

from datetime import date

from calm_desktop.bundled import sample
from calm_desktop.services import imports, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find, ImportFiles
from calm_desktop.ui.links import Link
from calm_desktop.ui.pages.imports import ImportsPage
from tests.ui.stores import told_once
from tests.ui.wizard_desk import Person


@told_once(date(2026, 11, 22))
def desk(made: Desk) -> None:
    """The sample orders were imported."""
    made.do(imports.import_files, ImportFiles((str(sample("orders.csv")),)))


def test_an_import_shows_its_orders_and_is_taken_back(person: Person) -> None:
    page = ImportsPage(person.context)
    person.qtbot.addWidget(page)
    page.resize(1180, 760)
    page.show()
    page.open(Link("imports"))
    person.wait(page.table.rows)
    [row] = page.table.rows()
    page.table.view.selectRow(0)
    person.wait(page.orders.rows)
    assert len(page.orders.rows()) == len(person.desk.ask(views.list_orders, Find()))
    person.click(page.take_back_button)
    person.wait(page.banner.isVisible)
    assert page.banner.label.text().startswith("Take back the import of orders.csv? Nothing depends on it.")
    assert person.desk.ask(views.list_imports, Find())[0].taken_back_at is None
    person.click(page.banner.buttons[0])
    person.wait(lambda: person.notices)
    assert person.notices[0].text.startswith("The import of orders.csv is taken back")
    assert person.desk.ask(views.list_imports, Find())[0].taken_back_at is not None
    assert row.taken_back_at is None

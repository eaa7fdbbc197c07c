"""Order files by the import wizard: how they are read, every bad row with its place, all stored or nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Qt

from calm_desktop.bundled import sample
from calm_desktop.services import views
from calm_desktop.services.desk import Desk
from calm_desktop.services.imports import import_files
from calm_desktop.services.requests import Find, ImportFiles
from calm_desktop.ui.wizards.importing import ImportWizard
from tests.ui.stores import told_once
from tests.ui.wizard_desk import Person

HEADER = "customerID,InternetService,Contract,tenure,MonthlyCharges,Churn\n"


@told_once(date(2026, 1, 1))
def desk(made: Desk) -> None:
    """Nothing has happened yet."""


def counts(wizard: ImportWizard) -> dict[str, str]:
    return {fact.title: fact.text for fact in wizard.review.parts.facts.facts}


def test_the_sample_orders_go_in_and_once_more_nothing_does(person: Person) -> None:
    wizard = person.open(ImportWizard, files=[sample("orders.csv")])
    person.wait(lambda: wizard.files_step.glances)
    glance = wizard.files_step.glances[0]
    assert glance.words.startswith("CSV with our own columns · UTF-8 · separated by comma")
    assert wizard.files_step.table is not None
    assert wizard.files_step.table.rows()[0].cells[:2] == ("SO-1001", "1")
    person.next(wizard)
    assert counts(wizard) == {
        "Rows read": "7",
        "New": "7",
        "Changed": "0",
        "There already": "0",
        "Cancelled": "0",
        "Left out": "0",
        "Cannot go in": "0",
    }
    assert person.desk.ask(views.list_orders, Find()) == ()
    result = person.commit(wizard)
    assert (result.read, result.new, result.same) == (7, 7, 0)
    assert len(person.desk.ask(views.list_assets, Find())) == 7
    person.click(wizard.next_button)

    again = person.open(ImportWizard, files=[sample("orders.csv")])
    person.next(again)
    assert counts(again)["There already"] == "7"
    assert not again.next_button.isEnabled()
    assert again.reason.text() == "There is nothing new to import."


def test_every_bad_row_is_named_and_the_good_ones_can_go_on(person: Person, tmp_path: Path) -> None:
    text = sample("orders.csv").read_text("utf-8")
    bad = tmp_path / "bad & worse.csv"
    bad.write_text(text.replace(",10,10.00", ",ten,10.00", 1), "utf-8")
    wizard = person.open(ImportWizard, files=[bad])
    person.next(wizard)
    assert [
        (row.problem.file, row.problem.row, row.problem.column, row.problem.found)
        for row in wizard.review.parts.problems.rows()
    ] == [("bad & worse.csv", 2, "quantity", "ten")]
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == "1 row cannot go in. Repair what is wrong, or import the good rows alone."
    person.click(wizard.review.keep_good)
    result = person.commit(wizard)
    assert (result.read, result.new, result.rejected) == (7, 6, 1)


def test_rows_that_say_other_than_before_are_shown_and_asked_for(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    text = sample("orders.csv").read_text("utf-8")
    file.write_text(text, "utf-8")
    person.desk.do(import_files, ImportFiles((str(file),)))
    file.write_text(text.replace(",10,10.00", ",12,10.00", 1), "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.next(wizard)
    review = wizard.review
    shown = [
        (each.row, each.change.field, each.change.before, each.change.now) for each in review.parts.differences.rows()
    ]
    assert shown == [(2, "quantity", "10", "12")]
    assert (counts(wizard)["Changed"], counts(wizard)["There already"]) == ("1", "6")
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == (
        "1 row says other than before. Choose whether to keep what is stored or to take what the file says."
    )
    review.choice.setCurrentIndex(review.choice.findData("take"))
    review.choice.activated.emit(review.choice.currentIndex())
    person.wait(wizard.next_button.isEnabled)
    result = person.commit(wizard)
    assert (result.changed, result.same, result.rejected) == (1, 6, 0)
    assert Decimal(12) in {row.quantity for row in person.desk.ask(views.list_assets, Find())}


def test_a_mapping_is_guessed_from_the_columns_with_its_parameter(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "subscribers.csv"
    file.write_text(HEADER + "7590-VHVEG,DSL,Month-to-month,3,29.85,No\n5575-GNVDE,No,One year,34,56.95,Yes\n", "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.wait(lambda: wizard.draft.mapping)
    assert Path(wizard.draft.mapping).name == "map_telco.json"
    person.wait(lambda: wizard.files_step.parameter_rows)
    field = wizard.files_step.parameter_rows["day"].field
    person.qtbot.keyClicks(field.edit, "31 Dec 2025")  # type: ignore[attr-defined]
    person.next(wizard)
    assert (counts(wizard)["New"], counts(wizard)["Left out"]) == ("2", "0")
    person.commit(wizard)
    stays, left = person.desk.ask(views.list_assets, Find())
    assert (stays.lifecycle_start, stays.lifecycle_end, str(stays.mrr)) == (date(2025, 9, 30), None, "29.85")
    assert (left.lifecycle_start, left.lifecycle_end) == (date(2023, 2, 28), date(2025, 12, 30))


def test_a_mapping_that_cannot_be_read_is_told_by_its_field(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("who;what;how many\nAcme;LIC;3\n", "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.wait(lambda: wizard.files_step.glances)
    assert wizard.files_step.glances[0].separator == ";"
    broken = tmp_path / "broken.json"
    broken.write_text("{", "utf-8")
    wizard.files_step.use_mapping_file(str(broken))
    assert "no JSON" in wizard.files_step.mapping_row.error
    assert not wizard.next_button.isEnabled()


def test_a_picture_is_no_order_file(person: Person, tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    wizard = person.open(ImportWizard, files=[picture])
    person.wait(lambda: wizard.files_step.glances)
    assert wizard.reason.text().startswith("picture.csv is a PNG picture")
    assert not wizard.next_button.isEnabled()


def test_a_cancelled_import_stores_nothing(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    rows = [f"{number:05d}-ABCDE,DSL,Month-to-month,{number % 70 + 1},29.85,No\n" for number in range(1500)]
    file.write_text(HEADER + "".join(rows), "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.next(wizard)
    assert counts(wizard)["New"] == "1,500"
    person.click(wizard.next_button)
    person.wait(wizard.progress.isVisible)
    assert wizard.cancel_button.text() == "Stop"
    person.press(wizard, Qt.Key.Key_Escape)
    person.wait(lambda: not wizard.running)
    assert wizard.banner.label.text() == "Cancelled. Nothing was stored."
    assert wizard.result is None
    assert person.desk.ask(views.list_orders, Find()) == ()
    assert person.desk.ask(views.list_imports, Find()) == ()
    assert person.notices == []

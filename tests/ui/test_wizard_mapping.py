"""Files with columns of their own by the import wizard: guessed, shown as understood, changed, saved, repaired."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from calm_desktop.bundled import sample
from calm_desktop.formats.mapping import load_mapping
from calm_desktop.services import views
from calm_desktop.services.desk import Desk
from calm_desktop.services.mappings import mappings_folder, saved_mappings
from calm_desktop.services.requests import Find
from calm_desktop.ui.wizards.import_review import groups_of
from calm_desktop.ui.wizards.importing import ImportWizard
from calm_desktop.ui.wizards.mapping_step import mapping_name
from tests.ui.stores import told_once
from tests.ui.wizard_desk import Person, cut_texts

CONTRACTS = (
    "Contract;Customer;Plan;Seats;Monthly fee;Active since;Cancelled at\n"
    "C-7;10017.0;PRO;3;1.234,50;31.01.2026;\n"
    "C-8;10018.0;BASIC;ten;5,00;01.02.2026;\n"
    "C-9;10019.0;BASIC;2;9,90;15.02.2026;15.08.2026\n"
    "C-10;;BASIC;2;9,90;28.02.2026;\n"
    "C-11;10020.0;PRO;ten;9,90;28.02.2026;\n"
)


@told_once(date(2026, 11, 22))
def desk(made: Desk) -> None:
    """Nothing has happened yet."""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calm_desktop.services.mappings.data_folder", lambda: tmp_path / "data")


def contracts(person: Person, tmp_path: Path, text: str = CONTRACTS) -> ImportWizard:
    """The wizard on its page for the mapping, with the first rows shown."""
    file = tmp_path / "contracts-2026-03.csv"
    file.write_text(text, "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.next(wizard)
    assert wizard.step is wizard.mapping_step
    person.wait(lambda: wizard.mapping_step.shown)
    return wizard


def shown(wizard: ImportWizard, *fields: str) -> list[tuple[str, ...]]:
    """The first rows as they are understood: what becomes of each, then some of its cells."""
    table = wizard.mapping_step.preview_table
    assert table is not None
    columns = {column.key: column for column in table.model.columns}
    return [
        tuple(columns[name].shown(columns[name].getter(row)) for name in ("state", *fields)) for row in table.rows()
    ]


def come_from(wizard: ImportWizard) -> dict[str, str]:
    return {row.name: row.entry.text for row in wizard.mapping_step.fields.rows() if row.entry.kind != "nothing"}


def test_columns_are_guessed_and_the_first_rows_shown_as_they_are_understood(person: Person, tmp_path: Path) -> None:
    wizard = contracts(person, tmp_path)
    assert come_from(wizard) == {
        "order": "Contract", "account": "Customer", "product": "Plan", "quantity": "Seats", "price": "Monthly fee",
        "start": "Active since", "cancel_from": "Cancelled at", "selling_model": "evergreen", "price_unit": "month",
    }  # fmt: skip
    sure = {row.name: row.confidence for row in wizard.mapping_step.fields.rows()}
    assert sure["account"] is not None
    assert sure["account"] >= 60
    assert shown(wizard, "order", "account", "quantity", "price", "start") == [
        ("Understood", "C-7", "10017", "3", "1,234.5", "31 Jan 2026"),
        ("Not understood", "C-8", "10018", "not understood: ten", "5", "01 Feb 2026"),
        ("Understood", "C-9", "10019", "2", "9.9", "15 Feb 2026"),
        ("Not understood", "C-10", "not understood: blank", "2", "9.9", "28 Feb 2026"),
        ("Not understood", "C-11", "10020", "not understood: ten", "9.9", "28 Feb 2026"),
    ]
    assert cut_texts(wizard) == []


def test_what_a_person_changes_shows_at_once_and_is_saved_under_a_name(person: Person, tmp_path: Path) -> None:
    wizard = contracts(person, tmp_path)
    step = wizard.mapping_step
    step.fields.select_ids(["order"])
    step._field_picked(["order"])
    form = step.field_form.form
    form.rows["kind"].field.setCurrentIndex(3)  # type: ignore[attr-defined]
    person.type(form, "text", "{Plan}/{Contract}")
    step._field_picked(["product"])
    person.type(form, "lookup", "PRO = LIC; BASIC = LITE")
    step._field_picked(["account"])
    person.type(form, "default", "walk-in")
    person.wait(lambda: shown(wizard, "order")[0] == ("Understood", "PRO/C-7"))
    assert shown(wizard, "product", "account")[3] == ("Understood", "LITE", "walk-in")
    person.type(step.styles, "name", "web-shop")
    person.click(step.save_button)
    [saved] = saved_mappings()
    assert saved == mappings_folder() / "web-shop.json"
    assert load_mapping(saved).name == "web-shop"
    fields = json.loads(saved.read_text("utf-8"))["fields"]
    assert fields["order"] == {"concat": ["Plan", {"constant": "/"}, "Contract"]}
    assert fields["product"] == {"column": "Plan", "lookup": {"PRO": "LIC", "BASIC": "LITE"}}
    assert fields["account"] == {"column": "Customer", "change": ["float_id"], "default": "walk-in"}
    wizard.done(0)
    again = person.open(ImportWizard, files=[tmp_path / "contracts-2026-03.csv"])
    person.wait(lambda: again.draft.mapping == str(saved))
    person.next(again)
    assert again.step is again.review


def test_rows_are_left_out_and_the_ways_of_writing_changed(person: Person, tmp_path: Path) -> None:
    wizard = contracts(person, tmp_path)
    step = wizard.mapping_step
    step._choose_tab("Rows left out")
    person.click(step.filter_form.add_button)
    form = step.filter_form.form
    person.type(form, "column", "Plan")
    person.type(form, "value", "BASIC")
    person.type(form, "reason", "a small plan")
    person.wait(lambda: [row[0] for row in shown(wizard)].count("Left out") == 3)
    days = step.styles.rows["dates"].field
    days.setCurrentIndex(days.findData("month first"))  # type: ignore[attr-defined]
    person.wait(lambda: shown(wizard, "start")[0] == ("Not understood", "not understood: 31.01.2026"))
    person.click(step.filter_form.remove_button)
    person.wait(lambda: [row[0] for row in shown(wizard)].count("Left out") == 0)


def test_what_the_page_cannot_edit_stays_as_it_was(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "subscribers.csv"
    head = "customerID,InternetService,Contract,tenure,MonthlyCharges,Churn\n"
    file.write_text(head + "7590-VHVEG,DSL,One year,3,29.85,No\n", "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.wait(lambda: wizard.draft.mapping)
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.files_step.edit_button)
    step = wizard.mapping_step
    person.wait(lambda: step.shown)
    step._field_picked(["price"])
    person.type(step.field_form.form, "default", "1.00")
    told = json.loads(sample("map_telco.json").read_text("utf-8"))
    told["fields"]["price"] = {"column": "MonthlyCharges", "default": "1.00"}
    assert json.loads(wizard.draft.document) == told | {"dates": ["iso"]} or json.loads(wizard.draft.document) == told


def test_bad_rows_are_repaired_in_the_window_and_the_check_runs_again(person: Person, tmp_path: Path) -> None:
    wizard = contracts(person, tmp_path)
    person.next(wizard)
    review = wizard.review
    assert [(each.count, each.column, each.found_words) for each in review.parts.groups.rows()] == [
        (2, "Seats", "ten"),
        (1, "Customer", "blank"),
    ]
    person.qtbot.keyClicks(review.panel.field.lineEdit(), "10")
    person.click(review.panel.replace_button)
    person.wait(lambda: not wizard.running and len(review.parts.groups.rows()) == 1)
    assert review.repairs_label.text() == "1 repair: Seats: ten is read as 10"
    person.click(review.panel.leave_out_button)
    person.wait(lambda: not wizard.running and not review.parts.groups.rows())
    result = person.commit(wizard)
    assert (result.read, result.new, result.skipped, result.rejected) == (5, 4, 1, 0)
    assert [each.reason for each in result.skipped_rows] == ["left out: Customer is blank"]
    quantities = {asset.account: int(asset.quantity) for asset in person.desk.ask(views.list_assets, Find())}
    assert (quantities["10018"], quantities["10020"]) == (10, 10)


def test_bad_rows_are_exported_and_import_when_mended(person: Person, tmp_path: Path) -> None:
    wizard = contracts(person, tmp_path)
    wizard.mapping_step.save()
    person.next(wizard)
    bad = tmp_path / "bad.csv"
    wizard.review.export(str(bad))
    person.wait(wizard.banner.isVisible)
    assert wizard.banner.label.text().startswith("3 rows written to bad.csv")
    person.click(wizard.review.keep_good)
    person.commit(wizard)
    wizard.done(0)
    bad.write_bytes(bad.read_bytes().replace(b",ten,", b",10,").replace(b"C-10,,", b"C-10,10021,"))
    again = person.open(ImportWizard, files=[bad])
    person.wait(lambda: again.draft.mapping)
    person.next(again)
    result = person.commit(again)
    assert (result.read, result.new, result.rejected) == (3, 3, 0)


def test_days_that_can_be_read_in_two_ways_are_asked_for(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "amb.csv"
    file.write_text("Contract,Customer,Plan,Seats,Active since\nC-1,Acme,PRO,3,03/04/2026\n", "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.next(wizard)
    step = wizard.mapping_step
    person.wait(lambda: step.styles.rows["dates"].error)
    assert step.styles.rows["dates"].error == "03/04/2026 can be read in two ways: choose one."
    assert not wizard.next_button.isEnabled()
    days = step.styles.rows["dates"].field
    days.setCurrentIndex(days.findData("day first"))  # type: ignore[attr-defined]
    person.wait(lambda: step.shown and step.shown.rows and not step.styles.rows["dates"].error)
    assert shown(wizard, "start") == [("Understood", "03 Apr 2026")]


@pytest.mark.parametrize(
    ("name", "header", "row", "told"),
    [
        ("orders.csv", "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price",
         "#1041,a@b.c,paid,2026-05-14 11:23:45 +0100,2,Pen,1.50", "Shopify"),
        ("subs.csv", "subscription[id],subscription[plan_id],subscription[start_date],customer[id]",
         "s1,pro,2026-01-01,c1", "Chargebee"),
    ],
)  # fmt: skip
def test_exports_of_other_systems_are_told_by_name(
    person: Person, tmp_path: Path, name: str, header: str, row: str, told: str
) -> None:
    file = tmp_path / name
    file.write_text(f"{header}\n{row}\n", "utf-8")
    wizard = person.open(ImportWizard, files=[file])
    person.wait(lambda: wizard.files_step.glances)
    assert told in wizard.files_step.glances[0].words
    assert not wizard.mapping_step.needed
    person.press(wizard, Qt.Key.Key_Escape)


def test_a_mapping_is_called_after_its_files_without_their_days() -> None:
    assert mapping_name("/x/contracts-2026-03.csv") == "contracts"
    assert mapping_name("2026.csv") == "my-file"
    assert groups_of(()) == []

"""The files that people have go through the import wizard to its summary, with no more than a mapping that is saved."""

from __future__ import annotations

import gzip
from datetime import date
from itertools import islice
from pathlib import Path
from shutil import copyfile

import pytest

from calm_desktop.services.desk import Desk
from calm_desktop.ui.wizards.importing import ImportWizard
from tests.ui.stores import told_once
from tests.ui.wizard_desk import Person

ROWS = 60


@told_once(date(2026, 11, 22))
def desk(made: Desk) -> None:
    """Nothing has happened yet."""


def head(source: Path, folder: Path, rows: int = ROWS) -> Path:
    """The first rows of a file, in a file of their own under its name."""
    target = folder / source.name.removesuffix(".gz")
    with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as stream:
        target.write_bytes(b"".join(islice(stream, rows + 1)))
    return target


@pytest.mark.parametrize(
    ("name", "mapping", "counts"),
    [
        ("online_retail_2010_2011.csv.gz", "map_online_retail.json", {"Rows read": "60", "Cannot go in": "0"}),
        ("online_retail_days/2010-12-01.csv", "map_online_retail.json", {"Rows read": "60", "Cannot go in": "0"}),
        ("CDNOW_master.txt", "map_cdnow.json", {"Rows read": "60", "New": "60", "Cannot go in": "0"}),
        ("ibm_telco_churn.csv", "map_telco.json", {"Rows read": "60", "New": "60", "Cannot go in": "0"}),
        ("superstore.csv", "map_superstore.json", {"Rows read": "60", "New": "60", "Cannot go in": "0"}),
    ],
)  # fmt: skip
def test_a_file_finds_its_mapping_by_its_columns(
    person: Person, shared: Path, tmp_path: Path, name: str, mapping: str, counts: dict[str, str]
) -> None:
    source = shared / "data" / name
    if not source.exists():
        pytest.skip("the real files are not beside this checkout")
    wizard = person.open(ImportWizard, files=[head(source, tmp_path)])
    person.wait(lambda: wizard.draft.mapping)
    assert Path(wizard.draft.mapping).name == mapping
    person.next(wizard)
    assert wizard.step is wizard.review
    told = {fact.title: fact.text for fact in wizard.review.parts.facts.facts}
    assert told == told | counts


@pytest.mark.parametrize(
    ("name", "mapping"), [("adventureworks_lt", "map_adventureworks.json"), ("salesforce_rlm_qb", "")]
)
def test_a_folder_is_read_as_one(person: Person, shared: Path, tmp_path: Path, name: str, mapping: str) -> None:
    source = shared / "data" / name
    if not source.exists():
        pytest.skip("the real files are not beside this checkout")
    for path in source.iterdir():
        if path.is_file():
            copyfile(path, tmp_path / path.name)
    wizard = person.open(ImportWizard, files=[tmp_path])
    person.wait(lambda: wizard.files_step.glances and wizard.next_button.isEnabled())
    assert Path(wizard.draft.mapping).name == mapping
    assert not wizard.mapping_step.needed
    person.next(wizard)
    told = {fact.title: fact.text for fact in wizard.review.parts.facts.facts}
    assert told["Cannot go in"] == "0"
    assert told["New"] != "0"

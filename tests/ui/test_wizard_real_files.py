"""Files that people have go in by the import wizard, with no more than a mapping; the store holds what stands in them.

Which mapping it is, the wizard finds by the columns; a file without a header is told which one by the person.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from calm_desktop.services.desk import Desk
from calm_desktop.services.wire import to_json
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.wizards.importing import ImportWizard
from tests.command_line import CommandLine
from tests.real_files import FILES, WHOLE, RealFile, found
from tests.ui import wizard_desk
from tests.ui.stores import told_once
from tests.ui.wizard_desk import Person


@told_once(date(2026, 11, 22))
def desk(made: Desk) -> None:
    """Nothing has happened yet."""


@pytest.mark.slow
@pytest.mark.parametrize("real", FILES, ids=str)
def test_a_file_goes_in_and_the_store_holds_what_stands_in_it(
    person: Person,
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    real: RealFile,
) -> None:
    if WHOLE:
        monkeypatch.setattr(wizard_desk, "PATIENCE_MS", 3_600_000)
    folder = tmp_path / "dropped"
    folder.mkdir()
    file = real.laid_out(shared / "data", folder)
    mapping = real.mapping_path()
    wizard = person.open(ImportWizard, files=[file])
    person.wait(lambda: wizard.files_step.glances and not wizard.files_step._looking)
    if mapping is not None and real.header:
        _choose_mapping(person, wizard, mapping)
    assert Path(wizard.draft.mapping).name == (mapping.name if mapping else "")
    for name, text in real.parameters.items():
        field = wizard.files_step.parameter_rows[name].field
        assert isinstance(field, DateField)
        field.edit.selectAll()
        person.qtbot.keyClicks(field.edit, text)
    assert not wizard.mapping_step.needed
    person.next(wizard)
    assert wizard.step is wizard.review
    told = {fact.title: fact.text for fact in wizard.review.parts.facts.facts}
    stored = to_json(person.commit(wizard))
    wanted, stands = real.wanted(file), found(CommandLine(tmp_path / "store.db", capsys), stored)
    assert {name: stands[name] for name in wanted} == wanted
    names = {"read": "Rows read", "new": "New", "cancelled": "Cancelled", "rejected": "Cannot go in"}
    assert {name: told[title] for name, title in names.items()} == {name: f"{stored[name]:,}" for name in names}


def _choose_mapping(person: Person, wizard: ImportWizard, path: Path) -> None:
    """Pick a mapping that was saved from the list of them."""
    mappings = wizard.files_step.mapping
    place = mappings.findData(str(path))
    assert place >= 0, "a mapping that was saved is not offered"
    mappings.setFocus()
    while mappings.currentIndex() != place:
        person.press(mappings, Qt.Key.Key_Down)
    mappings.activated.emit(place)
    person.wait(lambda: wizard.draft.mapping == str(path) and not wizard.files_step._looking)

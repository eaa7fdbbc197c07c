"""Making a store and taking care of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.command_line import CommandLine, dump


def test_init_answers_with_the_store_and_its_settings(nowhere: CommandLine) -> None:
    answer = nowhere("init", "--currency", "eur", "--time-zone", "Europe/Berlin", "--tax-mode", "invoice-line")
    assert answer["store"] == str(nowhere.store)
    assert {key: answer["settings"][key] for key in ("currency", "time-zone", "tax-mode", "auto-flow")} == {
        "currency": "EUR",
        "time-zone": "Europe/Berlin",
        "tax-mode": "invoice-line",
        "auto-flow": "on",
    }


def test_a_dry_run_of_init_makes_no_store(nowhere: CommandLine) -> None:
    shown = nowhere("init", "--currency", "EUR", "--dry-run")
    assert not nowhere.store.exists()
    assert nowhere("init", "--currency", "EUR") == shown


def test_a_store_that_exists_is_not_made_again(calm: CommandLine) -> None:
    for words in (("init",), ("init", "--dry-run"), ("init", "--yes")):
        assert calm.refused(*words, code=3)[0]["code"] == "store"


def test_backup_and_restore(calm: CommandLine, tmp_path: Path) -> None:
    calm("account", "add", "Acme")
    kept = dump(calm.store)
    copy = tmp_path / "friday.db"
    assert calm("backup", str(copy))["file"] == str(copy)
    calm("account", "add", "Beta")
    assert calm("--yes", "restore", str(copy))["file"] == str(calm.store)
    assert dump(calm.store) == kept


def test_a_backup_never_overwrites(calm: CommandLine, tmp_path: Path) -> None:
    copy = tmp_path / "friday.db"
    copy.write_text("something else")
    assert calm.refused("backup", str(copy), code=3)
    assert copy.read_text() == "something else"


def test_a_restore_over_a_store_asks_first(calm: CommandLine, tmp_path: Path) -> None:
    copy = tmp_path / "friday.db"
    calm("backup", str(copy))
    calm("account", "add", "Acme")
    [problem] = calm.refused("restore", str(copy))
    assert problem["code"] == "needs-yes"
    before = dump(calm.store)
    assert calm("restore", str(copy), "--dry-run")["rows"] > 0
    assert dump(calm.store) == before


def test_a_store_that_is_named_by_a_url_is_not_replaced_unasked(calm: CommandLine, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    calm("backup", str(copy))
    url = f"sqlite:///{calm.store}"
    said = calm.bare("--store", url, "--json", "restore", str(copy))
    assert (said.code, json.loads(said.out)["problems"][0]["code"]) == (1, "needs-yes")
    assert calm.bare("--store", url, "--json", "init", "--dry-run").code == 3


def test_a_password_is_never_shown(calm: CommandLine) -> None:
    said = calm.bare("--store", "postgresql://me:secret@example.org/calm", "--json", "init", "--dry-run")
    assert said.code == 0
    assert json.loads(said.out)["store"] == "postgresql://me:***@example.org/calm"


def test_a_restore_into_a_new_place_asks_nothing(calm: CommandLine, tmp_path: Path) -> None:
    copy, place = tmp_path / "friday.db", tmp_path / "new.db"
    calm("backup", str(copy))
    assert calm.bare("--store", str(place), "--json", "restore", str(copy)).code == 0
    assert dump(place) == dump(calm.store)


@pytest.mark.parametrize("content", [b"no backup", b""])
def test_what_is_no_backup_is_not_restored(calm: CommandLine, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "note.db"
    file.write_bytes(content)
    assert calm.refused("--yes", "restore", str(file), code=3)
    assert calm.refused("--yes", "restore", str(tmp_path / "missing.db"), code=3)


def test_a_store_that_is_up_to_date_needs_no_upgrade(calm: CommandLine) -> None:
    before = dump(calm.store)
    for words in (("upgrade",), ("upgrade", "--dry-run")):
        assert calm(*words) == {"store": str(calm.store), "upgraded": False, "backup": None}
    assert dump(calm.store) == before


def test_a_check_of_a_broken_store_says_what_is_wrong_and_ends_with_1(calm: CommandLine, tmp_path: Path) -> None:
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    sale = ("sell", "--create", "--account", "Acme", "--product", "LIC", "--quantity", "10", "--start", "2022-01-01")
    calm(*sale, "--term", "12")
    whole = calm("check")
    assert (whole["ok"], whole["broken"]) == (True, [])
    broken = tmp_path / "broken.db"
    shutil.copy(calm.store, broken)
    with closing(sqlite3.connect(broken)) as connection, connection:
        connection.execute("update billing_item set amount = amount + 1 where id = 3")
    answer = calm.bare("--store", str(broken), "--json", "check")
    assert (answer.code, answer.json["ok"]) == (1, False)
    assert "slices-sum-to-their-schedule" in [each["rule"] for each in answer.json["broken"]]
    said = calm.bare("--store", str(broken), "check")
    assert (said.code, "slices-sum-to-their-schedule" in said.out) == (1, True)

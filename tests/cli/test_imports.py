"""Imports by command line: the six counts, bad rows and their places, and real files of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calm_desktop.bundled import sample
from calm_desktop.services import import_tally
from tests.command_line import CommandLine, dump

COUNTS = ("read", "new", "changed", "same", "skipped", "cancelled", "rejected")


def counts(answer: Any) -> list[int]:
    found = [answer[name] for name in COUNTS]
    assert found[0] == sum(found[1:])
    return found


@pytest.fixture
def half_good(tmp_path: Path) -> str:
    """An order file with two good rows and a bad one."""
    file = tmp_path / "orders.csv"
    file.write_text(
        "order,line,account,product,quantity,price,start,end\n"
        "1,1,Acme,LIC,10,10,2022-01-01,2022-12-31\n"
        "1,2,Acme,LIC,ten,10,2022-01-01,2022-12-31\n"
        "2,1,Beta,LIC,5,10,2022-01-01,2022-12-31\n"
    )
    return str(file)


def test_our_own_formats_go_in_once(calm: CommandLine) -> None:
    first = calm("import", str(sample("orders.csv")))
    assert first["problems"] == []
    assert first["new"] == first["read"] > 0
    again = calm("import", str(sample("orders.csv")))
    assert counts(again) == [first["read"], 0, 0, first["read"], 0, 0, 0]
    assert again["batch"] is None
    assert [row["batch"] for row in calm("list", "imports")["rows"]] == [first["batch"]]
    assert calm("check")["ok"] is True


def test_one_bad_row_keeps_the_whole_file_out(calm: CommandLine, half_good: str) -> None:
    before = dump(calm.store)
    answer = calm.say("--json", "import", half_good)
    assert (answer.code, counts(answer.json), answer.json["batch"]) == (1, [3, 2, 0, 0, 0, 0, 1], None)
    [problem] = answer.json["problems"]
    assert (problem["file"], problem["row"], problem["column"], problem["found"]) == (
        "orders.csv",
        3,
        "quantity",
        "ten",
    )
    assert problem["expected"]
    assert problem["fix"]
    assert dump(calm.store) == before


def test_unless_the_good_ones_are_to_go_in(calm: CommandLine, half_good: str) -> None:
    answer = calm("import", half_good, "--keep-good")
    assert counts(answer) == [3, 2, 0, 0, 0, 0, 1]
    assert calm("list", "assets")["count"] == 2


def test_bad_rows_to_read(calm: CommandLine, half_good: str) -> None:
    answer = calm.say("import", half_good)
    assert answer.code == 1
    assert "orders.csv" in answer.out
    assert "ten" in answer.out


def test_a_day_of_retail_orders(calm: CommandLine, shared: Path) -> None:
    file, mapping = shared / "data/online_retail_days/2010-12-01.csv", sample("map_online_retail.json")
    words = ("import", str(file), "--map", str(mapping))
    assert counts(calm(*words)) == [3108, 3081, 0, 0, 0, 27, 0]
    assert counts(calm(*words)) == [3108, 0, 0, 3082, 0, 26, 0]
    assert calm("check")["ok"] is True


def test_bad_rows_are_repaired_or_left_out_by_what_is_found_in_them(calm: CommandLine, half_good: str) -> None:
    answer = calm("import", half_good, "--repair", "quantity:ten=10", "--dry-run")
    assert counts(answer) == [3, 3, 0, 0, 0, 0, 0]
    answer = calm("import", half_good, "--leave-out", "quantity")
    assert counts(answer) == [3, 2, 0, 0, 1, 0, 0]
    assert [row["reason"] for row in answer["skipped_rows"]] == ["left out: quantity cannot be understood"]
    refused = calm.say("--json", "import", half_good, "--repair", "quantity=10")
    assert refused.code == 1
    assert "Write it like quantity:ten=10" in refused.err + refused.out


def test_bad_rows_are_written_out_and_import_when_mended(calm: CommandLine, half_good: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    answer = calm("import", half_good, "--keep-good", "--bad-rows", str(bad))
    assert counts(answer) == [3, 2, 0, 0, 0, 0, 1]
    header, row = bad.read_text("utf-8-sig").splitlines()
    assert header == '"order","line","account","product","quantity","price","start","end","Reason"'
    assert row.startswith('1,2,Acme,LIC,ten,10,2022-01-01,2022-12-31,"quantity: expected a number such as')
    bad.write_text(bad.read_text("utf-8-sig").replace(",ten,", ",10,"), "utf-8")
    assert counts(calm("import", str(bad))) == [1, 1, 0, 0, 0, 0, 0]
    assert counts(calm("import", str(bad))) == [1, 0, 0, 1, 0, 0, 0]
    over = calm.say("--json", "import", half_good, "--bad-rows", half_good)
    assert over.code == 1
    assert "written over the file" in over.err + over.out


def test_an_import_is_taken_back_by_its_batch(calm: CommandLine, half_good: str) -> None:
    batch = calm("import", half_good, "--keep-good")["batch"]
    would = calm("import-undo", batch, "--dry-run")
    assert [would[name] for name in ("batch", "orders", "assets", "actions", "accounts")] == [batch, 2, 2, 2, 2]
    assert [row["taken_back_at"] for row in calm("list", "imports")["rows"]] == [None]
    calm("import", "undo", batch)
    assert calm("list", "accounts")["count"] == 0
    assert [row["taken_back_at"] is None for row in calm("list", "imports")["rows"]] == [False]
    again = calm.say("--json", "import-undo", batch)
    assert (again.code, again.json["problems"][0]["code"]) == (1, "taken-back-already")
    assert calm("import", half_good, "--keep-good")["new"] == 2
    assert calm("check")["ok"] is True


def test_what_depends_on_an_import_is_listed(calm: CommandLine) -> None:
    batch = calm("import", str(sample("orders.csv")))["batch"]
    asset = calm("list", "assets")["rows"][0]["id"]
    calm("amend", asset, "--quantity-change", "+1", "--from", calm("show", "asset", asset)["asset"]["lifecycle_start"])
    answer = calm.say("import-undo", batch)
    assert answer.code == 1
    assert "was recorded after it. Undo that first." in answer.out + answer.err


def test_every_problem_goes_into_a_file(calm: CommandLine, half_good: str, tmp_path: Path) -> None:
    file = tmp_path / "problems.csv"
    assert calm.say("import", half_good, "--problems", str(file)).code == 1
    lines = file.read_text("utf-8-sig").splitlines()
    assert lines[0] == "file,row,column,found,expected,fix"
    assert lines[1].startswith("orders.csv,")
    assert len(lines) == 2


def test_bad_rows_are_written_out_however_many_there_are(
    calm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "MOST", 2)
    orders, bad = tmp_path / "orders.csv", tmp_path / "bad.csv"
    rows = [f"{number},1,Acme,P{number},{number},,2022-01-01\n" for number in range(1, 8)]
    orders.write_text("order,line,account,product,quantity,price,start\n" + "".join(rows))
    answer = calm.say("--json", "import", str(orders), "--bad-rows", str(bad))
    assert (answer.code, answer.json["problem_count"], len(answer.json["problems"])) == (1, 7, 2)
    written = bad.read_text("utf-8-sig")
    assert [line.split(",")[0] for line in written.splitlines()[1:]] == list("1234567")
    assert written.count("no price to make it with") == 7
    bad.write_text(written.replace(",,2022", ",9.50,2022"), "utf-8")
    assert counts(calm("import", str(bad))) == [7, 7, 0, 0, 0, 0, 0]

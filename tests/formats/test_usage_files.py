"""Files of use: CSV and JSON lines, every mistake with its row and column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.formats.usage_files import UsageFile, UsageLine, read_usage


def read(folder: Path, content: str | bytes, name: str = "use.csv") -> UsageFile:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_usage(file)


def places(found: UsageFile) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.found) for each in found.problems]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_columns_may_stand_in_any_order_and_encoding(tmp_path: Path, separator: str, encoding: str):
    rows = [["Key", "Quantity", "note", "AT", "asset"], ["a", "5", "größer", "2022-01-10", "Zähler"]]
    text = "\r\n".join(separator.join(row) for row in rows)
    found = read(tmp_path, text.encode(encoding))
    assert found.lines == (UsageLine("Zähler", date(2022, 1, 10), Decimal(5), "a", 2),)
    assert (found.read, found.rejected, found.problems) == (1, 0, ())


def test_json_lines_keep_numbers_as_they_are_written(tmp_path: Path):
    found = read(
        tmp_path,
        '\ufeff{"asset": "A", "at": "2022-01-10T08:00:00Z", "quantity": 0.1, "key": "a"}\n\n'
        '{"asset": " A ", "at": "2022-01-10 08:00", "quantity": "12.50", "key": 7, "more": {}}\n',
        "use.jsonl",
    )
    assert found.lines == (
        UsageLine("A", datetime(2022, 1, 10, 8, tzinfo=UTC), Decimal("0.1"), "a", 1),
        UsageLine("A", datetime(2022, 1, 10, 8), Decimal("12.50"), "7", 3),
    )


def test_every_mistake_of_a_row_is_told(tmp_path: Path):
    found = read(
        tmp_path,
        f"asset,at,quantity,key\nA,2022-01-10,5,a\n,10.1.2022,1e3,{'k' * 256}\nA,2022-01-10\nA,2022-13-10,0,b,extra\n"
        "A,2022-13-10,0,b\n",
    )
    assert places(found) == [
        (3, "asset", ""),
        (3, "at", "10.1.2022"),
        (3, "quantity", "1e3"),
        (3, "key", "k" * 200),
        (4, "", "2 cells"),
        (5, "", "5 cells"),
        (6, "at", "2022-13-10"),
        (6, "quantity", "0"),
    ]
    assert (found.read, len(found.lines), found.rejected) == (5, 1, 4)
    assert all(each.expected and each.fix for each in found.problems)


@pytest.mark.parametrize("line", ["[1, 2]", "5", "not json", "{", "[" * 5000])
def test_a_line_that_is_no_object_is_told(tmp_path: Path, line: str):
    found = read(tmp_path, '{"asset": "A", "at": "2022-01-10", "quantity": 5, "key": "a"}\n' + line, "use.jsonl")
    assert places(found) == [(2, "", line[:200])]
    assert (found.read, found.rejected) == (2, 1)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"asset,at,quantity\nA,2022-01-10,5\n", "asset, at, quantity"),
        (b"asset,asset,at,quantity,key\nA,A,2022-01-10,5,a\n", "asset, asset, at, quantity, key"),
        (b"\n\n", "nothing"),
    ],
)
def test_what_is_no_file_of_use_is_told(tmp_path: Path, content: bytes, found: str):
    (problem,) = read(tmp_path, content).problems
    assert (problem.row, problem.found) == (0, found)
    assert (
        problem.expected
        == "the columns asset, at, quantity and key (CSV), or one such object on each line (JSON lines)"
    )


def test_a_quotation_that_never_ends_is_told_with_its_row(tmp_path: Path):
    found = read(tmp_path, 'asset,at,quantity,key\nA,2022-01-10,5,"' + "x" * 140_000)
    assert [(each.row, each.found) for each in found.problems] == [(2, "a cell of more than 131,072 characters")]


def test_bytes_that_are_no_text_are_told_with_their_row(tmp_path: Path):
    wide = "äöüß" * 30
    found = read(tmp_path, f"asset,at,quantity,key\n{wide},2022-01-10,5,a\n".encode() + b"\xff,2022-01-10,5,b\n")
    assert [(each.row, each.found) for each in found.problems] == [(3, "bytes that are no utf-8-sig text")]
    assert (len(found.lines), found.rejected) == (1, 1)


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path):
    assert places(read_usage(tmp_path / "none.csv")) == [(0, "", "No such file or directory")]
    assert places(read_usage(tmp_path)) == [(0, "", "Is a directory")]

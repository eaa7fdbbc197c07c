"""Whatever is dropped on the reader: it tells plainly what it found, counts every row, and never breaks."""

from __future__ import annotations

import gzip
import io
import random
from datetime import date
from pathlib import Path

import pytest

from calm_desktop.bundled import sample
from calm_desktop.formats.detect import Format, format_of, formats
from calm_desktop.formats.drafts import ReadResult
from calm_desktop.formats.mapping import load_mapping
from calm_desktop.formats.parts import parts_of
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
CSV = b"order,account,product,quantity,start\n1,A,L,1,2022-01-01\n"
JSON = (
    b'{"orders": [{"number": "1", "account": "A", "lines": [{"product": "L", "quantity": 1, "start": "2022-01-01"}]}]}'
)


def read_bytes(content: bytes, format_name: str | None = None) -> ReadResult:
    return read([("file", io.BytesIO(content))], today=TODAY, format_name=format_name)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (b"PK\x03\x04....", "a damaged workbook"),
        (gzip.compress(CSV, mtime=0)[:-20], "a damaged compressed file"),
        (gzip.compress(b"\0" * 10_000_000, mtime=0), "a binary file"),
        (bytes(range(256)) * 10, "a binary file"),
        (b"\n\n\n", "no order format that is known"),
        (b'"' + b"x" * 200_000, "no order format that is known"),
        (b"just words", "no order format that is known"),
        (b"InvoiceNo,Quantity\n1,2\n", "a table with columns of its own"),
        (CSV.splitlines()[0], "a header and no rows"),
        (b"order,account," + b"x" * 3_000_000, "a line of more than a million bytes"),
    ],
)
def test_a_file_without_orders_is_named_for_what_it_is(content: bytes, found: str) -> None:
    result = read_bytes(content)
    assert [problem.found for problem in result.problems] == [found]
    assert (result.read, result.lines, result.rejected) == (0, (), 0)


def test_a_file_that_is_not_there_and_a_format_that_is_not_known_are_told(tmp_path: Path) -> None:
    missing = read([tmp_path / "orders.csv"], today=TODAY)
    assert [(problem.file, problem.found) for problem in missing.problems] == [
        ("orders.csv", "No such file or directory")
    ]
    unknown = read_bytes(CSV, "xml")
    assert [(problem.found, problem.expected) for problem in unknown.problems] == [
        ("the format xml", f"one of: {', '.join(Format.words())}")
    ]


def test_a_table_without_a_header_is_told() -> None:
    assert [problem.found for problem in read_bytes(b"\n,,\n", "calm-csv").problems] == ["a file without a header"]
    assert (
        read_bytes(b"order,account,product\n1,A,L\n", "mapped-csv").problems[0].expected == "our columns, or a mapping"
    )


def test_a_folder_stands_for_the_order_files_in_it_and_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(CSV)
    (tmp_path / "a.json").write_bytes(JSON)
    (tmp_path / "c.csv").write_bytes(b"")
    (tmp_path / "notes.md").write_text("not an order file")
    result = read([tmp_path], today=TODAY)
    assert [line.file for line in result.lines] == ["a.json", "b.csv"]
    assert [(problem.file, problem.found) for problem in result.problems] == [("c.csv", "an empty file")]


def test_a_folder_without_order_files_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("not an order file")
    (problem,) = read([tmp_path], today=TODAY).problems
    assert (problem.found, problem.expected) == (
        "a folder without order files",
        "a folder with files that end in .csv, .gz, .json, .jsonl, .ndjson, .ods, .tsv, .txt, .xlsx",
    )


def test_a_stream_that_cannot_go_back_is_read_too() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    assert read([("pipe", Pipe(CSV))], today=TODAY).read == 1


def test_progress_ends_at_all_bytes(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(CSV + b"2,A,L,1,2022-01-01\n" * 2000)
    told: list[tuple[int, int]] = []
    read([path, path], today=TODAY, progress=lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert told[-1] == (2 * size, 2 * size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 4


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (CSV, Format.CALM_CSV),
        ("order;account;product;quantity;start\n".encode("utf-16"), Format.CALM_CSV),
        (JSON, Format.CALM_JSON),
        (b"InvoiceNo,Quantity\n1,2\n", Format.MAPPED_CSV),
        (b"hello", Format.UNKNOWN),
    ],
)
def test_a_format_is_told_by_content(content: bytes, found: Format) -> None:
    (part,) = parts_of(("file", io.BytesIO(content)))
    assert format_of(part) == found


def test_samples_are_in_the_formats_that_are_listed() -> None:
    assert [each.name for each in formats()][:3] == ["calm-csv", "calm-json", "mapped-csv"]
    parts = [part for name in ("orders.csv", "orders.json") for part in parts_of(sample(name))]
    assert [format_of(part) for part in parts] == ["calm-csv", "calm-json"]


def test_flipped_bytes_never_break_the_reader_and_every_row_is_counted() -> None:
    dice = random.Random(7)
    mapping = load_mapping(sample("map_telco.json"))
    table = b"customerID,InternetService,MonthlyCharges,tenure,Churn\n" + b"7590-V,DSL,29.85,1,No\n" * 20
    samples = [sample("orders.csv").read_bytes(), sample("orders.json").read_bytes(), table]
    samples.append(samples[0].decode().encode("utf-16"))
    for _ in range(300):
        content = bytearray(dice.choice(samples))
        for _ in range(dice.choice((1, 3, 30))):
            content[dice.randrange(len(content))] = dice.randrange(256)
        if dice.random() < 0.2:
            del content[dice.randrange(len(content)) :]
        for name in (None, "calm-csv", "calm-json"):
            result = read_bytes(bytes(content), name)
            assert result.read == len(result.lines) + len(result.skipped) + result.rejected
            assert result.lines or result.problems
            assert all(problem.expected and problem.fix for problem in result.problems)
        mapped = read([("file", io.BytesIO(content))], today=TODAY, mapping=mapping)
        assert mapped.read or mapped.problems


def test_a_file_that_is_not_recognised_beside_one_that_is_has_its_progress_told() -> None:
    files = [
        ("orders.csv", io.BytesIO(b"order,account,product,quantity,start\n1,Acme,L,1,2026-01-01\n")),
        ("strange.csv", io.BytesIO(b"what,is,this\n1,2,3\n")),
    ]
    told: list[tuple[int, int]] = []
    result = read(files, today=date(2026, 11, 22), progress=lambda done, total: told.append((done, total)))
    assert [problem.file for problem in result.problems] == ["strange.csv"]
    assert told[-1] == (78, 78)

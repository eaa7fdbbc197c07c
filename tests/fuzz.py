"""Files broken in every way that files break, through each reader and the import: words, never a traceback.

    python -m tests.fuzz 20000

Each file is a sample of a format that was changed: bytes flipped, cut off, columns swapped, encodings mixed, numbers
made huge, control characters and formulas put in. Before them come files that are made to fill memory: workbooks that
unpack to far more than they are, a line of 200 MB, JSON nested without end. Every one of these, and each fifth of the
others, is imported too: what has a problem leaves the store as it was. A seed makes each run the same.
"""

from __future__ import annotations

import gzip
import io
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from sqlalchemy import func, select

from calm_desktop.bundled import sample
from calm_desktop.engine.problems import Refused
from calm_desktop.formats.detect import Format
from calm_desktop.formats.drafts import ReadResult
from calm_desktop.formats.guess import guess_mapping
from calm_desktop.formats.mapping import Mapping, load_mapping
from calm_desktop.formats.parts import BROKEN_FILE, parts_of
from calm_desktop.formats.reading import read
from calm_desktop.formats.text_files import Unreadable
from calm_desktop.services.check import check as check_store
from calm_desktop.services.desk import Desk
from calm_desktop.services.imports import import_files
from calm_desktop.services.requests import ImportFiles
from calm_desktop.store import tables
from tests.formats import test_foreign as foreign
from tests.formats.test_workbooks import ROWS, changed, ods, ods_row, xlsx

TODAY = date(2026, 11, 22)
MOST_MEMORY = 1_500_000_000
MOST_SECONDS = 120
"""Of the processor, for a file: what takes longer hangs."""

_NASTY = (
    "=HYPERLINK(1)", "@SUM(A1)", "\0", "\x07", "\x1b[31m", "\u202e", "\ufeff", "9" * 400, "-1e999", "NaN", "0x1F",
    "1,2,3", '"', "'", "\r", "\n", "\t", "|+|", "#N/A", "NULL", "31/02/2026", "9999-99-99", "١٢", "\ud83d\ude00", "{",
    "]", "//", "\\", "\\u0000",
)  # fmt: skip


def samples() -> list[bytes]:
    """A small file in each format."""
    texts = [
        foreign.SHOPIFY, foreign.WOOCOMMERCE.format(day="9/30/2016 6:29:00"),
        *foreign.CHARTMOGUL.values(), *foreign.SALESFORCE.values(),
        "customerID,InternetService,Contract,MonthlyCharges,tenure,Churn\n" + "7590-V,DSL,One year,29.85,1,No\n" * 9,
        " customer_id  date number_of_cds  dollar_value\n 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n",
    ]  # fmt: skip
    files = ["\n".join(line.strip() for line in text.strip().splitlines()).encode() for text in texts]
    files += [sample("orders.csv").read_bytes(), sample("orders.json").read_bytes()]
    files.append(files[-2].decode().encode("utf-16"))
    files.append(gzip.compress(files[0], mtime=0))
    files += [xlsx(Orders=ROWS), ods(ods_row(*map(str, ROWS[0])), ods_row("1", "A", "LIC", "3", "2.55", "2026-01-31"))]
    return files


def mutated(content: bytes, dice: random.Random) -> bytes:
    """The content, broken in one to three ways."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        content = dice.choice(_WAYS)(content, dice) or b"x"
    return content


def _flip(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice((1, 3, 30))):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(content))
    return content[:start] + content[start + dice.choice((1, 10, len(content))) :]


def _double(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(content))
    return content[:start] + content[start : start + dice.choice((1, 50, 500))] * dice.choice((2, 20)) + content[start:]


def _put_in(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(content))
    text = dice.choice(_NASTY) * dice.choice((1, 1, 3))
    return content[:start] + text.encode("utf-8", "surrogatepass") + content[start + dice.choice((0, 0, 4)) :]


def _swap_columns(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    place = dice.randrange(len(lines))
    cells = lines[place].split(b",")
    dice.shuffle(cells)
    lines[place] = b",".join(cells)
    return b"\n".join(lines)


def _mix_encodings(content: bytes, dice: random.Random) -> bytes:
    half = len(content) // 2
    text = content[half:].decode("utf-8", "replace") + "Ärger €"
    return content[:half] + text.encode(dice.choice(("cp1252", "utf-16", "utf-8", "utf-32")), "replace")


def _other_lines(content: bytes, dice: random.Random) -> bytes:
    return content.replace(b"\n", dice.choice((b"\r", b"\r\n", b"\n\n", b"", b"\x0b", b"\x85")))


def _other_separator(content: bytes, dice: random.Random) -> bytes:
    return content.replace(b",", dice.choice((b";", b"\t", b"|", b"  ", b"\0")))


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip, _cut, _double, _put_in, _put_in, _swap_columns, _mix_encodings, _other_lines, _other_separator,
)  # fmt: skip


def check(content: bytes | Path, format_name: str | None, mapping: Mapping | None) -> ReadResult:
    """Read a file, and hold the answer to what is promised of every file."""
    file = content if isinstance(content, Path) else ("file", io.BytesIO(content))
    parameters = {"day": "2026-11-01"} if mapping and mapping.parameters else {}
    result = read([file], today=TODAY, format_name=format_name, mapping=mapping, parameters=parameters)
    drafts = (
        result.lines, result.cancellations, result.accounts, result.products, result.prices, result.usage,
        result.payments,
    )  # fmt: skip
    made = sum(map(len, drafts))
    assert result.read == made + len(result.skipped) + result.rejected, "a row is not accounted for"
    assert made or result.skipped or result.problems, "a file without an answer"
    for problem in result.problems:
        assert problem.expected, "a problem does not say what is expected"
        assert problem.fix, "a problem does not say what to do"
        assert problem.row >= 0, "a problem stands nowhere"
    return result


class Store:
    """A store that files are imported into; it stays whole, whatever they hold."""

    def __init__(self) -> None:
        self.desk = Desk.create("sqlite://", {"currency": "USD"}, today=TODAY)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        report = self.desk.ask(check_store, None)
        self.desk.close()
        assert report.ok, report.broken

    def take(self, file: Path, mapping: str, keep_good: bool = False) -> None:
        """Import a file, all of it or nothing; with `keep_good` what is good of it."""
        before = self._rows()
        parameters = (("day", "2026-11-01"),) if mapping.endswith("telco.json") else ()
        try:
            result = self.desk.do(import_files, ImportFiles((str(file),), "", mapping, parameters, keep_good))
        except Refused:
            assert self._rows() == before, "a refused file left something behind"
            return
        counted = (result.new, result.changed, result.same, result.skipped, result.cancelled, result.rejected)
        assert result.read == sum(counted), "a row is not accounted for"
        if result.batch is None:
            assert self._rows() == before, "a file that is not stored left something behind"
        else:
            assert keep_good or not result.problem_count, "a file with problems was stored"

    def _rows(self) -> dict[str, int]:
        with self.desk.database.read() as db:
            return {
                table.name: db.scalar(select(func.count()).select_from(table)) or 0
                for table in tables.metadata.sorted_tables
            }


def run(count: int, seed: int) -> int:
    """Break `count` files and read each through one reader and by what it seems to be; the number of problems told.

    Each fifth is guessed at, and imported.
    """
    with TemporaryDirectory() as folder, Store() as store:
        return _run(count, seed, store, Path(folder))


def _run(count: int, seed: int, store: Store, folder: Path) -> int:
    dice = random.Random(seed)
    files = samples()
    names = [None, None, *Format.words()]
    mappings = [load_mapping(sample(f"map_{name}.json")) for name in ("cdnow", "online_retail", "superstore", "telco")]
    told = 0
    for number in range(count):
        content = mutated(dice.choice(files), dice)
        mapping = dice.choice([None, None, *mappings])
        name = dice.choice(names) if mapping is None else None
        try:
            result = check(content, name, mapping)
            told += len(result.problems)
            if number % 5 == 0:
                _guess(content)
                (folder / "file").write_bytes(content)
                store.take(folder / "file", str(sample(f"map_{_of(mapping)}.json")) if mapping else "", number % 2 == 0)
        except BaseException:
            kept = Path(gettempdir()) / f"calm-fuzz-{seed}-{number}"
            kept.write_bytes(content)
            print(f"file {number} of seed {seed}, kept as {kept}: format {name}, mapping {mapping and mapping.name}")
            raise
    return told


def _of(mapping: Mapping) -> str:
    return mapping.name.replace("-", "_")


def _guess(content: bytes) -> None:
    try:
        for part in parts_of(("file", io.BytesIO(content))):
            guess_mapping(part, "guessed")
    except (Unreadable, *BROKEN_FILE):
        return


def heavy(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files that are made to fill the memory of a reader, each with what it is."""

    def kept(name: str, blocks: Iterator[bytes]) -> tuple[str, Path]:
        path = folder / "heavy"
        with path.open("wb") as stream:
            for block in blocks:
                stream.write(block)
        return name, path

    block = b"x" * (1 << 20)
    yield kept("a line of 200 MB", (block for _ in range(200)))
    yield kept("a row of 200 MB", (b"order,account\n" if at == 0 else block for at in range(200)))
    yield kept("a cell of 200 MB in quotes", (b'order,account\n"' if at == 0 else block for at in range(200)))
    yield kept(
        "a cell of 200 MB in lines", (b'order,account\n"' if at == 0 else b"x\n" * (1 << 19) for at in range(200))
    )
    yield kept("a text of 200 MB in JSON", (b'{"orders": ["' if at == 0 else block for at in range(200)))
    yield kept("a list of 200 MB in JSON", (b'{"orders": [[1' if at == 0 else b",1" * (1 << 19) for at in range(200)))
    yield kept("numbers of 200 MB in JSON", (b'{"orders": [1' if at == 0 else b",1" * (1 << 19) for at in range(200)))
    yield kept("JSON nested 100 million deep", (b"[" * (1 << 20) for _ in range(100)))
    yield kept("objects nested 20 million deep", (b'{"a":' * (1 << 18) for _ in range(80)))
    yield kept("200 MB of nothing", (b"\0" * (1 << 20) for _ in range(200)))
    yield kept("20 MB of line ends", (b"\n" * (1 << 20) for _ in range(20)))
    yield kept("50 MB of quotation marks", (b'"' * (1 << 20) for _ in range(50)))
    yield kept("a million columns", iter([b",".join(b"c%d" % at for at in range(1_000_000)), b"\n1\n"]))
    yield kept(
        "a gigabyte of a packed row", iter([gzip.compress(b"order,account\n" + b"1,2\n" * (1 << 26), 9, mtime=0)])
    )
    yield kept("a sheet of 400 MB", iter([changed(xlsx(A=ROWS), b"</sst>", b" " * 400_000_000 + b"</sst>")]))
    yield kept("a sheet with a far cell", iter([changed(xlsx(A=ROWS), b'r="A3"', b'r="XFD1048576"')]))
    yield kept("repeated cells", iter([ods(ods_row("x", repeats=1_048_576, cell_repeats=16_384))]))
    yield kept("a shared text", iter([xlsx(A=[["x" * 30_000] * 100] * 200)]))


def main() -> None:
    """Fuzz as the command line says; exits with a traceback where a reader breaks."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1

    def hangs(*_: object) -> None:
        raise TimeoutError(f"a file took more than {MOST_SECONDS} seconds")

    def at_most(seconds: int) -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds)

    signal.signal(signal.SIGPROF, hangs)
    with TemporaryDirectory() as folder:
        for name, path in heavy(Path(folder)):
            at_most(MOST_SECONDS)
            result = check(path, None, None)
            for format_name in (Format.CALM_CSV, Format.CALM_JSON):
                check(path, format_name, None)
            with Store() as store:
                store.take(path, "")
            at_most(0)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            print(
                f"{name}: {result.problems[0].found if result.problems else 'read'}; {memory // 1_000_000} MB at most"
            )
            assert memory < MOST_MEMORY, "more memory than a file may take"
    portion = 200
    told = 0
    for start in range(0, count, portion):
        at_most(MOST_SECONDS)
        told += run(min(portion, count - start), seed * 1_000_000 + start)
        at_most(0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert memory < MOST_MEMORY, "more memory than files may take"
    print(f"{count:,} broken files read; {told:,} problems told, no traceback; {memory // 1_000_000} MB at most")


if __name__ == "__main__":
    main()

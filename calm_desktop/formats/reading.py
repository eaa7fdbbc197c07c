"""Order files read and judged whole: every row accounted for, every problem with its place."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import BinaryIO

from calm_desktop.engine.fields import CustomField
from calm_desktop.formats import canonical
from calm_desktop.formats.detect import Format, detect_text
from calm_desktop.formats.drafts import Item, OrderLine, ReadResult, Rejected, RowProblem, Skipped
from calm_desktop.formats.mapped import parameter_values, read_mapped
from calm_desktop.formats.mapping import Mapping
from calm_desktop.formats.text_files import AUTO, TextFile, Unreadable, look_through

OrderFile = Path | tuple[str, BinaryIO]
"""A file or folder on disk, or a name with a binary stream that the caller opens and closes."""
Progress = Callable[[int, int], None]
"""Told now and then: bytes read so far, and bytes in all."""

FOLDER_SUFFIXES = (".csv", ".tsv", ".txt", ".json")
_ROWS_BETWEEN_REPORTS = 500


def any_three_letters(code: str) -> bool:
    """Takes every code of the right form for a currency: whoever stores it knows better."""
    return len(code) == 3


def read(
    files: Sequence[OrderFile],
    *,
    today: date,
    format_name: str | None = None,
    mapping: Mapping | None = None,
    parameters: dict[str, str] | None = None,
    known_currency: Callable[[str], bool] = any_three_letters,
    customs: Sequence[CustomField] = (),
    progress: Progress | None = None,
) -> ReadResult:
    """Every data row of order files, and the problems of files as a whole.

    A folder stands for the order files in it, by name. `format_name` is one of `Format`'s words, or None to find out; a
    `mapping` reads any other CSV, with `parameters` (texts by name) where it asks for them; `today` is the day where
    a parameter is left open; `customs` are the fields of one's own that files may fill. Bad content, a missing file
    included, becomes problems and never raises.
    """
    values, wrong = parameter_values(mapping, parameters or {}, today)
    if wrong:
        return ReadResult((), (), tuple(wrong), 0, 0)
    lines: list[OrderLine] = []
    skipped: list[Skipped] = []
    problems: list[RowProblem] = []
    rejected = 0
    for item in _rows(files, format_name, mapping, values, known_currency, customs, progress):
        if isinstance(item, OrderLine):
            lines.append(item)
        elif isinstance(item, Skipped):
            skipped.append(item)
        elif isinstance(item, Rejected):
            rejected += 1
            problems.extend(item.problems)
        else:
            problems.append(item)
    return ReadResult(tuple(lines), tuple(skipped), tuple(problems), rejected, len(lines) + len(skipped) + rejected)


def _rows(
    files: Sequence[OrderFile],
    format_name: str | None,
    mapping: Mapping | None,
    values: dict[str, str],
    known_currency: Callable[[str], bool],
    customs: Sequence[CustomField],
    progress: Progress | None,
) -> Iterator[Item]:
    opened = _files(files)
    total = sum(path.stat().st_size for path in opened if isinstance(path, Path) and path.is_file())
    done = 0
    for file in opened:
        name = file.name if isinstance(file, Path) else file[0]
        if isinstance(file, Path) and file.is_dir():
            expected = f"a folder with files that end in {', '.join(sorted(FOLDER_SUFFIXES))}"
            yield RowProblem(name, 0, "", "a folder without order files", expected, "choose another folder")
            continue
        try:
            with _stream(file) as stream:
                text = look_through(stream, mapping.encoding if mapping else AUTO)
                items = _items(name, text, format_name, mapping, values, known_currency, customs)
                with closing(items):
                    for count, item in enumerate(items):
                        if progress is not None and count % _ROWS_BETWEEN_REPORTS == 0:
                            progress(done + min(stream.tell(), text.size), max(total, done + text.size))
                        yield item
                done += text.size
        except Unreadable as wrong_file:
            yield RowProblem(name, wrong_file.row, "", wrong_file.found, wrong_file.expected, wrong_file.fix)
        except OSError as error:
            reason = error.strerror or str(error)
            yield RowProblem(name, 0, "", reason, "a file that can be read", "check its name and your rights")
        if progress is not None:
            progress(done, max(total, done))


def order_files_in(folder: Path) -> list[Path]:
    """The files of a folder that are taken for order files, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in FOLDER_SUFFIXES and path.is_file())


def _files(files: Sequence[OrderFile]) -> list[OrderFile]:
    found: list[OrderFile] = []
    for file in files:
        if isinstance(file, Path) and file.is_dir():
            found.extend(order_files_in(file) or [file])
        else:
            found.append(file)
    return found


def _stream(file: OrderFile) -> closing[BinaryIO] | _Lent:
    if isinstance(file, Path):
        return closing(file.open("rb"))
    return _Lent(file[1])


class _Lent:
    """A stream of the caller's: stays open, and is held in memory where it cannot go back to its beginning."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream if stream.seekable() else io.BytesIO(stream.read())

    def __enter__(self) -> BinaryIO:
        return self._stream

    def __exit__(self, *_: object) -> None:
        return


def _items(
    name: str,
    text: TextFile,
    format_name: str | None,
    mapping: Mapping | None,
    values: dict[str, str],
    known_currency: Callable[[str], bool],
    customs: Sequence[CustomField],
) -> Generator[Item, None, None]:
    if mapping is not None:
        return read_mapped(name, text, mapping, values, known_currency, customs)
    found = format_name or detect_text(text)
    if found == Format.CALM_CSV:
        return canonical.read_csv(name, text, known_currency, customs)
    if found == Format.CALM_JSON:
        return canonical.read_json(name, text, known_currency, customs)
    if found == Format.MAPPED_CSV:
        return _needs_mapping(name)
    raise Unreadable(
        "no order format that is known" if format_name is None else f"the format {format_name}",
        f"one of: {', '.join(Format.words())}",
        "see the help on order files",
    )


def _needs_mapping(name: str) -> Generator[Item, None, None]:
    fix = "choose a mapping that says which column is what; see the help on order files"
    yield RowProblem(name, 1, "", "a table with columns of its own", "our columns, or a mapping", fix)

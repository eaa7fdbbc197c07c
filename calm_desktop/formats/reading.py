"""Files from anywhere read and judged whole: every row accounted for, every problem with its place."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from calm_desktop.engine.fields import CustomField, FieldType
from calm_desktop.formats import canonical, evidence
from calm_desktop.formats.cancellations import assigned
from calm_desktop.formats.detect import Format, format_of
from calm_desktop.formats.drafts import (
    AccountDraft,
    Cancellation,
    Item,
    OrderLine,
    PaymentDraft,
    PriceDraft,
    ProductDraft,
    ReadResult,
    Rejected,
    RowProblem,
    Skipped,
    UsageDraft,
)
from calm_desktop.formats.evidence import Ambiguous
from calm_desktop.formats.fields import DAYS, NUMBERS, own_names
from calm_desktop.formats.foreign import foreign_format, foreign_formats, recognised
from calm_desktop.formats.mapped import Lookup, Lookups, fill, parameter_values, read_mapped
from calm_desktop.formats.mapping import Join, Mapping, Table, with_styles
from calm_desktop.formats.parts import (
    BROKEN_FILE,
    FOLDER_SUFFIXES,
    REASON,
    OrderFile,
    Part,
    file_name,
    opened,
    opened_grid,
    parts_of,
    steady,
)
from calm_desktop.formats.repairs import Mending, Refusals, Repair
from calm_desktop.formats.table import Grid, whole_rows
from calm_desktop.formats.text_files import AUTO, Unreadable, heading
from calm_desktop.formats.values import GROUPINGS, shown

Progress = Callable[[int, int], None]
"""Told now and then: bytes read so far, and bytes in all."""

STYLES = ("dates", "decimals")
"""Parameters that every table takes: how days and numbers are written, whatever a mapping says."""

Kind = TypeVar("Kind")

RecordDraft = AccountDraft | ProductDraft | PriceDraft
"""What states a record by itself."""

_RECORD_WORDS = frozenset({"account", "product", "price"})

_ROWS_BETWEEN_REPORTS = 500
_DEEPEST_JOIN = 4
_UNUSED = "no line of these files refers to it"


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
    repairs: Sequence[Repair] = (),
) -> ReadResult:
    """Every data row of files, and the problems of files as a whole; cancellations with what they cancel.

    See `read_items`, which hands out the same row by row.
    """
    found: dict[type, list[Item]] = {}
    problems: list[RowProblem] = []
    rejected = 0
    for item in read_items(
        files,
        today=today,
        format_name=format_name,
        mapping=mapping,
        parameters=parameters,
        known_currency=known_currency,
        customs=customs,
        progress=progress,
        repairs=repairs,
    ):
        if isinstance(item, Rejected):
            rejected += 1
            problems.extend(item.problems)
        elif isinstance(item, RowProblem):
            problems.append(item)
        else:
            found.setdefault(type(item), []).append(item)

    lines = _of_kind(found, OrderLine)
    return ReadResult(
        lines,
        _of_kind(found, Skipped),
        tuple(problems),
        rejected,
        sum(map(len, found.values())) + rejected,
        assigned(lines, _of_kind(found, Cancellation)),
        _of_kind(found, AccountDraft),
        _of_kind(found, ProductDraft),
        _of_kind(found, PriceDraft),
        _of_kind(found, UsageDraft),
        _of_kind(found, PaymentDraft),
    )


def _of_kind(found: dict[type, list[Item]], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(each for each in found.get(kind, ()) if isinstance(each, kind))


def read_items(
    files: Sequence[OrderFile],
    *,
    today: date,
    format_name: str | None = None,
    mapping: Mapping | None = None,
    parameters: dict[str, str] | None = None,
    known_currency: Callable[[str], bool] = any_three_letters,
    customs: Sequence[CustomField] = (),
    progress: Progress | None = None,
    repairs: Sequence[Repair] = (),
    refused: Refusals | None = None,
) -> Iterator[Item]:
    """Every data row of files, one after the other, and the problems of files as a whole.

    A folder stands for the files in it that may hold orders, by name. `format_name` is one of `Format.words()`, or None
    to find out for each file; a `mapping` reads what none of them fits, with `parameters` (texts by name) where it
    asks for them, and `dates` and `decimals` where the files do not say how they write these; `today` is the day where
    a parameter is left open; `customs` are the fields of one's own that files may fill. Files of a set are looked up in
    each other. The accounts, products and prices that files state come before anything else, since the rest names them.
    Memory holds one row, and those tables that others look up. Bad content, a missing file included, becomes problems
    and never raises. `repairs` are made as rows pass; rows that are `refused` (by file and line) for reasons of the
    store are told as rejected, with their cells.
    """
    if mapping is None and format_name:
        mapping = foreign_format(format_name)
    mending = Mending(repairs, {} if refused is None else refused)
    reading = _Reading(today, format_name, mapping, parameters or {}, known_currency, customs, progress, mending)
    yield from reading.items(files)


def order_files_in(folder: Path) -> list[Path]:
    """The files of a folder that may hold orders, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in FOLDER_SUFFIXES and path.is_file())


@dataclass(slots=True)
class _Set:
    """Parts that one mapping reads: each with its table, and what is looked up in them."""

    mapping: Mapping
    parameters: dict[str, str] = field(default_factory=dict)
    parts: list[tuple[Part, Table]] = field(default_factory=list)
    lookups: dict[tuple[str, str, tuple[str, ...]], Lookup] = field(default_factory=dict)

    def of_table(self, name: str) -> list[Part]:
        return [part for part, table in self.parts if table.name == name]


@dataclass(slots=True)
class _Reading:
    today: date
    format_name: str | None
    mapping: Mapping | None
    given: dict[str, str]
    known_currency: Callable[[str], bool]
    customs: Sequence[CustomField]
    progress: Progress | None
    mending: Mending
    done: int = 0
    total: int = 0
    position: Callable[[], int] = int
    """How far the part that is being read has come, in bytes."""

    def items(self, files: Sequence[OrderFile]) -> Iterator[Item]:
        parts: list[Part] = []
        for file in _files(files):
            if isinstance(file, Path) and file.is_dir():
                expected = f"a folder with files that end in {', '.join(FOLDER_SUFFIXES)}"
                found = "a folder without order files"
                yield RowProblem(file_name(file), 0, "", found, expected, "choose another folder")
                continue
            try:
                parts += parts_of(steady(file), self.mapping.encoding if self.mapping else AUTO)
            except Unreadable as wrong:
                yield _of_file(file_name(file), wrong)
            except BROKEN_FILE as error:
                yield _broken(file_name(file), error)
        sets: dict[str, _Set] = {}
        readers = [(part, self._reader(part, sets)) for part in parts]
        wrong_parameters = list(self._settle_parameters([each.mapping for each in sets.values()]))
        yield from wrong_parameters
        if wrong_parameters:
            return
        for each in sets.values():
            settled = yield from _settled(each, self.given, self.customs)
            if not settled:
                return
            each.parameters, _ = parameter_values(each.mapping, self._own(each.mapping), self.today)
        ahead = [(part, reader) for part, reader in readers if _states_records(part, sets.values())]
        self.total = sum(part.size for part in parts) + sum(part.size for part, _ in ahead)
        for part, reader in ahead:
            yield from (item for item in self._counted(part, reader(part)) if isinstance(item, RecordDraft))
        for part, reader in readers:
            was_ahead = any(part is each for each, _ in ahead)
            for item in self._counted(part, reader(part)):
                if not was_ahead or not isinstance(item, RecordDraft):
                    yield item
        for each in sets.values():
            yield from _unused(each)

    def _own(self, mapping: Mapping) -> dict[str, str]:
        return {name: text for name, text in self.given.items() if name in mapping.parameters}

    def _settle_parameters(self, mappings: Iterable[Mapping]) -> Iterator[RowProblem]:
        """What is wrong with the parameters that are given."""
        known: dict[str, str | None] = {}
        for mapping in mappings:
            known |= mapping.parameters
        for name, text in self.given.items():
            if name in STYLES and text not in _WAYS[name]:
                expected = f"one of: {', '.join(_WAYS[name])}"
                yield RowProblem("", 0, name, shown(text), expected, "write one of these")
            elif name not in known and name not in STYLES:
                expected = f"one of: {', '.join(known)}" if known else "no parameters"
                fix = "leave it out, or name the mapping that takes it"
                yield RowProblem("", 0, name, shown(text), expected, fix)
            elif name in known:
                for mapping in mappings:
                    yield from parameter_values(mapping, self._own(mapping), self.today)[1][:1]

    def _reader(self, part: Part, sets: dict[str, _Set]) -> Callable[[Part], Iterator[Item]]:
        """How a part is read; one that belongs to a set is put into it."""
        if self.mapping is not None:
            only = self.mapping.tables if len(self.mapping.tables) == 1 else ()
            found = (self.mapping, only[0]) if only else recognised(part, [self.mapping])
            if found is None:
                return _of_no_table
        elif self.format_name:
            return self._own_reader(self.format_name)
        else:
            found = recognised(part, foreign_formats())
            if found is None:
                return self._own_reader(format_of(part))
        mapping, table = found
        those = sets.setdefault(mapping.name, _Set(mapping))
        those.parts.append((part, table))
        return lambda part: self._mapped(part, table, those)

    def _own_reader(self, name: str) -> Callable[[Part], Iterator[Item]]:
        if name == Format.CALM_CSV:
            return self._own_table
        if name == Format.CALM_JSON:
            return self._own_json
        if name == Format.MAPPED_CSV:
            return _needs_mapping
        return lambda part: _unknown_format(part, self.format_name)

    @contextmanager
    def _opened(self, part: Part, mapping: Mapping | None = None, table: Table | None = None) -> Iterator[Grid]:
        with opened_grid(part, mapping, table) as grid:
            self.position = grid.position
            yield self.mending.watched(grid, ours=mapping is None)

    def _own_table(self, part: Part) -> Iterator[Item]:
        if any(heading(name) == REASON for each in self.customs for name in (each.label, each.api_name)):
            part = replace(part, mended=False)
        with self._opened(part) as grid:
            styles = {name: text for name, text in self.given.items() if name in STYLES}
            yield from canonical.read_csv(part.name, grid, self.known_currency, self.customs, **styles)

    def _own_json(self, part: Part) -> Iterator[Item]:
        if part.text is None:
            yield from _needs_mapping(part)
            return
        with opened(part.file) as stream:
            self.position = stream.tell
            text = replace(part.text, stream=stream)
            yield from canonical.read_json(part.name, text, self.known_currency, self.customs)

    def _mapped(self, part: Part, table: Table, those: _Set) -> Iterator[Item]:
        if not table.records and not table.left_out:
            return
        lookups: Lookups = {}
        yield from _look_up(part, table, those, lookups)
        with self._opened(part, those.mapping, table) as grid:
            yield from read_mapped(
                part.name,
                grid,
                those.mapping,
                table,
                lookups,
                those.parameters,
                self.known_currency,
                self.customs,
                self.mending.repairs,
            )

    def _counted(self, part: Part, items: Iterator[Item]) -> Iterator[Item]:
        """The items of a part, with progress told now and then; where it breaks off, the reason comes last."""
        self.position = int  # of this part nothing is read yet
        self.mending.begin(part.name)
        judged = self.mending.judged
        try:
            for count, item in enumerate(items):
                if self.progress is not None and count % _ROWS_BETWEEN_REPORTS == 0:
                    self.progress(self.done + min(self.position(), part.size), self.total)
                yield judged(item)
        except Unreadable as wrong:
            yield _of_file(part.name, wrong)
        except BROKEN_FILE as error:
            yield _broken(part.name, error)
        self.done += part.size
        if self.progress is not None:
            self.progress(self.done, self.total)


def _states_records(part: Part, sets: Iterable[_Set]) -> bool:
    """Whether rows of a part become accounts, products or prices."""
    kinds = {
        records.record for each in sets for other, table in each.parts if other is part for records in table.records
    }
    return bool(kinds & _RECORD_WORDS)


_WAYS = {"dates": ("iso", "day first", "month first", "epoch"), "decimals": tuple(GROUPINGS)}


def _files(files: Sequence[OrderFile]) -> list[OrderFile]:
    found: list[OrderFile] = []
    for file in files:
        if isinstance(file, Path) and file.is_dir():
            found.extend(order_files_in(file) or [file])
        else:
            found.append(file)
    return found


# ------------------------------------------------------------------------------------------- tables of a set


def _look_up(
    part: Part, table: Table, those: _Set, lookups: Lookups, asked: Sequence[str] = (), depth: int = 0
) -> Iterator[RowProblem]:
    """Put the tables that a part's table is joined with into `lookups`, each read once for all that ask the same.

    `asked` are columns that others ask of this table; they may stand in tables that it is joined with in turn.
    """
    known = {heading(name) for name in table.header or part.header}
    for join in table.joins if depth < _DEEPEST_JOIN else ():
        wanted = _wanted(join, (*table.columns(), *asked))
        others = those.of_table(join.table)
        other_table = those.mapping.table(join.table)
        if not others or not wanted or other_table is None:
            continue
        for ours, key in join.pairs:
            holders = [each for each in others if _has(each, other_table, key)]
            if holders and heading(ours) in known:
                break
        else:
            continue
        wish = join.table, key, wanted
        if wish not in those.lookups:
            those.lookups[wish] = Lookup(join.table, key, wanted)
            for each in holders:
                deeper: Lookups = {}
                yield from _look_up(each, other_table, those, deeper, wanted, depth + 1)
                with opened_grid(each, those.mapping, other_table) as grid:
                    yield from fill(those.lookups[wish], each.name, grid, those.mapping, other_table, deeper)
        lookups[join.alias] = those.lookups[wish]
        known |= {heading(f"{join.alias}.{name}") for name in wanted}


def _wanted(join: Join, columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that are asked of a joined table, by its own names for them."""
    prefix = f"{join.alias}.".casefold()
    return tuple(dict.fromkeys(name[len(prefix) :] for name in columns if name.casefold().startswith(prefix)))


def _has(part: Part, table: Table, column: str) -> bool:
    return heading(column) in {heading(name) for name in table.header or part.header}


def _unused(those: _Set) -> Iterator[Item]:
    """The rows of tables that are only looked up, of which no line asked for; and such tables without any line."""
    for table in those.mapping.tables:
        parts = those.of_table(table.name)
        if table.records or table.left_out or not parts:
            continue
        lookups = [lookup for (name, _, _), lookup in those.lookups.items() if name == table.name]
        if not lookups:
            for part in parts:
                found = f"the table {table.name} alone"
                expected = "the other files of the set, which it belongs to"
                yield RowProblem(part.name, 0, "", found, expected, "import them together, or their folder")
            continue
        rows: set[tuple[str, int]] = set()
        used: set[tuple[str, int]] = set()
        for lookup in lookups:
            rows |= {(found.file, found.row) for found in lookup.rows.values()}
            used |= {(found.file, found.row) for key, found in lookup.rows.items() if key in lookup.used}
        for file, row in sorted(rows - used):
            yield Skipped(file, row, _UNUSED)


# ------------------------------------------------------------------------------------------- days and numbers


def _settled(those: _Set, given: dict[str, str], customs: Sequence[CustomField]) -> Generator[RowProblem, None, bool]:
    """Find out how a set writes days and numbers where its mapping leaves it open; whether that could be told."""
    if those.parts:
        those.mapping = with_styles(those.mapping, given.get("dates", ""), given.get("decimals", ""))
    mapping = those.mapping
    for setting, fields, seen in (
        ("dates", DAYS | _own_of(customs, FieldType.DATE), evidence.of_days()),
        ("decimals", NUMBERS | _own_of(customs, FieldType.NUMBER), evidence.of_numbers()),
    ):
        if AUTO not in getattr(mapping, setting):
            continue
        where = yield from _see(those, fields, seen)
        way = seen.way()
        if isinstance(way, Ambiguous):
            file, column = where.get(way.text, ("", ""))
            expected = f"one that tells whether they are written {way.ways[0]} or {way.ways[1]}"
            fix = f'say which: --param {setting}="{way.ways[0]}" or --param {setting}="{way.ways[1]}"'
            yield RowProblem(file, 0, column, shown(way.text), expected, fix)
            return False
        if setting == "dates":
            forms = tuple(form for form in mapping.dates if form != AUTO)
            those.mapping = mapping = replace(mapping, dates=(way, *forms))
        else:
            those.mapping = mapping = replace(mapping, decimals=way)
    return True


def _own_of(customs: Sequence[CustomField], kind: FieldType) -> frozenset[str]:
    """What fields of one's own that hold such values are called."""
    return frozenset(name for name, field in own_names(customs).items() if field.type is kind)


def _see(
    those: _Set, fields: frozenset[str], seen: evidence.Evidence
) -> Generator[RowProblem, None, dict[str, tuple[str, str]]]:
    """Show the texts of the columns behind some fields to the evidence; answers where each that counts first stood."""
    where: dict[str, tuple[str, str]] = {}
    for part, table in those.parts:
        columns = {
            column
            for records in table.records
            for name, source in records.fields.items()
            if name in fields and not source.changes
            for column in source.columns()
        }
        places = [(at, name) for at, name in enumerate(part.header) if heading(name) in set(map(heading, columns))]
        if table.header:
            places = [(at, name) for at, name in enumerate(table.header) if name in columns]
        if not places:
            continue
        try:
            with opened_grid(part, those.mapping, table) as grid:
                for _, row in whole_rows(part.name, grid, fills=True):
                    if not isinstance(row, Rejected):
                        for at, name in places:
                            text = row[at].strip()
                            if text and text not in where and len(where) < 1000:
                                where[text] = part.name, name
                            seen.see(text)
        except (Unreadable, *BROKEN_FILE):
            continue  # told when the part is read
    yield from ()
    return where


# ------------------------------------------------------------------------------------------- what is told of files


def _of_file(name: str, wrong: Unreadable) -> RowProblem:
    return RowProblem(name, wrong.row, "", wrong.found, wrong.expected, wrong.fix)


def _broken(name: str, error: BaseException) -> RowProblem:
    if isinstance(error, OSError) and error.strerror:
        return RowProblem(name, 0, "", error.strerror, "a file that can be read", "check its name and your rights")
    return RowProblem(name, 0, "", "a damaged compressed file", "a whole file", "copy or export it again")


def _unknown_format(part: Part, name: str | None) -> Iterator[Item]:
    found = "no order format that is known" if name is None else f"the format {name}"
    yield RowProblem(part.name, 0, "", found, f"one of: {', '.join(Format.words())}", "see the help on order files")


def _of_no_table(part: Part) -> Iterator[Item]:
    found = f"the columns {', '.join(map(shown, part.header[:20]))}" if part.header else "a table without columns"
    fix = "leave the file out, or add its table to the mapping"
    yield RowProblem(part.name, 1, "", found, "a table that the mapping knows", fix)


def _needs_mapping(part: Part) -> Iterator[Item]:
    fix = "choose a mapping that says which column is what; see the help on order files"
    yield RowProblem(part.name, 1, "", "a table with columns of its own", "our columns, or a mapping", fix)

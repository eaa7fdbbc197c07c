"""Files in: read as a stream, judged whole, and stored all of it or nothing.

Rows are judged and written a portion at a time, in one transaction, so that memory does not grow with them; where any
is bad and good ones were not to be kept, what was written is taken back. Each row has a natural key within the system
that it comes from, so the same file twice adds nothing and an extended file adds the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from sqlalchemy import select

from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.canonical import SYSTEM
from calm_desktop.formats.detect import Format
from calm_desktop.formats.drafts import (
    Cancellation,
    Item,
    OrderLine,
    PaymentDraft,
    Rejected,
    RowProblem,
    Skipped,
    UsageDraft,
)
from calm_desktop.formats.mapping import Mapping
from calm_desktop.formats.reading import RecordDraft, order_files_in, read_items
from calm_desktop.services.boundary import use_case
from calm_desktop.services.currencies import is_currency
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.ids import public_id
from calm_desktop.services.import_changes import ChangedRows
from calm_desktop.services.import_entries import Entries
from calm_desktop.services.import_history import import_history, is_history
from calm_desktop.services.import_keys import remember_records
from calm_desktop.services.import_lines import Lines
from calm_desktop.services.import_records import Records
from calm_desktop.services.import_returns import Returns
from calm_desktop.services.import_tally import Tally, sorted_by_row
from calm_desktop.services.mappings import mapping_of
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import ImportFiles
from calm_desktop.services.shapes import ImportResult
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take
from calm_desktop.store.spool import Spool

PORTION = 1000
"""Rows that are judged and stored at a time."""

_MADE = {"account_id": tables.account, "product_id": tables.product, "price_entry_id": tables.price_entry}
"""Records that rows make along the way, by the columns that name them."""


@use_case(Permission.IMPORT)
def import_files(tx: Tx, request: ImportFiles) -> ImportResult:
    """Import order files. With bad rows and no `keep_good` nothing is stored: `batch` is None and `problems` say why.

    Raises `Refused` for a mapping that cannot be read, for an unknown format, and for a file of problems that cannot be
    written.
    """
    if request.format and request.format not in Format.words():
        words = f"There is no format {request.format!r}. There are: {', '.join(Format.words())}."
        raise Refused(Problem("unknown-format", "format", words))
    if is_history(request.files):
        return import_history(tx, request)
    mapping = mapping_of(request)
    tally, before = Tally(), tx.noted()
    with Spool() as spool, tally.telling(request.problems_file):
        written = tx.db.begin_nested()
        batch = _Import(tx, request, mapping, tally, spool).work()
        stored = tally.new + tally.taken_back + tally.taken_anew > 0 and (request.keep_good or not tally.problem_count)
        if stored:
            tx.safeguard("before-import")
            written.commit()
            tx.touch("import")
        else:
            written.rollback()
            tx.forget_since(before)
    return ImportResult(
        batch=public_id("import", batch) if stored else None,
        **tally.counts,
        problems=sorted_by_row(tally.problems),
        skipped_rows=tuple(tally.left_out),
        changed_rows=tuple(tally.changed_rows),
        request_id=tx.request_id,
        problem_count=tally.problem_count,
        skipped_count=tally.left_out_count,
    )


class _Import:
    """One import at work: the rows as they come, and what has to wait for its turn."""

    def __init__(self, tx: Tx, request: ImportFiles, mapping: Mapping | None, tally: Tally, spool: Spool) -> None:
        self.tx, self.request, self.mapping, self.tally, self.spool = tx, request, mapping, tally, spool
        self.batch = take(tx.db, "import_batch")
        self.format = (mapping.name if mapping else request.format or SYSTEM)[:40]
        self._rows = 0
        self._is_storing = False
        self._share = 0.0
        """How much of the files was read, from 0 to 1."""

    def work(self) -> int:
        """Read, judge and write everything; the answer is the batch's number in the store."""
        tx = self.tx
        batches = tables.import_batch
        files = ", ".join(Path(file).name for file in self.request.files)
        head = {"files": files, "format": self.format, "content_hash": "", "imported_at": tx.now}
        tx.db.execute(batches.insert().values(id=self.batch, **head, **Tally().counts))
        before = {column: take(tx.db, table.name, 0) for column, table in _MADE.items()}
        self._take(self._items())
        for column, first in before.items():
            self._remember_made(column, first)
        values = {"content_hash": _hash(self.request.files), **self.tally.counts}
        tx.db.execute(batches.update().where(batches.c.id == self.batch).values(**values))
        return self.batch

    def _items(self) -> Iterable[Item]:
        return read_items(
            [Path(file) for file in self.request.files],
            today=self.tx.today,
            format_name=self.request.format or None,
            mapping=self.mapping,
            parameters=dict(self.request.parameters),
            known_currency=is_currency,
            customs=fields_of(self.tx, *FieldObject),
            progress=self._reading,
            repairs=self.request.repairs,
        )

    def _take(self, items: Iterable[Item]) -> None:
        """The records that files state come first; use and payments, and what takes back, wait for the sales."""
        rest = iter(items)
        records, first = list[RecordDraft](), next(rest, None)
        while isinstance(first, RecordDraft):
            records.append(first)
            first = next(rest, None)
        self._rows += len(records)
        changes = ChangedRows(self.tx, self.tally, self.request.changed)
        known = Records(self.tx, self.tally, changes, records)
        known.write(self.batch)
        lines = Lines(self.tx, self.batch, known, self.tally, changes, self.spool)
        returns = Returns(self.tx, self.batch, lines, self.tally, self.spool)
        entries = Entries(self.tx, self.batch, lines, self.tally, self.spool)
        waiting: list[OrderLine | Cancellation] = []
        for item in () if first is None else chain((first,), rest):
            self._rows += not isinstance(item, RowProblem)
            if isinstance(item, OrderLine | Cancellation):
                waiting.append(item)
                if len(waiting) >= PORTION:
                    self._take_portion(waiting, lines, returns)
                    waiting = []
            elif isinstance(item, UsageDraft | PaymentDraft):
                entries.set_aside(item)
            else:
                self._tell_of(item)
        self._take_portion(waiting, lines, returns)
        returns.carry_out()
        entries.store()

    def _tell_of(self, item: Item) -> None:
        """What is left out, and what is wrong."""
        if isinstance(item, Skipped):
            self.tally.skip(item)
        elif isinstance(item, Rejected):
            self.tally.read_badly(item)
        elif isinstance(item, RowProblem):
            self.tally.tell(item)

    def _take_portion(self, portion: list[OrderLine | Cancellation], lines: Lines, returns: Returns) -> None:
        """Write lines; what takes back keeps its place among them, by the ids by which rows are remembered."""
        if not portion:
            return
        places = range(take(self.tx.db, "import_row", len(portion)), 2**63)
        sold = []
        for place, item in zip(places, portion, strict=False):
            if isinstance(item, OrderLine):
                sold.append((place, item))
            else:
                returns.set_aside(place, item)
        if sold:
            lines.take(sold)
        self._is_storing = True
        self._tell("storing")

    def _remember_made(self, column: str, first: int) -> None:
        """Keep which records were made along the way: those that came since the import began."""
        table = _MADE[column]
        made = self.tx.db.scalars(select(table.c.id).where(table.c.id >= first).order_by(table.c.id)).all()
        for portion in chunks(made):
            ids = range(take(self.tx.db, "import_row", len(portion)), 2**63)
            pairs = list(zip(ids, portion, strict=False))
            remember_records(self.tx, self.batch, self.format, column, pairs)

    def _reading(self, done: int, total: int) -> None:
        self._share = done / total if total else 1.0
        if not self._is_storing:
            self._tell("reading")

    def _tell(self, what: str) -> None:
        """How many rows are done, of how many if the rest of the files is like what was read."""
        total = max(self._rows, round(self._rows / self._share)) if self._share else None
        self.tx.progress(self._rows, total, what)


def _hash(files: Iterable[str]) -> str:
    content = hashlib.sha256()
    for file in files:
        path = Path(file)
        for each in order_files_in(path) if path.is_dir() else [path]:
            if each.is_file():
                with each.open("rb") as stream:
                    while block := stream.read(1 << 20):
                        content.update(block)
    return content.hexdigest()

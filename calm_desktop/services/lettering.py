"""Whether the font of paper has every character of what goes on it, told before anything is posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from unicodedata import normalize

from sqlalchemy import Row, select

from calm_desktop.bundled import font
from calm_desktop.formats.font_letters import letters_of
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import PaperWarning
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

MOST = 1000
"""Warnings that an answer lists; more are only counted."""

ON_EVERY_PAPER = ("company-name", "company-address", "company-tax-number", "company-bank")


@cache
def _letters() -> frozenset[int]:
    return letters_of(font().read_bytes())


def lacking(text: str) -> str:
    """The characters of a text that the font of paper lacks, each once and in order; spaces are no characters."""
    if text.isascii():
        return ""
    found = {letter for letter in normalize("NFC", text) if ord(letter) not in _letters() and not letter.isspace()}
    return "".join(sorted(found))


@dataclass(slots=True)
class PaperWarnings:
    """Collects what papers to be posted would lack; the first `MOST` are kept, all are counted."""

    tx: Tx
    found: list[PaperWarning] = field(default_factory=list)
    count: int = 0

    def look_at(self, invoice: int, account: Row[Any], texts: Iterable[str]) -> None:
        """Judge an invoice: its account (a row of the table) and the texts of its lines.

        Of several texts that lack the same, the first is told.
        """
        lines = tuple(texts)
        if "".join((account.name, account.bill_to, account.number, *lines)).isascii():
            return  # as nearly all are, and of very many each moment counts
        told: set[str] = set()
        for text in (account.name, *account.bill_to.splitlines(), account.number, *lines):
            missing = lacking(text)
            if not told.issuperset(missing):
                told.update(missing)
                self._add(PaperWarning(public_id("invoice", invoice), None, account.name, text, missing))

    def adopt(self, other: PaperWarnings) -> None:
        """Take over what was found elsewhere."""
        self.found.extend(other.found[: MOST - len(self.found)])
        self.count += other.count

    def told(self, any_made: bool) -> tuple[tuple[PaperWarning, ...], int]:
        """What was found and how much there is of it; what stands on every paper first, where there is any paper."""
        everywhere = tuple(self._everywhere()) if any_made else ()
        return (*everywhere, *self._numbered()), len(everywhere) + self.count

    def _add(self, warning: PaperWarning) -> None:
        self.count += 1
        if len(self.found) < MOST:
            self.found.append(warning)

    def _everywhere(self) -> Iterator[PaperWarning]:
        for key in ON_EVERY_PAPER:
            if missing := lacking(self.tx.settings[key]):
                yield PaperWarning("", None, "", self.tx.settings[key], missing)

    def _numbered(self) -> Sequence[PaperWarning]:
        """Warnings with the numbers of their invoices; drafts have none."""
        wanted = {number for each in self.found if (number := number_of("invoice", each.invoice)) is not None}
        query = select(tables.invoice.c.id, tables.invoice.c.number)
        rows = rows_in(self.tx, query, among(tables.invoice.c.id, sorted(wanted)))
        numbers = {public_id("invoice", row.id): row.number for row in rows}
        return [replace(each, number=numbers.get(each.invoice)) for each in self.found]

"""The fields of an order line: their names in files, what they mean, and how their text is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from calm_desktop.engine.catalog import Category, Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import (
    LAST_DAY,
    Boundary,
    Frequency,
    Partial,
    Remainder,
    TermUnit,
    Timing,
    term_end,
    term_of,
)
from calm_desktop.engine.fields import (
    CustomField,
    FieldType,
    FieldValue,
    Misfit,
    named,
    number_within,
    text_of,
    value_of,
)
from calm_desktop.formats import values
from calm_desktop.formats.drafts import OrderLine, OrderStep, Rejected, RowProblem
from calm_desktop.formats.values import Misread

Parse = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a file can fill: its `name` in files, its attribute (`slot`) of `OrderLine`, and its meaning."""

    name: str
    slot: str
    meaning: str
    example: str
    required: bool = False
    default: object = None


FIELDS: tuple[Field, ...] = (
    Field("order", "order_ref", "number of the order that the line belongs to", "SO-1001", required=True),
    Field(
        "line", "line_ref", "number of the line within the order; makes a changed line recognisable", "1", default=""
    ),
    Field("account", "account_ref", "number or name of the customer", "ACME", required=True),
    Field("account_name", "account_name", "the customer's name, if `account` is a number", "Acme Ltd"),
    Field("account_country", "account_country", "the customer's country", "DE"),
    Field("product", "product_code", "code of the product", "LIC", required=True),
    Field("product_name", "product_name", "the product's name, where the file brings a new product", "Licence"),
    Field("kind", "kind", "kind of a new product", "subscription"),
    Field("selling_model", "selling_model", "how it is sold; not given: as the product says", "term"),
    Field("currency", "currency", "currency code; not given: the account's", "USD"),
    Field("quantity", "quantity", "above 0, at most 6 decimals", "10", required=True),
    Field("price", "unit_price", "price of one unit; not given: the list price", "10.00"),
    Field("price_unit", "price_unit", "what one price pays for; not given: as the product says", "month"),
    Field("discount", "discount", "percent off the price", "5", default=Decimal(0)),
    Field("order_date", "order_date", "day of the order; not given: the start", "2026-01-01"),
    Field("start", "start", "first day of service", "2026-01-01", required=True),
    Field("end", "end", "last day of service; give `end` or `term`, not both", "2026-12-31"),
    Field("term", "term", "length of the term", "12"),
    Field("term_unit", "term_unit", "unit of the term; not given: months", "months", default=TermUnit.MONTHS),
    Field("frequency", "frequency", "how often it is billed; not given: monthly, or once for one-time", "monthly"),
    Field("timing", "timing", "when in a period it is billed; not given: advance", "advance", default=Timing.ADVANCE),
    Field("boundary", "boundary", "where periods begin; not given: anniversary", "calendar", default=Boundary()),
    Field("partial", "partial", "days of a part period count, or it counts whole", "allowed", default=Partial.ALLOWED),
    Field("remainder", "remainder", "the slice that takes what rounding leaves", "last", default=Remainder.LAST),
    Field("tax_category", "tax_category", "tax category of a new product", "standard"),
    Field("category", "category", "business category; not given: Initial Sale", "Initial Sale"),
    Field("source", "source", "`work-order:NUMBER/LINE` or `SYSTEM:REFERENCE`", "work-order:WO-7/1"),
    Field("discount_amount", "discount_amount", "money off the price of one unit", "1.50", default=Decimal(0)),
    Field("free_months", "free_months", "months at the start that cost nothing", "2", default=0),
    Field("trial_days", "trial_days", "days at the start that cost nothing", "14", default=0),
)
NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)
_AT = {field.name: index for index, field in enumerate(FIELDS)}
_ACCOUNT, _ACCOUNT_NAME = _AT["account"], _AT["account_name"]
_START, _END, _TERM, _MODEL = _AT["start"], _AT["end"], _AT["term"], _AT["selling_model"]
_TERM_UNIT = _AT["term_unit"]
_KEYED = _AT["discount_amount"]
"""Fields from here on count among a row's meaning only where they say something."""
_SPAN = {"end", "term", "selling_model"}


def parsers(dates: Sequence[str], decimals: str, known_currency: Callable[[str], bool]) -> dict[str, Parse]:
    """How the text of each field is read, by field name, for a file's ways of writing days and numbers."""
    number = values.number_reader(decimals)
    day = values.date_reader(dates)
    text = values.text_value
    return {
        "order": values.code_value,
        "line": values.code_value,
        "account": values.code_value,
        "account_name": text,
        "account_country": values.code_value,
        "product": values.code_value,
        "product_name": text,
        "kind": values.choice_reader(Kind),
        "selling_model": values.choice_reader(SellingModel),
        "currency": values.currency_reader(known_currency),
        "quantity": values.quantity_reader(number),
        "price": values.price_reader(number),
        "price_unit": values.choice_reader(PriceUnit),
        "discount": values.discount_reader(number),
        "order_date": day,
        "start": day,
        "end": day,
        "term": values.count,
        "term_unit": values.choice_reader(TermUnit),
        "frequency": values.choice_reader(Frequency),
        "timing": values.choice_reader(Timing),
        "boundary": values.boundary,
        "partial": values.choice_reader(Partial),
        "remainder": values.choice_reader(Remainder),
        "tax_category": values.code_value,
        "category": values.choice_reader(Category),
        "source": values.source,
        "discount_amount": values.price_reader(number),
        "free_months": values.free_count,
        "trial_days": values.free_count,
    }


def own_reader(custom: CustomField, dates: Sequence[str], decimals: str) -> Parse:
    """How the text of a field of one's own is read, for a file's ways of writing days and numbers."""
    number, day = values.number_reader(decimals), values.date_reader(dates)

    def value(text: str) -> FieldValue | None:
        try:
            if custom.type is FieldType.NUMBER:
                return number_within(number(text))
            return day(text) if custom.type is FieldType.DATE else value_of(custom, text)
        except Misfit as misfit:
            raise Misread(misfit.expected, misfit.fix) from None

    return value


def own_field(customs: Sequence[CustomField], name: str) -> CustomField | None:
    """The field of one's own that a name in a file means, None where it means none. Raises `Misread` where several."""
    found = named(customs, name)
    if len(found) > 1:
        words = " or ".join(f"{each.object}.{each.api_name}" for each in found)
        raise Misread(f"one field: {words}", f"write {words}")
    return found[0] if found else None


def own_binding(custom: CustomField, column: str, index: int, read: Parse | None, **more: Any) -> Binding:
    """Where the value of a field of one's own comes from."""
    return Binding(Field(custom.api_name, "", custom.label, ""), column, index, read, own=custom, **more)


def field_reader(field: Field, column: str, parse: Parse, text_of: Callable[[str], str] = str.strip) -> Parse:
    """A cell -> the field's value: `text_of` it, parsed; no text gives the field's default, or a problem."""

    def value(cell: str) -> Any:
        text = text_of(cell)
        if text:
            return parse(text)
        if field.required:
            raise Misread("a value", f"fill in {column}")
        return field.default

    return value


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a field's value comes from in a row of cells: `read(row[index])`, or `read_row(row)` over several cells.

    `columns` are the header's words, for problems; `found` gives the text that a problem shows.
    """

    field: Field
    column: str
    index: int = -1
    read: Parse | None = None
    read_row: Callable[[list[str]], Any] | None = None
    own: CustomField | None = None

    def value(self, row: list[str]) -> Any:
        """The field's value in a row; raises `Misread`."""
        if self.read_row is not None:
            return self.read_row(row)
        assert self.read is not None
        return self.read(row[self.index])

    def found(self, row: list[str]) -> str:
        """The text that a problem with this field shows."""
        return values.shown(row[self.index].strip()) if self.index >= 0 else ""


class LineReader:
    """Makes order lines of one file's rows; equal rows are told apart by their occurrence in the file.

    `constants` are the values of fields that are the same in each row. Memory grows with the number of distinct rows
    by what it takes to remember that a row was seen.
    """

    def __init__(self, system: str, file: str, bindings: Sequence[Binding], constants: dict[str, Any]) -> None:
        self._system = system
        self._file = file
        self._bindings = bindings
        self._own = [(each.own, each.value) for each in bindings if each.own is not None]
        self._template: list[Any] = [constants.get(field.name, field.default) for field in FIELDS]
        self._words = [str(value) for value in self._template]
        self._simple = [
            (_AT[each.field.name], each.index, values.remembered(each.read))
            for each in bindings
            if each.read is not None and each.own is None
        ]
        self._over_row = [
            (_AT[each.field.name], each.read_row) for each in bindings if each.read_row is not None and each.own is None
        ]
        self._labels = {each.field.name: each.column for each in bindings}
        self._checks_span = bool(_SPAN & self._labels.keys()) or bool({"end", "term"} & constants.keys())
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, number: int, row: list[str], steps: tuple[OrderStep, ...] = ()) -> OrderLine | Rejected:
        """The row that begins on line `number` as an order line with its `steps`, or all that is wrong with it."""
        cells = self._template.copy()
        words = self._words.copy()
        try:
            for slot, index, read in self._simple:
                cells[slot] = value = read(row[index])
                words[slot] = str(value)
            for slot, read_row in self._over_row:
                cells[slot] = value = read_row(row)
                words[slot] = str(value)
            own = tuple((field, value) for field, read_own in self._own if (value := read_own(row)) is not None)
        except Misread:
            return Rejected(self._file, number, tuple(self._misreads(number, row)))
        if self._checks_span:
            wrong = self._span_problem(number, cells)
            if wrong is not None:
                return Rejected(self._file, number, (wrong,))
        if cells[_ACCOUNT_NAME] is None:
            cells[_ACCOUNT_NAME] = cells[_ACCOUNT]
            words[_ACCOUNT_NAME] = words[_ACCOUNT]
        said = words[:_KEYED]
        if steps or own or any(cells[_KEYED:]):
            said += [
                f"{field.name}={cell}" for field, cell in zip(FIELDS[_KEYED:], cells[_KEYED:], strict=True) if cell
            ]
            said += [f"step={step.start}|{step.quantity}|{step.price}|{step.discount}" for step in steps]
            said += [f"field={field.object}.{field.name}|{text_of(value)}" for field, value in own]
        content = hashlib.blake2b("\x1f".join(said).encode(), digest_size=16).hexdigest()
        seen = (cells[0], cells[1] or content)
        occurrence = self._seen[seen] = self._seen.get(seen, 0) + 1
        cells += (steps, own, self._system, self._file, number, content, occurrence)
        return OrderLine._make(cells)

    def _misreads(self, number: int, row: list[str]) -> list[RowProblem]:
        problems = []
        good = self._template.copy()
        for binding in self._bindings:
            try:
                value = binding.value(row)
                if binding.own is None:
                    good[_AT[binding.field.name]] = value
            except Misread as wrong:
                problems.append(
                    RowProblem(self._file, number, binding.column, binding.found(row), wrong.expected, wrong.fix)
                )
        wrong_span = self._span_problem(number, good) if good[_START] is not None else None
        return problems if wrong_span is None else [*problems, wrong_span]

    def _span_problem(self, number: int, cells: list[Any]) -> RowProblem | None:
        """What contradicts itself in start, end, term and selling model, if anything does."""
        start: date = cells[_START]
        end: date | None = cells[_END]
        term, model = cells[_TERM], cells[_MODEL]

        def problem(name: str, found: object, expected: str, fix: str) -> RowProblem:
            return RowProblem(self._file, number, self._labels.get(name, name), str(found), expected, fix)

        if end is not None and end < start:
            return problem("end", end, f"a day on or after the start {start}", "correct the start or the end")
        if end is not None and term is not None:
            return problem("term", term, f"an end or a term, not both (the end is {end})", "leave one of the two empty")
        if model is SellingModel.EVERGREEN and (end is not None or term is not None):
            name, found = ("end", end) if end is not None else ("term", term)
            return problem(
                name, found, "nothing: evergreen runs until it is cancelled", "leave it empty, or sell a term"
            )
        if term is not None and term_end(start, term_of(term, cells[_TERM_UNIT])) > LAST_DAY:
            return problem("term", term, f"a term that ends by {LAST_DAY}", "shorten it, or check the term's unit")
        if model is SellingModel.TERM and end is None and term is None:
            return problem("term", "", "an end or a term, since it is sold for a term", "fill in the term or the end")
        return None

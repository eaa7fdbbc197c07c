"""The fields of order lines and other records: their names in files, their meaning, and how their text is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
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
    FieldObject,
    FieldType,
    FieldValue,
    Misfit,
    named,
    number_within,
    text_of,
    value_of,
)
from calm_desktop.engine.money import plain
from calm_desktop.formats import values
from calm_desktop.formats.drafts import (
    AccountDraft,
    Draft,
    OrderLine,
    OrderStep,
    OwnValues,
    PaymentDraft,
    PriceDraft,
    ProductDraft,
    Rejected,
    RowProblem,
    UsageDraft,
)
from calm_desktop.formats.occurrences import Occurrences
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
    Field("total", "total", "money for the whole line, sold once; the price follows where there is none", "119.00"),
    Field("cancel_from", "cancel_from", "first day without service, where it has ended early", "2026-07-01"),
    Field("billed_through", "billed_through", "last day that was invoiced by the system before", "2026-06-30"),
)
ACCOUNT_FIELDS: tuple[Field, ...] = (
    Field("number", "number", "number of the account", "A-100", default=""),
    Field("name", "name", "the customer's name", "Acme Ltd", required=True),
    Field("country", "country", "the customer's country", "DE"),
    Field("currency", "currency", "currency code; not given: the organisation's", "USD"),
    Field("payment_days", "payment_days", "days that the customer has to pay", "30"),
)
PRODUCT_FIELDS: tuple[Field, ...] = (
    Field("code", "code", "code of the product", "LIC", required=True),
    Field("name", "name", "the product's name", "Licence", required=True),
    Field("kind", "kind", "kind of product", "subscription"),
    Field("selling_model", "selling_model", "how it is sold", "term"),
    Field("price_unit", "price_unit", "what one price pays for", "month"),
    Field("tax_category", "tax_category", "tax category", "standard"),
    Field("active", "active", "whether it is still sold; not given: yes", "true", default=True),
)
PRICE_FIELDS: tuple[Field, ...] = (
    Field("product", "product_code", "code of the product", "LIC", required=True),
    Field("product_name", "product_name", "the product's name", "Licence"),
    Field("kind", "kind", "kind of product", "subscription"),
    Field("currency", "currency", "currency code", "USD", required=True),
    Field("price", "price", "price of one unit", "10.00", required=True),
    Field("selling_model", "selling_model", "how it is sold at this price", "term"),
    Field("price_unit", "price_unit", "what one price pays for", "month"),
    Field("from", "from_day", "first day of the price; not given: always", "2026-01-01"),
    Field("active", "active", "whether it still holds; not given: yes", "true", default=True),
)
USAGE_FIELDS: tuple[Field, ...] = (
    Field("asset", "asset", "the asset that was used, by id, number or name", "AST-000001", required=True),
    Field("at", "at", "day or time of use", "2026-01-31T14:30", required=True),
    Field("quantity", "quantity", "how much was used", "12.5", required=True),
    Field("key", "key", "what no other record of the asset has", "a1", required=True),
)
PAYMENT_FIELDS: tuple[Field, ...] = (
    Field("account", "account_ref", "number or name of the customer", "ACME", required=True),
    Field("account_name", "account_name", "the customer's name, if `account` is a number", "Acme Ltd"),
    Field("invoice", "invoice", "number of the invoice that is paid", "INV-000001", default=""),
    Field("amount", "amount", "how much was paid", "119.00", required=True),
    Field("currency", "currency", "currency code; not given: the account's", "USD"),
    Field("day", "day", "day of the payment", "2026-01-31", required=True),
    Field("reference", "reference", "the payment's own number", "ch_1", default=""),
)

ORDER_LINE = "order-line"
RECORDS: dict[str, tuple[Field, ...]] = {
    ORDER_LINE: FIELDS,
    "account": ACCOUNT_FIELDS,
    "product": PRODUCT_FIELDS,
    "price": PRICE_FIELDS,
    "usage": USAGE_FIELDS,
    "payment": PAYMENT_FIELDS,
}
"""What the rows of a table can become, by the word that a mapping says, with the fields of each."""

OWN_OBJECTS: Mapping[str, tuple[FieldObject, ...]] = {
    ORDER_LINE: tuple(FieldObject),
    "account": (FieldObject.ACCOUNT,),
    "product": (FieldObject.PRODUCT,),
}
"""The objects whose fields of one's own each of these can fill; the others fill none."""

_DRAFTS: dict[str, Callable[..., Any]] = {
    "account": AccountDraft,
    "product": ProductDraft,
    "price": PriceDraft,
    "usage": UsageDraft,
    "payment": PaymentDraft,
}
NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)
_AT = {field.name: index for index, field in enumerate(FIELDS)}
_ACCOUNT, _ACCOUNT_NAME = _AT["account"], _AT["account_name"]
_START, _END, _TERM, _MODEL = _AT["start"], _AT["end"], _AT["term"], _AT["selling_model"]
_TERM_UNIT, _QUANTITY, _PRICE, _TOTAL = _AT["term_unit"], _AT["quantity"], _AT["price"], _AT["total"]
_CANCEL, _BILLED = _AT["cancel_from"], _AT["billed_through"]
_KEYED = _AT["discount_amount"]
"""Fields from here on count among a row's meaning only where they say something."""
_SPAN = {"end", "term", "selling_model", "cancel_from", "billed_through"}
_SIX_DECIMALS = Decimal("0.000001")
_64_BITS = (1 << 64) - 1
_HALF_CENT = Decimal("0.005")


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
        "total": values.price_reader(number),
        "cancel_from": day,
        "billed_through": day,
        "number": values.code_value,
        "name": text,
        "country": values.code_value,
        "payment_days": values.free_count,
        "code": values.code_value,
        "active": values.yes_or_no,
        "from": day,
        "asset": text,
        "at": values.moment_reader(day),
        "key": text,
        "amount": values.price_reader(number),
        "day": day,
        "invoice": values.code_value,
        "reference": text,
    }


DAYS = frozenset({"order_date", "start", "end", "cancel_from", "billed_through", "from", "at", "day"})
"""The fields that are days."""

NUMBERS = frozenset({"quantity", "price", "discount", "discount_amount", "total", "amount"})
"""The fields that are numbers with decimals."""


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


def own_names(customs: Sequence[CustomField]) -> dict[str, CustomField]:
    """What fields of one's own are called: `account.Region__c`, or `Region__c` where just one object has it."""
    short = [each.api_name for each in customs]
    full = {f"{each.object}.{each.api_name}": each for each in customs}
    return full | {each.api_name: each for each in customs if short.count(each.api_name) == 1}


def as_field(custom: CustomField) -> Field:
    """A field of one's own as one that a file can fill; that it is required is for those who store it."""
    return Field(custom.api_name, "", custom.label, "")


def own_binding(custom: CustomField, column: str, index: int, dates: Sequence[str], decimals: str) -> Binding:
    """A column for a field of one's own, for a file's ways of writing days and numbers."""
    field = as_field(custom)
    read = field_reader(field, column, own_reader(custom, dates, decimals))
    return Binding(field, column, index, read, own=custom)


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


def _with_word(read: Parse) -> Callable[[str], tuple[Any, str]]:
    """`read`, with the value's text beside it."""

    def value(cell: str) -> tuple[Any, str]:
        found = read(cell)
        return found, str(found)

    return value


class LineReader:
    """Makes order lines of one file's rows; equal rows are told apart by their occurrence in the file.

    `constants` are the values of fields that are the same in each row. Memory grows by some bytes with each row that
    differs from those before.
    """

    def __init__(self, system: str, file: str, bindings: Sequence[Binding], constants: dict[str, Any]) -> None:
        self._system = system
        self._file = file
        self._bindings = bindings
        self._own = [(each.own, each.value) for each in bindings if each.own is not None]
        self._template: list[Any] = [constants.get(field.name, field.default) for field in FIELDS]
        self._words = [str(value) for value in self._template]
        self._simple = [
            (_AT[each.field.name], each.index, values.remembered(_with_word(each.read)))
            for each in bindings
            if each.read is not None and each.own is None
        ]
        self._over_row = [
            (_AT[each.field.name], each.read_row) for each in bindings if each.read_row is not None and each.own is None
        ]
        self._labels = {each.field.name: each.column for each in bindings}
        self._checks_span = bool(_SPAN & self._labels.keys()) or bool({"end", "term"} & constants.keys())
        self._seen = Occurrences()

    def read(self, number: int, row: list[str], steps: tuple[OrderStep, ...] = ()) -> OrderLine | Rejected:
        """The row that begins on line `number` as an order line with its `steps`, or all that is wrong with it."""
        cells = self._template.copy()
        words = self._words.copy()
        try:
            for slot, index, read in self._simple:
                cells[slot], words[slot] = read(row[index])
            for slot, read_row in self._over_row:
                cells[slot] = value = read_row(row)
                words[slot] = str(value)
            own = tuple((field, value) for field, read_own in self._own if (value := read_own(row)) is not None)
        except Misread:
            problems, understood = self._misreads(number, row)
            return Rejected(self._file, number, tuple(problems), understood=understood)
        if self._checks_span:
            wrong = self._span_problem(number, cells)
            if wrong is not None:
                return Rejected(self._file, number, (wrong,), understood=_understood(cells))
        if cells[_TOTAL] is not None and cells[_PRICE] is None:
            shared = (cells[_TOTAL] / cells[_QUANTITY]).quantize(_SIX_DECIMALS, ROUND_HALF_UP)
            words[_PRICE] = plain(shared)
            cells[_PRICE] = price = Decimal(words[_PRICE])
            if abs(price * cells[_QUANTITY] - cells[_TOTAL]) >= _HALF_CENT:
                return Rejected(self._file, number, (self._no_price(number, cells),), understood=_understood(cells))
        if cells[_ACCOUNT_NAME] is None:
            cells[_ACCOUNT_NAME] = cells[_ACCOUNT]
            words[_ACCOUNT_NAME] = words[_ACCOUNT]
        said = words[:_KEYED]
        if steps or own or any(cells[_KEYED:]):
            said += [
                f"{field.name}={cell}"
                for field, cell in zip(FIELDS[_KEYED:], cells[_KEYED:], strict=True)
                if cell and field.name != "total"
            ]
            said += [f"step={step.start}|{step.quantity}|{step.price}|{step.discount}" for step in steps]
            said += _own_words(own)
        content = hashlib.blake2b("\x1f".join(said).encode(), digest_size=16).hexdigest()
        occurrence = self._seen.count(hash((cells[0], cells[1] or content)) & _64_BITS)
        cells += (steps, own, self._system, self._file, number, content, occurrence)
        return OrderLine._make(cells)

    def _no_price(self, number: int, cells: list[Any]) -> RowProblem:
        found = f"{cells[_TOTAL]:f} for {cells[_QUANTITY]:f}"
        expected = "a total that is a price of at most 6 decimals times the quantity"
        fix = "give the price of one unit instead"
        return RowProblem(self._file, number, self._labels.get("total", "total"), found, expected, fix)

    def _misreads(self, number: int, row: list[str]) -> tuple[list[RowProblem], tuple[tuple[str, object], ...]]:
        found, _, problems = _judged(self._file, number, row, self._bindings)
        good = self._template.copy()
        for name, value in found.items():
            good[_AT[name]] = value
        wrong_span = self._span_problem(number, good) if good[_START] is not None else None
        return problems if wrong_span is None else [*problems, wrong_span], tuple(found.items())

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
        last = end if term is None else term_end(start, term_of(term, cells[_TERM_UNIT]))
        cancelled, billed = cells[_CANCEL], cells[_BILLED]
        if cancelled is not None and (cancelled <= start or (last is not None and cancelled > last)):
            until = f" up to the end {last}" if last is not None else ""
            days = f"a day after the start {start}{until}"
            return problem("cancel_from", cancelled, days, "leave it empty where service runs to its end")
        if billed is not None and (billed < start or (last is not None and billed > last)):
            until = f" to the end {last}" if last is not None else " on"
            return problem("billed_through", billed, f"a day from the start {start}{until}", "correct the day")
        return None


def _understood(cells: Sequence[Any]) -> tuple[tuple[str, object], ...]:
    return tuple((each.name, value) for each, value in zip(FIELDS, cells, strict=False) if value is not None)


class DraftReader:
    """Makes the drafts of one file's rows that are no order lines; `record` is a word of `RECORDS`."""

    def __init__(
        self, record: str, system: str, file: str, bindings: Sequence[Binding], constants: dict[str, Any]
    ) -> None:
        self._make = _DRAFTS[record]
        self._system = system
        self._file = file
        self._bindings = bindings
        self._template = {each.name: constants.get(each.name, each.default) for each in RECORDS[record]}

    def read(self, number: int, row: list[str]) -> Draft | Rejected:
        """The row that begins on line `number` as a draft, or all that is wrong with it."""
        found, own, problems = _judged(self._file, number, row, self._bindings)
        if problems:
            return Rejected(self._file, number, tuple(problems), understood=tuple(found.items()))
        cells = (self._template | found).values()
        said = [*map(str, cells), *_own_words(own)]
        content = hashlib.blake2b("\x1f".join(said).encode(), digest_size=16).hexdigest()
        more = {"fields": own} if own else {}
        draft: Draft = self._make(*cells, self._system, self._file, number, content, **more)
        return draft


def _own_words(own: Iterable[tuple[CustomField, FieldValue]]) -> list[str]:
    """What is said in fields of one's own as part of a row's meaning, in whatever order its columns are."""
    return sorted(f"field={field.object}.{field.name}|{text_of(value)}" for field, value in own)


def _judged(
    file: str, number: int, row: list[str], bindings: Sequence[Binding]
) -> tuple[dict[str, Any], OwnValues, list[RowProblem]]:
    """The value of each field that can be read, of those of one's own too, and what is wrong with the others."""
    found: dict[str, Any] = {}
    own: list[tuple[CustomField, FieldValue]] = []
    problems = []
    for binding in bindings:
        try:
            value = binding.value(row)
        except Misread as wrong:
            shown = wrong.found or binding.found(row)
            problems.append(RowProblem(file, number, binding.column, shown, wrong.expected, wrong.fix))
            continue
        if binding.own is None:
            found[binding.field.name] = value
        elif value is not None:
            own.append((binding.own, value))
    return found, tuple(own), problems

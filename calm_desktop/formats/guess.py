"""A mapping guessed from the names of columns and from sample values, with how sure each guess is.

The guess is a document in the language of mappings: it is shown, changed, saved under a name, and read like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from calm_desktop.engine.fields import CustomField
from calm_desktop.formats import evidence, values
from calm_desktop.formats.evidence import Ambiguous
from calm_desktop.formats.fields import DAYS, FIELDS, NUMBERS, own_field
from calm_desktop.formats.parts import Part, opened_grid
from calm_desktop.formats.text_files import AUTO, heading
from calm_desktop.formats.values import Misread

SAMPLE_ROWS = 200
LEAST = 30
"""How sure, in percent, a guess must be to be made."""

_NAMES = {
    "order": "order orderno ordernumber orderid salesorder invoiceno invoicenumber invoiceid invoice contract "
    "contractno subscriptionid auftrag auftragsnummer bestellnummer rechnungsnummer belegnummer vertrag vertragsnummer "
    "commande facture",
    "line": "line lineno linenumber position pos itemno rowid orderline zeile",
    "account": "account accountid accountnumber accountno customer customerid customerno customernumber client "
    "clientid email kunde kundennummer kundennr debitor company companyid",
    "account_name": "accountname customername companyname company billingname clientname kundenname firma "
    "name contactname",
    "account_country": "country billingcountry customercountry land pays",
    "product": "product productcode productid sku item itemcode itemid itemno stockcode article articleno artikel "
    "artikelnummer artikelnr plan planid service",
    "product_name": "productname description itemdescription itemname title planname bezeichnung artikelbezeichnung",
    "currency": "currency currencycode currencyisocode ordercurrency währung waehrung devise",
    "quantity": "quantity qty count units seats licenses menge anzahl stück stueck quantité",
    "price": "unitprice price rate unitamount itemrate listprice netprice monthlyfee monthlycharges fee einzelpreis "
    "preis prix mrr",
    "total": "linetotal total amount sales lineamount netamount itemamount revenue betrag summe gesamt montant",
    "discount": "discount discountpercent rabatt remise",
    "order_date": "orderdate orderedat createdat created invoicedate bestelldatum auftragsdatum rechnungsdatum",
    "start": "start startdate servicedate servicestart begin from activesince since date orderdate invoicedate paidat "
    "startedat datum beginn startdatum von date",
    "end": "end enddate serviceend until expirydate expires to ende enddatum bis fin",
    "term": "term termmonths months laufzeit duration",
    "frequency": "frequency billingfrequency interval billinginterval abrechnung",
    "cancel_from": "canceledat cancelledat cancellationdate endedat churnedat gekündigtzum kündigungsdatum",
    "billed_through": "billedthrough paidthrough invoicedthrough currentperiodend",
}
"""Names by which exports call our fields, the likeliest first, as `heading` writes them."""

_NULLS = ("NULL", "null", "#N/A", "N/A", "n/a", "None", "nan", "NaN", "-", "000000000000000AAA")
_COMPACT, _SECONDS = re.compile(r"(19|20|21)[0-9]{6}"), re.compile(r"1[0-9]{9}(\.0+)?|1[0-9]{12}")
_BY_LABEL = 90
_FLOAT_ID = re.compile(r"[0-9]+\.0+")
_CODE = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True, slots=True)
class FieldGuess:
    """A field and the column that it is guessed to come from; `confidence` is in percent, `sample` a value of it."""

    field: str
    column: str
    confidence: int
    sample: str


@dataclass(frozen=True, slots=True)
class Guess:
    """A guessed mapping: its `document`, why each field is what it is, and needed fields that no column speaks for."""

    document: dict[str, Any]
    fields: tuple[FieldGuess, ...]
    missing: tuple[str, ...]


def guess_mapping(part: Part, name: str, customs: Sequence[CustomField] = ()) -> Guess:
    """The mapping that a table's header and first rows speak for. Raises as opening the part does."""
    with opened_grid(part) as grid:
        return guess(grid.header, [row for _, row in islice(grid.rows, SAMPLE_ROWS)], name, customs)


def guess(
    header: Sequence[str], rows: Sequence[Sequence[str]], name: str, customs: Sequence[CustomField] = ()
) -> Guess:
    """The mapping that a header and some rows speak for; columns called like one of `customs` fill it."""
    columns = {at: [row[at].strip() for row in rows if at < len(row)] for at in range(len(header))}
    empty = [null for null in _NULLS if any(null in texts for texts in columns.values())]
    filled = {at: [text for text in texts if text and text not in empty] for at, texts in columns.items()}
    chosen = _chosen(header, filled)
    fields: dict[str, Any] = {}
    guesses = []
    for field in FIELDS:
        if field.name in chosen:
            at, confidence = chosen[field.name]
            texts = filled[at]
            is_float = field.name in ("order", "account", "line") and texts and all(map(_FLOAT_ID.fullmatch, texts))
            fields[field.name] = {"column": header[at], "change": ["float_id"]} if is_float else header[at]
            guesses.append(FieldGuess(field.name, header[at], confidence, texts[0] if texts else ""))
    fields |= _constants(fields)
    guesses = [each for each in guesses if each.field in fields]
    taken = {at for at, _ in chosen.values()}
    for at, column in enumerate(header):
        if at not in taken and (custom := _custom(customs, column)) is not None:
            fields[custom] = column
            guesses.append(FieldGuess(custom, column, _BY_LABEL, next(iter(filled[at]), "")))
    document: dict[str, Any] = {"name": name, "dates": _dates(chosen, filled), "decimals": _decimals(chosen, filled)}
    if empty:
        document["empty"] = empty
    if "quantity" in chosen and any(values.unsigned(text) != text for text in filled[chosen["quantity"][0]]):
        document["cancellation"] = [{"column": header[chosen["quantity"][0]], "op": "<", "value": "0"}]
    document["fields"] = fields
    missing = tuple(field.name for field in FIELDS if field.required and field.name not in fields)
    return Guess(document, tuple(guesses), missing)


def _custom(customs: Sequence[CustomField], column: str) -> str | None:
    """The one field of one's own that a column is called like, as mappings call it."""
    try:
        found = own_field(customs, column)
    except Misread:
        return None
    return f"{found.object}.{found.api_name}" if found else None


def _chosen(header: Sequence[str], filled: dict[int, list[str]]) -> dict[str, tuple[int, int]]:
    """For each field the column and how sure that is, the surest pair first."""
    scores = []
    for field, names in _NAMES.items():
        for at, column in enumerate(header):
            by_name = _by_name(heading(column), names.split())
            if by_name:
                confidence = by_name * _by_values(field, filled[at]) // 100
                if confidence >= LEAST:
                    scores.append((confidence, field, at))
    chosen: dict[str, tuple[int, int]] = {}
    taken: set[int] = set()
    for confidence, field, at in sorted(scores, key=lambda score: -score[0]):
        if field not in chosen and at not in taken:
            chosen[field] = at, confidence
            taken.add(at)
    # The day of an order is its start, and a name a number, where nothing else is.
    for field, other in (("start", "order_date"), ("account", "account_name"), ("product", "product_name")):
        if field not in chosen and other in chosen:
            at, confidence = chosen[other]
            chosen[field] = at, confidence * 3 // 4
    return chosen


def _by_name(name: str, known: Sequence[str]) -> int:
    bare = re.sub(r"[^\w]|_", "", name)
    if bare in known:
        return 95 - 2 * min(known.index(bare), 15)
    ends = [each for each in known if len(each) > 3 and (bare.endswith(each) or bare.startswith(each))]
    return 55 if ends else 0


def _by_values(field: str, texts: list[str]) -> int:
    """How many of the values, in percent, can be what the field holds; half where there is none to see."""
    if not texts:
        return 50
    fits: Callable[[str], bool] | None = None
    if field in DAYS:
        fits = _is_day
    elif field in NUMBERS:
        fits = _is_number
    elif field == "currency":
        fits = lambda text: bool(_CODE.fullmatch(text))  # noqa: E731
    elif field == "term":
        fits = str.isdigit
    elif field in ("account_name", "product_name"):
        fits = lambda text: any(map(str.isalpha, text))  # noqa: E731
    return 100 if fits is None else 100 * sum(map(fits, texts)) // len(texts)


def _is_day(text: str) -> bool:
    if _COMPACT.fullmatch(text) or _SECONDS.fullmatch(text):
        return True
    try:
        values.date_reader([values.ISO, values.DAY_FIRST])(text)
    except Misread:
        try:
            values.date_reader([values.MONTH_FIRST])(text)
        except Misread:
            return False
    return True


def _is_number(text: str) -> bool:
    for style in values.GROUPINGS:
        try:
            values.number_reader(style)(text.removesuffix("%"))
        except Misread:
            continue
        return True
    return False


def _texts(chosen: dict[str, tuple[int, int]], filled: dict[int, list[str]], fields: frozenset[str]) -> list[str]:
    return [text for field, (at, _) in chosen.items() if field in fields for text in filled[at]]


def _dates(chosen: dict[str, tuple[int, int]], filled: dict[int, list[str]]) -> list[str]:
    """How days are written; `auto` where the sample leaves it open, so that the whole file decides, or is asked."""
    texts = _texts(chosen, filled, DAYS)
    if texts and all(map(_COMPACT.fullmatch, texts)):
        return ["%Y%m%d"]
    if texts and all(map(_SECONDS.fullmatch, texts)):
        return [values.EPOCH]
    way = evidence.of_texts(evidence.of_days(), texts)
    return [AUTO] if isinstance(way, Ambiguous) else [way]


def _decimals(chosen: dict[str, tuple[int, int]], filled: dict[int, list[str]]) -> str:
    way = evidence.of_texts(evidence.of_numbers(), _texts(chosen, filled, NUMBERS))
    return AUTO if isinstance(way, Ambiguous) else way


def _constants(fields: dict[str, Any]) -> dict[str, Any]:
    """What follows from which columns there are: something that neither ends nor recurs is sold once."""
    made: dict[str, Any] = {}
    if "quantity" not in fields and ("price" in fields or "total" in fields):
        made["quantity"] = {"constant": "1"}
    if "total" in fields:
        # A total has the discount in it; beside a price it says nothing more.
        fields.pop("total" if "price" in fields else "discount", None)
    recurs = {"end", "term", "frequency", "cancel_from", "billed_through"} & fields.keys()
    if not recurs:
        made |= {"selling_model": {"constant": "one-time"}, "price_unit": {"constant": "once"}}
        made["frequency"] = {"constant": "once"}
    elif not {"end", "term"} & fields.keys():
        made |= {"selling_model": {"constant": "evergreen"}, "price_unit": {"constant": "month"}}
    return made

"""Mapping files: any CSV becomes order lines; mistakes in the mapping are told as plainly as those in the file."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.bundled import resource, sample
from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.fields import CustomField, FieldObject, FieldType
from calm_desktop.engine.problems import Refused
from calm_desktop.formats.drafts import ReadResult, RowProblem, SkipKind, Skipped
from calm_desktop.formats.fields import NAMES
from calm_desktop.formats.mapping import NAMED_CHANGES, PLAIN_CHANGES, SOURCES, load_mapping, parse_mapping
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
FIELDS = {"order": "No", "account": "Who", "product": "What", "quantity": "Many", "start": "Since"}
HEADER = "No,Who,What,Many,Since"


def mapping_of(fields: dict[str, Any] | None = None, **settings: Any) -> str:
    return json.dumps({"name": "shop", "fields": FIELDS | (fields or {}), **settings})


def read_with(
    mapping: str, *lines: str, parameters: dict[str, str] | None = None, encoding: str = "utf-8"
) -> ReadResult:
    stream = io.BytesIO("\n".join(lines).encode(encoding))
    return read([("rows", stream)], today=TODAY, mapping=parse_mapping(mapping), parameters=parameters)


def problems_of(mapping: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        parse_mapping(mapping, "map.json")
    return [(problem.field, problem.message) for problem in refused.value.problems]


# ------------------------------------------------------------------------------------------- real files


def test_the_retail_day_is_read_to_its_last_row(shared: Path) -> None:
    mapping = load_mapping(sample("map_online_retail.json"))
    result = read([shared / "data/online_retail_days/2010-12-01.csv"], today=TODAY, mapping=mapping)
    assert (result.read, len(result.lines), result.rejected, result.problems) == (3108, 3081, 0, ())
    assert (len(result.cancellations), result.skipped) == (27, ())
    assert sum(each.line.quantity for each in result.cancellations) == 193
    assert sum(line.quantity * (line.unit_price or 0) for line in result.lines) == Decimal("58960.79")
    assert sum(line.account_ref == "walk-in" for line in result.lines) == 1139
    assert {line.start for line in result.lines} == {date(2010, 12, 1)}
    assert sum(line.occurrence > 1 for line in result.lines) == 44
    first = result.lines[0]
    assert (first.system, first.order_ref, first.account_ref, first.account_name, first.product_code) == (
        "online-retail", "536365", "17850", "Customer 17850", "85123A",
    )  # fmt: skip
    assert (first.kind, first.selling_model, first.price_unit, first.currency, first.unit_price) == (
        Kind.PHYSICAL, SellingModel.ONE_TIME, PriceUnit.ONCE, "GBP", Decimal("2.55"),
    )  # fmt: skip


def test_the_subscribers_that_have_not_left_bring_their_monthly_revenue(shared: Path) -> None:
    mapping = load_mapping(sample("map_telco.json"))
    result = read([shared / "data/ibm_telco_churn.csv"], today=TODAY, mapping=mapping, parameters={"day": "2026-11-01"})
    assert (result.read, len(result.lines), result.problems) == (7043, 7043, ())
    stay = [line for line in result.lines if line.cancel_from is None]
    assert (len(stay), sum(line.unit_price or 0 for line in stay)) == (5174, Decimal("316985.75"))
    assert {line.cancel_from for line in result.lines} == {None, date(2026, 11, 1)}
    assert Counter(line.selling_model for line in result.lines) == {
        SellingModel.EVERGREEN: 3875,
        SellingModel.TERM: 3168,
    }
    assert max(line.start for line in result.lines) == date(2026, 11, 1)
    assert min(line.start for line in result.lines) == date(2020, 11, 1)
    first, second = result.lines[:2]
    assert (first.order_ref, first.start, first.unit_price) == ("7590-VHVEG", date(2026, 10, 1), Decimal("29.85"))
    # 34 months on a contract of one year: it is in its third year, which ends 36 months after the start.
    assert (second.start, second.term, second.product_code) == (date(2024, 1, 1), 36, "TELCO-DSL-1Y")


# ------------------------------------------------------------------------------------------- the help


def blocks(language: str) -> list[str]:
    text = resource("help_order_files.md").read_text("utf-8")
    return [part.partition("```")[0].removeprefix(f"{language}\n") for part in text.split("```") if
            part.startswith(f"{language}\n")]  # fmt: skip


def test_the_examples_of_the_help_read_as_it_says() -> None:
    (csv,), (foreign,), (orders, ramp, mapping, dealer) = blocks("csv"), blocks("text"), blocks("json")
    files = [
        ("orders.csv", io.BytesIO(b"OrderNo,Customer,Ordered\n7,Acme,2026-01-31\n")),
        ("lines.csv", io.BytesIO(b"OrderNo,Article,Pieces\n7,BOLT,100\n7,NUT,200\n")),
    ]
    dealt = read(files, today=TODAY, mapping=parse_mapping(dealer))
    assert dealt.problems == ()
    assert [(line.account_ref, line.product_code, line.start) for line in dealt.lines] == [
        ("Acme", "BOLT", date(2026, 1, 31)),
        ("Acme", "NUT", date(2026, 1, 31)),
    ]
    for text, count in ((csv, 3), (orders, 2), (ramp, 1)):
        result = read([("help", io.BytesIO(text.encode()))], today=TODAY)
        assert (result.problems, len(result.lines)) == ((), count)
    result = read_with(mapping, *foreign.splitlines())
    assert result.problems == ()
    assert [(line.order_ref, line.account_ref, line.unit_price, line.start) for line in result.lines] == [
        ("C-7", "10017", Decimal("1234.5"), date(2026, 1, 31)),
        ("C-10", "walk-in", Decimal("9.9"), date(2026, 2, 28)),
    ]
    assert result.skipped == (
        Skipped("rows", 4, "a refund, not a sale", SkipKind.SKIPPED),
        Skipped("rows", 5, "the contract was stopped", SkipKind.CANCELLED),
    )


def test_the_help_names_every_column() -> None:
    text = resource("help_order_files.md").read_text("utf-8")
    assert [name for name in NAMES if f"\n| `{name}` |" not in text] == []


# ------------------------------------------------------------------------------------------- what a mapping can say


@pytest.mark.parametrize(
    ("dates", "text", "day"),
    [
        ("iso", "2010-12-01 08:26:00", date(2010, 12, 1)),
        ("iso", "2010-12-01T08:26:00+01:00", date(2010, 12, 1)),
        ("day first", "3/4/2011", date(2011, 4, 3)),
        ("day first", "03.04.2011 6:29:00", date(2011, 4, 3)),
        ("month first", "3/4/2011", date(2011, 3, 4)),
        ("%Y%m%d", "19970101", date(1997, 1, 1)),
        ("%d %b %Y", "05 Mar 2024", date(2024, 3, 5)),
        (["day first", "iso"], "2011-04-03", date(2011, 4, 3)),
    ],
)
def test_days_are_read_as_the_mapping_says(dates: Any, text: str, day: date) -> None:
    result = read_with(mapping_of(dates=dates), HEADER, f"1,A,L,1,{text}")
    assert (result.problems, result.lines[0].start) == ((), day)


@pytest.mark.parametrize(
    ("dates", "text", "expected"),
    [
        ("day first", "31/02/2011", "a day of the calendar"),
        ("month first", "31/01/2011", "a day of the calendar"),
        ("%Y%m%d", "19970230", "a day of the calendar"),
        ("%Y%m%d", "yesterday", "a day written like 20261130"),
        ("day first", "2011", "a day written like 30/11/2026"),
    ],
)
def test_days_that_are_none_are_told(dates: str, text: str, expected: str) -> None:
    result = read_with(mapping_of(dates=dates), HEADER, f"1,A,L,1,{text}")
    assert [(problem.found, problem.expected) for problem in result.problems] == [(text, expected)]


@pytest.mark.parametrize(
    ("decimals", "text", "value"),
    [
        ("1,234.56", "1,234.56", "1234.56"),
        ("1,234.56", "1234.56", "1234.56"),
        ("1,234.56", ".5", "0.5"),
        ("1,234.56", "05.", "5"),
        ("1.234,56", "1.234,56", "1234.56"),
        ("1.234,56", "1.234", "1234"),
        ("1.234,56", "0,125", "0.125"),
        ("1 234,56", "1\N{NO-BREAK SPACE}234,56", "1234.56"),
        ("1'234.56", "1’234.56", "1234.56"),
    ],
)
def test_numbers_are_read_as_the_mapping_says(decimals: str, text: str, value: str) -> None:
    result = read_with(
        mapping_of({"price": "Price"}, decimals=decimals), f"{HEADER},Price", f'1,A,L,1,2022-01-01,"{text}"'
    )
    assert (result.problems, str(result.lines[0].unit_price)) == ((), value)


@pytest.mark.parametrize("text", ["1,5", "1,2345", "12,34.5", "1.234,56", "1 234", "EUR 5", "--5", "()"])
def test_numbers_that_could_mean_another_amount_are_refused(text: str) -> None:
    result = read_with(mapping_of({"price": "Price"}), f"{HEADER},Price", f'1,A,L,1,2022-01-01,"{text}"')
    assert [(problem.column, problem.found) for problem in result.problems] == [("Price", text)]


@pytest.mark.parametrize("text", ["-5", "5-", "(5)", "\N{MINUS SIGN}5", "( 5.00 )"])
def test_a_minus_may_stand_before_or_after_or_be_parentheses(text: str) -> None:
    condition = {"column": "Many", "op": "<", "value": "-4", "reason": "given back"}
    result = read_with(mapping_of(filter=[condition]), HEADER, f"1,A,L,{text},2022-01-01")
    assert result.skipped == (Skipped("rows", 2, "given back"),)


@pytest.mark.parametrize(
    ("op", "value", "left_out"),
    [
        ("=", "b", "b"),
        ("!=", "b", "a,ab,,10"),
        ("in", ["a", "b"], "a,b"),
        ("not in", ["a", "b"], "ab,,10"),
        ("starts", "a", "a,ab"),
        ("contains", "b", "ab,b"),
        ("empty", "", ""),
        ("not empty", "", "a,ab,b,10"),
        (">", "9.5", "10"),
        (">=", "10", "10"),
        ("<", "10", None),
        ("<=", "10", "10"),
    ],
)
def test_a_filter_leaves_rows_out_and_says_why(op: str, value: Any, left_out: str | None) -> None:
    condition = {"column": "State", "op": op, "value": value, "reason": "left out", "count_as": "cancelled"}
    states = ["a", "ab", "b", "", "10"]
    result = read_with(
        mapping_of(filter=[condition]), f"{HEADER},State", *(f"1,A,L,1,2022-01-01,{state}" for state in states)
    )
    assert [states[row.row - 2] for row in result.skipped] == ([] if left_out is None else left_out.split(","))
    assert {row.kind for row in result.skipped} <= {SkipKind.CANCELLED}
    assert result.read == 5


def test_fields_come_from_columns_constants_parameters_and_parts() -> None:
    fields = {
        "order": {"concat": ["No", {"constant": "/"}, {"column": "Who", "change": "lower"}]},
        "account": {"column": "Who", "change": ["upper", {"strip_prefix": "#"}], "lookup": {"A": "Acme", "*": "Other"}},
        "product_name": {"column": "Name", "default": {"column": "What", "change": [{"prefix": "Article "}]}},
        "order_date": {"parameter": "ordered"},
        "start": {"column": "Since", "default": {"parameter": "ordered"}},
        "line": {"constant": "1"},
    }
    lines = read_with(
        mapping_of(fields, dates="day first", empty=["-"], parameters={"ordered": "2026-05-06"}),
        f"{HEADER},Name",
        "1,#a,L,1,01/02/2026,Licence",
        "2,B,M,1,-,-",
    ).lines
    assert [(line.order_ref, line.account_ref, line.product_name, line.order_date, line.start) for line in lines] == [
        ("1/#a", "Acme", "Licence", date(2026, 5, 6), date(2026, 2, 1)),
        ("2/b", "Other", "Article M", date(2026, 5, 6), date(2026, 5, 6)),
    ]


@pytest.mark.parametrize(
    ("parameters", "start"),
    [({"day": "2026-03-31"}, date(2026, 2, 28)), ({}, date(2026, 10, 22))],
)
def test_months_before_a_day_count_from_the_day_given_or_from_today(parameters: dict[str, str], start: date) -> None:
    fields = {"start": {"column": "Since", "change": [{"months_before_day": "day"}]}}
    result = read_with(
        mapping_of(fields, dates="month first", parameters={"day": None}), HEADER, "1,A,L,1,1.0", parameters=parameters
    )
    assert (result.problems, result.lines[0].start) == ((), start)


def test_a_number_of_months_that_is_none_is_told() -> None:
    fields = {"start": {"column": "Since", "change": [{"months_before_day": "day"}]}}
    result = read_with(
        mapping_of(fields, parameters={"day": None}), HEADER, "1,A,L,1,x", "2,A,L,1,9999", "3,A,L,1,", "4,A,L,1,1900"
    )
    assert [(problem.row, problem.found, problem.expected) for problem in result.problems] == [
        (2, "x", "a whole number of months"),
        (3, "9999", "a day from 1900-01-01 to 2199-12-31"),
        (4, "", "a value"),
        (5, "1900", "a day from 1900-01-01 to 2199-12-31"),
    ]


@pytest.mark.parametrize("separator", ["|+|", "||", "~", "#+#"])
def test_separators_may_have_several_characters(separator: str) -> None:
    rows = [HEADER, '1,"A,B",L,1,2022-01-01']
    result = read_with(
        mapping_of(separator=separator),
        rows[0].replace(",", separator),
        separator.join(["1", '"A,B"', "L", "1", "2022-01-01"]),
    )
    assert (result.problems, result.lines[0].account_ref) == ((), "A,B")


def test_a_lookup_that_does_not_know_a_word_says_which_it_knows() -> None:
    result = read_with(
        mapping_of({"product": {"column": "What", "lookup": {"Basic": "B", "Premium": "P"}}}),
        HEADER,
        "1,A,Premum,1,2022-01-01",
    )
    assert result.problems == (
        RowProblem("rows", 2, "What", "Premum", "one of: Basic, Premium", "did you mean Premium?"),
    )


def test_columns_that_the_file_does_not_have_are_told_with_those_it_has() -> None:
    result = read_with(
        mapping_of({"price": "Price"}, filter=[{"column": "State", "op": "=", "value": "x", "reason": "y"}]),
        f"{HEADER},Prices",
        "1,A,L,1,2022-01-01,3",
    )
    had = "the columns No, Who, What, Many, Since, Prices"
    assert result.problems == (
        RowProblem("rows", 1, "Price", had, "one column Price", "did you mean Prices?"),
        RowProblem("rows", 1, "State", had, "one column State", "correct the mapping or the file"),
    )
    assert result.read == 0


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-16", "bytes that are no utf-16 text"),
        ("utf-16-le", "the columns"),
        ("ascii", "A\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_wrong_encoding_is_told(encoding: str, found: str) -> None:
    result = read_with(mapping_of(encoding=encoding), HEADER, "1,A\xfc,L,1,2022-01-01", encoding="latin-1")
    assert result.problems[0].found.startswith(found)
    assert result.lines == ()


SIGNED = CustomField(1, FieldObject.ACCOUNT, "Signed_On", "Signed on", FieldType.DATE)


def test_a_field_of_ones_own_tells_how_a_file_writes_days_and_comes_from_tables_that_are_joined() -> None:
    mapping = {
        "name": "shop",
        "dates": "auto",
        "tables": {
            "customers": {"recognise": {"columns": ["Id", "Signed"]}},
            "lines": {
                "recognise": {"columns": ["No", "Who"]},
                "join": {"Customer": {"table": "customers", "on": [["Who", "Id"]]}},
                "fields": FIELDS | {"Signed_On__c": {"first": ["Signed", "Customer.Signed"]}},
            },
        },
    }
    files = {
        "lines": f"{HEADER},Signed\n1,A,L,1,03/04/2026,25/12/2025\n2,B,L,1,03/04/2026,\n",
        "customers": "Id,Signed\nA,\nB,24/12/2025\n",
    }
    result = read(
        [(name, io.BytesIO(text.encode())) for name, text in files.items()],
        today=TODAY,
        mapping=parse_mapping(json.dumps(mapping)),
        customs=(SIGNED,),
    )
    assert result.problems == ()
    assert [(line.start, line.fields) for line in result.lines] == [
        (date(2026, 4, 3), ((SIGNED, date(2025, 12, 25)),)),
        (date(2026, 4, 3), ((SIGNED, date(2025, 12, 24)),)),
    ]


def test_a_field_of_ones_own_is_for_records_that_have_some() -> None:
    usage = {"asset": "A", "at": "B", "quantity": "C", "key": "D", "Region__c": "E"}
    document = json.dumps({"name": "shop", "record": "usage", "fields": usage})
    ((field, message),) = problems_of(document)
    assert (field, message) == (
        "fields.Region__c",
        "The field 'Region__c' is unknown; known are: asset, at, quantity, key.",
    )


@pytest.mark.parametrize("encoding", ["hex", "rot13", "idna", "punycode", "unicode_escape", "utf-9", "a\0b"])
def test_what_is_no_encoding_of_files_is_refused(encoding: str) -> None:
    ((field, message),) = problems_of(mapping_of(encoding=encoding))
    assert field == "encoding"
    assert message.endswith('is unknown; write "utf-8", "cp1252" or "auto".')


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"description": 3}, "description is a text."),
        ({"name": "x" * 81}, "The name has at most 80 printable characters."),
        ({"separator": '"'}, 'The separator is one or more characters, such as ";" or "|+|", or "auto".'),
        ({"empty": "NULL"}, 'empty is a list of texts, such as ["A", "B"].'),
        ({"parameters": []}, 'parameters is an object of days or null, such as {"day": null}.'),
        ({"filter": {}}, "filter is a list of conditions."),
        (
            {"filter": [{"columns": "A", "column": "A", "op": "empty", "reason": "r"}]},
            "The setting 'columns' is unknown; did you mean 'column'?",
        ),
        (
            {"filter": [{"column": "A", "op": "empty", "reason": "r", "count_as": "canceled"}]},
            "The count 'canceled' is unknown; did you mean 'cancelled'?",
        ),
        (
            {"fields": FIELDS | {"line": 3}},
            'A field is the name of a column, or an object such as {"column": "Order No"}.',
        ),
        (
            {"fields": FIELDS | {"line": {"column": "L", "defalt": "1"}}},
            "The setting 'defalt' is unknown; did you mean 'default'?",
        ),
        ({"fields": FIELDS | {"end": {"parameter": "day"}}}, "The parameter 'day' is unknown; known are: none."),
        (
            {"fields": FIELDS | {"line": {"concat": "L"}}},
            'concat is a list of columns and constants, such as ["Order", {"constant": "-"}, "Line"].',
        ),
        (
            {"fields": FIELDS | {"line": {"column": "L", "lookup": []}}},
            'lookup is an object of texts, such as {"M": "month", "Y": "year"}.',
        ),
        (
            {"fields": FIELDS | {"line": {"column": "L", "change": 3}}},
            f"The change '3' is unknown; known are: {', '.join((*PLAIN_CHANGES, *NAMED_CHANGES))}.",
        ),
    ],
)
def test_each_setting_is_checked(settings: dict[str, Any], message: str) -> None:
    assert [told for _, told in problems_of(json.dumps({"name": "shop", "fields": FIELDS} | settings))] == [message]


def test_parameters_are_checked() -> None:
    mapping = mapping_of(parameters={"day": None})
    result = read_with(mapping, HEADER, "1,A,L,1,2022-01-01", parameters={"day": "2022-02-30", "days": "2022-01-01"})
    assert [(problem.column, problem.found, problem.expected) for problem in result.problems] == [
        ("day", "2022-02-30", "a day of the calendar"),
        ("days", "2022-01-01", "one of: day"),
    ]
    assert result.lines == ()


def test_a_constant_currency_that_the_organisation_does_not_know_is_told_once() -> None:
    stream = io.BytesIO(f"{HEADER}\n1,A,L,1,2022-01-01\n2,A,L,1,2022-01-01\n".encode())
    mapping = parse_mapping(mapping_of({"currency": {"constant": "XQZ"}}))
    result = read([("rows", stream)], today=TODAY, mapping=mapping, known_currency=lambda code: code == "USD")
    assert [(problem.row, problem.column, problem.found) for problem in result.problems] == [(1, "currency", "XQZ")]


# ------------------------------------------------------------------------------------------- mistakes in a mapping


def test_every_mistake_in_a_mapping_is_told_at_once() -> None:
    found = problems_of(
        json.dumps(
            {
                "name": "",
                "seperator": ";",
                "encoding": "utf-9",
                "dates": ["%Q", "iso"],
                "decimals": "1.234.56",
                "skip_lines": -1,
                "parameters": {"day": "30 Feb"},
                "filter": [{"column": "A", "op": "is", "value": "x"}, {"op": "<", "value": "x", "reason": "r"}, 3],
                "fields": {
                    "order": "No",
                    "acount": "Who",
                    "product": {"column": "P", "constant": "L"},
                    "quantity": {"column": "Q", "change": ["uper", {"prefix": 3}, {"months_before_day": "tag"}]},
                    "start": {"constant": "30.02.2022"},
                    "kind": {"column": "K", "lookup": {"a": "physicel"}},
                },
            }
        )
    )
    assert [field for field, _ in found] == [
        "seperator", "name", "parameters.day", "encoding", "dates", "decimals", "skip_lines", "filter[0]", "filter[0]",
        "filter[1]", "filter[1]", "filter[2]", "fields.acount", "fields.product", "fields.quantity", "fields.quantity",
        "fields.quantity", "fields.account", "fields.start", "fields.kind",
    ]  # fmt: skip
    messages = dict(found)
    assert messages["seperator"] == "The setting 'seperator' is unknown; did you mean 'separator'?"
    assert messages["fields.acount"] == "The field 'acount' is unknown; did you mean 'account'?"
    assert messages["fields.product"] == f"Give exactly one of: {', '.join(SOURCES)}."
    assert messages["fields.account"] == "The field account is needed: say which column it is."
    assert messages["fields.start"] == "'30.02.2022' is not a day written like 2026-11-30."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "The mapping is no JSON: Expecting property name enclosed in double quotes. Correct it at this place."),
        ("[]", "A mapping is a JSON object."),
        ("[" * 100_000, "The mapping is no JSON text in UTF-8."),
        ('{"name": "x", "fields": []}', 'fields is an object, such as {"order": {"column": "Order No"}, ...}.'),
        (
            mapping_of({"selling_model": {"constant": "term"}}),
            "What is sold for a term needs the field end or the field term.",
        ),
        (
            json.dumps(
                {
                    "name": "x",
                    "fields": {name: {"constant": "2022-01-01"} for name in FIELDS} | {"quantity": {"constant": "1"}},
                }
            ),
            "At least one field comes from a column.",
        ),
    ],
)
def test_what_is_no_mapping_is_told(text: str, message: str) -> None:
    assert [told for _, told in problems_of(text)] == [message]


def test_a_mapping_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"cannot be read: No such file or directory\."):
        load_mapping(tmp_path / "map.json")
    (tmp_path / "map.json").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(Refused, match="no JSON text in UTF-8"):
        load_mapping(tmp_path / "map.json")

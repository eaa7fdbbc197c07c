"""Our own CSV and JSON order formats: what rows become, and how every mistake is told."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.bundled import sample
from calm_desktop.engine.catalog import Category, Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.formats import json_files
from calm_desktop.formats.drafts import OrderLine, ReadResult, RowProblem, for_new_product
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
HEADER = "order,account,product,quantity,start"


def read_bytes(content: bytes, format_name: str | None = None) -> ReadResult:
    return read([("orders", io.BytesIO(content))], today=TODAY, format_name=format_name)


def read_csv(*lines: str, encoding: str = "utf-8") -> ReadResult:
    return read_bytes("\n".join(lines).encode(encoding), "calm-csv")


def read_json(text: str) -> ReadResult:
    return read_bytes(text.encode(), "calm-json")


def places(result: ReadResult) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.found) for problem in result.problems]


def test_a_row_says_everything_about_its_line() -> None:
    result = read_csv(
        "order,line,order_date,account,account_name,account_country,product,product_name,kind,selling_model,quantity,"
        "price,price_unit,discount,currency,start,end,term,term_unit,frequency,timing,boundary,partial,remainder,"
        "tax_category,category,source,discount_amount,free_months,trial_days",
        'SO-1,7,2021-12-15,A-1,Acme,DE,LIC,Licence,subscription,term,2.50,"1,200.125",year,5%,eur,2022-01-01,,3,years,'
        "quarterly,arrears,day:31,whole,first,standard,upsells,work-order:WO-7/2,2.50,1,14",
    )
    line = result.lines[0]
    assert result.problems == ()
    assert line._replace(content_key="") == OrderLine(
        order_ref="SO-1",
        line_ref="7",
        account_ref="A-1",
        account_name="Acme",
        account_country="DE",
        product_code="LIC",
        product_name="Licence",
        kind=Kind.SUBSCRIPTION,
        selling_model=SellingModel.TERM,
        currency="EUR",
        quantity=Decimal("2.5"),
        unit_price=Decimal("1200.125"),
        price_unit=PriceUnit.YEAR,
        discount=Decimal(5),
        order_date=date(2021, 12, 15),
        start=date(2022, 1, 1),
        end=None,
        term=3,
        term_unit=TermUnit.YEARS,
        frequency=Frequency.QUARTERLY,
        timing=Timing.ARREARS,
        boundary=Boundary(BoundaryKind.DAY, 31),
        partial=Partial.WHOLE,
        remainder=Remainder.FIRST,
        tax_category="standard",
        category=Category.UPSELLS,
        source="work-order:WO-7/2",
        discount_amount=Decimal("2.50"),
        free_months=1,
        trial_days=14,
        total=None,
        cancel_from=None,
        billed_through=None,
        steps=(),
        fields=(),
        system="calm",
        file="orders",
        row=2,
        content_key="",
        occurrence=1,
    )


def test_what_a_row_does_not_say_is_left_to_account_and_catalogue() -> None:
    line = read_csv(HEADER, "1,Acme,LIC,10,2022-01-01").lines[0]
    assert (line.account_name, line.kind, line.selling_model, line.price_unit) == ("Acme", None, None, None)
    assert (line.currency, line.unit_price, line.discount, line.order_date) == (None, None, Decimal(0), None)
    assert (line.frequency, line.timing, line.boundary) == (None, Timing.ADVANCE, Boundary())
    assert (line.partial, line.remainder, line.term_unit) == (Partial.ALLOWED, Remainder.LAST, TermUnit.MONTHS)


@pytest.mark.parametrize(
    ("says", "brings"),
    [
        ("selling_model=one-time", (Kind.PHYSICAL, SellingModel.ONE_TIME, PriceUnit.ONCE)),
        ("price_unit=once", (Kind.PHYSICAL, SellingModel.ONE_TIME, PriceUnit.ONCE)),
        ("kind=physical", (Kind.PHYSICAL, SellingModel.ONE_TIME, PriceUnit.ONCE)),
        ("kind=usage", (Kind.USAGE, SellingModel.EVERGREEN, PriceUnit.MONTH)),
        ("term=12", (Kind.SUBSCRIPTION, SellingModel.TERM, PriceUnit.MONTH)),
        ("end=2022-12-31", (Kind.SUBSCRIPTION, SellingModel.TERM, PriceUnit.MONTH)),
        ("price_unit=year", (Kind.SUBSCRIPTION, SellingModel.EVERGREEN, PriceUnit.YEAR)),
    ],
)
def test_a_new_product_follows_from_what_its_line_says(says: str, brings: tuple[Kind, SellingModel, PriceUnit]) -> None:
    column, value = says.split("=")
    line = read_csv(f"{HEADER},{column}", f"1,A,L,1,2022-01-01,{value}").lines[0]
    assert for_new_product(line) == brings


def test_headers_match_without_case_mark_asterisk_quotes_spaces_and_underscores() -> None:
    result = read_csv('\ufeff*ORDER;" Account ";"Product";Quantity;start;Price Unit', "1;A;L;1;2022-01-01;Half Year")
    assert (result.problems, result.lines[0].price_unit) == ((), PriceUnit.HALF_YEAR)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_separators_and_encodings_are_found_out(separator: str, encoding: str) -> None:
    result = read_csv(
        HEADER.replace(",", separator), separator.join(["1", "Müller", "L", "1", "2022-01-01"]), encoding=encoding
    )
    assert (result.problems, result.lines[0].account_name) == ((), "Müller")


def test_one_bad_byte_in_a_utf_8_file_is_told_and_spoils_no_other_name() -> None:
    result = read_bytes(f"{HEADER}\n1,Müller,L,1,2022-01-01\n2,A".encode() + b"\xff,L,1,2022-01-01\n")
    assert [line.account_name for line in result.lines] == ["Müller"]
    assert places(result) == [(3, "account", "A\N{REPLACEMENT CHARACTER}")]


def test_each_mistake_has_its_row_column_found_expected_and_fix() -> None:
    result = read_csv(
        f"{HEADER},Frequency,end",
        "1,A,L,abc,2022-02-30,,",
        "2,A,L,0,2022-01-01,monthy,",
        "3,,L,1,2022-01-31,,2022-01-30",
    )
    assert (result.read, result.rejected, result.lines) == (3, 3, ())
    assert result.problems == (
        RowProblem(
            "orders", 2, "quantity", "abc", "a number such as 1,234.56",
            "write digits only, without a unit or a currency sign",
        ),
        RowProblem(
            "orders", 2, "start", "2022-02-30", "a day of the calendar", "write a day that exists in that month"
        ),
        RowProblem(
            "orders", 3, "quantity", "0", "a quantity above 0 and below 1,000,000,000,000",
            "change 0 to a quantity above 0 and below 1,000,000,000,000",
        ),
        RowProblem(
            "orders", 3, "Frequency", "monthy",
            "one of: monthly, quarterly, semi-annual, annual, weekly, daily, once", "write monthly",
        ),
        RowProblem("orders", 4, "account", "", "a value", "fill in account"),
        RowProblem(
            "orders", 4, "end", "2022-01-30", "a day on or after the start 2022-01-31", "correct the start or the end"
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("quantity", "-1", "a quantity above 0 and below 1,000,000,000,000"),
        ("quantity", "1000000000000", "a quantity above 0 and below 1,000,000,000,000"),
        ("quantity", "1.0000001", "at most 6 decimals"),
        ("quantity", "1e3", "a number such as 1,234.56"),
        ("quantity", "１", "a number such as 1,234.56"),
        ("quantity", "NaN", "a number such as 1,234.56"),
        ("price", "-0.01", "a price of 0 or more and below 1,000,000,000,000"),
        ("price", "$5", "a number such as 1,234.56"),
        ("price", '"1,5"', "a number such as 1,234.56"),
        ("discount", "100.1", "a percentage from 0 to 100"),
        ("discount", "1.00001", "at most 4 decimals"),
        ("start", "1899-12-31", "a day from 1900-01-01 to 2199-12-31"),
        ("start", "2200-01-01", "a day from 1900-01-01 to 2199-12-31"),
        ("start", "31.01.2022", "a day written like 2026-11-30"),
        ("start", "2023-02-29", "a day of the calendar"),
        ("term", "1.5", "a whole number from 1 to 3600"),
        ("term", "0", "a whole number from 1 to 3600"),
        ("term", "3600", "a term that ends by 2199-12-31"),
        ("currency", "DOLLAR", "the three-letter code of a currency, such as USD"),
        ("boundary", "day:32", "anniversary, calendar, last-day or day:N (N from 1 to 31)"),
        ("source", "CRM", "work-order:NUMBER/LINE or SYSTEM:REFERENCE"),
        ("source", "work-order:7", "work-order:NUMBER/LINE"),
        ("order", "x" * 81, "at most 80 characters"),
        ("account_name", "x" * 256, "at most 255 characters"),
        ("product", "A\aB", "printable characters"),
        ("selling_model", "term", "an end or a term, since it is sold for a term"),
    ],
)
def test_values_beyond_their_limits_are_refused(column: str, value: str, expected: str) -> None:
    row = {"order": "1", "account": "A", "product": "L", "quantity": "1", "start": "2022-01-01", column: value}
    result = read_csv(",".join(row), ",".join(row.values()))
    assert [problem.expected for problem in result.problems] == [expected]
    assert (result.read, result.rejected) == (1, 1)


def test_an_end_beside_a_term_and_an_end_of_an_evergreen_are_refused() -> None:
    result = read_csv(
        f"{HEADER},end,term,selling_model",
        "1,A,L,1,2022-01-01,2022-12-31,12,",
        "2,A,L,1,2022-01-01,2022-12-31,,evergreen",
        "3,A,L,1,2022-01-01,,12,evergreen",
    )
    assert places(result) == [(2, "term", "12"), (3, "end", "2022-12-31"), (4, "term", "12")]


def test_a_currency_that_is_not_known_is_refused() -> None:
    content = io.BytesIO(f"{HEADER},currency\n1,A,L,1,2022-01-01,USD\n2,A,L,1,2022-01-01,XQZ\n".encode())
    result = read([("orders", content)], today=TODAY, known_currency=lambda code: code == "USD")
    assert (len(result.lines), places(result)) == (1, [(3, "currency", "XQZ")])


def test_an_unknown_column_is_told_with_the_name_that_was_probably_meant_and_rows_are_still_judged() -> None:
    result = read_csv(f"{HEADER},Prise,Notes", "1,A,L,abc,2022-01-01,3,x", "2,A,L,1,2022-01-01,3,x")
    assert places(result) == [(1, "Prise", "Prise"), (1, "Notes", "Notes"), (2, "quantity", "abc")]
    assert [problem.fix for problem in result.problems[:2]] == ["did you mean price?", "delete it, or correct its name"]
    assert (result.read, len(result.lines), result.rejected) == (2, 1, 1)


def test_a_missing_column_is_told_once_and_no_row_is_read() -> None:
    result = read_csv("order,product,quantity", "1,L,1", "2,L,1")
    assert places(result) == [(1, "account", "no such column"), (1, "start", "no such column")]
    assert result.read == 0


def test_a_column_that_stands_twice_is_told() -> None:
    assert places(read_csv(f"{HEADER},Order", "1,A,L,1,2022-01-01,2")) == [(1, "Order", "the column twice")]


def test_ragged_rows_are_told_and_empty_ones_passed_over() -> None:
    result = read_csv(
        HEADER, "1,A,L,1", "", ",,,,", "2,A,L,1,2022-01-01,,", "3,A,L,1,2022-01-01,more", '4,"A', 'B",L,1,2022-01-01'
    )
    assert places(result) == [(2, "", "4 cells"), (6, "", "6 cells")]
    assert [(line.order_ref, line.row) for line in result.lines] == [("2", 5), ("4", 7)]
    assert (result.read, result.rejected, result.lines[1].account_name) == (4, 2, "A B")


def test_a_quotation_mark_that_is_not_closed_is_told() -> None:
    result = read_csv(HEADER, '1,"A,L,1,2022-01-01', "2,A,L,1,2022-01-01")
    assert [(problem.row, problem.fix) for problem in result.problems] == [
        (2, "close the quotation mark that is opened in this row")
    ]
    endless = read_csv(HEADER, "1,A,L,1,2022-01-01", '2,"' + "x\n" * 100_000)
    assert places(endless) == [(3, "", "a cell of more than 131,072 characters")]
    assert (endless.read, len(endless.lines)) == (1, 1)


def test_a_line_twice_means_two_and_the_same_file_again_means_the_same() -> None:
    rows = (HEADER, "1,A,L,1,2022-01-01", "1,A,L,1.00,2022-01-01", "1,A,L,2,2022-01-01", "2,A,L,1,2022-01-01")
    lines = read_csv(*rows).lines
    assert [line.occurrence for line in lines] == [1, 2, 1, 1]
    assert lines[0].content_key == lines[1].content_key != lines[2].content_key
    assert len({line.natural_key for line in lines}) == 4
    assert [line.natural_key for line in read_csv(*rows).lines] == [line.natural_key for line in lines]


def test_a_line_number_keeps_a_changed_line_recognisable() -> None:
    before = read_csv(f"{HEADER},line", "1,A,L,1,2022-01-01,1").lines[0]
    after = read_csv(f"{HEADER},line", "1,A,L,5,2022-01-01,1").lines[0]
    assert before.natural_key == after.natural_key
    assert before.content_key != after.content_key


def test_csv_and_json_of_equal_meaning_have_equal_keys() -> None:
    of_csv = read_csv(f"{HEADER},price", "1,A,L,1.50,2022-01-01,10.00").lines[0]
    of_json = read_json(
        '{"orders": [{"number": "1", "account": "A", "lines": ['
        '{"product": "L", "quantity": 1.5, "price": "10", "start": "2022-01-01"}]}]}'
    ).lines[0]
    assert of_csv.natural_key == of_json.natural_key


def test_what_a_json_order_says_holds_for_its_lines_unless_they_say_otherwise() -> None:
    result = read_json(
        """{"orders": [
          {"number": 17, "date": "2021-12-31", "account": "A", "start": "2022-01-01", "lines": [
            {"product": "L", "quantity": 1},
            {"product": "M", "quantity": "2", "start": "2022-02-01", "price": null}]}]}"""
    )
    assert result.problems == ()
    assert [(line.order_ref, line.product_code, line.start, line.row) for line in result.lines] == [
        ("17", "L", date(2022, 1, 1), 3),
        ("17", "M", date(2022, 2, 1), 4),
    ]
    assert result.lines[0].order_date == date(2021, 12, 31)


def test_mistakes_in_json_have_their_line_and_path() -> None:
    result = read_json(
        """{"orders": [
          {"number": "1", "acount": "A", "start": "2022-02-30", "lines": [
            {"product": "L", "quantity": true, "quantity": []},
            3,
            {"product": "{", "quantity": "1", "start": "2022-01-01", "account": "A", "prize": 1}]},
          {"number": "2", "lines": []},
          "x"], "version": 1}"""
    )
    assert places(result) == [
        (2, "orders[0].acount", "acount"),
        (3, "orders[0].lines[0].quantity", "the name twice"),
        (3, "orders[0].lines[0].quantity", "a list"),
        (3, "orders[0].lines[0].account", ""),
        (3, "orders[0].start", "2022-02-30"),
        (2, "orders[0].lines[1]", "3"),
        (5, "orders[0].lines[2].prize", "prize"),
        (6, "orders[1].lines", "no lines"),
        (6, "orders[2]", "x"),
        (7, "version", "version"),
    ]
    assert (result.read, result.rejected) == (3, 3)


@pytest.mark.parametrize(
    ("text", "row", "found"),
    [
        ('{"orders": [\n{]}', 2, "no JSON at line 2, column 2: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, 0, "JSON nested too deeply"),
        ("[]", 1, "a list"),
        ('{"orders": 5}', 1, "an object with orders"),
        ('{"orders": []}', 1, "no orders"),
        ('{"fields": {}}', 1, "an object with fields"),
        ("{}", 1, "an empty object"),
    ],
)
def test_what_is_no_json_of_orders_is_told(text: str, row: int, found: str) -> None:
    result = read_json(text)
    assert [(problem.row, problem.found) for problem in result.problems] == [(row, found)]
    assert result.read == 0


def test_a_record_that_memory_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "RECORD_LIMIT", -json_files._BLOCK + 20)
    found = [problem.found for problem in read_json('{"orders": [{"number": "1234567890"}]}').problems]
    assert found == [f"a record of more than {json_files.RECORD_LIMIT:,} characters"]


def test_objects_know_their_line_whatever_stands_in_texts() -> None:
    result = read_json(
        """{"orders": [{"number": "1", "account": "{\\"}\\\\", "start": "2022-01-01", "lines": [
          {"product": "}{", "quantity": "1"},
          {"product": "\\\\", "quantity": "0"}]}]}"""
    )
    assert [line.row for line in result.lines] == [2]
    assert places(result) == [(3, "orders[0].lines[1].quantity", "0")]


def test_the_samples_read_without_a_problem_and_show_all_kinds_and_models() -> None:
    result = read([sample("orders.csv"), sample("orders.json")], today=TODAY)
    assert (result.problems, result.read, len(result.lines)) == ((), 13, 13)
    for name in ("orders.csv", "orders.json"):
        lines = [line for line in result.lines if line.file == name]
        assert {line.kind for line in lines} == set(Kind)
        assert {line.selling_model for line in lines} == set(SellingModel)

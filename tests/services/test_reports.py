"""Reports, in figures that a bookkeeper can follow; what stands behind a cell sums to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from calm_desktop.engine.aging import Bucket
from calm_desktop.engine.catalog import Category, Kind, SellingModel
from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.engine.metrics import Movement
from calm_desktop.engine.money import Money, plain
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.report_periods import By
from calm_desktop.services import catalogue, customers, fields, invoices, papers, reports, usage
from calm_desktop.services import settings as rules
from calm_desktop.services.reports import KINDS, groups
from calm_desktop.services.requests import (
    AddField,
    AddUsage,
    AgingBehind,
    CohortBehind,
    Find,
    GiveCredit,
    MovementsBehind,
    PayInvoice,
    Report,
    RunInvoices,
    SetAccount,
    SetProduct,
    SetSetting,
)
from calm_desktop.services.views import list_accounts
from tests.trade import Trade, day

YEAR = Report(start=date(2022, 1, 1), end=date(2022, 12, 31))
QUARTERS = replace(YEAR, by=By.QUARTER)


@pytest.fixture
def book(trade: Trade) -> Trade:
    """Acme: ten licences for 2022 from January, a platform from March to September, five licences more from July.
    Beta: five licences from February to July. Gamma: in euros, three licences from April, for a year. Delta: a router.
    """
    trade.product("LIC", "10")
    trade.product("PLAT", "500", SellingModel.EVERGREEN)
    trade.product("ROUTER", "250", SellingModel.ONE_TIME, kind=Kind.PHYSICAL)
    trade.on("2022-01-01").sell("Acme", "LIC", "10", "2022-01-01", term=12)
    trade.on("2022-02-01").sell("Beta", "LIC", "5", "2022-02-01", term=6, price="12")
    trade.on("2022-03-01").sell("Acme", "PLAT", "1", "2022-03-01")
    trade.on("2022-04-01").sell("Gamma", "LIC", "3", "2022-04-01", term=12, currency="EUR", price="9")
    trade.on("2022-04-15").sell("Delta", "ROUTER", "2", "2022-04-15")
    trade.on("2022-06-10").amend("AST-000001", "5", "2022-07-01")
    trade.on("2022-06-20").cancel("PLAT", "2022-10-01")
    return trade


def ask(trade: Trade, view: Callable[[Any, Any], Any], request: Any, today: str = "2022-12-31") -> Any:
    return trade.desk.on(day(today)).ask(view, request)


def lines(rows: Iterable[Any], *columns: str) -> list[tuple[str, ...]]:
    return [tuple(_text(getattr(row, column)) for column in columns) for row in rows]


def _text(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def total(values: Iterable[Money]) -> str:
    found = list(values)
    return str(found[0].currency.money(sum(money.minor for money in found))) if found else "0"


# ------------------------------------------------------------------------------------------------------------ groups


@pytest.fixture
def regions(book: Trade) -> Trade:
    """Acme is in the west, Beta in the east, nobody said where Gamma and Delta are. A platform's plan is 1.5."""
    told = book.on("2022-01-01")
    told.do(fields.add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.TEXT))
    told.do(fields.add_field, AddField("Plan", FieldObject.PRODUCT, FieldType.NUMBER))
    told.do(customers.set_account, SetAccount("Acme", fields=(("Region", "West"),)))
    told.do(customers.set_account, SetAccount("Beta", fields=(("Region", "East"),)))
    told.do(catalogue.set_product, SetProduct("PLAT", fields=(("Plan", "1.50"),)))
    return book


def test_movements_of_groups_look_at_each_as_if_the_others_were_not_there(regions: Trade) -> None:
    by_product = ask(regions, reports.mrr_movements, replace(YEAR, by=By.YEAR, group_by="product"))
    assert lines(by_product.rows, "group", *MOVED[1:]) == [
        ("LIC", "EUR", "0.00", "27.00", "0.00", "0.00", "0.00", "0.00", "27.00"),
        ("LIC", "USD", "0.00", "160.00", "50.00", "0.00", "-60.00", "0.00", "150.00"),
        ("PLAT", "USD", "0.00", "500.00", "0.00", "0.00", "-500.00", "0.00", "0.00"),
    ]


def test_groups_are_named_by_what_is_said_in_a_field_and_those_that_say_nothing_come_last(regions: Trade) -> None:
    def grouped(word: str) -> list[tuple[str, ...]]:
        shape = ask(regions, reports.categories, replace(YEAR, by=By.YEAR, group_by=word))
        return lines(shape.rows, "group", "currency", "category", "amount")

    assert (
        grouped("Region")
        == grouped("account.region")
        == [
            ("East", "USD", "Initial Sale", "360.00"),
            ("West", "USD", "Initial Sale", "1200.00"),
            ("West", "USD", "Upsells", "300.00"),
            ("West", "USD", "Cancellations", "3500.00"),
            ("(none)", "EUR", "Initial Sale", "324.00"),
            ("(none)", "USD", "Initial Sale", "500.00"),
        ]
    )
    assert [row[0] for row in grouped("Plan")] == ["1.5", "1.5", *["(none)"] * 3]
    assert {row[0] for row in grouped("kind")} == {"physical", "subscription"}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("word", ["account", "product", "kind", "Region", "Plan"])
def test_a_group_is_the_report_narrowed_to_it_and_what_is_behind_all_is_behind_its_groups(
    regions: Trade, name: str, word: str
) -> None:
    regions.on("2022-06-30").invoice("2022-06-30")
    kind, request, today = KINDS[name], Report(group_by=word), "2022-10-15"
    whole = ask(regions, kind.view, request, today)
    groups = list(dict.fromkeys(row.group for row in whole.rows))
    assert groups or name == "usage"
    for group in groups:
        alone = ask(regions, kind.view, replace(request, group=group), today)
        assert [replace(row, group=group) for row in alone.rows] == [row for row in whole.rows if row.group == group]
    customers_are_whole = word in ("account", "Region") or name not in ("mrr-movements", "retention", "cohorts")
    if kind.behind is not None and customers_are_whole:
        behind = [line for group in groups for line in ask(regions, kind.behind, replace(request, group=group), today)]
        every = ask(regions, kind.behind, Report(), today)
        assert len(behind) == len(every)
        assert all(line in behind for line in every)


def test_a_value_that_is_called_as_nothing_is_stays_in_one_group_with_it(regions: Trade) -> None:
    regions.do(customers.set_account, SetAccount("Beta", fields=(("Region", "(none)"),)))
    shape = ask(regions, reports.top_accounts, Report(group_by="Region"), "2022-06-15")
    assert lines(shape.rows, "group", "rank", "account") == [
        ("West", "1", "Acme"),
        ("(none)", "1", "Gamma"),
        ("(none)", "1", "Beta"),
        ("(none)", "2", "Delta"),
    ]


def test_what_can_be_grouped_by_is_offered_with_its_object_where_several_have_the_name(regions: Trade) -> None:
    regions.do(fields.add_field, AddField("Region", FieldObject.ASSET, FieldType.TEXT))
    assert ask(regions, lambda tx, _: reports.offered(tx), None) == (
        ("Account", "account"),
        ("Product", "product"),
        ("Kind", "kind"),
        ("Region of the account", "account.Region"),
        ("Plan", "product.Plan"),
        ("Region of the asset", "asset.Region"),
    )
    with pytest.raises(Refused, match=r"There are: account, product, kind, account\.Region, Plan, asset\.Region\."):
        ask(regions, reports.aging, Report(group_by="Colour"))


def test_too_many_groups_are_not_made(regions: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_GROUPS", 3)
    with pytest.raises(Refused, match="Account parts these assets into more than 3 groups"):
        ask(regions, reports.aging, Report(group_by="account"))
    assert ask(regions, reports.aging, Report(group_by="account", currency="EUR")).rows == ()


# ------------------------------------------------------------------------------------------------ MRR movements


MOVED = ("period", "currency", "opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")


def test_mrr_moves_from_opening_to_closing_by_quarter_and_currency(book: Trade) -> None:
    rows = ask(book, reports.mrr_movements, QUARTERS).rows
    assert lines(rows, *MOVED) == [
        ("2022-Q1", "EUR", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00"),
        ("2022-Q2", "EUR", "0.00", "27.00", "0.00", "0.00", "0.00", "0.00", "27.00"),
        ("2022-Q3", "EUR", "27.00", "0.00", "0.00", "0.00", "0.00", "0.00", "27.00"),
        ("2022-Q4", "EUR", "27.00", "0.00", "0.00", "0.00", "0.00", "0.00", "27.00"),
        ("2022-Q1", "USD", "0.00", "160.00", "500.00", "0.00", "0.00", "0.00", "660.00"),
        ("2022-Q2", "USD", "660.00", "0.00", "0.00", "0.00", "0.00", "0.00", "660.00"),
        ("2022-Q3", "USD", "660.00", "0.00", "50.00", "0.00", "-60.00", "0.00", "650.00"),
        ("2022-Q4", "USD", "650.00", "0.00", "0.00", "-500.00", "0.00", "0.00", "150.00"),
    ]


def test_by_the_day_of_cancelling_a_cancelled_asset_leaves_earlier(book: Trade) -> None:
    book.desk.do(rules.set_setting, SetSetting("churn-date", "day-of-cancelling"))
    report = replace(QUARTERS, currency="USD")
    rows = ask(book, reports.mrr_movements, report).rows
    assert lines(rows, "period", "contraction", "closing")[1:] == [
        ("2022-Q2", "-500.00", "160.00"),
        ("2022-Q3", "0.00", "150.00"),
        ("2022-Q4", "0.00", "150.00"),
    ]
    (moved,) = ask(book, reports.movements_behind, MovementsBehind(report, Movement.CONTRACTION))
    assert (moved.day, moved.category, len(moved.actions)) == (date(2022, 6, 20), "Cancellations", 1)


def test_an_undone_cancellation_is_no_churn(book: Trade) -> None:
    book.desk.do(rules.set_setting, SetSetting("churn-date", "day-of-cancelling"))
    action = book.asset("PLAT")["actions"][-1]["id"]
    book.on("2022-06-25").undo(action)
    rows = ask(book, reports.mrr_movements, replace(QUARTERS, currency="usd")).rows
    assert [str(row.closing) for row in rows] == ["660.00", "660.00", "650.00", "650.00"]


def test_a_transfer_is_churn_of_one_customer_and_new_of_the_other_on_its_own_day(book: Trade) -> None:
    book.desk.do(rules.set_setting, SetSetting("churn-date", "day-of-cancelling"))
    book.on("2022-04-10").transfer("AST-000002", "Delta", "2022-05-01")
    may = Report(start=date(2022, 5, 1), end=date(2022, 5, 31), currency="USD")
    (row,) = ask(book, reports.mrr_movements, may).rows
    assert (str(row.churn), str(row.new), str(row.closing)) == ("-60.00", "60.00", "660.00")


def test_a_pause_is_a_gap_and_going_on_a_reactivation(book: Trade) -> None:
    book.on("2022-03-01").pause("AST-000002", "2022-04-01", "2022-04-30")
    rows = ask(book, reports.mrr_movements, replace(YEAR, account="Beta", end=date(2022, 5, 31))).rows
    assert lines(rows, "period", "new", "churn", "reactivation", "closing")[1:] == [
        ("2022-02", "60.00", "0.00", "0.00", "60.00"),
        ("2022-03", "0.00", "0.00", "0.00", "60.00"),
        ("2022-04", "0.00", "-60.00", "0.00", "0.00"),
        ("2022-05", "0.00", "0.00", "60.00", "60.00"),
    ]


@pytest.mark.parametrize("churn_date", ["first-day-without", "day-of-cancelling"])
@pytest.mark.parametrize("account", ["", "Beta"])
def test_assets_behind_a_movement_sum_to_it(book: Trade, churn_date: str, account: str) -> None:
    book.desk.do(rules.set_setting, SetSetting("churn-date", churn_date))
    for row in ask(book, reports.mrr_movements, replace(YEAR, account=account)).rows:
        cell = Report(start=row.start, end=row.end, currency=row.currency, account=account)
        for movement in (None, *Movement):
            behind = ask(book, reports.movements_behind, MovementsBehind(cell, movement))
            expected = getattr(row, movement) if movement else row.closing - row.opening
            assert sum(each.change.minor for each in behind) == expected.minor
            assert all(each.mrr_after - each.mrr_before == each.change for each in behind)
        held = ask(book, reports.mrr_behind, cell)
        assert sum(each.mrr.minor for each in held) == row.closing.minor


def test_what_is_behind_a_movement_names_the_actions(book: Trade) -> None:
    behind = ask(book, reports.movements_behind, MovementsBehind(replace(YEAR, currency="USD")))
    assert lines(behind, "day", "movement", "account", "product", "change", "category") == [
        ("2022-01-01", "new", "Acme", "LIC", "100.00", "Initial Sale"),
        ("2022-02-01", "new", "Beta", "LIC", "60.00", "Initial Sale"),
        ("2022-03-01", "expansion", "Acme", "PLAT", "500.00", "Initial Sale"),
        ("2022-07-01", "expansion", "Acme", "LIC", "50.00", "Upsells"),
        ("2022-08-01", "churn", "Beta", "LIC", "-60.00", ""),
        ("2022-10-01", "contraction", "Acme", "PLAT", "-500.00", "Cancellations"),
    ]


def test_movements_of_one_product_look_at_nothing_else(book: Trade) -> None:
    rows = ask(book, reports.mrr_movements, replace(YEAR, by=By.YEAR, product="PLAT")).rows
    assert lines(rows, "new", "churn", "closing") == [("500.00", "-500.00", "0.00")]
    assert ask(book, reports.mrr_movements, replace(YEAR, kind=Kind.PHYSICAL)).rows == ()


# ------------------------------------------------------------------------------------------------ retention, cohorts


def test_retention_against_a_year_earlier(book: Trade) -> None:
    book.on("2022-12-01").renew("AST-000001", term=12)
    (row,) = ask(book, reports.retention, Report(date(2023, 3, 1), date(2023, 3, 31), currency="USD")).rows
    assert (str(row.mrr_then), str(row.mrr_now), str(row.mrr_kept)) == ("660.00", "150.00", "150.00")
    assert (row.net_retention, row.gross_retention) == (Fraction(5, 22), Fraction(5, 22))
    assert (row.customers, row.customers_kept, row.day_then) == (2, 1, date(2022, 3, 31))
    behind = ask(book, reports.retention_behind, Report(end=row.end, currency="USD"))
    assert lines(behind, "account", "mrr_then", "mrr_now", "mrr_kept") == [
        ("Acme", "600.00", "150.00", "150.00"),
        ("Beta", "60.00", "0.00", "0.00"),
    ]


def test_gross_retention_caps_a_customer_at_what_it_had(book: Trade) -> None:
    book.on("2022-12-01").renew("AST-000001", term=12)
    report = Report(date(2023, 2, 1), date(2023, 2, 15), currency="USD")
    (row,) = ask(book, reports.retention, report).rows
    assert (str(row.mrr_then), str(row.mrr_now), str(row.mrr_kept)) == ("160.00", "150.00", "100.00")
    assert row.gross_retention == Fraction(5, 8)


def test_cohorts_follow_the_customers_of_a_quarter(book: Trade) -> None:
    rows = ask(book, reports.cohort_retention, QUARTERS).rows
    assert lines(rows, "cohort", "period", "age", "currency", "customers", "new", "active", "mrr") == [
        ("2022-Q2", "2022-Q2", "0", "EUR", "1", "27.00", "1", "27.00"),
        ("2022-Q2", "2022-Q3", "1", "EUR", "1", "27.00", "1", "27.00"),
        ("2022-Q2", "2022-Q4", "2", "EUR", "1", "27.00", "1", "27.00"),
        ("2022-Q1", "2022-Q1", "0", "USD", "2", "160.00", "2", "660.00"),
        ("2022-Q1", "2022-Q2", "1", "USD", "2", "160.00", "2", "660.00"),
        ("2022-Q1", "2022-Q3", "2", "USD", "2", "160.00", "1", "650.00"),
        ("2022-Q1", "2022-Q4", "3", "USD", "2", "160.00", "1", "150.00"),
    ]
    assert (rows[-1].mrr_retention, rows[-1].customer_retention) == (Fraction(15, 16), Fraction(1, 2))


def test_customers_behind_a_cohort(book: Trade) -> None:
    for row in ask(book, reports.cohort_retention, QUARTERS).rows:
        cell = CohortBehind(Report(end=row.end, currency=row.currency), row.cohort_start, row.cohort_end)
        behind = ask(book, reports.cohort_behind, cell)
        assert len(behind) == row.customers
        assert (total(each.new for each in behind), total(each.mrr for each in behind)) == (str(row.new), str(row.mrr))
        assert sum(bool(each.mrr) for each in behind) == row.active


# ------------------------------------------------------------------------------------------------ categories


def test_categories_show_where_revenue_rises_and_falls(book: Trade) -> None:
    rows = ask(book, reports.categories, replace(QUARTERS, currency="USD")).rows
    shown = [
        row for row in lines(rows, "category", "period", "amount", "change", "actions") if row[2:4] != ("0.00",) * 2
    ]
    assert shown == [
        ("Initial Sale", "2022-Q1", "1560.00", "1560.00", "3"),
        ("Initial Sale", "2022-Q2", "500.00", "-1060.00", "1"),
        ("Initial Sale", "2022-Q3", "0.00", "-500.00", "0"),
        ("Upsells", "2022-Q3", "300.00", "300.00", "1"),
        ("Upsells", "2022-Q4", "0.00", "-300.00", "0"),
        ("Cancellations", "2022-Q4", "3500.00", "3500.00", "1"),
    ]
    assert len(rows) == 3 * 4


def test_the_first_period_is_compared_with_the_whole_one_before_it(book: Trade) -> None:
    report = Report(date(2022, 2, 10), date(2022, 2, 28), currency="USD", category=Category.INITIAL_SALE)
    (row,) = ask(book, reports.categories, report).rows
    assert (str(row.amount), str(row.change), row.actions) == ("0.00", "-1200.00", 0)


def test_actions_behind_a_category_sum_to_it(book: Trade) -> None:
    for row in ask(book, reports.categories, QUARTERS).rows:
        cell = Report(row.start, row.end, currency=row.currency, category=Category(row.category))
        behind = ask(book, reports.actions_behind, cell)
        assert len(behind) == row.actions
        assert sum(each.amount_change.minor for each in behind) == row.amount.minor


# ------------------------------------------------------------------------------------------------ renewals due


def test_renewals_due_show_last_and_list_price_side_by_side(book: Trade) -> None:
    shape = ask(book, reports.renewals_due, Report(), "2022-10-15")
    assert (shape.start, shape.end) == (date(2022, 10, 15), date(2023, 1, 13))
    assert lines(shape.rows, "ends", "days_left", "account", "product", "quantity", "last_total", "list_total") == [
        ("2022-12-31", "77", "Acme", "LIC", "15", "1800.00", "1800.00")
    ]
    shape = ask(book, reports.renewals_due, Report(days=200, currency="EUR"), "2022-10-15")
    (row,) = shape.rows
    assert (row.ends, str(row.last_total), row.list_price, row.list_total, row.difference) == (
        date(2023, 3, 31),
        "324.00",
        None,
        None,
        None,
    )


def test_a_renewal_due_comes_to_what_the_renewal_then_makes(book: Trade) -> None:
    (row,) = ask(book, reports.renewals_due, Report(start=date(2022, 7, 1), end=date(2022, 7, 31)), "2022-06-30").rows
    assert (row.account, str(row.last_total), str(row.list_total), str(row.difference)) == (
        "Beta",
        "360.00",
        "300.00",
        "-60.00",
    )
    renewed = book.on("2022-06-30").renew(row.asset_id)
    assert renewed["orders"][0]["total"] == "360.00"
    assert ask(book, reports.renewals_due, Report(start=date(2022, 7, 1), days=30), "2022-06-30").rows == ()


def test_what_is_cancelled_is_not_due_unless_that_is_undone(book: Trade) -> None:
    cancelled = book.on("2022-05-01").cancel("AST-000002", "2022-06-01")
    june = Report(start=date(2022, 5, 1), end=date(2022, 7, 31))
    assert ask(book, reports.renewals_due, june, "2022-05-01").rows == ()
    book.on("2022-05-02").undo(cancelled["assets"][0]["actions"][-1]["id"])
    assert [row.account for row in ask(book, reports.renewals_due, june, "2022-05-02").rows] == ["Beta"]


def test_what_cannot_be_renewed_says_why(book: Trade) -> None:
    book.on("2022-07-01").renew("AST-000002", draft=True)
    (row,) = ask(book, reports.renewals_due, Report(days=31), "2022-07-01").rows
    assert row.problems == ()
    assert ask(book, reports.renewals_due, Report(start=date(2199, 12, 31), days=90_000)).rows == ()


# ------------------------------------------------------------------------------------------------ aging


BUCKETS = ("account", "not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "balance")


def test_aging_cuts_balances_by_days_overdue(book: Trade) -> None:
    book.on("2022-06-30").invoice("2022-06-30")
    shape = ask(book, reports.aging, Report(), "2022-06-30")
    assert lines(shape.rows, *BUCKETS, "currency") == [
        ("Gamma", "27.00", "27.00", "27.00", "0.00", "0.00", "81.00", "EUR"),
        ("Acme", "600.00", "600.00", "600.00", "0.00", "800.00", "2600.00", "USD"),
        ("Delta", "0.00", "0.00", "500.00", "0.00", "0.00", "500.00", "USD"),
        ("Beta", "60.00", "60.00", "60.00", "0.00", "120.00", "300.00", "USD"),
    ]
    assert lines(shape.totals, *BUCKETS, "currency") == [
        ("", "27.00", "27.00", "27.00", "0.00", "0.00", "81.00", "EUR"),
        ("", "660.00", "660.00", "1160.00", "0.00", "920.00", "3400.00", "USD"),
    ]


def test_payments_and_credits_count_from_their_day_on(book: Trade) -> None:
    book.on("2022-03-31").invoice("2022-03-31", account="Beta")
    first = ask(book, reports.aging_behind, AgingBehind(Report()), "2022-04-30")[0]
    book.desk.on(day("2022-04-10")).do(papers.pay, PayInvoice(first.invoice_id, Decimal(20), day("2022-04-10")))
    book.desk.on(day("2022-04-20")).do(papers.credit, GiveCredit(first.invoice_id, Decimal(15), day("2022-04-20")))
    owed = [ask(book, reports.aging, Report(end=day(on))).rows[0] for on in ("2022-04-09", "2022-04-10", "2022-04-30")]
    assert lines(owed, "not_due", "days_1_30", "days_31_60", "balance") == [
        ("0.00", "60.00", "60.00", "120.00"),
        ("0.00", "60.00", "40.00", "100.00"),
        ("0.00", "60.00", "25.00", "85.00"),
    ]


def test_lines_behind_a_bucket_sum_to_it_and_rows_to_the_account_card(book: Trade) -> None:
    book.on("2022-06-30").invoice("2022-06-30")
    cards = {
        (row.id, card.currency): card.invoice_line_balance
        for row in ask(book, list_accounts, Find(as_of=day("2022-06-30")))
        for card in (row, *row.others)
    }
    columns = dict(zip(Bucket, BUCKETS[1:6], strict=True))
    for row in ask(book, reports.aging, Report(), "2022-06-30").rows:
        assert row.balance == cards[row.account_id, row.currency]
        cell = Report(account=row.account_id, currency=row.currency)
        for bucket, column in columns.items():
            behind = ask(book, reports.aging_behind, AgingBehind(cell, bucket), "2022-06-30")
            assert sum(each.balance.minor for each in behind) == getattr(row, column).minor
            assert {each.bucket for each in behind} <= {bucket.value}
        whole = ask(book, reports.aging_behind, AgingBehind(cell), "2022-06-30")
        assert sum(each.balance.minor for each in whole) == row.balance.minor


# ------------------------------------------------------------------------------------------------ expected invoices


def test_expected_invoices_lay_evergreens_out_without_storing_them(book: Trade) -> None:
    book.on("2022-06-20").undo(book.asset("PLAT")["actions"][-1]["id"])
    book.on("2022-06-30").invoice("2022-06-30")
    before = book.asset("PLAT")["billing"]
    rows = ask(book, reports.expected_invoices, Report(currency="USD", by=By.QUARTER), "2022-06-30").rows
    assert lines(rows, "period", "amount", "laid_out", "items")[:3] == [
        ("2022-Q3", "2010.00", "0.00", "10"),
        ("2022-Q4", "1950.00", "1500.00", "9"),
        ("2023-Q1", "1500.00", "1500.00", "3"),
    ]
    assert rows[-1].end == date(2025, 3, 31)
    assert book.asset("PLAT")["billing"] == before


def test_what_waits_since_earlier_is_expected_too(book: Trade) -> None:
    shape = ask(book, reports.expected_invoices, Report(account="Beta"), "2022-06-30")
    assert (shape.start, shape.end) == (date(2022, 2, 1), date(2023, 5, 31))
    assert lines(shape.rows, "period", "amount")[0] == ("2022-02", "60.00")
    shape = ask(book, reports.expected_invoices, Report(account="Beta", start=date(2022, 7, 1)), "2022-06-30")
    assert lines(shape.rows, "period", "amount") == [("2022-07", "60.00")]


def test_a_draft_is_expected_still(book: Trade) -> None:
    book.on("2022-02-15").invoice("2022-02-28", account="Beta", draft=True)
    behind = ask(book, reports.expected_behind, Report(account="Beta", end=date(2022, 3, 31)), "2022-02-15")
    assert [(str(each.amount), each.invoice is not None) for each in behind] == [("60.00", True), ("60.00", False)]


def test_expected_invoices_are_what_a_run_then_makes(book: Trade) -> None:
    """A run through a day, previewed, bills in each currency what was expected up to it."""
    book.on("2022-06-20").undo(book.asset("PLAT")["actions"][-1]["id"])
    end = date(2023, 8, 31)
    rows = ask(book, reports.expected_invoices, Report(end=end), "2022-06-30").rows
    run = book.desk.on(end).preview(invoices.run, RunInvoices(end))
    for totals in run.totals:
        assert sum(row.amount.minor for row in rows if row.currency == totals.currency) == totals.charges.minor


def test_items_behind_an_expected_period_sum_to_it(book: Trade) -> None:
    book.on("2022-06-20").undo(book.asset("PLAT")["actions"][-1]["id"])
    for row in ask(book, reports.expected_invoices, Report(), "2022-06-30").rows:
        behind = ask(book, reports.expected_behind, Report(row.start, row.end, currency=row.currency), "2022-06-30")
        assert len(behind) == row.items
        assert sum(each.amount.minor for each in behind) == row.amount.minor
        assert sum(each.amount.minor for each in behind if each.laid_out) == row.laid_out.minor


# ------------------------------------------------------------------------------------------------ top accounts, usage


def test_top_accounts_are_ranked_by_mrr_then_by_amount(book: Trade) -> None:
    shape = ask(book, reports.top_accounts, YEAR, "2022-06-30")
    assert lines(shape.rows, "rank", "account", "currency", "mrr", "share", "amount") == [
        ("1", "Gamma", "EUR", "27.00", "1", "324.00"),
        ("1", "Acme", "USD", "150.00", "1", "5000.00"),
        ("2", "Delta", "USD", "0.00", "0", "500.00"),
        ("3", "Beta", "USD", "0.00", "0", "360.00"),
    ]
    shape = ask(book, reports.top_accounts, replace(YEAR, end=date(2022, 6, 30), top=1))
    assert lines(shape.rows, "account", "mrr", "share") == [("Gamma", "27.00", "1"), ("Acme", "600.00", "10/11")]
    behind = ask(book, reports.top_behind, replace(YEAR, end=date(2022, 6, 30), top=1))
    assert lines(behind, "account", "asset", "mrr") == [
        ("Acme", "LIC", "100.00"),
        ("Acme", "PLAT", "500.00"),
        ("Gamma", "LIC", "27.00"),
    ]


def test_usage_counts_the_newest_revision_by_the_day_of_use(trade: Trade) -> None:
    trade.product("CALLS", "0.10", kind=Kind.USAGE)
    trade.on("2022-01-01").sell("Acme", "CALLS", "1", "2022-01-01", term=12)
    for at, quantity, key in (("2022-01-15", "250", "a"), ("2022-01-31", "50.5", "b"), ("2022-02-01", "10", "c")):
        trade.desk.on(day(at)).do(usage.add_usage, AddUsage("CALLS", day(at), Decimal(quantity), key))
    trade.on("2022-02-01").invoice("2022-02-01")
    rows = ask(trade, reports.usage, YEAR).rows
    assert lines(rows, "product", "period", "quantity", "records", "rated") == [
        ("CALLS", "2022-01", "300.5", "2", "30.05"),
        ("CALLS", "2022-02", "10", "1", "0.00"),
    ]
    behind = ask(trade, reports.usage_behind, Report(date(2022, 1, 1), date(2022, 1, 31)))
    assert lines(behind, "quantity") == [("250",), ("50.5",)]


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("name", "request_", "code"),
    [
        ("aging", Report(start=date(2022, 1, 1)), "not-for-this-report"),
        ("aging", Report(by=By.MONTH), "not-for-this-report"),
        ("retention", Report(category=Category.RENEWALS), "not-for-this-report"),
        ("cohorts", Report(top=3), "not-for-this-report"),
        ("usage", Report(days=3), "not-for-this-report"),
        ("mrr-movements", Report(start=date(2022, 2, 1), end=date(2022, 1, 1)), "end-before-start"),
        ("categories", Report(end=date(2300, 1, 1)), "bad-date"),
        ("renewals-due", Report(days=-1), "bad-days"),
        ("renewals-due", Report(days=3, end=date(2022, 1, 1)), "end-and-days"),
        ("top-accounts", Report(top=0), "bad-top"),
        ("expected-invoices", Report(account="Nobody"), "unknown-account"),
        ("mrr-movements", Report(product="NOTHING"), "unknown-product"),
        ("retention", Report(currency="XXL"), "unknown-currency"),
        ("aging", Report(group_by="Region"), "unknown-grouping"),
    ],
)
def test_what_cannot_be_asked_is_told(book: Trade, name: str, request_: Report, code: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(book, KINDS[name].view, request_)
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_store_has_empty_reports(trade: Trade, name: str) -> None:
    kind = KINDS[name]
    assert ask(trade, kind.view, Report()).rows == ()
    assert kind.behind is None or ask(trade, kind.behind, Report()) == ()


@pytest.mark.parametrize("name", KINDS)
def test_rows_are_of_the_kinds_that_are_named(book: Trade, name: str) -> None:
    book.on("2022-06-30").invoice("2022-06-30")
    kind = KINDS[name]
    assert {type(row) for row in ask(book, kind.view, Report(), "2022-10-15").rows} <= {kind.rows}
    if kind.behind is not None:
        assert {type(line) for line in ask(book, kind.behind, Report(), "2022-10-15")} <= {kind.lines}

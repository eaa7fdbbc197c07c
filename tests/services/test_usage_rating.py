"""Use on invoices: rated in arrears, late records and corrections adjusted, nothing billed twice."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel, UsageModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.usage import UsagePrice
from calm_desktop.services import catalogue, changes, customers, invoices, renewals, taxes, undoing
from calm_desktop.services import settings as rules
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    AmendQuantity,
    CancelAsset,
    Find,
    InvoiceOrder,
    Look,
    PauseAsset,
    Renew,
    RepriceAsset,
    RunInvoices,
    SetAccount,
    SetProduct,
    SetSetting,
    TransferAsset,
    UndoAction,
)
from calm_desktop.services.views import list_invoices, list_orders, show_asset
from tests.services.usage_desk import GRADUATED, correct, day, lines, run, schedule, sell, set_price, tiers, use


def test_use_is_billed_on_the_first_day_after_its_period(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-01", "100", "a")
    use(desk, asset, "2022-01-31T23:59:59", "23", "b")
    use(desk, asset, "2022-02-01", "7", "c")
    assert run(desk, "2022-01-31") == []
    assert run(desk, "2022-02-01") == [("2022-02-01", "12.30")]
    assert run(desk, "2022-02-01") == []
    assert run(desk, "2022-03-01") == [("2022-03-01", "0.70")]
    assert lines(desk, asset) == [
        ("2022-02-01", "Calls, usage", "2022-01-01", "123", "12.30"),
        ("2022-03-01", "Calls, usage", "2022-02-01", "7", "0.70"),
    ]


def test_the_unit_price_on_a_line_is_the_amount_by_the_quantity(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.PACKAGE, package_size=Decimal(10), package_price=Decimal(1)))
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "21", "a")
    result = desk.do(invoices.run, RunInvoices(day("2022-02-01")))
    (line,) = result.invoices[0].lines
    assert (line.quantity, line.unit_price, str(line.amount)) == (Decimal(21), Decimal("0.142857"), "3.00")


def test_a_period_without_use_and_without_a_fee_is_not_billed(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-02-10", "10", "a")
    assert run(desk, "2022-04-01") == [("2022-03-01", "1.00")]
    assert [item.start.isoformat() for item in schedule(desk, asset).items] == ["2022-02-01"]


def test_a_fee_is_billed_without_use(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.GRADUATED, tiers("10:1:5", "inf:0.5:0")))
    asset = sell(desk)
    assert run(desk, "2022-03-01") == [("2022-02-01", "5.00"), ("2022-03-01", "5.00")]
    assert lines(desk, asset)[0] == ("2022-02-01", "Calls, usage", "2022-01-01", "0", "5.00")


def test_use_within_what_is_included_is_told_with_nothing_to_pay(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.FLAT, included=Decimal(100)))
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "60", "a")
    assert run(desk, "2022-02-01") == [("2022-02-01", "0.00")]
    use(desk, asset, "2022-01-20", "30", "b")
    assert run(desk, "2022-03-01") == []
    use(desk, asset, "2022-01-20", "30", "c")
    assert run(desk, "2022-04-01") == [("2022-04-01", "2.00")]
    assert lines(desk, asset)[-1] == ("2022-04-01", "Calls, usage adjustment", "2022-01-01", "60", "2.00")


def test_included_units_follow_the_length_of_a_partial_period(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.FLAT, included=Decimal(300)))
    bounds = Boundary(BoundaryKind.CALENDAR)
    asset = sell(desk, start="2022-06-16", boundary=bounds)
    use(desk, asset, "2022-06-20", "200", "a")
    use(desk, asset, "2022-07-20", "400", "b")
    # 15 of 30 days: 150 are included.
    assert run(desk, "2022-08-01") == [("2022-07-01", "5.00"), ("2022-08-01", "10.00")]
    whole = sell(desk, start="2022-06-16", boundary=bounds, partial=Partial.WHOLE)
    use(desk, whole, "2022-06-20", "400", "a")
    assert run(desk, "2022-08-01", asset=whole) == [("2022-08-01", "10.00")]


def test_the_discount_of_the_sale_lowers_every_model(desk: Desk) -> None:
    flat = sell(desk, discount=Decimal(25))
    use(desk, flat, "2022-01-10", "100", "a")
    assert run(desk, "2022-02-01") == [("2022-02-01", "7.50")]
    set_price(desk, GRADUATED, "2022-02-01")
    use(desk, flat, "2022-02-10", "130", "b")
    assert run(desk, "2022-03-01") == [("2022-03-01", "9.75")]


def test_a_bill_day_moves_the_date_and_not_the_period(desk: Desk) -> None:
    desk.do(customers.set_account, SetAccount("Acme", bill_day=15))
    asset = sell(desk)
    use(desk, asset, "2022-01-31", "10", "a")
    assert run(desk, "2022-02-14") == []
    assert run(desk, "2022-02-15") == [("2022-02-15", "1.00")]


@pytest.mark.parametrize(
    ("frequency", "through", "billed"),
    [
        (Frequency.QUARTERLY, "2022-04-01", [("2022-04-01", "3.00")]),
        (Frequency.ANNUAL, "2023-01-01", [("2023-01-01", "3.00")]),
        (Frequency.WEEKLY, "2022-02-12", [("2022-01-15", "1.00"), ("2022-02-12", "2.00")]),
        (Frequency.DAILY, "2022-02-09", [("2022-01-11", "1.00"), ("2022-02-09", "2.00")]),
        (Frequency.ONCE, "2023-01-01", [("2023-01-01", "3.00")]),
    ],
)
def test_use_is_billed_as_often_as_was_sold(
    desk: Desk, frequency: Frequency, through: str, billed: list[tuple[str, str]]
) -> None:
    asset = sell(desk, frequency=frequency)
    use(desk, asset, "2022-01-10", "10", "a")
    use(desk, asset, "2022-02-08", "20", "b")
    assert run(desk, through) == billed


def test_a_late_record_goes_onto_the_next_invoice(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    run(desk, "2022-02-01")
    use(desk, asset, "2022-01-20", "20", "late")
    use(desk, asset, "2022-02-20", "50", "b")
    assert run(desk, "2022-03-01") == [("2022-03-01", "7.00")]
    assert lines(desk, asset)[1:] == [
        ("2022-03-01", "Calls, usage adjustment", "2022-01-01", "20", "2.00"),
        ("2022-03-01", "Calls, usage", "2022-02-01", "50", "5.00"),
    ]
    assert run(desk, "2022-03-01") == []


def test_late_use_of_a_period_that_had_none_goes_onto_the_next_invoice(desk: Desk) -> None:
    sell(desk, "LIC", price=None)
    asset = sell(desk)
    assert run(desk, "2022-02-01") == [("2022-01-01", "10.00"), ("2022-02-01", "10.00")]
    use(desk, asset, "2022-01-20", "20", "late")
    assert run(desk, "2022-03-01") == [("2022-03-01", "12.00")]
    assert lines(desk, asset) == [("2022-03-01", "Calls, usage", "2022-01-01", "20", "2.00")]


def test_a_correction_makes_an_adjustment_and_no_silent_change(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    run(desk, "2022-02-01")
    before = lines(desk, asset)
    correct(desk, "a", "70")
    use(desk, asset, "2022-02-10", "100", "b")
    assert run(desk, "2022-03-01") == [("2022-03-01", "7.00")]
    assert lines(desk, asset) == [
        *before,
        ("2022-03-01", "Calls, usage adjustment", "2022-01-01", "-30", "-3.00"),
        ("2022-03-01", "Calls, usage", "2022-02-01", "100", "10.00"),
    ]
    plan = schedule(desk, asset)
    assert (str(plan.total), str(plan.billed), str(plan.pending)) == ("17.00", "17.00", "0.00")


def test_use_taken_back_whole_is_credited_whole(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.PERCENTAGE, percent=Decimal(10), fixed_fee=Decimal(1)))
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    use(desk, asset, "2022-01-11", "100", "b")
    run(desk, "2022-02-01")
    correct(desk, "b", "0")
    assert run(desk, "2022-03-01") == [("2022-03-01", "-11.00")]


def test_what_stands_on_a_draft_is_adjusted_too(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    assert run(desk, "2022-02-01", draft=True) == [("2022-02-01", "10.00")]
    correct(desk, "a", "70")
    assert run(desk, "2022-02-01") == [("2022-02-01", "-3.00")]


def test_what_is_on_no_invoice_yet_is_rated_anew(desk: Desk) -> None:
    desk.do(catalogue.set_product, SetProduct("CALLS", tax_category="standard"))
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    result = desk.do(invoices.run, RunInvoices(day("2022-02-01")))
    assert [each.reason for each in result.skipped] == [
        "no tax rate for the category standard; add one, then run again"
    ]
    assert [str(item.amount) for item in schedule(desk, asset).items] == ["10.00"]
    correct(desk, "a", "70")
    use(desk, asset, "2022-01-11", "5", "b")
    desk.do(taxes.add_tax, AddTax("standard", Decimal(0)))
    assert run(desk, "2022-02-01") == [("2022-02-01", "7.50")]
    items = schedule(desk, asset).items
    assert [(item.kind, item.quantity, str(item.amount)) for item in items] == [("usage", Decimal(75), "7.50")]


def test_use_is_taxed_like_any_charge(desk: Desk) -> None:
    desk.do(catalogue.set_product, SetProduct("CALLS", tax_category="standard"))
    desk.do(taxes.add_tax, AddTax("standard", Decimal(10)))
    desk.do(rules.set_setting, SetSetting("tax-mode", "invoice-line"))
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    result = desk.do(invoices.run, RunInvoices(day("2022-02-01")))
    assert [(str(each.invoice.charges), str(each.invoice.tax)) for each in result.invoices] == [("10.00", "1.00")]


def test_a_run_for_one_account_asset_or_order_bills_its_use_alone(desk: Desk) -> None:
    first, second, other = sell(desk), sell(desk), sell(desk, account="Belmont")
    for asset in (first, second, other):
        use(desk, asset, "2022-01-10", "10", "a")
    assert run(desk, "2022-02-01", asset=second) == [("2022-02-01", "1.00")]
    assert run(desk, "2022-02-01", account="Belmont") == [("2022-02-01", "1.00")]
    order = desk.ask(list_orders, Find())[0].number
    result = desk.do(invoices.invoice_order, InvoiceOrder(order, through=day("2022-02-01")))
    assert [str(each.invoice.charges) for each in result.invoices] == ["1.00"]
    assert run(desk, "2022-02-01") == []


def test_an_evergreen_asset_is_billed_as_it_goes(desk: Desk) -> None:
    product = AddProduct("Mail", "MAIL", Decimal("0.01"), Kind.USAGE, SellingModel.EVERGREEN, PriceUnit.MONTH)
    desk.do(catalogue.add_product, product)
    asset = sell(desk, "MAIL", price=None, term=None)
    use(desk, asset, "2022-05-31", "1000", "a")
    assert run(desk, "2022-06-01") == [("2022-06-01", "10.00")]
    plan = schedule(desk, asset)
    assert (plan.status, plan.total, plan.next_charge_from) == ("ReadyForInvoicing", None, day("2022-06-01"))


def test_use_that_is_paid_once_and_never_ends_is_not_billed_before_it_ends(desk: Desk) -> None:
    product = AddProduct("Cable", "CABLE", Decimal(1), Kind.USAGE, SellingModel.ONE_TIME, PriceUnit.ONCE)
    desk.do(catalogue.add_product, product)
    asset = sell(desk, "CABLE", price=None, term=None)
    use(desk, asset, "2022-01-01", "10", "a")
    assert run(desk, "2023-01-01") == []


def test_a_schedule_is_completely_billed_with_its_last_period(desk: Desk) -> None:
    asset = sell(desk, term=2)
    use(desk, asset, "2022-01-10", "10", "a")
    run(desk, "2022-02-01")
    assert schedule(desk, asset).status == "ReadyForInvoicing"
    use(desk, asset, "2022-02-10", "10", "b")
    run(desk, "2022-03-01")
    plan = schedule(desk, asset)
    assert (plan.status, plan.next_charge_from) == ("CompletelyBilled", None)


def test_another_currency_has_its_own_prices_and_decimals(desk: Desk) -> None:
    desk.do(customers.add_account, AddAccount("Kyoto", currency="JPY"))
    set_price(desk, GRADUATED)
    asset = sell(desk, account="Kyoto", price=Decimal("0.5"))
    use(desk, asset, "2022-01-10", "11", "a")
    assert run(desk, "2022-02-01") == [("2022-02-01", "6")]


def test_use_beyond_every_amount_is_passed_over_with_its_reason(desk: Desk) -> None:
    asset = sell(desk, price=Decimal(999999999999))
    other = sell(desk)
    use(desk, asset, "2022-01-10", "999999999999.999999", "a")
    use(desk, other, "2022-01-10", "10", "a")
    for number in range(20):
        use(desk, other, "2022-02-10", "999999999999", f"b{number}")
    result = desk.do(invoices.run, RunInvoices(day("2022-03-01")))
    assert [str(each.invoice.charges) for each in result.invoices] == ["1.00"]
    assert [each.reason for each in result.skipped] == [
        "the use of Calls from 2022-01-01 to 2022-01-31 is too much to be billed; correct its records, then run again",
        "the use of Calls from 2022-02-01 to 2022-02-28 is too much to be billed; correct its records, then run again",
    ]


def test_a_unit_price_that_cannot_be_written_is_left_out(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.PERCENTAGE, percent=Decimal(0), fixed_fee=Decimal(9999999999)))
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "0.000001", "a")
    (line,) = desk.do(invoices.run, RunInvoices(day("2022-02-01"))).invoices[0].lines
    assert (line.quantity, line.unit_price) == (Decimal("0.000001"), Decimal(0))


def test_a_preview_shows_what_a_run_then_stores(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "100", "a")
    request = RunInvoices(day("2022-02-01"))
    shown = desk.preview(invoices.run, request)
    assert desk.ask(list_invoices, Find()) == ()
    assert schedule(desk, asset).items == ()
    stored = desk.do(invoices.run, request)
    assert shown.totals == stored.totals
    assert [each.lines for each in shown.invoices] == [each.lines for each in stored.invoices]


def test_more_assets_than_are_worked_on_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calm_desktop.services.usage_rating._PLANS_AT_A_TIME", 2)
    monkeypatch.setattr("calm_desktop.services.usage_rating._SPANS_AT_A_TIME", 3)
    assets = [sell(desk) for _ in range(5)]
    for place, asset in enumerate(assets):
        for month in (1, 2, 3):
            use(desk, asset, f"2022-0{month}-10", str(10 * (place + 1)), f"{month}")
    assert run(desk, "2022-04-01") == [("2022-02-01", "15.00"), ("2022-03-01", "15.00"), ("2022-04-01", "15.00")]
    assert run(desk, "2022-04-01") == []


# ------------------------------------------------------------------------------------------------------- properties


@pytest.mark.parametrize("throughs", list(permutations(("2022-02-01", "2022-03-05", "2022-04-20"))))
def test_in_which_order_runs_happen_does_not_change_what_is_billed(desk: Desk, throughs: tuple[str, ...]) -> None:
    set_price(desk, GRADUATED)
    asset = sell(desk)
    for month in ("01", "02", "03"):
        use(desk, asset, f"2022-{month}-05", "130", f"first {month}")
    for place, through in enumerate(throughs):
        run(desk, through)
        use(desk, asset, "2022-01-15", "20", f"late {place}")
        correct(desk, f"first 0{place + 1}", "90")
    run(desk, "2022-05-01")
    # January 90 + 60 = 150, less 10 included: 10 + 2 + 2; February and March 90 - 10 each.
    assert str(schedule(desk, asset).billed) == "30.00"


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("use"), st.integers(0, 180), st.integers(1, 200)),
        st.tuples(st.just("correct"), st.integers(0, 20), st.integers(0, 200)),
        st.tuples(st.just("run"), st.integers(0, 220), st.booleans()),
    ),
    max_size=25,
)
PRICES = st.sampled_from(
    [
        None,
        GRADUATED,
        UsagePrice(UsageModel.VOLUME, tiers("50:0.3:1", "inf:0.1:0")),
        UsagePrice(UsageModel.PACKAGE, package_size=Decimal(30), package_price=Decimal("1.5"), included=Decimal(20)),
        UsagePrice(UsageModel.PERCENTAGE, percent=Decimal("1.3"), fixed_fee=Decimal("0.2"), free_events=1),
    ]
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, price=PRICES, bill_day=st.sampled_from([None, 15]))
def test_however_use_is_recorded_corrected_and_billed_the_sum_is_the_rating_of_all(
    empty_store: Path,
    tmp_path: Path,
    acts: list[tuple[str, int, int]],
    price: UsagePrice | None,
    bill_day: int | None,
) -> None:
    def billed(in_the_end: bool) -> str:
        store = tmp_path / "store.db"
        store.write_bytes(empty_store.read_bytes())
        with Desk.open(store, day("2022-01-01")) as desk:
            desk.do(customers.add_account, AddAccount("Acme", bill_day=bill_day))
            desk.do(catalogue.add_product, AddProduct("Calls", "CALLS", Decimal("0.1"), Kind.USAGE))
            if price is not None:
                set_price(desk, price)
            asset = sell(desk, term=6)
            first, known = day("2022-01-01"), 0
            for act, number, value in acts:
                if act == "use":
                    at = first.fromordinal(first.toordinal() + number).isoformat()
                    use(desk, asset, at, str(value), str(known))
                    known += 1
                elif act == "correct" and number < known:
                    correct(desk, str(number), str(value))
                elif act == "run" and not in_the_end:
                    run(desk, first.fromordinal(first.toordinal() + number).isoformat(), draft=bool(value))
            run(desk, "2022-12-31")
            assert run(desk, "2022-12-31") == []
            if not in_the_end:
                report = desk.ask(check, None)
                assert report.ok, report.broken
            return str(schedule(desk, asset).total)

    assert billed(in_the_end=False) == billed(in_the_end=True)


# ------------------------------------------------------------------------------------------------ changes of a term


def test_a_cancelled_asset_is_billed_up_to_its_last_day_and_takes_no_use_after_it(desk: Desk) -> None:
    set_price(desk, UsagePrice(UsageModel.FLAT, included=Decimal(310)))
    asset = sell(desk)
    use(desk, asset, "2022-03-05", "200", "a")
    desk.do(changes.cancel, CancelAsset(asset, day("2022-03-16")))
    with pytest.raises(Refused) as refused:
        use(desk, asset, "2022-03-16", "1", "b")
    assert [problem.code for problem in refused.value.problems] == ["usage-outside-service"]
    # 15 of 31 days: 150 are included.
    assert run(desk, "2022-06-01") == [("2022-03-16", "5.00")]


def test_a_draft_of_a_cancellation_and_one_that_was_undone_end_nothing(desk: Desk) -> None:
    asset = sell(desk)
    desk.do(changes.cancel, CancelAsset(asset, day("2022-03-16"), draft=True))
    use(desk, asset, "2022-03-20", "10", "a")
    assert run(desk, "2022-04-01") == [("2022-04-01", "1.00")]
    desk.do(changes.cancel, CancelAsset(asset, day("2022-05-16")))
    action = desk.ask(show_asset, Look(asset)).actions[-1].id
    desk.do(undoing.undo, UndoAction(action))
    use(desk, asset, "2022-05-20", "20", "b")
    assert run(desk, "2022-06-01") == [("2022-06-01", "2.00")]


def test_a_changed_price_holds_from_the_next_period_on(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-03-10", "100", "a")
    use(desk, asset, "2022-04-10", "100", "b")
    desk.do(changes.reprice, RepriceAsset(asset, day("2022-04-01"), price=Decimal("0.20")))
    assert run(desk, "2022-05-01") == [("2022-04-01", "10.00"), ("2022-05-01", "20.00")]


def test_a_changed_price_that_was_undone_holds_no_longer(desk: Desk) -> None:
    desk.do(catalogue.set_product, SetProduct("CALLS", tax_category="standard"))
    asset = sell(desk)
    changed = desk.do(changes.reprice, RepriceAsset(asset, day("2022-02-01"), price=Decimal("0.20")))
    use(desk, asset, "2022-02-10", "100", "a")
    assert run(desk, "2022-03-01") == []
    desk.do(undoing.undo, UndoAction(changed.assets[0].actions[-1].id))
    assert desk.ask(check, None).broken == ()
    desk.do(taxes.add_tax, AddTax("standard", Decimal(0)))
    assert run(desk, "2022-03-01") == [("2022-03-01", "10.00")]


def test_the_price_of_units_that_were_taken_back_holds_no_longer(desk: Desk) -> None:
    asset = sell(desk)
    more = AmendQuantity(asset, Decimal(5), day("2022-02-01"), price=Decimal("0.50"))
    desk.do(changes.amend_quantity, more)
    desk.do(changes.amend_quantity, AmendQuantity(asset, Decimal(-5), day("2022-03-01")))
    for month in ("01", "02", "03"):
        use(desk, asset, f"2022-{month}-05", "100", month)
    assert run(desk, "2022-04-01") == [("2022-02-01", "10.00"), ("2022-03-01", "50.00"), ("2022-04-01", "10.00")]


def test_what_was_billed_by_a_price_that_no_longer_holds_is_adjusted(desk: Desk) -> None:
    asset = sell(desk)
    more = AmendQuantity(asset, Decimal(5), day("2022-02-01"), price=Decimal("0.50"))
    desk.do(changes.amend_quantity, more)
    use(desk, asset, "2022-02-05", "100", "a")
    assert run(desk, "2022-03-01") == [("2022-03-01", "50.00")]
    back = AmendQuantity(asset, Decimal(-5), day("2022-02-01"))
    desk.do(changes.amend_quantity, back, override="agreed by phone")
    use(desk, asset, "2022-03-05", "100", "b")
    assert run(desk, "2022-04-01") == [("2022-04-01", "-30.00")]
    assert run(desk, "2022-04-01") == []


def test_a_price_that_a_pause_interrupts_holds_again_after_it(desk: Desk) -> None:
    asset = sell(desk)
    desk.do(changes.reprice, RepriceAsset(asset, day("2022-02-01"), price=Decimal("0.20")))
    desk.do(changes.pause, PauseAsset(asset, day("2022-03-20"), day("2022-04-10")))
    use(desk, asset, "2022-03-05", "100", "a")
    use(desk, asset, "2022-04-15", "100", "b")
    assert run(desk, "2022-05-01") == [("2022-04-01", "20.00"), ("2022-05-01", "20.00")]


def test_a_paused_asset_takes_no_use(desk: Desk) -> None:
    asset = sell(desk)
    desk.do(changes.pause, PauseAsset(asset, day("2022-04-01"), day("2022-04-30")))
    with pytest.raises(Refused) as refused:
        use(desk, asset, "2022-04-10", "1", "a")
    assert [problem.code for problem in refused.value.problems] == ["usage-outside-service"]
    assert use(desk, asset, "2022-05-01", "1", "b").new


def test_a_renewal_goes_on_in_a_schedule_of_its_own(desk: Desk) -> None:
    asset = sell(desk)
    desk.do(renewals.renew, Renew((asset,)))
    use(desk, asset, "2022-12-31", "10", "a")
    use(desk, asset, "2023-01-01", "20", "b")
    assert run(desk, "2023-02-01") == [("2023-01-01", "1.00"), ("2023-02-01", "2.00")]
    plans = desk.ask(show_asset, Look(asset)).billing.schedules
    assert [str(plan.billed) for plan in plans] == ["1.00", "2.00"]


def test_an_asset_transferred_is_billed_to_whom_it_belongs(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-03-10", "10", "a")
    result = desk.do(changes.transfer, TransferAsset(asset, "Belmont", day("2022-04-01")))
    taken = next(each.asset.id for each in result.assets if each.asset.account == "Belmont")
    use(desk, taken, "2022-04-10", "20", "b")
    assert run(desk, "2022-05-01", account="Acme") == [("2022-04-01", "1.00")]
    assert run(desk, "2022-05-01", account="Belmont") == [("2022-05-01", "2.00")]

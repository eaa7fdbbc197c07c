"""State periods and actions: the stories of the book, and what holds whatever the story."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.catalog import ActionType, Category
from calm_desktop.engine.changes import SAME_PRICE, amend, cancel, undo
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Period, Term, term_end
from calm_desktop.engine.lifecycle import (
    Change,
    Delta,
    RenewalWish,
    StatePeriod,
    end_of,
    lifetime_amount,
    refusals_to_renew,
    renewal_item,
    state_on,
)
from calm_desktop.engine.orders import Item
from calm_desktop.engine.rating import BillingTerms, MrrFormula
from tests.engine.lives import EVERGREEN, GATEWAY, METERED, USD, ended, licences, sold, then


def test_r1_a_sale_makes_one_state_period_and_an_initial_sale() -> None:
    change = sold(licences())
    assert change.periods == (
        StatePeriod(Period(date(2022, 1, 1), date(2022, 12, 31)), Decimal(10), USD.money(120000), USD.money(10000)),
    )
    assert (change.category, change.type, change.effective_date) == (
        Category.INITIAL_SALE,
        ActionType.GENERATE,
        date(2022, 1, 1),
    )
    assert change.delta == Delta(Decimal(10), USD.money(120000), USD.money(10000))


def test_r3_a_renewal_adds_a_period_after_the_end_and_leaves_the_first_alone() -> None:
    before = sold(licences())
    item = renewal_item(before.life, RenewalWish(term=Term(12)), Decimal(12), at_list=False)
    change = then(before, item)
    assert change.periods[0] == before.periods[0]
    assert change.periods[1] == StatePeriod(
        Period(date(2023, 1, 1), date(2023, 12, 31)), Decimal(10), USD.money(120000), USD.money(10000)
    )
    assert (change.category, change.type) == (Category.RENEWALS, ActionType.CHANGE)
    assert change.delta == Delta(Decimal(0), USD.money(120000), USD.money(0))
    assert lifetime_amount(change.periods, USD) == USD.money(240000)
    assert end_of(change.periods) == date(2023, 12, 31)


def test_a_renewal_at_list_price_takes_the_list_price_and_no_discount() -> None:
    before = sold(licences(discount="25"))
    last = renewal_item(before.life, RenewalWish(), Decimal(12), at_list=False)
    at_list = renewal_item(before.life, RenewalWish(), Decimal(12), at_list=True)
    assert last.total(USD) == USD.money(90000)
    assert at_list.total(USD) == USD.money(144000)
    assert then(before, at_list).delta == Delta(Decimal(0), USD.money(144000), USD.money(4500))


def test_a_renewal_takes_the_wished_term_else_the_last_one() -> None:
    def renewed(wish: RenewalWish, item: Item = licences()) -> Period:  # noqa: B008
        return renewal_item(sold(item).life, wish, Decimal(10), at_list=False).period

    assert renewed(RenewalWish()) == Period(date(2023, 1, 1), date(2023, 12, 31))
    assert renewed(RenewalWish(term=Term(24))) == Period(date(2023, 1, 1), date(2024, 12, 31))
    assert renewed(RenewalWish(), licences(term=None)) == Period(date(2023, 1, 1), date(2023, 12, 31))
    late = RenewalWish(start=date(2023, 3, 1), term=Term(1))
    assert renewed(late) == Period(date(2023, 3, 1), date(2023, 3, 31))
    together = RenewalWish(end=date(2023, 6, 15))
    item = renewal_item(sold(licences()).life, together, Decimal(10), at_list=False)
    assert (item.period, item.term) == (Period(date(2023, 1, 1), date(2023, 6, 15)), Term(5, 15))


def test_a_renewal_within_the_term_takes_the_quantity_held_then() -> None:
    half = replace(licences(), period=Period(date(2022, 1, 1), date(2022, 6, 30)))
    ramp = sold(half, licences("20", period=Period(date(2022, 7, 1), date(2022, 12, 31)), anchor=date(2022, 1, 1)))
    early = renewal_item(ramp.life, RenewalWish(start=date(2022, 5, 1)), Decimal(10), at_list=False)
    assert (early.quantity, early.period) == (Decimal(10), Period(date(2022, 5, 1), date(2023, 4, 30)))


def test_what_cannot_be_renewed_says_why() -> None:
    def refusals(change: Change, wish: RenewalWish = RenewalWish(), *, scheduled: bool = False) -> list[str]:  # noqa: B008
        return [problem.code for problem in refusals_to_renew(change.life, scheduled, wish, "Licence")]

    plain = sold(licences())
    gone = then(plain, *cancel(plain.life, date(2022, 7, 1), "Licence"), type_=ActionType.CANCEL)
    taken_back = then(plain, *undo(plain.life, [1]), type_=ActionType.CANCEL)
    late = then(plain, renewal_item(plain.life, RenewalWish(start=date(2023, 3, 1)), Decimal(10), at_list=False))
    assert refusals(plain) == []
    assert refusals(sold(GATEWAY)) == ["one-time"]
    assert refusals(gone) == ["cancelled"]
    assert refusals(taken_back) == ["undone"]
    assert refusals(sold(EVERGREEN)) == ["evergreen"]
    assert refusals(plain, scheduled=True) == ["renewal-scheduled"]
    assert refusals(plain, RenewalWish(start=date(2022, 1, 1))) == ["renewal-too-early"]
    assert refusals(plain, RenewalWish(start=date(2022, 12, 31))) == []
    assert refusals(plain, RenewalWish(start=date(2023, 1, 1))) == []
    assert refusals(late, RenewalWish(start=date(2023, 2, 1))) == ["renewal-in-gap"]
    nothing = then(plain, *amend(plain.life, date(2022, 7, 1), Decimal(-10), SAME_PRICE, "Licence"))
    assert refusals(nothing) == ["nothing-held"]
    whole = sold(licences(terms=BillingTerms(Frequency.QUARTERLY, partial=Partial.WHOLE)))
    assert refusals(whole, RenewalWish(start=date(2022, 9, 1))) == ["within-period"]
    assert refusals(whole, RenewalWish(start=date(2022, 10, 1))) == []
    assert refusals(plain, RenewalWish(end=date(2022, 12, 31))) == ["end-before-start"]
    assert refusals(plain, RenewalWish(start=date(2023, 5, 1), end=date(2023, 4, 30))) == ["end-before-start"]


@pytest.mark.parametrize(
    ("category", "words"),
    [
        (Category.CANCELLATIONS, "Licence is cancelled. Sell it again instead."),
        (Category.TRANSFERS, "Licence was transferred to another account. Renew it there."),
        (Category.SWAPS, "Licence was replaced by another product. Renew that instead."),
        (Category.UPGRADES, "Licence was replaced by another product. Renew that instead."),
    ],
)
def test_what_ended_says_how_when_it_is_to_be_renewed(category: Category, words: str) -> None:
    plain = sold(licences())
    gone = ended(plain, *cancel(plain.life, date(2022, 7, 1), "Licence", category))
    [problem] = refusals_to_renew(gone.life, False, RenewalWish(), "Licence")
    assert problem.message == words


def test_an_evergreen_amount_is_not_known_until_it_ends() -> None:
    change = sold(EVERGREEN)
    assert change.periods[0].amount is None
    assert change.delta == Delta(Decimal(10), USD.money(0), USD.money(10000))
    assert (EVERGREEN.total(USD), EVERGREEN.list_total(USD), EVERGREEN.term_count) == (None, None, None)


def test_what_is_sold_once_has_an_amount_and_no_mrr() -> None:
    change = sold(GATEWAY)
    assert change.delta == Delta(Decimal(3), USD.money(74970), USD.money(0))
    assert GATEWAY.term_count == 1


def test_what_is_rated_by_use_has_neither_amount_nor_mrr() -> None:
    change = sold(METERED)
    assert change.delta == Delta(Decimal(10), USD.money(0), USD.money(0))
    assert METERED.list_total(USD) == USD.money(0)


def test_a_discount_is_the_difference_to_the_list_total() -> None:
    item = licences(discount="12.5")
    assert (item.total(USD), item.list_total(USD)) == (USD.money(105000), USD.money(120000))


def test_what_is_sold_at_its_list_price_has_no_adjustment() -> None:
    item = licences()
    assert (item.total(USD), item.list_total(USD)) == (USD.money(120000), USD.money(120000))


def test_the_term_count_is_in_units_of_the_price() -> None:
    grid = BillingTerms(boundary=Boundary(BoundaryKind.DAY, 5))
    item = licences(period=Period(date(2025, 3, 28), date(2026, 2, 4)), terms=grid)
    assert item.term_count is not None
    assert round(float(item.term_count), 6) == 10.258065


def test_an_act_that_ends_an_asset_leaves_nothing_of_its_last_state() -> None:
    before = sold(licences())
    change = then(before, *cancel(before.life, date(2022, 9, 1), "Licence"), type_=ActionType.CANCEL)
    assert change.periods == (
        StatePeriod(Period(date(2022, 1, 1), date(2022, 8, 31)), Decimal(10), USD.money(80000), USD.money(10000)),
    )
    assert change.delta == Delta(Decimal(-10), USD.money(-40000), USD.money(-10000))
    assert change.life.last_state is None


def test_running_totals_are_sums_of_deltas() -> None:
    first, second = Delta(Decimal(10), USD.money(5), USD.money(3)), Delta(Decimal(-4), USD.money(-1), USD.money(0))
    assert first.plus(second) == Delta(Decimal(6), USD.money(4), USD.money(3))


def test_the_state_on_a_day_counts_both_ends_of_a_period() -> None:
    states = sold(licences()).periods
    assert state_on(states, date(2022, 1, 1)) == states[0]
    assert state_on(states, date(2022, 12, 31)) == states[0]
    assert state_on(states, date(2023, 1, 1)) is None


@given(
    quantity=st.decimals("0.01", "100000", places=2),
    price=st.decimals("0", "10000", places=4),
    months=st.integers(1, 60),
    renewals=st.lists(st.integers(1, 36), max_size=4),
    formula=st.sampled_from(list(MrrFormula)),
)
def test_deltas_add_up_to_the_last_state_and_the_lifetime_amount(
    quantity: Decimal, price: Decimal, months: int, renewals: list[int], formula: MrrFormula
) -> None:
    start = date(2020, 2, 29)
    period = Period(start, term_end(start, Term(months)))
    item = licences(quantity=str(quantity), price=str(price), period=period, term=Term(months), mrr_formula=formula)
    change = sold(item)
    total = change.delta
    for term in renewals:
        item = renewal_item(change.life, RenewalWish(term=Term(term)), Decimal(10), at_list=False)
        change = then(change, item)
        total = total.plus(change.delta)
    last = change.periods[-1]
    assert total == Delta(last.quantity, lifetime_amount(change.periods, USD), last.mrr)
    ends = [state.period.end for state in change.periods]
    starts = [state.period.start for state in change.periods]
    assert starts[1:] == [end + timedelta(days=1) for end in ends[:-1] if end is not None]

"""State periods and actions: the stories of the book, and what holds whatever the story."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.catalog import ActionType, Category, PriceUnit, SellingModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Period, Term, term_end
from calm_desktop.engine.lifecycle import (
    Delta,
    RenewalWish,
    StatePeriod,
    delta_between,
    end_of,
    first_sale,
    lifetime_amount,
    refusals_to_renew,
    renew,
    renewal_item,
    state_on,
)
from calm_desktop.engine.money import Currency
from calm_desktop.engine.orders import Item
from calm_desktop.engine.rating import BillingTerms, MrrFormula, Rate

USD = Currency("USD", 2)
PRICE = MrrFormula.PRICE


def licences(quantity: str = "10", price: str = "10", discount: str = "0", **other: object) -> Item:
    """Ten one-year licences at $10 a month from 1 January 2022, unless said otherwise."""
    values: dict[str, object] = {
        "category": Category.INITIAL_SALE,
        "selling_model": SellingModel.TERM,
        "quantity": Decimal(quantity),
        "list_price": Decimal(10),
        "rate": Rate(Decimal(price), PriceUnit.MONTH, Decimal(discount)),
        "period": Period(date(2022, 1, 1), date(2022, 12, 31)),
        "term": Term(12),
        "terms": BillingTerms(),
    }
    return Item(**(values | other))  # type: ignore[arg-type]


EVERGREEN = licences(selling_model=SellingModel.EVERGREEN, period=Period(date(2022, 1, 1), None), term=None)
GATEWAY = licences(
    quantity="3",
    selling_model=SellingModel.ONE_TIME,
    rate=Rate(Decimal("249.90"), PriceUnit.ONCE),
    list_price=Decimal("249.90"),
    period=Period(date(2022, 1, 1), None),
    term=None,
    terms=BillingTerms(Frequency.ONCE),
)
METERED = licences(recurring=False)


def test_r1_a_sale_makes_one_state_period_and_an_initial_sale() -> None:
    change = first_sale(licences(), USD, PRICE)
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
    before = first_sale(licences(), USD, PRICE).periods
    item = renewal_item(before, licences(), RenewalWish(term=Term(12)), Decimal(12), at_list=False)
    change = renew(before, item, USD, PRICE)
    assert change.periods[0] == before[0]
    assert change.periods[1] == StatePeriod(
        Period(date(2023, 1, 1), date(2023, 12, 31)), Decimal(10), USD.money(120000), USD.money(10000)
    )
    assert (change.category, change.type) == (Category.RENEWALS, ActionType.CHANGE)
    assert change.delta == Delta(Decimal(0), USD.money(120000), USD.money(0))
    assert lifetime_amount(change.periods, USD) == USD.money(240000)
    assert end_of(change.periods) == date(2023, 12, 31)


def test_a_renewal_at_list_price_takes_the_list_price_and_no_discount() -> None:
    sold = licences(discount="25")
    before = first_sale(sold, USD, PRICE).periods
    last = renewal_item(before, sold, RenewalWish(), Decimal(12), at_list=False)
    at_list = renewal_item(before, sold, RenewalWish(), Decimal(12), at_list=True)
    assert last.total(USD) == USD.money(90000)
    assert at_list.total(USD) == USD.money(144000)
    assert renew(before, at_list, USD, PRICE).delta == Delta(Decimal(0), USD.money(144000), USD.money(4500))


def test_a_renewal_takes_the_wished_term_else_the_last_one() -> None:
    before = first_sale(licences(), USD, PRICE).periods

    def renewed(wish: RenewalWish, last: Item = licences()) -> Period:  # noqa: B008
        return renewal_item(before, last, wish, Decimal(10), at_list=False).period

    assert renewed(RenewalWish()) == Period(date(2023, 1, 1), date(2023, 12, 31))
    assert renewed(RenewalWish(term=Term(24))) == Period(date(2023, 1, 1), date(2024, 12, 31))
    assert renewed(RenewalWish(), licences(term=None)) == Period(date(2023, 1, 1), date(2023, 12, 31))
    late = RenewalWish(start=date(2023, 3, 1), term=Term(1))
    assert renewed(late) == Period(date(2023, 3, 1), date(2023, 3, 31))
    together = RenewalWish(end=date(2023, 6, 15))
    item = renewal_item(before, licences(), together, Decimal(10), at_list=False)
    assert (item.period, item.term) == (Period(date(2023, 1, 1), date(2023, 6, 15)), Term(5, 15))


def test_what_cannot_be_renewed_says_why() -> None:
    before = first_sale(licences(), USD, PRICE).periods

    def refusals(
        item: Item, wish: RenewalWish, *, scheduled: bool = False, cancelled: bool = False, states: object = before
    ) -> list[str]:
        problems = refusals_to_renew(states, item, scheduled, cancelled, wish, "Licence")  # type: ignore[arg-type]
        return [problem.code for problem in problems]

    plain = RenewalWish()
    assert refusals(licences(), plain) == []
    assert refusals(GATEWAY, plain) == ["one-time"]
    assert refusals(licences(), plain, cancelled=True) == ["cancelled"]
    assert refusals(EVERGREEN, plain, states=first_sale(EVERGREEN, USD, PRICE).periods) == ["evergreen"]
    assert refusals(licences(), plain, scheduled=True) == ["renewal-scheduled"]
    assert refusals(licences(), RenewalWish(start=date(2022, 12, 31))) == ["renewal-too-early"]
    assert refusals(licences(), RenewalWish(start=date(2023, 1, 1))) == []
    assert refusals(licences(), RenewalWish(end=date(2022, 12, 31))) == ["end-before-start"]
    assert refusals(licences(), RenewalWish(start=date(2023, 5, 1), end=date(2023, 4, 30))) == ["end-before-start"]


def test_an_evergreen_amount_is_not_known_until_it_ends() -> None:
    change = first_sale(EVERGREEN, USD, PRICE)
    assert change.periods[0].amount is None
    assert change.delta == Delta(Decimal(10), USD.money(0), USD.money(10000))
    assert (EVERGREEN.total(USD), EVERGREEN.list_total(USD), EVERGREEN.term_count) == (None, None, None)


def test_what_is_sold_once_has_an_amount_and_no_mrr() -> None:
    change = first_sale(GATEWAY, USD, PRICE)
    assert change.delta == Delta(Decimal(3), USD.money(74970), USD.money(0))
    assert GATEWAY.term_count == 1


def test_what_is_rated_by_use_has_neither_amount_nor_mrr() -> None:
    change = first_sale(METERED, USD, PRICE)
    assert change.delta == Delta(Decimal(10), USD.money(0), USD.money(0))
    assert METERED.list_total(USD) == USD.money(0)


def test_a_discount_is_the_difference_to_the_list_total() -> None:
    item = licences(discount="12.5")
    assert (item.total(USD), item.list_total(USD)) == (USD.money(105000), USD.money(120000))


def test_the_term_count_is_in_units_of_the_price() -> None:
    grid = BillingTerms(boundary=Boundary(BoundaryKind.DAY, 5))
    item = licences(period=Period(date(2025, 3, 28), date(2026, 2, 4)), terms=grid)
    assert item.term_count is not None
    assert round(float(item.term_count), 6) == 10.258065


def test_an_act_that_ends_an_asset_leaves_nothing_of_its_last_state() -> None:
    sold = first_sale(licences(), USD, PRICE).periods
    assert delta_between(sold, (), USD) == Delta(Decimal(-10), USD.money(-120000), USD.money(-10000))


def test_running_totals_are_sums_of_deltas() -> None:
    first, second = Delta(Decimal(10), USD.money(5), USD.money(3)), Delta(Decimal(-4), USD.money(-1), USD.money(0))
    assert first.plus(second) == Delta(Decimal(6), USD.money(4), USD.money(3))


def test_the_state_on_a_day_counts_both_ends_of_a_period() -> None:
    states = first_sale(licences(), USD, PRICE).periods
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
    item = licences(quantity=str(quantity), price=str(price), period=period, term=Term(months))
    change = first_sale(item, USD, formula)
    total = change.delta
    for term in renewals:
        item = renewal_item(change.periods, item, RenewalWish(term=Term(term)), Decimal(10), at_list=False)
        change = renew(change.periods, item, USD, formula)
        total = total.plus(change.delta)
    last = change.periods[-1]
    assert total == Delta(last.quantity, lifetime_amount(change.periods, USD), last.mrr)
    ends = [state.period.end for state in change.periods]
    starts = [state.period.start for state in change.periods]
    assert starts[1:] == [end + timedelta(days=1) for end in ends[:-1] if end is not None]

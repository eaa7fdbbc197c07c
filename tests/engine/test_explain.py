"""Why a figure is what it is: what makes a state period's quantity, amount and MRR, and what is not claimed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.changes import NewPrice, amend, cancel
from calm_desktop.engine.dates import Period
from calm_desktop.engine.explain import Figure, change_of, changes_by_item, contributions, sums_to, total, value_of
from calm_desktop.engine.lifecycle import Change, Delta, RenewalWish, StatePeriod, renewal_item
from calm_desktop.engine.money import Currency, Money
from tests.engine.lives import EVERGREEN, GATEWAY, ended, licences, sold, then

USD = Currency("USD", 2)


def money(amount: str) -> Money:
    return Money(int(Decimal(amount).scaleb(2)), USD)


def period(start: str, end: str, quantity: str, amount: str | None, mrr: str) -> StatePeriod:
    days = Period(date.fromisoformat(start), date.fromisoformat(end) if end else None)
    return StatePeriod(days, Decimal(quantity), None if amount is None else money(amount), money(mrr))


YEAR = period("2022-01-01", "2022-12-31", "10", "1200", "100")
SALE = Delta(Decimal(10), money("1200"), money("100"))


@pytest.mark.parametrize(
    ("figure", "value"), [(Figure.QUANTITY, Decimal(10)), (Figure.AMOUNT, money("1200")), (Figure.MRR, money("100"))]
)
def test_a_state_period_has_three_figures_and_an_action_changes_three(figure: Figure, value: object) -> None:
    assert value_of(figure, YEAR) == value
    assert change_of(figure, SALE) == value


def made(change: Change, figure: Figure, place: int) -> list[tuple[int | None, str]]:
    """What makes a figure of the state period at a place, as a bookkeeper writes it: act and value."""
    return [(each.act, str(each.value)) for each in contributions(figure, change.life, change.periods[place])]


def more(before: Change, day: date, by: str, price: str | None = None) -> Change:
    asked = NewPrice(None if price is None else Decimal(price))
    return then(before, *amend(before.life, day, Decimal(by), asked, "Licence"))


def test_one_sale_makes_all_of_its_period() -> None:
    sale = sold(licences())
    assert made(sale, Figure.QUANTITY, 0) == [(1, "10")]
    assert made(sale, Figure.AMOUNT, 0) == [(1, "1200.00")]
    assert made(sale, Figure.MRR, 0) == [(1, "100.00")]


def test_r4_the_increase_adds_to_the_sale_from_its_day_on() -> None:
    change = more(sold(licences()), date(2022, 9, 1), "5")
    assert made(change, Figure.QUANTITY, 0) == [(1, "10")]
    assert made(change, Figure.QUANTITY, 1) == [(1, "10"), (2, "5")]
    assert made(change, Figure.AMOUNT, 1) == [(1, "400.00"), (2, "200.00")]
    assert made(change, Figure.MRR, 1) == [(1, "100.00"), (2, "50.00")]


def test_a_decrease_takes_from_what_others_gave() -> None:
    change = more(sold(licences()), date(2022, 9, 1), "-5")
    assert made(change, Figure.MRR, 1) == [(1, "100.00"), (2, "-50.00")]
    assert made(change, Figure.AMOUNT, 0) == [(1, "800.00")]


def test_each_term_is_made_by_what_brought_it() -> None:
    before = sold(licences())
    change = then(before, renewal_item(before.life, RenewalWish(), Decimal(10), at_list=False))
    assert made(change, Figure.QUANTITY, 1) == [(2, "10")]


def test_odd_cents_of_rounding_are_said_last() -> None:
    change = more(sold(licences("1", "0.333")), date(2022, 3, 1), "1")
    change = more(change, date(2022, 3, 1), "1")
    assert made(change, Figure.MRR, 1) == [(1, "0.33"), (2, "0.33"), (3, "0.33"), (None, "0.01")]


def test_a_running_evergreen_amount_is_made_by_nothing_yet() -> None:
    change = sold(EVERGREEN)
    assert made(change, Figure.AMOUNT, 0) == []
    assert made(change, Figure.MRR, 0) == [(1, "100.00")]


def test_what_is_sold_once_makes_its_amount_whole() -> None:
    assert made(sold(GATEWAY), Figure.AMOUNT, 0) == [(1, "749.70")]


def test_a_total_counts_what_is_known() -> None:
    assert total(Figure.AMOUNT, USD, [money("12.34"), None, money("-2.34")]) == money("10")
    assert total(Figure.QUANTITY, USD, [Decimal("2.5"), Decimal("-0.5")]) == Decimal(2)
    assert total(Figure.INVOICE_LINE_BALANCE, USD, []) == money("0")
    assert total(Figure.QUANTITY, USD, []) == Decimal(0)


def test_values_sum_to_a_figure_only_where_each_is_known() -> None:
    assert sums_to(Figure.AMOUNT, USD, [money("7"), money("3")], money("10"))
    assert not sums_to(Figure.AMOUNT, USD, [money("7"), money("3.01")], money("10"))
    assert not sums_to(Figure.AMOUNT, USD, [money("10"), None], money("10"))


def steps(change: Change, figure: Figure) -> list[str]:
    """What each item of the last act changed of a figure, in the order of the items."""
    made = changes_by_item(change.life, change.life.entries[-1].act, change.delta)
    mine = [entry.key for entry in change.life.entries if entry.act == change.life.entries[-1].act]
    assert list(made) == mine
    assert total(figure, USD, (change_of(figure, each) for each in made.values())) == change_of(figure, change.delta)
    return [str(change_of(figure, each)) for each in made.values()]


def test_the_steps_of_a_ramp_change_what_each_puts_on_the_one_before() -> None:
    first, second = (Period(date(2022, 1, 1), date(2022, 6, 30)), Period(date(2022, 7, 1), date(2022, 12, 31)))
    ramp = sold(licences("10", period=first), licences("20", period=second))
    assert steps(ramp, Figure.QUANTITY) == ["10", "10"]
    assert steps(ramp, Figure.MRR) == ["100.00", "100.00"]
    assert steps(ramp, Figure.AMOUNT) == ["600.00", "1200.00"]


def test_free_months_bring_the_quantity_and_the_days_that_are_paid_the_mrr() -> None:
    first, second = (Period(date(2022, 1, 1), date(2022, 2, 28)), Period(date(2022, 3, 1), date(2022, 12, 31)))
    free = sold(licences(price="0", period=first), licences(period=second))
    assert steps(free, Figure.QUANTITY) == ["10", "0"]
    assert steps(free, Figure.MRR) == ["0.00", "100.00"]


def test_an_act_of_one_item_changed_what_the_item_did() -> None:
    assert steps(more(sold(licences()), date(2022, 9, 1), "-5"), Figure.MRR) == ["-50.00"]


def test_a_cancellation_takes_back_item_by_item_what_was_given_and_what_is_left_at_last() -> None:
    before = more(sold(licences()), date(2022, 9, 1), "5", price="12")
    gone = ended(before, *cancel(before.life, date(2022, 12, 1), "Licence"))
    assert steps(gone, Figure.QUANTITY) == ["-5", "-10"]
    assert steps(gone, Figure.MRR) == ["-60.00", "-100.00"]


def test_what_came_later_changes_nothing_of_what_an_act_did() -> None:
    sale = sold(licences())
    after = more(sale, date(2022, 9, 1), "5")
    assert changes_by_item(after.life, 1, sale.delta) == {1: sale.delta}

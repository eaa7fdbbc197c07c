"""Changes in the middle of a life, as the book tells them (DOMAIN 4.4 to 4.7 and section 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.catalog import ActionType, Category, Effect, SellingModel
from calm_desktop.engine.changes import (
    SAME_PRICE,
    NewPrice,
    amend,
    cancel,
    extend,
    first_day_without,
    pause,
    reprice,
    resume,
    settled,
    taken_back,
    transfer,
    undo,
)
from calm_desktop.engine.dates import Frequency, Partial, Period, Term
from calm_desktop.engine.lifecycle import Change, RenewalWish, lifetime_amount, renewal_item
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.rating import BillingTerms, MrrFormula
from tests.engine.lives import EVERGREEN, GATEWAY, METERED, USD, delta, ended, licences, sold, states, then

SEPTEMBER = date(2022, 9, 1)
DECEMBER = date(2022, 12, 1)


def amended(before: Change, day: date, change: str, price: NewPrice = SAME_PRICE) -> Change:
    items = amend(before.life, day, Decimal(change), price, "Licence")
    return then(before, *settled(before.life, items, ActionType.CHANGE))


def cancelled(before: Change, day: date) -> Change:
    items = cancel(before.life, day, "Licence")
    return ended(before, *settled(before.life, items, ActionType.CANCEL))


def changed(before: Change, items: list[Item]) -> Change:
    return then(before, *settled(before.life, items, ActionType.CHANGE))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    (problem,) = refused.value.problems
    return problem.code


def ramp() -> Change:
    """R6: 10 for January to June 2020, 20 for July to December, at $10 a month."""
    first = licences("10", period=Period(date(2020, 1, 1), date(2020, 6, 30)))
    second = licences("20", period=Period(date(2020, 7, 1), date(2020, 12, 31)), anchor=date(2020, 1, 1))
    return sold(first, second)


# ------------------------------------------------------------------------------------------------------------ quantity


def test_r4_five_more_from_september() -> None:
    change = amended(sold(licences()), SEPTEMBER, "5")
    assert states(change) == [
        ("2022-01-01 - 2022-08-31", "10", "800.00", "100.00"),
        ("2022-09-01 - 2022-12-31", "15", "600.00", "150.00"),
    ]
    assert (change.category, delta(change)) == (Category.UPSELLS, ("5", "200.00", "50.00"))


def test_r5_five_less_from_september() -> None:
    change = amended(sold(licences()), SEPTEMBER, "-5")
    assert states(change) == [
        ("2022-01-01 - 2022-08-31", "10", "800.00", "100.00"),
        ("2022-09-01 - 2022-12-31", "5", "200.00", "50.00"),
    ]
    assert (change.category, delta(change)) == (Category.DOWNSELLS, ("-5", "-200.00", "-50.00"))


def test_r2b_five_more_in_the_middle_of_a_month() -> None:
    before = sold(licences())
    (item,) = amend(before.life, date(2022, 9, 15), Decimal(5), SAME_PRICE, "Licence")
    assert item.term_count is not None
    assert round(float(item.term_count), 6) == 3.533333
    assert str(item.total(USD)) == "176.67"
    assert str(lifetime_amount(then(before, item).periods, USD)) == "1376.67"


def test_r6_a_ramp_five_more_and_its_end() -> None:
    change = ramp()
    assert states(change) == [
        ("2020-01-01 - 2020-06-30", "10", "600.00", "100.00"),
        ("2020-07-01 - 2020-12-31", "20", "1200.00", "200.00"),
    ]
    assert delta(change) == ("20", "1800.00", "200.00")
    change = amended(change, date(2020, 10, 1), "5")
    assert states(change)[1:] == [
        ("2020-07-01 - 2020-09-30", "20", "600.00", "200.00"),
        ("2020-10-01 - 2020-12-31", "25", "750.00", "250.00"),
    ]
    assert delta(change) == ("5", "150.00", "50.00")
    change = cancelled(change, date(2020, 12, 1))
    assert states(change)[2:] == [("2020-10-01 - 2020-11-30", "25", "500.00", "250.00")]
    assert delta(change) == ("-25", "-250.00", "-250.00")


def test_more_from_the_first_step_of_a_ramp_is_more_in_each() -> None:
    change = amended(ramp(), date(2020, 4, 1), "5")
    assert states(change) == [
        ("2020-01-01 - 2020-03-31", "10", "300.00", "100.00"),
        ("2020-04-01 - 2020-06-30", "15", "450.00", "150.00"),
        ("2020-07-01 - 2020-12-31", "25", "1500.00", "250.00"),
    ]


def test_a_change_reaches_a_renewal_that_is_scheduled_at_the_price_of_each_term() -> None:
    before = sold(licences())
    before = then(before, renewal_item(before.life, RenewalWish(), Decimal(12), at_list=True))
    more = amend(before.life, SEPTEMBER, Decimal(5), SAME_PRICE, "Licence")
    assert [(str(item.total(USD)), item.rate.unit_price) for item in more] == [
        ("200.00", Decimal(10)),
        ("720.00", Decimal(12)),
    ]
    less = amend(before.life, SEPTEMBER, Decimal(-4), SAME_PRICE, "Licence")
    assert sorted(str(item.total(USD)) for item in less) == ["-160.00", "-576.00"]


def test_a_decrease_takes_the_newest_first_at_its_own_price() -> None:
    before = amended(sold(licences()), SEPTEMBER, "5", NewPrice(unit_price=Decimal(12)))
    items = amend(before.life, DECEMBER, Decimal(-7), SAME_PRICE, "Licence")
    assert [(item.quantity, str(item.total(USD)), item.target) for item in items] == [
        (Decimal(-5), "-60.00", 2),
        (Decimal(-2), "-20.00", 1),
    ]
    assert states(then(before, *items))[-1] == ("2022-12-01 - 2022-12-31", "8", "80.00", "80.00")


def test_a_decrease_that_spans_the_end_of_an_upsell_is_one_item_for_each_quantity() -> None:
    before = amended(sold(licences()), date(2022, 7, 1), "5")
    before = amended(before, DECEMBER, "-5")
    items = amend(before.life, SEPTEMBER, Decimal(-6), SAME_PRICE, "Licence")
    assert [(item.target, item.quantity, item.period.start, item.period.end) for item in items] == [
        (2, Decimal(-5), date(2022, 9, 1), date(2022, 11, 30)),
        (1, Decimal(-1), date(2022, 9, 1), date(2022, 11, 30)),
        (1, Decimal(-6), date(2022, 12, 1), date(2022, 12, 31)),
    ]


def test_an_increase_at_list_price_holds_in_all_later_periods() -> None:
    before = sold(licences(discount="20"))
    price = NewPrice(unit_price=Decimal(11), list_price=Decimal(11))
    (item,) = amend(before.life, SEPTEMBER, Decimal(5), price, "Licence")
    assert (str(item.total(USD)), str(item.list_total(USD)), str(item.rate.discount)) == ("220.00", "220.00", "0")
    (same,) = amend(before.life, SEPTEMBER, Decimal(5), SAME_PRICE, "Licence")
    assert str(same.total(USD)) == "160.00"


def test_all_can_be_taken_but_no_more() -> None:
    change = amended(sold(licences()), SEPTEMBER, "-10")
    assert states(change)[-1] == ("2022-09-01 - 2022-12-31", "0", "0.00", "0.00")
    change = cancelled(change, DECEMBER)
    assert states(change)[-1] == ("2022-09-01 - 2022-11-30", "0", "0.00", "0.00")
    assert delta(change) == ("0", "0.00", "0.00")


def test_what_is_sold_once_can_be_more_or_less() -> None:
    change = amended(sold(GATEWAY), SEPTEMBER, "2")
    assert states(change) == [
        ("2022-01-01 - 2022-08-31", "3", "749.70", "0.00"),
        ("2022-09-01 - open", "5", "499.80", "0.00"),
    ]
    change = amended(change, DECEMBER, "-3")
    assert delta(change) == ("-3", "-749.70", "0.00")
    assert states(change)[-1] == ("2022-12-01 - open", "2", "-749.70", "0.00")


def test_an_evergreen_period_gets_its_amount_from_the_act_that_ends_it() -> None:
    change = amended(sold(EVERGREEN), SEPTEMBER, "5")
    assert states(change) == [
        ("2022-01-01 - 2022-08-31", "10", "800.00", "100.00"),
        ("2022-09-01 - open", "15", "open", "150.00"),
    ]
    assert delta(change) == ("5", "800.00", "50.00")
    change = cancelled(change, DECEMBER)
    assert states(change)[-1] == ("2022-09-01 - 2022-11-30", "15", "450.00", "150.00")
    assert delta(change) == ("-15", "450.00", "-150.00")


def test_why_a_quantity_cannot_be_changed() -> None:
    plain, gone = sold(licences()), cancelled(sold(licences()), DECEMBER)

    def refused(change: Change, day: date, by: str) -> str:
        return refusal(lambda: amended(change, day, by))

    assert refused(plain, SEPTEMBER, "0") == "no-change"
    assert refused(plain, SEPTEMBER, "-10.000001") == "below-zero"
    assert refused(ramp(), date(2020, 3, 1), "-11") == "below-zero"
    assert refused(plain, date(2021, 12, 31), "1") == "outside-of-life"
    assert refused(plain, date(2023, 1, 1), "1") == "outside-of-life"
    assert refused(sold(EVERGREEN), date(2021, 12, 31), "1") == "outside-of-life"
    assert refused(gone, SEPTEMBER, "1") == "ended"
    assert refused(ended(plain, *undo(plain.life, [1])), SEPTEMBER, "1") == "undone"


# ------------------------------------------------------------------------------------------------------------- the end


def test_odd_cents_of_a_cancellation_leave_what_was_before_alone() -> None:
    before = amended(sold(licences("1", "0.333")), SEPTEMBER, "1")
    change = cancelled(before, SEPTEMBER)
    assert states(change) == [("2022-01-01 - 2022-08-31", "1", "2.66", "0.33")]
    assert change.periods[0] == before.periods[0]


def test_what_cannot_be_cancelled_says_why() -> None:
    plain, day = sold(licences()), date(2022, 7, 1)
    assert refusal(lambda: cancel(plain.life, date(2022, 1, 1), "Licence")) == "cancelled-before-start"
    assert refusal(lambda: cancel(plain.life, date(2023, 1, 1), "Licence")) == "cancelled-after-end"
    assert refusal(lambda: cancel(cancelled(plain, day).life, day, "Licence")) == "cancelled-already"
    assert refusal(lambda: cancel(ended(plain, *undo(plain.life, [1])).life, day, "Licence")) == "undone"


def test_in_whole_periods_service_goes_on_to_the_end_of_the_running_one() -> None:
    whole = BillingTerms(Frequency.QUARTERLY, partial=Partial.WHOLE)
    plain = sold(licences(terms=whole))
    assert first_day_without(plain.life, date(2022, 8, 15), "Licence") == date(2022, 10, 1)
    assert first_day_without(plain.life, date(2022, 10, 1), "Licence") == date(2022, 10, 1)
    assert refusal(lambda: cancel(plain.life, date(2022, 10, 2), "Licence")) == "cancelled-after-end"
    open_ended = sold(replace(EVERGREEN, terms=whole))
    assert first_day_without(open_ended.life, date(2022, 10, 2), "Licence") == date(2023, 1, 1)
    assert first_day_without(sold(GATEWAY).life, date(2022, 8, 15), "Gateway") == date(2022, 8, 15)


def test_what_takes_from_whole_periods_begins_and_ends_with_one() -> None:
    whole = sold(licences(terms=BillingTerms(Frequency.QUARTERLY, partial=Partial.WHOLE))).life
    october, december, dearer = date(2022, 10, 1), date(2022, 12, 31), NewPrice(unit_price=Decimal(12))
    assert refusal(lambda: amend(whole, SEPTEMBER, Decimal(-1), SAME_PRICE, "Licence")) == "within-period"
    assert refusal(lambda: reprice(whole, SEPTEMBER, dearer, "Licence")) == "within-period"
    assert refusal(lambda: pause(whole, SEPTEMBER, None, "Licence")) == "within-period"
    assert refusal(lambda: pause(whole, october, date(2022, 11, 30), "Licence")) == "within-period"
    assert refusal(lambda: transfer(whole, SEPTEMBER, None, "Licence")) == "within-period"
    assert refusal(lambda: extend(whole, date(2022, 8, 31), "Licence")) == "within-period"
    assert [item.period.start for item in amend(whole, october, Decimal(-1), SAME_PRICE, "Licence")] == [october]
    assert [item.period.end for item in pause(whole, october, december, "Licence")] == [december, december]


def test_a_later_end_is_an_upsell_and_an_earlier_one_a_change_of_terms() -> None:
    plain = sold(licences())
    longer = changed(plain, extend(plain.life, date(2023, 3, 31), "Licence"))
    assert states(longer)[-1] == ("2023-01-01 - 2023-03-31", "10", "300.00", "100.00")
    assert (longer.category, delta(longer)) == (Category.UPSELLS, ("0", "300.00", "0.00"))
    shorter = changed(plain, extend(plain.life, date(2022, 6, 15), "Licence"))
    assert states(shorter) == [("2022-01-01 - 2022-06-15", "10", "550.00", "100.00")]
    assert shorter.category is Category.TERMS_AND_CONDITIONS_CHANGES
    assert delta(shorter) == ("0", "-650.00", "0.00")
    assert states(amended(shorter, date(2022, 6, 1), "1"))[-1] == ("2022-06-01 - 2022-06-15", "11", "55.00", "110.00")


def test_an_evergreen_asset_can_be_given_an_end() -> None:
    before = sold(EVERGREEN)
    change = changed(before, extend(before.life, date(2022, 6, 30), "Licence"))
    assert states(change) == [("2022-01-01 - 2022-06-30", "10", "600.00", "100.00")]
    assert delta(change) == ("0", "600.00", "0.00")


def test_what_keeps_its_end_says_why() -> None:
    plain = sold(licences())
    assert refusal(lambda: extend(plain.life, date(2022, 12, 31), "Licence")) == "no-change"
    assert refusal(lambda: extend(plain.life, date(2021, 12, 31), "Licence")) == "end-before-start"
    assert refusal(lambda: extend(sold(GATEWAY).life, date(2023, 1, 1), "Gateway")) == "one-time"
    assert refusal(lambda: extend(cancelled(plain, SEPTEMBER).life, DECEMBER, "Licence")) == "ended"


def test_an_early_renewal_takes_the_rest_of_the_term_back() -> None:
    before = sold(licences())
    rest = taken_back(before.life, SEPTEMBER, None, Effect.ENDS)
    renewal = renewal_item(before.life, RenewalWish(start=SEPTEMBER), Decimal(10), at_list=False)
    change = changed(before, [*(replace(item, category=Category.RENEWALS) for item in rest), renewal])
    assert states(change) == [
        ("2022-01-01 - 2022-08-31", "10", "800.00", "100.00"),
        ("2022-09-01 - 2023-08-31", "10", "1200.00", "100.00"),
    ]
    assert (change.category, delta(change)) == (Category.RENEWALS, ("0", "800.00", "0.00"))


# --------------------------------------------------------------------------------------------------- price and pauses


def test_another_price_from_a_day_on() -> None:
    before = sold(licences())
    change = changed(before, reprice(before.life, SEPTEMBER, NewPrice(unit_price=Decimal(12)), "Licence"))
    assert states(change)[-1] == ("2022-09-01 - 2022-12-31", "10", "480.00", "120.00")
    assert (change.category, delta(change)) == (Category.TERMS_AND_CONDITIONS_CHANGES, ("0", "80.00", "20.00"))
    assert renewal_item(change.life, RenewalWish(), Decimal(10), at_list=False).rate.unit_price == 12


def test_another_discount_keeps_the_price() -> None:
    before = sold(licences(discount="10"))
    percent = changed(before, reprice(before.life, SEPTEMBER, NewPrice(discount=Decimal(25)), "Licence"))
    assert states(percent)[-1] == ("2022-09-01 - 2022-12-31", "10", "300.00", "75.00")
    amount = changed(before, reprice(before.life, SEPTEMBER, NewPrice(discount_amount=Decimal("1.5")), "Licence"))
    assert states(amount)[-1] == ("2022-09-01 - 2022-12-31", "10", "300.00", "75.00")


def test_what_keeps_its_price_says_why() -> None:
    before = sold(licences())
    same = NewPrice(unit_price=Decimal(10))
    assert refusal(lambda: reprice(before.life, SEPTEMBER, same, "Licence")) == "no-change"
    rest = changed(before, pause(before.life, DECEMBER, None, "Licence"))
    dearer = NewPrice(unit_price=Decimal(12))
    assert refusal(lambda: reprice(rest.life, SEPTEMBER, dearer, "Licence")) == "paused"
    nothing = amended(before, SEPTEMBER, "-10")
    assert refusal(lambda: reprice(nothing.life, SEPTEMBER, dearer, "Licence")) == "no-change"
    assert refusal(lambda: reprice(sold(GATEWAY).life, SEPTEMBER, dearer, "Gateway")) == "one-time"


def test_a_pause_is_owned_but_neither_billed_nor_recurring() -> None:
    before = sold(licences())
    change = changed(before, pause(before.life, date(2022, 7, 1), date(2022, 8, 31), "Licence"))
    assert states(change) == [
        ("2022-01-01 - 2022-06-30", "10", "600.00", "100.00"),
        ("2022-07-01 - 2022-08-31", "10", "0.00", "0.00"),
        ("2022-09-01 - 2022-12-31", "10", "400.00", "100.00"),
    ]
    assert [state.paused for state in change.periods] == [False, True, False]
    assert (change.category, delta(change)) == (Category.TERMS_AND_CONDITIONS_CHANGES, ("0", "-200.00", "0.00"))
    assert refusal(lambda: amended(change, date(2022, 5, 1), "1")) == "paused"
    assert refusal(lambda: pause(change.life, date(2022, 8, 1), None, "Licence")) == "paused"
    assert refusal(lambda: transfer(change.life, date(2022, 5, 1), None, "Licence")) == "paused"
    assert states(amended(change, SEPTEMBER, "1"))[-1] == ("2022-09-01 - 2022-12-31", "11", "440.00", "110.00")


def test_a_pause_goes_on_until_it_is_resumed_at_the_prices_that_were_held() -> None:
    before = amended(sold(licences()), date(2022, 3, 1), "5", NewPrice(unit_price=Decimal(12)))
    change = changed(before, pause(before.life, date(2022, 7, 1), None, "Licence"))
    assert states(change)[-1] == ("2022-07-01 - 2022-12-31", "15", "0.00", "0.00")
    change = changed(change, resume(change.life, date(2022, 10, 1), "Licence"))
    assert states(change)[2:] == [
        ("2022-07-01 - 2022-09-30", "15", "0.00", "0.00"),
        ("2022-10-01 - 2022-12-31", "15", "480.00", "160.00"),
    ]
    assert delta(change) == ("0", "480.00", "160.00")
    assert refusal(lambda: resume(change.life, date(2022, 10, 1), "Licence")) == "not-paused"


def test_a_pause_that_is_cut_short_leaves_a_later_one() -> None:
    before = sold(licences())
    change = changed(before, pause(before.life, date(2022, 3, 1), date(2022, 4, 30), "Licence"))
    change = changed(change, pause(change.life, date(2022, 8, 1), date(2022, 9, 30), "Licence"))
    change = changed(change, resume(change.life, date(2022, 4, 1), "Licence"))
    assert [(state.period.start, state.paused) for state in change.periods] == [
        (date(2022, 1, 1), False),
        (date(2022, 3, 1), True),
        (date(2022, 4, 1), False),
        (date(2022, 5, 1), False),
        (date(2022, 8, 1), True),
        (date(2022, 10, 1), False),
    ]


def test_a_paused_asset_can_be_cancelled() -> None:
    before = sold(licences())
    change = cancelled(changed(before, pause(before.life, date(2022, 7, 1), None, "Licence")), DECEMBER)
    assert states(change)[-1] == ("2022-07-01 - 2022-11-30", "10", "0.00", "0.00")
    assert delta(change) == ("-10", "0.00", "0.00")


def test_an_evergreen_pause_makes_the_amount_before_it_known() -> None:
    before = sold(EVERGREEN)
    change = changed(before, pause(before.life, date(2022, 4, 1), date(2022, 5, 31), "Licence"))
    assert states(change) == [
        ("2022-01-01 - 2022-03-31", "10", "300.00", "100.00"),
        ("2022-04-01 - 2022-05-31", "10", "0.00", "0.00"),
        ("2022-06-01 - open", "10", "open", "100.00"),
    ]
    assert delta(change) == ("0", "300.00", "0.00")


def test_what_cannot_be_paused_says_why() -> None:
    plain = sold(licences())
    assert refusal(lambda: pause(plain.life, SEPTEMBER, date(2022, 8, 31), "Licence")) == "end-before-start"
    assert refusal(lambda: pause(sold(GATEWAY).life, SEPTEMBER, None, "Gateway")) == "one-time"
    assert refusal(lambda: resume(plain.life, SEPTEMBER, "Licence")) == "not-paused"
    nothing = amended(plain, SEPTEMBER, "-10")
    assert refusal(lambda: pause(nothing.life, SEPTEMBER, None, "Licence")) == "nothing-held"
    assert refusal(lambda: extend(nothing.life, date(2023, 3, 31), "Licence")) == "nothing-held"


def test_a_pause_of_nothing_holds_nothing() -> None:
    before = amended(sold(licences()), SEPTEMBER, "-10")
    change = changed(before, pause(before.life, date(2022, 7, 1), None, "Licence"))
    assert states(change)[-1] == ("2022-09-01 - 2022-12-31", "0", "0.00", "0.00")


# ---------------------------------------------------------------------------------------------------------- transfers


def test_the_whole_is_moved_at_what_is_left_of_it() -> None:
    before = amended(sold(licences("1", "0.333")), date(2022, 3, 1), "1")
    out, there, whole = transfer(before.life, SEPTEMBER, None, "Licence")
    assert whole
    left, arrived = ended(before, *out), sold(*there)
    assert delta(left) == ("-2", "-2.66", "-0.67")
    assert states(arrived) == [("2022-09-01 - 2022-12-31", "2", "2.66", "0.67")]
    assert arrived.category is Category.TRANSFERS


def test_a_part_is_moved_newest_first() -> None:
    before = amended(sold(licences()), date(2022, 3, 1), "5", NewPrice(unit_price=Decimal(12)))
    out, there, whole = transfer(before.life, SEPTEMBER, Decimal(7), "Licence")
    assert not whole
    assert states(then(before, *out))[-1] == ("2022-09-01 - 2022-12-31", "8", "320.00", "80.00")
    assert states(sold(*there)) == [("2022-09-01 - 2022-12-31", "7", "320.00", "80.00")]


def test_what_is_moved_keeps_its_ramp_and_later_changes() -> None:
    before = amended(ramp(), date(2020, 10, 1), "5")
    _, there, _ = transfer(before.life, date(2020, 4, 1), None, "Licence")
    assert states(sold(*there)) == [
        ("2020-04-01 - 2020-06-30", "10", "300.00", "100.00"),
        ("2020-07-01 - 2020-09-30", "20", "600.00", "200.00"),
        ("2020-10-01 - 2020-12-31", "25", "750.00", "250.00"),
    ]


def test_a_part_that_changes_its_sources_arrives_step_by_step() -> None:
    before = amended(sold(licences()), date(2022, 7, 1), "-4")
    before = amended(before, date(2022, 10, 1), "6", NewPrice(unit_price=Decimal(5)))
    out, there, _ = transfer(before.life, date(2022, 4, 1), Decimal(6), "Licence")
    assert [item.effect for item in there] == [Effect.COVERS, Effect.COVERS]
    assert states(sold(*there)) == [
        ("2022-04-01 - 2022-09-30", "6", "360.00", "60.00"),
        ("2022-10-01 - 2022-12-31", "6", "90.00", "30.00"),
    ]
    assert delta(then(before, *out)) == ("-6", "-450.00", "-30.00")


def test_what_is_given_away_is_moved_too() -> None:
    before = amended(sold(licences(price="0")), date(2022, 3, 1), "5", NewPrice(unit_price=Decimal(12)))
    _, there, _ = transfer(before.life, SEPTEMBER, None, "Licence")
    assert states(sold(*there)) == [("2022-09-01 - 2022-12-31", "15", "240.00", "60.00")]


def test_what_cannot_be_moved_says_why() -> None:
    plain = sold(licences())
    assert refusal(lambda: transfer(plain.life, SEPTEMBER, Decimal(11), "Licence")) == "below-zero"
    empty = amended(plain, DECEMBER, "-10")
    assert refusal(lambda: transfer(empty.life, SEPTEMBER, None, "Licence")) == "nothing-held"
    assert refusal(lambda: transfer(plain.life, SEPTEMBER, Decimal(0), "Licence")) == "below-zero"
    assert refusal(lambda: transfer(plain.life, date(2022, 1, 1), None, "Licence")) == "transferred-before-start"
    out, _, _ = transfer(plain.life, SEPTEMBER, None, "Licence")
    assert refusal(lambda: amended(ended(plain, *out), date(2022, 6, 1), "1")) == "ended"


# --------------------------------------------------------------------------------------------------------------- undo


def test_an_undone_act_leaves_everything_as_it_was() -> None:
    before = amended(sold(licences()), SEPTEMBER, "5")
    gone = cancelled(before, DECEMBER)
    keys = [entry.key for entry in gone.life.entries if entry.item.effect is Effect.ENDS]
    back = then(gone, *undo(gone.life, keys))
    assert (back.periods, back.life.ended) == (before.periods, False)
    assert delta(back) == ("15", "150.00", "150.00")
    assert states(then(back, *undo(back.life, [2]))) == [("2022-01-01 - 2022-12-31", "10", "1200.00", "100.00")]


def test_an_undone_sale_leaves_nothing() -> None:
    before = sold(EVERGREEN)
    change = ended(before, *undo(before.life, [1]))
    assert (change.periods, change.life.live, change.life.last_state) == ((), (), None)
    assert delta(change) == ("-10", "0.00", "-100.00")


def test_an_undone_change_of_an_evergreen_asset_takes_its_amount_back() -> None:
    before = amended(sold(EVERGREEN), SEPTEMBER, "5")
    change = then(before, *undo(before.life, [2]))
    assert states(change) == [("2022-01-01 - open", "10", "open", "100.00")]
    assert delta(change) == ("-5", "-800.00", "-50.00")


# ------------------------------------------------------------------------------------------------------- other formula


def test_mrr_as_the_total_over_the_term_is_lowered_in_proportion() -> None:
    sale = licences("3", "33.33", mrr_formula=MrrFormula.TOTAL_OVER_TERM)
    change = amended(sold(sale), SEPTEMBER, "-1")
    assert [state[3] for state in states(change)] == ["99.99", "66.66"]


def test_what_is_rated_by_use_changes_its_quantity_alone() -> None:
    change = amended(sold(METERED), SEPTEMBER, "5")
    assert delta(change) == ("5", "0.00", "0.00")
    assert states(change)[-1] == ("2022-09-01 - 2022-12-31", "15", "0.00", "0.00")


# ----------------------------------------------------------------------------------------------------------- properties


@given(
    quantity=st.decimals("0.01", "500", places=2),
    price=st.decimals("0", "999", places=4),
    evergreen=st.booleans(),
    acts=st.lists(
        st.tuples(
            st.sampled_from(("amend", "cancel", "reprice", "extend", "pause", "resume", "undo", "transfer")),
            st.dates(date(2022, 1, 1), date(2023, 6, 30)),
            st.decimals("-300", "300", places=2),
        ),
        max_size=7,
    ),
)
def test_whatever_happens_the_books_are_kept(
    quantity: Decimal, price: Decimal, evergreen: bool, acts: list[tuple[str, date, Decimal]]
) -> None:
    """Periods follow each other, what was before an act stays, and deltas add up (DOMAIN 4.1, 4.2)."""
    model = SellingModel.EVERGREEN if evergreen else SellingModel.TERM
    end = None if evergreen else date(2022, 12, 31)
    term = None if evergreen else Term(12)
    period = Period(date(2022, 1, 1), end)
    change = sold(licences(str(quantity), str(price), selling_model=model, period=period, term=term))
    total = change.delta
    for what, day, number in acts:
        before = change
        try:
            change = _acted(before, what, day, number)
        except Refused:
            continue
        total = total.plus(change.delta)
        _history_is_the_same(before, change)
        starts = [state.period.start for state in change.periods]
        ends = [state.period.end for state in change.periods]
        assert all(end is not None and end < start for end, start in zip(ends, starts[1:], strict=False))
        assert all(state.quantity >= 0 for state in change.periods)
    last = change.life.last_state
    assert total.amount == lifetime_amount(change.periods, USD)
    assert (total.quantity, total.mrr) == ((last.quantity, last.mrr) if last else (0, USD.money(0)))


def _acted(before: Change, what: str, day: date, number: Decimal) -> Change:
    match what:
        case "amend":
            return amended(before, day, str(number))
        case "cancel":
            return cancelled(before, day)
        case "reprice":
            return changed(before, reprice(before.life, day, NewPrice(unit_price=abs(number)), "Licence"))
        case "extend":
            return changed(before, extend(before.life, day, "Licence"))
        case "pause":
            last = None if number < 0 else date(2023, 7, 31)
            return changed(before, pause(before.life, day, last, "Licence"))
        case "resume":
            return changed(before, resume(before.life, day, "Licence"))
        case "transfer":
            out, _, whole = transfer(before.life, day, None if number < 0 else number, "Licence")
            type_ = ActionType.CANCEL if whole else ActionType.CHANGE
            return then(before, *settled(before.life, out, type_), type_=type_)
        case _:
            acts = [entry.act for entry in before.life.live]
            keys = [entry.key for entry in before.life.live if entry.act == max(acts, default=0)]
            if not keys or min(keys) == 1:
                raise Refused(())
            return then(before, *undo(before.life, keys))


def _history_is_the_same(before: Change, after: Change) -> None:
    """State periods that end before the act's first day are the same, to the last minor unit."""
    first = after.effective_date
    old = [state for state in before.life.states([first]) if state.period.end is not None and state.period.end < first]
    new = [state for state in after.life.states([first]) if state.period.end is not None and state.period.end < first]
    assert [(state.period, state.quantity, state.mrr) for state in old] == [
        (state.period, state.quantity, state.mrr) for state in new
    ]
    assert [state.amount for state in old] == [state.amount for state in new]

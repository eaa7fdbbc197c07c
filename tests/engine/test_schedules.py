"""What is still to be billed after a change, and what it credits (DOMAIN 5.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.catalog import Effect, PriceUnit, SellingModel
from calm_desktop.engine.changes import SAME_PRICE, amend, cancel, pause, resume
from calm_desktop.engine.dates import Frequency, Partial, Period, Remainder, Timing, parse_boundary
from calm_desktop.engine.lifecycle import Change, Entry
from calm_desktop.engine.orders import Item
from calm_desktop.engine.rating import BillingTerms, Rate
from calm_desktop.engine.schedules import Account, Billed, Layout, beyond, laid_out, relaid
from tests.engine.lives import EVERGREEN, GATEWAY, USD, ended, licences, sold, then

DOLLARS = Account(USD, None)


def of(layout: Layout) -> list[tuple[str, str, str]]:
    """What is still to be billed: first day, last day, amount."""
    return [(str(part.start), str(part.end), str(part.amount)) for part in layout.slices]


def credits_in(layout: Layout) -> list[tuple[str, str, int, int | None]]:
    return [
        (str(each.start), str(each.end), each.amount, each.of) for found in layout.credits.values() for each in found
    ]


def billed_months(amounts: Sequence[int], credited: int = 0) -> list[Billed]:
    """Months of 2022 that are on paper, from January on, with amounts in cents; something was credited of the last."""
    months = [Period(date(2022, n + 1, 1), _last_day(n + 1)) for n in range(len(amounts))]
    return [
        Billed(100 + n, month.start, month.end or month.start, amount, credited if n == len(amounts) - 1 else 0)
        for n, (month, amount) in enumerate(zip(months, amounts, strict=True))
    ]


def _last_day(month: int) -> date:
    return date(2022, month, (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1])


def relaid_first(
    change: Change, billed: Sequence[Billed] = (), new: bool = True, through: date | None = None
) -> Layout:
    """The first entry of a life laid out anew, after what was taken from it; the takers are new, or all older."""
    source, *others = change.life.entries
    takers = [
        each for each in others if each.item.target == source.key and each.item.effect in (Effect.LOWERS, Effect.ENDS)
    ]
    fresh = [taker.key for taker in takers] if new else []
    return relaid(source, takers, fresh, source.item.is_evergreen, billed, (), 0, DOLLARS, through)


def less(sale: Item, day: date, by: str) -> Change:
    before = sold(sale)
    return then(before, *amend(before.life, day, Decimal(by), SAME_PRICE, "Licence"))


def cancelled(sale: Item, day: date) -> Change:
    before = sold(sale)
    return ended(before, *cancel(before.life, day, "Licence"))


def test_what_is_not_billed_yet_is_lowered_where_it_stands() -> None:
    layout = relaid_first(less(licences(), date(2022, 9, 15), "-5"), billed_months([10000] * 8))
    assert of(layout) == [
        ("2022-09-01", "2022-09-30", "73.33"),
        ("2022-10-01", "2022-10-31", "50.00"),
        ("2022-11-01", "2022-11-30", "50.00"),
        ("2022-12-01", "2022-12-31", "50.00"),
    ]
    assert [part.quantity for part in layout.slices] == [None, Decimal(5), Decimal(5), Decimal(5)]
    assert (credits_in(layout), str(layout.total), layout.end) == ([], "1023.33", date(2022, 12, 31))


def test_what_is_billed_is_credited_at_the_full_rate() -> None:
    layout = relaid_first(cancelled(licences(), date(2022, 9, 15)), billed_months([10000] * 10))
    assert of(layout) == []
    assert credits_in(layout) == [
        ("2022-09-15", "2022-09-30", -5333, 108),
        ("2022-10-01", "2022-10-31", -10000, 109),
    ]
    assert (str(layout.total), layout.end) == ("1000.00", date(2022, 9, 14))


def test_the_full_rate_counts_not_the_part_that_was_billed() -> None:
    """$9.95 a month on the 1st, sold from 7 May and changed on 8 May: 24 of 31 days of 9.95, not of the 8.02 billed."""
    may = licences("1", "9.95", period=Period(date(2012, 5, 7), date(2013, 4, 30)), anchor=date(2012, 5, 1))
    change = cancelled(may, date(2012, 5, 8))
    layout = relaid_first(change, [Billed(100, date(2012, 5, 7), date(2012, 5, 31), 802)])
    assert credits_in(layout)[0] == ("2012-05-08", "2012-05-31", -770, 100)


def test_a_credit_never_exceeds_what_was_billed_less_earlier_credits() -> None:
    """$249.95 billed for May with $10 credited, changed on 2 May: the unused part is 241.89, but 239.95 are left."""
    sale = licences("1", "249.95", period=Period(date(2012, 5, 1), None), selling_model=SellingModel.EVERGREEN)
    layout = relaid_first(
        cancelled(sale, date(2012, 5, 2)), [Billed(100, date(2012, 5, 1), date(2012, 5, 31), 24995, 1000)]
    )
    assert credits_in(layout) == [("2012-05-02", "2012-05-31", -23995, 100)]
    layout = relaid_first(
        cancelled(sale, date(2012, 5, 2)), [Billed(100, date(2012, 5, 1), date(2012, 5, 31), 24995, 24995)]
    )
    assert credits_in(layout) == [("2012-05-02", "2012-05-31", 0, 100)]


def test_two_decreases_credit_one_slice_no_further_than_it_was_billed() -> None:
    before = less(licences(), date(2022, 1, 1), "-6")
    change = then(before, *amend(before.life, date(2022, 1, 1), Decimal(-4), SAME_PRICE, "Licence"))
    layout = relaid_first(change, [Billed(100, date(2022, 1, 1), date(2022, 1, 31), 10000, 5000)])
    assert [amount for *_, amount, _ in credits_in(layout)] == [-5000, 0]


def test_odd_cents_that_no_slice_can_take_are_a_correction_on_the_day_of_the_change() -> None:
    """$100 over a year, six months billed at 8.33, cancelled from July: 50.00 were used, 49.98 are billed."""
    sale = licences("1", "8.333333", agreed=USD.money(10000))
    layout = relaid_first(cancelled(sale, date(2022, 7, 1)), billed_months([833] * 6))
    assert (of(layout), credits_in(layout)) == ([], [("2022-07-01", "2022-07-01", 2, None)])


def test_odd_cents_go_to_the_slice_that_takes_remainders() -> None:
    sale = licences("1", "8.333333", agreed=USD.money(10000))
    layout = relaid_first(cancelled(sale, date(2022, 7, 1)))
    assert [amount for *_, amount in of(layout)] == ["8.33"] * 5 + ["8.35"]
    first = replace(sale, terms=BillingTerms(remainder=Remainder.FIRST))
    layout = relaid_first(cancelled(first, date(2022, 7, 1)))
    assert [amount for *_, amount in of(layout)] == ["8.35"] + ["8.33"] * 5


def test_a_remainder_that_would_turn_a_slice_is_corrected_instead() -> None:
    sale = licences("1", "0.01", agreed=USD.money(12))
    change = cancelled(sale, date(2022, 7, 1))
    dear = replace(change.life.entries[1].item, agreed=USD.money(-9))
    source, taker = change.life.entries[0], Entry(2, dear)
    billed = billed_months([1] * 5)
    layout = relaid(source, [taker], [2], False, billed, (), 0, DOLLARS, None)
    assert of(layout) == [("2022-06-01", "2022-06-30", "0.01")]
    assert credits_in(layout) == [("2022-07-01", "2022-07-01", -3, None)]


def test_earlier_credits_and_corrections_are_not_given_again() -> None:
    change = cancelled(licences(), date(2022, 9, 15))
    source, taker = change.life.entries
    again = relaid(source, [taker], [], False, billed_months([10000] * 9), [(2, 108)], 0, DOLLARS, None)
    assert (of(again), credits_in(again)) == ([], [])


def test_what_was_billed_after_a_change_is_billed_right() -> None:
    layout = relaid_first(less(licences(), date(2022, 9, 1), "-5"), billed_months([10000] * 8 + [5000]), new=False)
    assert credits_in(layout) == []
    assert [amount for *_, amount in of(layout)] == ["50.00"] * 3


def test_a_pause_leaves_out_the_days_between() -> None:
    before = sold(licences())
    change = then(before, *pause(before.life, date(2022, 3, 16), date(2022, 5, 31), "Licence"))
    assert of(relaid_first(change))[1:4] == [
        ("2022-02-01", "2022-02-28", "100.00"),
        ("2022-03-01", "2022-03-15", "48.39"),
        ("2022-06-01", "2022-06-30", "100.00"),
    ]


def test_a_pause_itself_is_not_billed_nor_what_ends_it() -> None:
    before = sold(licences())
    change = then(before, *pause(before.life, date(2022, 7, 1), None, "Licence"))
    held = change.life.entries[-1]
    goes_on = then(change, *resume(change.life, date(2022, 9, 1), "Licence"))
    taker = next(entry for entry in goes_on.life.entries if entry.item.target == held.key)
    assert laid_out(held, [], False, DOLLARS, None) == ()
    layout = relaid(held, [taker], [taker.key], False, [], (), 0, DOLLARS, None)
    assert (of(layout), credits_in(layout), str(layout.total)) == ([], [], "0.00")


def test_a_pause_within_a_month_leaves_its_slice_whole() -> None:
    before = sold(licences())
    change = then(before, *pause(before.life, date(2022, 3, 11), date(2022, 3, 20), "Licence"))
    assert of(relaid_first(change))[2] == ("2022-03-01", "2022-03-31", "67.74")


def test_in_arrears_a_shorter_slice_is_due_on_the_day_after_it() -> None:
    sale = licences(terms=BillingTerms(timing=Timing.ARREARS))
    layout = relaid_first(cancelled(sale, date(2022, 9, 15)), billed_months([10000] * 8))
    assert [(str(part.billing_date), str(part.amount)) for part in layout.slices] == [("2022-09-15", "46.67")]


def test_what_is_billed_once_is_credited_from_the_one_slice() -> None:
    sale = licences(terms=BillingTerms(Frequency.ONCE))
    change = cancelled(sale, date(2022, 9, 1))
    layout = relaid_first(change, [Billed(100, date(2022, 1, 1), date(2022, 12, 31), 120000)])
    assert credits_in(layout) == [("2022-09-01", "2022-12-31", -40000, 100)]
    assert of(relaid_first(change)) == [("2022-01-01", "2022-08-31", "800.00")]


def test_goods_that_come_back_are_credited_or_not_billed() -> None:
    change = less(GATEWAY, date(2022, 3, 1), "-1")
    layout = relaid_first(change, [Billed(100, date(2022, 1, 1), date(2022, 1, 1), 74970)])
    assert credits_in(layout) == [("2022-03-01", "2022-03-01", -24990, 100)]
    layout = relaid_first(change)
    assert (of(layout), layout.end) == ([("2022-01-01", "2022-01-01", "499.80")], None)


def test_whole_periods_stay_whole() -> None:
    sale = licences(terms=BillingTerms(partial=Partial.WHOLE))
    layout = relaid_first(cancelled(sale, date(2022, 9, 15)), billed_months([10000] * 9))
    assert (of(layout), credits_in(layout), layout.end) == ([], [], date(2022, 9, 30))


def test_an_open_schedule_looks_one_slice_ahead() -> None:
    change = less(EVERGREEN, date(2022, 3, 16), "-5")
    layout = relaid_first(change, billed_months([10000] * 2), through=date(2022, 3, 31))
    assert of(layout) == [("2022-03-01", "2022-03-31", "74.19"), ("2022-04-01", "2022-04-30", "50.00")]
    assert (layout.total, layout.end) == (None, None)
    source, taker = change.life.entries
    assert [str(part.amount) for part in laid_out(source, [taker], True, DOLLARS, date(2022, 4, 30))] == [
        "100.00",
        "100.00",
        "74.19",
        "50.00",
        "50.00",
    ]
    assert [str(part.amount) for part in laid_out(source, [], True, DOLLARS, None)] == ["100.00"]


def test_an_open_schedule_that_ends_is_laid_out_to_its_last_day() -> None:
    layout = relaid_first(cancelled(EVERGREEN, date(2022, 4, 16)), billed_months([10000] * 2))
    assert of(layout) == [("2022-03-01", "2022-03-31", "100.00"), ("2022-04-01", "2022-04-15", "50.00")]
    assert (str(layout.total), layout.end) == ("350.00", date(2022, 4, 15))


def test_an_open_schedule_that_was_billed_by_the_month_is_corrected_to_the_sum_of_its_days() -> None:
    """A third of a cent a month: four months come to 1.33, each by itself to 0.33."""
    third = replace(EVERGREEN, quantity=Decimal(1), rate=Rate(Decimal("0.333333"), PriceUnit.MONTH))
    layout = relaid_first(cancelled(third, date(2022, 5, 1)), billed_months([33] * 4))
    assert credits_in(layout) == [("2022-05-01", "2022-05-01", 1, None)]


def test_an_open_schedule_with_a_pause_bills_what_is_around_it() -> None:
    before = sold(EVERGREEN)
    change = then(before, *pause(before.life, date(2022, 2, 1), date(2022, 2, 28), "Licence"))
    layout = relaid_first(change, through=date(2022, 3, 31))
    assert [start for start, *_ in of(layout)] == ["2022-01-01", "2022-03-01", "2022-04-01"]
    over = ended(change, *cancel(change.life, date(2022, 4, 1), "Licence"))
    assert str(relaid_first(over).total) == "200.00"


def test_a_pause_in_years_does_not_show_yet() -> None:
    before = sold(EVERGREEN)
    change = then(before, *pause(before.life, date(2031, 2, 1), date(2031, 2, 28), "Licence"))
    source, taker, _ = change.life.entries
    assert [str(part.start) for part in laid_out(source, [taker], True, DOLLARS, None)] == ["2022-01-01"]


def test_a_term_of_which_no_day_is_left_bills_nothing() -> None:
    change = less(licences(), date(2022, 1, 1), "-10")
    layout = relaid_first(change)
    assert (of(layout), credits_in(layout), str(layout.total)) == ([], [], "0.00")
    assert layout.end == date(2021, 12, 31)
    nothing = less(EVERGREEN, date(2022, 1, 1), "-10")
    assert str(relaid_first(nothing).total) == "0.00"


def test_no_day_lies_beyond_the_calendar() -> None:
    assert beyond(date(2199, 12, 1)) == date(2199, 12, 31)
    assert beyond(date(2022, 1, 1)) == date(2024, 3, 11)


@given(
    start=st.dates(date(2018, 1, 1), date(2022, 12, 31)),
    length=st.integers(-400, 900),
    frequency=st.sampled_from([each for each in Frequency if each is not Frequency.ONCE]),
    boundary=st.sampled_from(("anniversary", "calendar", "day:31", "last-day")),
    timing=st.sampled_from(Timing),
    partial=st.sampled_from(Partial),
    bill_day=st.one_of(st.none(), st.integers(1, 31)),
    place=st.integers(0, 40),
)
def test_an_item_that_goes_on_is_laid_out_on_from_any_slice(
    start: date,
    length: int,
    frequency: Frequency,
    boundary: str,
    timing: Timing,
    partial: Partial,
    bill_day: int | None,
    place: int,
) -> None:
    """From where it was laid out to, as if it were laid out from its first day."""
    terms = BillingTerms(frequency, timing, parse_boundary(boundary), partial)
    source = Entry(1, replace(EVERGREEN, period=Period(start, None), terms=terms))
    account, through = Account(USD, bill_day), start + timedelta(days=length)
    whole = relaid(source, (), (), True, (), (), 0, account, through).slices
    assert laid_out(source, (), True, account, through) == whole
    reached = whole[min(place, len(whole) - 1)]
    rest = laid_out(source, (), True, account, through, reached.start)
    assert rest[: len(whole) - 1 - whole.index(reached)] == whole[whole.index(reached) + 1 :]
    assert len(rest) == max(len(whole) - 1 - whole.index(reached), 1)

"""The published cases that ask what changes bring about: credits, dates, MRR, and whole stories of bill runs.

Each case is sold, invoiced and changed by the services on the days that our convention asks for, and the answer is
read from the billing that follows:

- Kill Bill, Meteroid: ends are exclusive and the day of change is credited, as ours is.
- Meteroid's "month" from 1 to 30 January is put into the April of that year, a month of as many days.
- Lago: the day of a termination is used up, so ours is the day after; on an upgrade it is credited.
- OCA: a suspension moves the end, ours does not: the days that were missed are sold as an extension.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from calm_desktop.engine.catalog import PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Period
from calm_desktop.engine.money import Currency
from calm_desktop.engine.rating import Rate
from calm_desktop.services import papers, settings, taxes
from calm_desktop.services.requests import AddTax, GiveCredit, PayInvoice, SetSetting
from tests.engine import lives
from tests.oracle import CASES, MISSING, NOT_OURS, OF_SEVERAL_LINES, PROPERTY, Answer, Case, Record, check, ours
from tests.trade import Trade, day

ONE_DAY = timedelta(days=1)
EVERGREEN = SellingModel.EVERGREEN


def cents(text: str) -> int:
    return int(Decimal(text).scaleb(2))


def money(in_cents: int) -> str:
    return str(Decimal(in_cents).scaleb(-2))


def boundary(day_of_month: int) -> Boundary:
    return Boundary(BoundaryKind.DAY, day_of_month)


def subscribe(trade: Trade, code: str, price: str, start: str, tax: str = "", **more: Any) -> None:
    """An evergreen subscription with a monthly price, sold on its first day."""
    unit = more.pop("price_unit", PriceUnit.MONTH)
    trade.product(code, price, EVERGREEN, price_unit=unit, tax_category=tax)
    trade.on(start).sell("Acme", code, "1", start, **more)


def amounts(answer: Any, kind: str, asset: str) -> list[str]:
    """What is not on paper yet of an asset, by kind."""
    return [
        item["amount"]
        for shape in answer["assets"]
        if shape["asset"]["name"] == asset
        for plan in shape["billing"]["schedules"]
        for item in plan["items"]
        if item["kind"] == kind and item["invoice"] is None
    ]


def credit_of(answer: Any, asset: str) -> str:
    (credit,) = amounts(answer, "credit", asset)
    return credit


def first_charge(answer: Any, asset: str) -> str:
    return amounts(answer, "charge", asset)[0]


# ------------------------------------------------------------------------------------------------ KB, credits


def kb_credit(trade: Trade, case: Case) -> Answer:
    asked = case["inputs"]
    full = asked.get("full_period", [asked["billed_from"], asked["billed_to"]])
    changed = asked.get("change_on") or asked["cancel_or_change_on"]
    price = asked.get("rate", asked["billed_amount"])
    subscribe(trade, "SUB", price, asked["billed_from"], boundary=boundary(day(full[0]).day))
    (billed,) = trade.on(asked["billed_from"]).invoice(asked["billed_from"])["invoices"]
    assert billed["invoice"]["charges"] == asked["billed_amount"]
    answer = trade.on(changed).cancel("SUB", changed)
    found: Answer = {"credit": credit_of(answer, "SUB")}
    if "unused_days" in case["expected"]:
        found["unused_days"] = Period(day(changed), day(full[1]) - ONE_DAY).days
        found["period_days"] = Period(day(full[0]), day(full[1]) - ONE_DAY).days
    return found


def kb_capped_credit(trade: Trade, case: Case) -> Answer:
    """A credit that was given on the invoice before is left out of what can be credited."""
    asked = case["inputs"]
    subscribe(trade, "SUB", asked["billed_amount"], asked["billed_from"])
    trade.on(asked["billed_from"]).invoice(asked["billed_from"])
    given = GiveCredit("INV-000001", Decimal(asked["already_credited"]), day(asked["billed_from"]))
    trade.desk.do(papers.credit, given)
    answer = trade.on(asked["change_on"]).reprice("SUB", asked["change_on"], price=asked["new_rate"])
    credit, charge = cents(credit_of(answer, "SUB")), cents(first_charge(answer, "SUB"))
    return {"credit": money(credit), "new_charge": money(charge), "net": money(credit + charge)}


# ----------------------------------------------------------------------------------------------- MET, FLEX, credits


def met_lines(trade: Trade, case: Case) -> Answer:
    """A credit and the charge after it are one subscription whose price changes; alone they end or begin one."""
    asked = case["inputs"]
    start, end, changed = (day(text) for text in (*asked["period"], asked["change_date"]))
    if (end - start).days == 30:
        start, changed = start.replace(month=4), start.replace(month=4) + (changed - start)
    changes = list(paired([(line["sign"], line["full_period_cents"]) for line in asked["lines"]]))
    for number, (old, _) in enumerate(changes):
        if old is not None:
            subscribe(trade, f"SUB{number}", money(old), start.isoformat(), boundary=boundary(start.day))
    trade.on(start.isoformat()).invoice(start.isoformat())
    later, found = trade.on(changed.isoformat()), []
    for number, (old, new) in enumerate(changes):
        credit, charge = change(later, f"SUB{number}", old, new, changed, boundary(start.day))
        found.extend(each for each in (credit, charge) if each is not None)
    in_order = sorted(found, key=lambda each: each > 0) if lines_come_credits_first(asked) else found
    names = [line["line"] for line in asked["lines"]]
    return {
        "lines": [{"line": name, "amount_cents": each} for name, each in zip(names, in_order, strict=True)],
        "net_cents": sum(found),
    }


def lines_come_credits_first(asked: Answer) -> bool:
    signs = [line["sign"] for line in asked["lines"]]
    return signs == sorted(signs, key=lambda sign: sign == "charge")


def paired(lines: list[tuple[str, int]]) -> Iterator[tuple[int | None, int | None]]:
    """Old and new price: the n-th credit goes with the n-th charge where there are as many, else each by itself."""
    old = [amount for sign, amount in lines if sign == "credit"]
    new = [amount for sign, amount in lines if sign == "charge"]
    if len(old) == len(new):
        yield from zip(old, new, strict=True)
    else:
        yield from ((each, None) for each in old)
        yield from ((None, each) for each in new)


def change(
    trade: Trade, code: str, old: int | None, new: int | None, changed: date, bounds: Boundary
) -> tuple[int | None, int | None]:
    """What a change of price, an end or a beginning credits and charges, in cents."""
    text = changed.isoformat()
    if old is None:
        assert new is not None
        subscribe(trade, code, money(new), text, boundary=bounds)
        charged = trade.asset(code)
        return None, cents(first_charge({"assets": [charged]}, code))
    if new is None:
        return cents(credit_of(trade.cancel(code, text), code)), None
    answer = trade.reprice(code, text, price=money(new))
    return cents(credit_of(answer, code)), cents(first_charge(answer, code))


def met_earlier(trade: Trade, case: Case) -> Answer:
    """The add-on that was added on 16 January is removed: its part was billed, the full price is the basis."""
    asked = case["inputs"]
    (line,) = asked["lines"]
    start, changed = asked["period"][0], asked["change_date"]
    subscribe(trade, "SUB", money(line["full_period_cents"]), "2024-01-16", boundary=boundary(day(start).day))
    trade.on("2024-01-16").invoice("2024-01-16")
    credit = cents(credit_of(trade.on(changed).cancel("SUB", changed), "SUB"))
    return {"lines": [{"line": line["line"], "amount_cents": credit}], "net_cents": credit}


def flex_change(trade: Trade, case: Case) -> Answer:
    asked = case["inputs"]
    start, changed = asked["period_inclusive"][0], day(asked["change_date"])
    old, new = (None if total is None else cents(total) for total in (asked["old_total"], asked["new_total"]))
    if old is not None:
        subscribe(trade, "SUB", money(old), start)
        trade.on(start).invoice(start)
    credit, charge = change(trade.on(changed.isoformat()), "SUB", old, new, changed, boundary(day(start).day))
    return {
        "credit": None if credit is None else money(credit),
        "charge": None if charge is None else money(charge),
        "net": money((credit or 0) + (charge or 0)),
    }


# ---------------------------------------------------------------------------------------------------- LAGO, credits


def lago_credit(trade: Trade, case: Case) -> Answer:
    """A coupon is money off the price; a credit comes with its tax on the next invoice."""
    asked = case["inputs"]
    start = asked.get("anniversary") or asked.get("subscription_started") or asked["billed_period_inclusive"][0]
    ended = day(asked["terminated_on"])
    changed = (ended if asked.get("by_upgrade") else ended + ONE_DAY).isoformat()
    tax = "Standard" if Decimal(asked["tax_rate"]) else ""
    if tax:
        trade.desk.do(taxes.add_tax, AddTax(tax, Decimal(asked["tax_rate"])))
    coupon = asked.get("coupon_cents", 0)
    more = {"discount_amount": money(coupon)} if coupon else {}
    trial = asked.get("trial_days", 0)
    subscribe(trade, "SUB", money(asked["plan_cents"]), start, tax, trial_days=trial, **more)
    trade.on(ended.isoformat()).invoice(ended.isoformat())
    later = trade.on(changed)
    if asked.get("by_upgrade"):
        trade.product("PRO", "62", EVERGREEN)
        answer = later.swap("SUB", "PRO", changed)
    else:
        answer = later.cancel("SUB", changed)
    items = [cents(amount) for amount in amounts(answer, "credit", "SUB") if cents(amount)]
    if case["expected"] == {"credit_note": None}:
        return {"credit_note": items or None}
    (item,) = items
    made = later.invoice(changed)["invoices"]
    (line,) = [each for shape in made for each in shape["lines"] if is_credit(each)]
    used = day(changed) - timedelta(days=1)
    whole = billing_month(day(start), used)
    unused = Period(day(changed), whole[1]).days
    found: Answer = {
        "item_cents": -item,
        "tax_cents": -cents(line["tax"]),
        "total_cents": -item - cents(line["tax"]),
        "credit_cents": -item - cents(line["tax"]),
        "unused_days": unused,
        "period_days": Period(*whole).days,
    }
    if coupon:
        at_list = asked["plan_cents"] * unused // Period(*whole).days
        found |= {"item_cents": at_list, "coupon_share_cents": at_list + item}
    if "exact_half_up_cents" in case["expected"]:
        found |= {"exact_half_up_cents": found["total_cents"], "total_cents": case["expected"]["total_cents"]}
    return {key: value for key, value in found.items() if key in case["expected"]}


def lago_refund(trade: Trade, case: Case) -> Answer:
    """A credit memo is applied to what is open of the invoice; what was paid already can be refunded."""
    asked = case["inputs"]
    start, ended = asked["billed_period_inclusive"][0], day(asked["terminated_on"])
    trade.desk.do(settings.set_setting, SetSetting("credits", "memo"))
    trade.desk.do(taxes.add_tax, AddTax("Standard", Decimal(asked["tax_rate"])))
    for number, fee in enumerate(asked["invoice"]["fees_cents"]):
        subscribe(trade, f"SUB{number}", money(fee), start, "Standard")
    (billed,) = trade.on(start).invoice(start)["invoices"]
    assert cents(billed["invoice"]["total"]) == asked["invoice"]["total_incl_tax_cents"]
    if asked["paid_cents"]:
        trade.desk.do(papers.pay, PayInvoice("INV-000001", Decimal(money(asked["paid_cents"])), day(start)))
    changed = (ended + ONE_DAY).isoformat()
    trade.on(changed).cancel("SUB0", changed)
    (memo,) = trade.on(changed).invoice(changed)["credits"]
    return {
        "total_cents": cents(memo["credit"]["total"]),
        "refund_cents": cents(memo["credit"]["balance"]),
        "credit_cents": cents(memo["credit"]["applied"]),
    }


def is_credit(line: Any) -> bool:
    return bool(line["type"] == "Charge" and line["amount"].startswith("-"))


def billing_month(start: date, used: date) -> tuple[date, date]:
    """The billing month, from the day of `start`, that holds a day."""
    from calm_desktop.engine.dates import ANNIVERSARY, billing_periods

    part = next(
        part for part in billing_periods(Period(start, None), Frequency.MONTHLY, ANNIVERSARY) if part.end >= used
    )
    return part.start, part.end


# ------------------------------------------------------------------------------------------------------ OCA, dates


def oca_suspension(trade: Trade, case: Case) -> Answer:
    """Line and successor are the days before and after the pause; the days missed are sold as an extension."""
    asked = case["inputs"]
    start, end = asked["line"]
    first, last = asked["suspend_from"], asked["suspend_to_inclusive"]
    if end is None:
        subscribe(trade, "SUB", "30", start)
    else:
        trade.product("SUB", "30")
        trade.on(start).sell("Acme", "SUB", "1", start, end=end)
    answer = trade.on(start).pause("SUB", first, last)
    if end is not None:
        missed = day(last) - day(first) + ONE_DAY
        answer = trade.on(start).extend("SUB", (day(end) + missed).isoformat())
    (shape,) = answer["assets"]
    active = [each for each in shape["state_periods"] if not each.get("paused")]
    (held,) = [each for each in shape["state_periods"] if each.get("paused")]
    assert (held["start"], held["end"], held["mrr"]) == (first, last, "0.00")
    after = [each for each in active if each["start"] > last]
    for one, next_one in pairwise(after):
        assert day(next_one["start"]) == day(one["end"]) + ONE_DAY
    return {"line": [active[0]["start"], active[0]["end"]], "successor": [after[0]["start"], after[-1]["end"]]}


# ------------------------------------------------------------------------------------------------------------- MRR


FOUR_DECIMALS = Currency("CLF", 4)


def kba_mrr(trade: Trade, case: Case) -> Answer:
    """Theirs keeps four decimals, as ours does in a currency that has them."""
    asked = case["inputs"]
    unit = {"monthly": PriceUnit.MONTH, "annual": PriceUnit.YEAR}[asked["period"]]
    rate = Rate(Decimal(asked["price"]), unit)
    return {"mrr": str(lives.mrr(replace(lives.EVERGREEN, quantity=Decimal(1), rate=rate), FOUR_DECIMALS))}


def mrr_on(trade: Trade, on: date) -> int:
    (card,) = trade.on(on.isoformat()).account("Acme")["cards"]
    return cents(card["mrr"])


def met_churn(trade: Trade, case: Case) -> Answer:
    asked, expected = case["inputs"], case["expected"]
    ends = day(asked["cancel_on"])
    subscribe(trade, "SUB", money(asked["mrr_cents"]), asked["start"])
    before = ends - ONE_DAY
    invoices = trade.on(before.isoformat()).invoice(before.isoformat())["invoices"]
    assert len(invoices) == asked.get("invoices_before", len(invoices))
    answer = trade.on(before.isoformat()).cancel("SUB", asked["cancel_on"])
    (action,) = [each for shape in answer["assets"] for each in shape["actions"] if each["type"] == "Cancel"]
    pending, after = mrr_on(trade, before), mrr_on(trade, ends)
    again = trade.on(ends.isoformat()).invoice(asked["cancel_on"])["invoices"]
    found: Answer = {
        "mrr_while_cancel_pending": pending,
        "mrr_after": after,
        "movement": {
            "type": "churn" if after == 0 else "contraction",
            "date": action["effective_date"],
            "delta_cents": cents(action["mrr_change"]),
        },
        "repeat_run_delta": mrr_on(trade, ends) - after,
    }
    if "invoices_at_most" in expected:
        charged = [each for each in (*invoices, *again) if cents(each["invoice"]["total"]) > 0]
        assert len(charged) <= expected["invoices_at_most"]
        found["invoices_at_most"] = expected["invoices_at_most"]
    return {key: value for key, value in found.items() if key in expected}


def cmog_movement(trade: Trade, case: Case) -> Answer:
    """Four of Gold by the year and two of Silver by the month, as the MRR of 166.67 and 60.00 says."""
    plans = case["inputs"]["plans"]
    trade.product("GOLD", plans["gold"]["yearly"], price_unit=PriceUnit.YEAR)
    trade.product("SILVER", plans["silver"]["monthly"], EVERGREEN)
    trade.on("2022-01-01").sell("Acme", "GOLD", "4", "2022-01-01", term=12, frequency=Frequency.ANNUAL)
    trade.on("2022-03-01").sell("Acme", "SILVER", "2", "2022-03-01")
    trade.on("2022-03-15").cancel("SILVER", "2022-03-15")
    on = {3: date(2022, 3, 15), 4: date(2023, 1, 1)}[case["inputs"]["step"]]
    before, after = mrr_on(trade, on - ONE_DAY), mrr_on(trade, on)
    return {
        "movement": "churn" if after == 0 else "contraction",
        "mrr_delta": money(after - before),
        "customer_mrr_after": money(after),
    }


# ------------------------------------------------------------------------------------------------- whole stories


def met_invoices(trade: Trade, case: Case) -> Answer:
    asked = case["inputs"]
    once = asked["one_time_scheduled_for"]
    subscribe(trade, "SUB", money(asked["monthly_cents"]), asked["start"])
    trade.product("SETUP", money(asked["one_time_cents"]), SellingModel.ONE_TIME)
    trade.on(asked["start"]).sell("Acme", "SETUP", "1", once)
    trade.on(asked["start"]).invoice(asked["start"])
    last = case["expected"]["invoice_totals"][-1][0]
    made = trade.on(last).invoice(last)["invoices"]
    return {"invoice_totals": [[each["invoice"]["date"], cents(each["invoice"]["total"])] for each in made]}


def kb_five_subscriptions(trade: Trade, case: Case) -> Answer:
    """What each step says is put into an act; after it a bill run on the same day makes the invoice."""
    sold = {
        "start sub 1: 8/month, BCD 5": ("SUB1", "8", 5),
        "start sub 2: 20/month, BCD 10": ("SUB2", "20", 10),
        "start sub 3: 10/month, BCD 20": ("SUB3", "10", 20),
        "start sub 4: 15/month, BCD 7": ("SUB4", "15", 7),
        "start sub 5 (add-on): 20/month, BCD 10": ("SUB5", "20", 10),
    }
    acts: dict[str, Callable[[Trade, str], object]] = {
        "sub 1 price becomes 12": lambda trade, on: trade.reprice("SUB1", on, price="12"),
        "cancel sub 1 now": lambda trade, on: trade.cancel("SUB1", on),
        "sub 2 price becomes 30": lambda trade, on: trade.reprice("SUB2", on, price="30"),
        "sub 3 becomes 100/year, BCD 31 (now)": to_a_year,
        "sub 4 price becomes 24": lambda trade, on: trade.reprice("SUB4", on, price="24"),
        "sub 2 price becomes 40": lambda trade, on: trade.reprice("SUB2", on, price="40"),
        "cancel sub 5 now": lambda trade, on: trade.cancel("SUB5", on),
    }
    made = []
    for step in case["inputs"]["steps"]:
        on, what = step["date"], step["do"]
        if what in sold:
            code, price, cycle = sold[what]
            subscribe(trade, code, price, on, boundary=boundary(cycle))
        elif what:
            acts[what](trade.on(on), on)
        made.extend(trade.on(on).invoice(on)["invoices"])
    return {
        "invoices": [
            {
                "date": each["invoice"]["date"],
                "item_count": len(each["lines"]),
                "balance": each["invoice"]["balance"],
            }
            for each in made
        ]
    }


def in_cents(case: Case) -> Case:
    """The case with its balances written in cents: `8` as `8.00`."""
    stated = case["expected"].get("invoices", [])
    with_cents = [{**each, "balance": f"{Decimal(each['balance']):.2f}"} for each in stated]
    return {**case, "expected": {**case["expected"], "invoices": with_cents}} if stated else case


def to_a_year(trade: Trade, on: str) -> None:
    trade.cancel("SUB3", on)
    subscribe(trade, "SUB3Y", "100", on, price_unit=PriceUnit.YEAR, frequency=Frequency.ANNUAL, boundary=boundary(31))


def renewal_story(trade: Trade, case: Case) -> Answer:
    sale, renewal = case["inputs"]["sale"], case["inputs"]["renewal"]
    trade.product("LIC", sale["net_unit_price"].removesuffix("/month"))
    first = trade.on(sale["date"]).sell("Acme", "LIC", str(sale["quantity"]), sale["date"], term=sale["term_months"])
    later = trade.on(renewal["ordered_on"])
    later.invoice(renewal["ordered_on"])
    before = later.asset("LIC")
    assert renewal["pricing"] == "Last Negotiated Price"
    answer = later.renew("LIC", term=renewal["term_months"], pricing=RenewalPricing.LAST)
    (shape,) = answer["assets"]
    assert answer["orders"][0]["effective_date"] == renewal["effective"]
    group = before["billing"]["group"]
    return {
        "state_periods": [
            {
                "start": each["start"],
                "end": each["end"],
                "quantity": int(each["quantity"]),
                "mrr": whole(each["mrr"]),
                "amount": whole(each["amount"]),
            }
            for each in shape["state_periods"]
        ],
        "order_total": whole(first["orders"][0]["total"]),
        "after_10_invoices": {"billed": whole(group["total_billed"]), "pending": whole(group["total_pending"])},
        "billing_schedule_group_end_before": group["end"],
        "billing_schedule_group_end_after": shape["billing"]["group"]["end"],
        "first_state_period_unchanged": shape["state_periods"][0] == before["state_periods"][0],
        "billing_schedules": len(shape["billing"]["schedules"]),
    }


def whole(text: str) -> str:
    return text.removesuffix(".00")


# ------------------------------------------------------------------------------------------------------- the tests


READERS: dict[tuple[str, str], Callable[[Trade, Case], Answer]] = {
    ("KB", "amend_credit"): kb_credit,
    ("MET", "amend_credit"): met_lines,
    ("FLEX", "amend_credit"): flex_change,
    ("LAGO", "amend_credit"): lago_credit,
    ("OCA", "amend_dates"): oca_suspension,
    ("KBA", "mrr"): kba_mrr,
    ("MET", "mrr"): met_churn,
    ("CMOG", "mrr"): cmog_movement,
    ("MET", "billing_schedule"): met_invoices,
    ("KB", "scenario"): kb_five_subscriptions,
    ("SEED", "scenario"): renewal_story,
}
SINGLE: dict[str, Callable[[Trade, Case], Answer]] = {
    "KB-298": kb_capped_credit,
    "LAGO-024": lago_refund,
    "LAGO-027": lago_refund,
    "MET-097": met_earlier,
}
"""Cases whose question is put in another way than that of the others of their kind."""


def agree(trade: Trade, case: Case, record_property: Record) -> None:
    reader = SINGLE.get(case["id"]) or READERS[case["id"].split("-")[0], case["kind"]]
    record_property(PROPERTY, case["id"])
    check(in_cents(case), reader(trade, case))


@pytest.mark.parametrize("case", ours("amend_credit"))
def test_credits_of_changes(trade: Trade, case: Case, record_property: Record) -> None:
    agree(trade, case, record_property)


@pytest.mark.parametrize("case", ours("amend_dates"))
def test_dates_of_changes(trade: Trade, case: Case, record_property: Record) -> None:
    agree(trade, case, record_property)


@pytest.mark.parametrize("case", ours("mrr"))
def test_recurring_revenue_and_its_movements(trade: Trade, case: Case, record_property: Record) -> None:
    agree(trade, case, record_property)


@pytest.mark.parametrize("case", ours("scenario"))
def test_stories_with_bill_runs(trade: Trade, case: Case, record_property: Record) -> None:
    agree(trade, case, record_property)


@pytest.mark.parametrize("case", ours("billing_schedule", only=OF_SEVERAL_LINES))
def test_invoices_of_several_lines(trade: Trade, case: Case, record_property: Record) -> None:
    agree(trade, case, record_property)


@pytest.mark.skipif(not CASES, reason=MISSING)
def test_every_kind_of_case_is_asked() -> None:
    of_schedules = {"proration", "billing_dates", "billing_schedule", "renewal_dates"}
    of_changes = {"amend_credit", "amend_dates", "mrr", "scenario"}
    of_papers_and_use = {"tax_discount", "usage"}
    assert {case["kind"] for case in CASES} == of_schedules | of_changes | of_papers_and_use
    assert set(NOT_OURS) <= {case["id"] for case in CASES}

"""The desk, the nightly roll-up, renewals of many assets, names and ids."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.dates import TermUnit
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, customers, renewals, rollup, sales
from calm_desktop.services.check import check
from calm_desktop.services.desk import Changed, Desk
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.requests import AddAccount, Find, Look, Renew, Rollup, SaleLine, Sell, SetAsset, SetPrice
from calm_desktop.services.sample import fill
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import list_accounts, list_actions, list_assets, show_asset
from calm_desktop.store import tables

LICENCES = SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12)


def test_a_commit_is_told_to_listeners_and_a_preview_is_not(desk: Desk) -> None:
    told: list[Changed] = []
    stop = desk.listen(told.append)
    desk.preview(sales.sell, Sell("Acme", (LICENCES,)))
    assert told == []
    desk.do(sales.sell, Sell("Acme", (LICENCES,)))
    assert [(sorted(changed.kinds), changed.accounts) for changed in told] == [(["asset", "order"], frozenset({1}))]
    stop()
    desk.do(sales.sell, Sell("Acme", (LICENCES,)))
    assert len(told) == 1


def test_the_rollup_is_due_once_a_business_day_and_catches_up(desk: Desk) -> None:
    desk.do(sales.sell, Sell("Acme", (LICENCES,)))

    def current(tx: Tx, _: None) -> tuple[Decimal, int, int]:
        row = tx.db.execute(tables.asset.select()).one()
        return row.current_quantity, row.current_amount, row.current_mrr

    assert desk.ask(current, None) == (Decimal(10), 120000, 10000)
    assert desk.do(rollup.roll_up, Rollup()).ran
    assert desk.ask(rollup.is_due, None) is False
    assert not desk.do(rollup.roll_up, Rollup()).ran
    new_year = desk.on(date(2023, 1, 1))
    assert new_year.ask(rollup.is_due, None) is True
    done = new_year.do(rollup.roll_up, Rollup())
    assert (done.business_date, done.ran, done.assets) == (date(2023, 1, 1), True, 1)
    assert desk.ask(current, None) == (Decimal(0), 0, 0)
    assert not desk.do(rollup.roll_up, Rollup()).ran


def test_many_assets_are_renewed_in_one_order_to_a_common_end(desk: Desk) -> None:
    half = SaleLine("LIC", Decimal(4), date(2022, 1, 1), term=6, asset_name="Half")
    desk.do(sales.sell, Sell("Acme", (LICENCES, half)))
    with pytest.raises(Refused, match="Give a term or a common end"):
        desk.do(renewals.renew, Renew(("Licence",), term=1, coterminate=date(2023, 12, 31)))
    result = desk.do(renewals.renew, Renew(("Licence", "Half"), coterminate=date(2023, 12, 31)))
    (order,) = result.orders
    assert [(item.start, item.end, str(item.total.amount)) for item in order.items if item.total] == [
        (date(2023, 1, 1), date(2023, 12, 31), "1200.00"),
        (date(2022, 7, 1), date(2023, 12, 31), "720.00"),
    ]


def test_a_late_renewal_leaves_a_gap(desk: Desk) -> None:
    desk.do(sales.sell, Sell("Acme", (LICENCES,)))
    result = desk.do(renewals.renew, Renew(("Licence",), start=date(2023, 2, 1), term=1, term_unit=TermUnit.YEARS))
    periods = [(period.start, period.end) for period in result.assets[0].state_periods]
    assert periods == [(date(2022, 1, 1), date(2022, 12, 31)), (date(2023, 2, 1), date(2024, 1, 31))]


def test_every_reason_of_every_asset_is_told(desk: Desk) -> None:
    lines = (
        LICENCES,
        SaleLine("PLAT", Decimal(1), date(2022, 1, 1)),
        SaleLine("ROUTER", Decimal(1), date(2022, 1, 1)),
    )
    desk.do(sales.sell, Sell("Acme", lines))
    desk.do(sales.sell, Sell("Belmont", (SaleLine("LIC", Decimal(1), date(2022, 1, 1), term=1, asset_name="Theirs"),)))
    with pytest.raises(Refused) as refused:
        desk.do(renewals.renew, Renew(("Licence", "Platform", "Router", "Theirs"), start=date(2022, 1, 1)))
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [
        ("many-accounts", ""),
        ("renewal-too-early", "Licence"),
        ("evergreen", "Platform"),
        ("one-time", "Router"),
        ("renewal-too-early", "Theirs"),
    ]
    with pytest.raises(Refused, match="Name at least one"):
        desk.do(renewals.renew, Renew(()))
    with pytest.raises(Refused, match="A term is 1 to"):
        desk.do(renewals.renew, Renew(("Licence",), term=0))
    with pytest.raises(Refused, match="Give a day from 1900-01-01 to 2199-12-31"):
        desk.do(renewals.renew, Renew(("Licence",), term=3600, term_unit=TermUnit.YEARS))


def test_offers_show_last_and_list_price_side_by_side(desk: Desk) -> None:
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), date(2022, 1, 1), price=Decimal(8), term=12),)))
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), date(2022, 2, 1)))
    (offer,) = desk.ask(renewals.renewal_offers, Renew(("Licence",)))
    assert (offer.start, offer.end, offer.last_price, offer.list_price) == (
        date(2023, 1, 1),
        date(2023, 12, 31),
        Decimal(8),
        Decimal(12),
    )
    assert (str(offer.last_total), str(offer.list_total)) == ("960.00", "1440.00")
    desk.do(sales.set_asset, SetAsset("Licence", renewal_pricing=RenewalPricing.LIST))
    assert str(desk.do(renewals.renew, Renew(("Licence",))).orders[0].total.amount) == "1440.00"
    (offer,) = desk.ask(renewals.renewal_offers, Renew(("Licence",)))
    assert (offer.last_total, offer.problems) == (
        None,
        (
            (
                "A renewal of Licence is scheduled already; it now runs to 2023-12-31. "
                "Undo it first to renew on other terms, or amend it."
            ),
        ),
    )


def test_an_offer_says_why_a_renewal_is_out_of_bounds(desk: Desk) -> None:
    desk.do(sales.sell, Sell("Acme", (LICENCES,)))
    (offer,) = desk.ask(renewals.renewal_offers, Renew(("Licence",), term=200, term_unit=TermUnit.YEARS))
    assert (offer.end, offer.last_total, offer.problems) == (
        None,
        None,
        ("The end 2222-12-31 is out of range. Give a day from 1900-01-01 to 2199-12-31.",),
    )


def test_records_are_found_by_id_number_or_name(desk: Desk) -> None:
    desk.do(sales.sell, Sell("Acme", (LICENCES,)))
    for name in ("Licence", "licence", "AST-000001", "ast-000001", public_id("asset", 1), public_id("asset", 1)[:15]):
        assert len(desk.ask(list_assets, Find(asset=name))) == 1
    desk.do(customers.add_account, AddAccount("SÖHNE & Co"))
    for name in ("SÖHNE & Co", "söhne & co", "Söhne & Co"):
        assert len(desk.ask(list_accounts, Find(account=name))) == 1
    with pytest.raises(Refused, match="There is no asset 'Nothing'"):
        desk.ask(list_assets, Find(asset="Nothing"))


@pytest.mark.parametrize("number", [1, 61, 62, 3843, 10**12])
def test_ids_have_18_characters_and_mean_one_number(number: int) -> None:
    text = public_id("asset", number)
    assert (len(text), text[:3]) == (18, "02i")
    assert number_of("asset", text) == number == number_of("asset", text[:15])
    assert number_of("account", text) is None
    assert number_of("asset", text[:17] + "9") is None
    assert number_of("asset", "02i" + "-" * 12) is None


@pytest.mark.slow
def test_the_sample_tells_three_years_of_twelve_customers_and_the_renewal_story(desk: Desk) -> None:
    sample_day = desk.on(date(2026, 11, 22))
    fill(sample_day)
    rows = sample_day.ask(list_accounts, Find())
    assert [row.name for row in rows if row.country == ""] == ["Acme", "Belmont"]
    assert len(rows) == 14
    assert {row.currency for row in rows} == {"USD", "EUR"}
    actions = sample_day.ask(list_actions, Find())
    assert dict(sorted(Counter(row.category for row in actions).items())) == {
        "Cancellations": 1,
        "Cross-Sells": 14,
        "Downsells": 1,
        "Initial Sale": 18,
        "Renewals": 20,
        "Terms And Conditions Changes": 2,
        "Transfers": 2,
        "Upgrades": 2,
        "Upsells": 3,
    }
    assert [(row.asset, row.undone) for row in actions if not row.stands] == [
        ("Analytics Pro licence", True),
        ("Analytics Pro licence", False),
    ]
    assert min(row.effective_date for row in actions) == date(2023, 12, 1)
    (renewal,) = sample_day.ask(list_actions, Find(account="Acme", start=date(2027, 1, 1)))
    assert (renewal.category, str(renewal.amount_change), str(renewal.amount_after)) == (
        "Renewals",
        "1200.00",
        "2400.00",
    )
    statuses = Counter(asset.status for asset in sample_day.ask(list_assets, Find()))
    assert statuses == {"Active": 27, "Ended": 3, "Scheduled": 3, "Paused": 1}
    cafes = next(a for a in sample_day.ask(list_assets, Find()) if a.name == "Analytics Pro for the cafés")
    steps = sample_day.ask(show_asset, Look(cafes.id)).state_periods
    assert [(step.start, f"{step.quantity:.0f}", str(step.mrr.amount)) for step in steps] == [
        (date(2025, 9, 1), "10", "237.50"),
        (date(2026, 3, 1), "20", "475.00"),
        (date(2026, 9, 1), "30", "712.50"),
    ]
    assert sample_day.ask(check, None).ok is True

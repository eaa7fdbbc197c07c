"""Renewals of one asset and of many: what is offered is what is ordered, whatever the number of assets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.services import changes, renewals, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AmendQuantity, Renew, SaleLine, Sell
from calm_desktop.services.tx import Tx
from tests.services.sent import sent_by

JANUARY, JULY = date(2022, 1, 1), date(2022, 7, 1)


def licences(desk: Desk, count: int = 1) -> tuple[str, ...]:
    """The ids of so many assets of Acme: ten licences each, at 10.00 a month for 2022."""
    line = SaleLine("LIC", Decimal(10), JANUARY, term=12)
    return tuple(each.asset.id for each in desk.do(sales.sell, Sell("Acme", (line,) * count)).assets)


def test_an_early_renewal_is_offered_with_what_is_held_on_its_first_day(desk: Desk) -> None:
    (asset,) = licences(desk)
    desk.do(changes.amend_quantity, AmendQuantity(asset, Decimal(5), date(2022, 10, 1)))
    wish = Renew((asset,), start=JULY, term=12)
    (offer,) = desk.ask(renewals.renewal_offers, wish)
    assert (offer.quantity, str(offer.last_total), str(offer.list_total)) == (Decimal(10), "1200.00", "1200.00")
    # Six months of ten, and three of five: 600.00 and 150.00.
    assert (offer.ends_before, str(offer.taken_back)) == (date(2022, 6, 30), "-750.00")
    item = desk.do(renewals.renew, wish).orders[0].items[-1]
    assert (item.quantity, str(item.total)) == (Decimal(10), "1200.00")


def test_where_nothing_can_be_renewed_the_offer_says_what_is_held_at_last(desk: Desk) -> None:
    (asset,) = licences(desk)
    desk.do(renewals.renew, Renew((asset,)))
    (offer,) = desk.ask(renewals.renewal_offers, Renew((asset,)))
    assert (offer.start, offer.quantity, offer.last_total, len(offer.problems)) == (None, Decimal(10), None, 1)


@pytest.mark.parametrize(
    ("work", "wish", "each"),
    [
        (renewals.renewal_offers, {}, 0),
        (renewals.renewal_offers, {"start": JULY, "term": 12}, 0),
        (renewals.renew, {}, 3),
        (renewals.renew, {"start": JULY, "term": 12}, 5),
    ],
    ids=["offers", "early offers", "renewals", "early renewals"],
)
def test_many_assets_are_read_together_and_only_what_changes_of_each_is_written_by_itself(
    desk: Desk, work: Callable[[Tx, Any], object], wish: dict[str, Any], each: int
) -> None:
    assets = licences(desk, 55)
    few, many = (desk.do(sent_by, (work, Renew(part, **wish))) for part in (assets[:5], assets[5:]))
    assert many - few <= 45 * each

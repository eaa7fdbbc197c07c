"""Renewals due: a work list of what ends soon, with what it would be renewed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from calm_desktop.engine.dates import LAST_DAY
from calm_desktop.services.boundary import view
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.renewals import offers_of
from calm_desktop.services.reports.asked import by_group, check, of_interest
from calm_desktop.services.requests import Renew, Report
from calm_desktop.services.shapes import RenewalDue, RenewalOffer, ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.home import AHEAD, ending


@view(Permission.REPORTS)
@by_group
def renewals_due(tx: Tx, request: Report) -> ReportShape[RenewalDue]:
    """The assets whose term ends from today on, in 90 days unless told, next end first.

    What was cancelled, is renewed already or never ends is not among them. Prices and totals are those that a renewal
    of today would come to, by the code that renews. Refuses what the report cannot be asked.
    """
    check(request, "renewals-due", "start", "days")
    first = request.start or min(tx.today, request.end or tx.today)
    last = request.end or _days_after(first, AHEAD if request.days is None else timedelta(days=request.days))
    due = tx.db.scalars(ending(first, last).where(of_interest(tx, request))).all()
    rows = tuple(_row(offer, tx.today) for offer in _offers(tx, due))
    return ReportShape("renewals-due", first, last, None, rows)


def _days_after(day: date, span: timedelta) -> date:
    return min(day + span, LAST_DAY) if span < LAST_DAY - day else LAST_DAY


def _offers(tx: Tx, assets: Sequence[int]) -> Iterator[RenewalOffer]:
    for portion in chunks(assets):
        yield from offers_of(tx, portion, Renew(()))


def _row(offer: RenewalOffer, today: date) -> RenewalDue:
    head = offer.asset
    assert head.lifecycle_end is not None
    last, listed = offer.last_total, offer.list_total
    return RenewalDue(
        ends=head.lifecycle_end,
        days_left=(head.lifecycle_end - today).days,
        account=head.account,
        account_id=head.account_id,
        asset=head.name,
        asset_id=head.id,
        number=head.number,
        product=head.product,
        product_name=head.product_name,
        quantity=offer.quantity,
        mrr=head.mrr,
        start=offer.start,
        end=offer.end,
        last_price=offer.last_price,
        list_price=offer.list_price,
        price_unit=offer.price_unit,
        last_total=last,
        list_total=listed,
        difference=None if last is None or listed is None else listed - last,
        currency=head.currency,
        problems=offer.problems,
    )

"""Retention and cohorts: what became of the customers of a year ago, and of those that came in a period."""

from __future__ import annotations

from calm_desktop.engine.dates import add_months
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.metrics import cohorts, kept_of, on_days, retentions
from calm_desktop.engine.report_periods import By, ReportPeriods
from calm_desktop.services.boundary import view
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, periods_so_far
from calm_desktop.services.reports.names import account_names
from calm_desktop.services.reports.recurring import customers, each_customer
from calm_desktop.services.requests import CohortBehind, Report
from calm_desktop.services.shapes import (
    CohortCustomer,
    CohortFigures,
    ReportShape,
    RetainedCustomer,
    RetentionFigures,
)
from calm_desktop.services.tx import Tx

A_YEAR = 12
"""Months between then and now."""


@view(Permission.REPORTS, Protected.MRR)
@by_group
def retention(tx: Tx, request: Report) -> ReportShape[RetentionFigures]:
    """Net and gross revenue retention on the last day of each period, by currency.

    Refuses what the report cannot be asked.
    """
    check(request, "retention", "start", "by")
    periods = periods_so_far(tx, request)
    then = [add_months(period.end, -A_YEAR) for period in periods.all]
    found = retentions(customers(tx, request), periods.all, then)
    rows = tuple(
        RetentionFigures(
            period=each.period.name,
            currency=currency.code,
            mrr_then=each.then,
            mrr_now=each.now,
            mrr_kept=each.kept,
            net_retention=each.net,
            gross_retention=each.gross,
            customers=each.customers,
            customers_kept=each.customers_kept,
            day_then=day,
            start=each.period.start,
            end=each.period.end,
        )
        for currency, figures in found.items()
        for each, day in zip(figures, then, strict=True)
    )
    return ReportShape("retention", periods.start, periods.end, periods.by.value, rows)


@view(Permission.REPORTS, Protected.MRR)
def retention_behind(tx: Tx, request: Report) -> tuple[RetainedCustomer, ...]:
    """The customers that had MRR a year before the last day of `request`, with what became of it."""
    check(request, "retention", "start", "by")
    day = periods_so_far(tx, request).end
    found = []
    for customer in each_customer(tx, request):
        then, now = on_days(customer.steps(), (add_months(day, -A_YEAR), day))
        if then:
            found.append((customer.account, customer.currency, then, now))
    names = account_names(tx, (account for account, _, _, _ in found))
    return tuple(
        RetainedCustomer(
            account=names[account],
            account_id=public_id("account", account),
            currency=currency.code,
            mrr_then=currency.money(then),
            mrr_now=currency.money(now),
            mrr_kept=currency.money(kept_of(then, now)),
        )
        for account, currency, then, now in found
    )


def cohort_periods(tx: Tx, request: Report) -> ReportPeriods:
    """The periods of the heat map: quarters unless told, since customers take years to leave."""
    return periods_so_far(tx, request, By.QUARTER)


@view(Permission.REPORTS, Protected.MRR)
@by_group
def cohort_retention(tx: Tx, request: Report) -> ReportShape[CohortFigures]:
    """The heat map: the customers that came in each period, and what is left of them and their MRR in each later one.

    Their first MRR in a currency is when they came. Refuses what the report cannot be asked.
    """
    check(request, "cohorts", "start", "by")
    periods = cohort_periods(tx, request)
    rows = tuple(
        CohortFigures(
            cohort=cell.cohort.name,
            period=cell.period.name,
            age=cell.age,
            currency=currency.code,
            customers=cell.customers,
            new=cell.new,
            active=cell.active,
            mrr=cell.mrr,
            mrr_retention=cell.mrr_retention,
            customer_retention=cell.customer_retention,
            cohort_start=cell.cohort.start,
            cohort_end=cell.cohort.end,
            start=cell.period.start,
            end=cell.period.end,
        )
        for currency, cells in cohorts(customers(tx, request), periods).items()
        for cell in cells
    )
    return ReportShape("cohorts", periods.start, periods.end, periods.by.value, rows)


@view(Permission.REPORTS, Protected.MRR)
def cohort_behind(tx: Tx, request: CohortBehind) -> tuple[CohortCustomer, ...]:
    """The customers of a cohort, with their first MRR and that of the last day of the report."""
    report = request.report
    check(report, "cohorts", "start", "by")
    day = cohort_periods(tx, report).end
    found = []
    for customer in each_customer(tx, report):
        mrr = customer.steps()
        first, new = mrr[0]
        if request.first <= first <= request.last:
            found.append((customer.account, customer.currency, first, new, on_days(mrr, (day,))[0]))
    names = account_names(tx, (account for account, *_ in found))
    return tuple(
        CohortCustomer(
            account=names[account],
            account_id=public_id("account", account),
            currency=currency.code,
            first_day=first,
            new=currency.money(new),
            mrr=currency.money(now),
        )
        for account, currency, first, new, now in found
    )

"""Reports: figures over all customers, or what stands behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from calm_desktop.cli import list_files
from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.report_tables import behind_sheets, report_sheets
from calm_desktop.cli.session import Session, verb
from calm_desktop.cli.words import CsvFile, Given, Where, XlsxFile, flag, name, read_where, text
from calm_desktop.engine.catalog import Category, Kind
from calm_desktop.engine.report_periods import By

if TYPE_CHECKING:
    from calm_desktop.cli.tables import Sheet

REPORTS = (
    "categories",
    "mrr-movements",
    "retention",
    "cohorts",
    "renewals-due",
    "aging",
    "expected-invoices",
    "top-accounts",
    "usage",
)


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    verb(app, "report")(report)


def report(
    session: Session,
    what: Annotated[str, name("NAME", f"{', '.join(REPORTS)}.")],
    start: Annotated[Given, text("--from", "DATE", "The first day.")] = None,
    end: Annotated[Given, text("--to", "DATE", "The last day; the day as of which aging and ranks hold.")] = None,
    by: Annotated[Given, text("--by", "PERIOD", "Periods: month (the default), quarter or year.")] = None,
    currency: Annotated[Given, text("--currency", "CODE", "Only in this currency.")] = None,
    product: Annotated[Given, text("--product", "C", "Only of this product.")] = None,
    kind: Annotated[Given, text("--kind", "K", "Only of products of this kind, such as subscription.")] = None,
    category: Annotated[Given, text("--category", "C", "categories: only of this one, such as Renewals.")] = None,
    account: Annotated[Given, text("--account", "A", "Only of this customer.")] = None,
    where: Where = None,
    group_by: Annotated[
        Given,
        text("--group-by", "WHAT", "Each group for itself: account, product, kind, or a field of your own."),
    ] = None,
    days: Annotated[Given, text("--days", "N", "renewals-due: what ends in so many days; 90 unless given.")] = None,
    top: Annotated[Given, text("--top", "N", "top-accounts: how many in each currency; 10 unless given.")] = None,
    behind: Annotated[
        bool, flag("--behind", "List what stands behind the figures instead: actions, assets, customers or lines.")
    ] = False,
    csv: CsvFile = None,
    xlsx: XlsxFile = None,
) -> None:
    """Report figures over all customers; amounts in different currencies are never added.

    \b
    categories         what actions changed of the amounts, by business category and period
    mrr-movements      opening, new, expansion, contraction, churn, reactivation, closing
    retention          net and gross revenue retention against a year earlier
    cohorts            what is left of the customers that came in each period
    renewals-due       what ends soon, with the totals of a renewal at last and at list price
    aging              what customers owe as of a day, by how long ago it was due
    expected-invoices  what the schedules still bill, by billing date
    top-accounts       the customers with the most MRR
    usage              what was used of each product, and what that was rated at

    Without days a report looks at the twelve periods up to today; expected-invoices at twelve from
    today on and at all that waits since earlier, renewals-due at the next 90 days. A period is a
    month unless told, of cohorts a quarter.

    A group is reported as if the others were not there: with --group-by product, what a customer
    gives up of one product and buys of another is churn of the one and new of the other.

    \b
    Examples:
      calm-desktop report mrr-movements --from 2022-01-01 --to 2022-12-31 --by quarter
      calm-desktop report categories --category Renewals --csv renewals.csv
      calm-desktop report mrr-movements --from 2022-03-01 --to 2022-03-31 --behind
      calm-desktop report renewals-due --days 60 --xlsx renewals.xlsx
      calm-desktop report categories --where account.Region=West
      calm-desktop report mrr-movements --by year --group-by Region
    """
    if what not in REPORTS:
        raise WrongUsage(f"There is no `report {what}`. There are: {', '.join(REPORTS)}.")
    read = session.read
    first, last = session.days(start, end)
    files = list_files.asked_for(read, csv, xlsx)
    from calm_desktop.services.requests import Report

    request = Report(
        start=first,
        end=last,
        by=None if by is None else read.word("by", by, By),
        currency=currency or "",
        product=product or "",
        kind=None if kind is None else read.word("kind", kind, Kind),
        category=None if category is None else read.word("category", category, Category),
        account=account or "",
        days=None if days is None else read.whole("days", days, 0, 99_999),
        where=read_where(read, where),
        top=None if top is None else read.whole("top", top, 1, 99_999),
        group_by=(group_by or "").strip(),
    )
    if group_by is not None and not request.group_by:
        read.wrong("empty-grouping", "group-by", "group-by: say what to group by, such as product.")
    read.done()
    from calm_desktop.services.reports import KINDS

    wanted = KINDS[what]
    title = what.replace("-", " ").capitalize()
    if behind:
        if request.group_by:
            raise WrongUsage("What --behind lists is not grouped. Leave out --group-by, or narrow it with --where.")
        if wanted.behind is None:
            raise WrongUsage(f"Nothing else stands behind {what}: its rows are the assets themselves.")
        lines = session.ask(wanted.behind, request)
        written = list_files.write(files, title, lines, session, wanted.lines)
        session.answer(
            {"rows": lines, "count": len(lines), **written},
            lambda: [list_files.said(files, len(lines))] if files else behind_sheets(lines),
        )
        return
    shape = session.ask(wanted.view, request)
    written = list_files.write(files, title, shape.rows, session, wanted.rows)

    def sheets() -> list[Sheet]:
        return [list_files.said(files, len(shape.rows))] if files else report_sheets(shape)

    beside = {"report": shape.report, "from": shape.start, "to": shape.end, "by": shape.by, "rows": shape.rows}
    totals = {"totals": shape.totals} if shape.totals else {}
    session.answer({**beside, **totals, "count": len(shape.rows), **written}, sheets)

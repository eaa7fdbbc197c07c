"""Every report by its name: what asks for it, what its rows are, and what lists what stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from calm_desktop.services.reports.aging import aging, aging_behind
from calm_desktop.services.reports.categories import actions_behind, categories
from calm_desktop.services.reports.expected import expected_behind, expected_invoices
from calm_desktop.services.reports.movements import movements_behind, mrr_movements
from calm_desktop.services.reports.renewals_due import renewals_due
from calm_desktop.services.reports.retention import (
    cohort_behind,
    cohort_periods,
    cohort_retention,
    retention,
    retention_behind,
)
from calm_desktop.services.reports.top_accounts import top_accounts, top_behind
from calm_desktop.services.reports.usage import usage, usage_behind
from calm_desktop.services.requests import AgingBehind, CohortBehind, MovementsBehind, Report
from calm_desktop.services.shapes import (
    ActionRow,
    AgingBalances,
    AgingLine,
    AssetMrr,
    CategoryAmounts,
    CohortCustomer,
    CohortFigures,
    ExpectedInvoices,
    ExpectedItem,
    MovedAsset,
    MrrMovements,
    RenewalDue,
    ReportShape,
    RetainedCustomer,
    RetentionFigures,
    TopAccount,
    UsageFigures,
    UsageRow,
)
from calm_desktop.services.tx import Tx


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report: its view and the type of its rows; what lists what stands behind the whole of it, and as what.

    Both of the latter are None where each row is a thing that can be opened itself.
    """

    view: Callable[[Tx, Report], ReportShape[Any]]
    rows: type
    behind: Callable[[Tx, Report], tuple[Any, ...]] | None = None
    lines: type | None = None


def _movements(tx: Tx, request: Report) -> tuple[MovedAsset, ...]:
    return movements_behind(tx, MovementsBehind(request))


def _newcomers(tx: Tx, request: Report) -> tuple[CohortCustomer, ...]:
    """The customers of all cohorts of a report, as of its last day."""
    periods = cohort_periods(tx, request)
    return cohort_behind(tx, CohortBehind(request, periods.start, periods.end))


def _open_lines(tx: Tx, request: Report) -> tuple[AgingLine, ...]:
    return aging_behind(tx, AgingBehind(request))


KINDS = {
    "categories": ReportKind(categories, CategoryAmounts, actions_behind, ActionRow),
    "mrr-movements": ReportKind(mrr_movements, MrrMovements, _movements, MovedAsset),
    "retention": ReportKind(retention, RetentionFigures, retention_behind, RetainedCustomer),
    "cohorts": ReportKind(cohort_retention, CohortFigures, _newcomers, CohortCustomer),
    "renewals-due": ReportKind(renewals_due, RenewalDue),
    "aging": ReportKind(aging, AgingBalances, _open_lines, AgingLine),
    "expected-invoices": ReportKind(expected_invoices, ExpectedInvoices, expected_behind, ExpectedItem),
    "top-accounts": ReportKind(top_accounts, TopAccount, top_behind, AssetMrr),
    "usage": ReportKind(usage, UsageFigures, usage_behind, UsageRow),
}

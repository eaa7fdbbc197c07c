"""Reports: figures over many customers, each read in one pass with sums made by the database where it can.

A report answers a `ReportShape`; what stands behind a cell is asked for by the same request, narrowed to the cell, and
sums to it exactly. Currencies are never added.
"""

from calm_desktop.services.reports.aging import aging, aging_behind
from calm_desktop.services.reports.categories import actions_behind, categories
from calm_desktop.services.reports.expected import expected_behind, expected_invoices
from calm_desktop.services.reports.groups import offered
from calm_desktop.services.reports.kinds import KINDS, ReportKind
from calm_desktop.services.reports.movements import movements_behind, mrr_movements
from calm_desktop.services.reports.recurring import mrr_behind
from calm_desktop.services.reports.renewals_due import renewals_due
from calm_desktop.services.reports.retention import cohort_behind, cohort_retention, retention, retention_behind
from calm_desktop.services.reports.top_accounts import top_accounts, top_behind
from calm_desktop.services.reports.usage import usage, usage_behind

__all__ = [
    "KINDS",
    "ReportKind",
    "actions_behind",
    "aging",
    "aging_behind",
    "categories",
    "cohort_behind",
    "cohort_retention",
    "expected_behind",
    "expected_invoices",
    "movements_behind",
    "mrr_behind",
    "mrr_movements",
    "offered",
    "renewals_due",
    "retention",
    "retention_behind",
    "top_accounts",
    "top_behind",
    "usage",
    "usage_behind",
]

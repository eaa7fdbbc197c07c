"""The store's health: every rule of the trade, looked up row by row (`calm-desktop check`)."""

from __future__ import annotations

from dataclasses import dataclass

from calm_desktop.services.boundary import view
from calm_desktop.services.invariants import billing, fields, invoices, lifecycle, orders, papers, records, usage, voids
from calm_desktop.services.invariants.finding import Rule
from calm_desktop.services.permissions import Permission
from calm_desktop.services.tx import Tx

READABLE: tuple[Rule, ...] = (records.the_file_is_whole, records.values_are_of_their_kind)
"""What must hold before any other rule can be looked up."""

RULES: tuple[Rule, ...] = (
    records.links_point_to_rows,
    records.rows_keep_to_their_constraints,
    records.keys_are_unique,
    records.counters_are_ahead,
    records.settings_say_what_they_may,
    records.currencies_are_known,
    records.events_have_no_gaps,
    records.overrides_state_their_reason,
    records.audit_trail_is_whole,
    orders.orders_total_their_items,
    orders.items_are_rated_right,
    orders.drafts_have_no_effect,
    orders.orders_are_carried_out_whole,
    orders.items_and_assets_belong_together,
    orders.actions_change_their_items_asset,
    orders.sources_carry_their_items_total,
    lifecycle.periods_do_not_overlap,
    lifecycle.open_periods_are_last,
    lifecycle.gaps_are_late_renewals,
    lifecycle.lifecycles_span_their_periods,
    lifecycle.actions_are_numbered,
    lifecycle.amount_changes_make_the_lifetime_amount,
    lifecycle.quantity_changes_make_the_last_quantity,
    lifecycle.mrr_changes_make_the_last_mrr,
    lifecycle.current_figures_are_those_of_their_day,
    lifecycle.sources_make_their_actions_amount,
    billing.schedules_bill_their_items_asset,
    billing.schedules_total_their_items,
    billing.slices_sum_to_their_schedule,
    billing.slices_do_not_overlap,
    billing.slices_leave_no_day_out,
    billing.nothing_is_billed_that_was_billed_elsewhere,
    billing.nothing_is_billed_outside_of_service,
    usage.only_usage_assets_have_use,
    usage.revisions_leave_none_out,
    usage.records_are_rated_in_their_period,
    usage.use_is_rated_once,
    usage.use_is_rated_right,
    invoices.lines_bill_their_slice,
    invoices.charges_bill_a_slice,
    invoices.slices_are_billed_by_standing_charges,
    invoices.lines_belong_to_their_invoice,
    invoices.taxes_are_rounded_per_line,
    invoices.taxes_stand_with_their_charge,
    invoices.charges_are_taxed_once,
    invoices.invoices_have_lines,
    invoices.invoice_numbers_have_no_gaps,
    papers.settlements_never_exceed_their_line,
    papers.settlements_stay_in_their_account,
    papers.payments_are_not_spent_twice,
    papers.memos_are_not_spent_twice,
    papers.converted_lines_are_closed,
    papers.memo_lines_stay_in_their_account,
    papers.memo_lines_carry_out_their_credit,
    papers.credits_never_exceed_what_was_billed,
    papers.payment_numbers_have_no_gaps,
    papers.credit_memo_numbers_have_no_gaps,
    papers.refund_numbers_have_no_gaps,
    voids.voided_invoices_have_a_mirror,
    voids.mirrors_negate_their_original,
    voids.mirrors_settle_what_they_void,
    voids.voids_give_everything_back,
    voids.documents_are_sealed,
    voids.holds_are_one_at_a_time,
    fields.fields_are_well_defined,
    fields.field_values_fit_their_field,
    fields.field_values_belong_to_records,
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken, where, and what is wrong there, in plain words."""

    rule: str
    place: str
    words: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """`check`: whether all is well, how many rows each rule looked at, and everything that is broken."""

    ok: bool
    checked: dict[str, int]
    broken: tuple[Broken, ...]


@view(Permission.CARE)
def check(tx: Tx, _: object = None) -> CheckReport:
    """Look up every rule in the store, from one moment; nothing is changed.

    Where the file is damaged or holds values that cannot be read, the other rules are left out: `checked` says which
    rules were looked up.
    """
    checked: dict[str, int] = {}
    broken: list[Broken] = []
    for stage in (READABLE, RULES):
        if broken:
            break
        for rule in stage:
            finding = rule(tx.db)
            checked[name_of(rule)] = finding.checked
            broken += (Broken(name_of(rule), breach.place, breach.words) for breach in finding.breaches)
    return CheckReport(not broken, checked, tuple(broken))


def name_of(rule: Rule) -> str:
    """The name of a rule in reports: `periods-do-not-overlap`."""
    return rule.__name__.replace("_", "-")

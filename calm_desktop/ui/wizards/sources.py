"""Where a sale's line or a change comes from: its own order, a line of a work order, or another system."""

from __future__ import annotations

from dataclasses import dataclass

from calm_desktop.services.requests import Source
from calm_desktop.ui.wizards.form import Form, TypedReader

WORK_ORDER, SYSTEM = "work-order", "system"
SOURCES = (("This order", ""), ("A work order", WORK_ORDER), ("Another system", SYSTEM))


@dataclass
class SourceDraft:
    """A source as typed: `source` is one of the words above, and says which of the other texts count."""

    source: str = ""
    work_order: str = ""
    line: str = ""
    system: str = ""
    reference: str = ""


def source_of(draft: SourceDraft, read: TypedReader) -> Source | None:
    """The source that is meant; None where it is the order itself."""
    if draft.source == WORK_ORDER:
        number = read.needed("work_order", draft.work_order, "Enter the number of the work order.")
        line = read.needed("line", draft.line, "Enter the line of the work order.")
        return Source(work_order=number, line=line)
    if draft.source == SYSTEM:
        system = read.needed("system", draft.system, "Enter the name of the other system.")
        reference = read.needed("reference", draft.reference, "Enter the reference in that system.")
        return Source(system=system, reference=reference)
    return None


def choose_source(form: Form) -> None:
    """Add the choice of a source to a form."""
    form.choice("source", "Comes from", SOURCES, span=2)


def add_source_lines(form: Form) -> None:
    """Add the fields that sources other than the order need."""
    form.line("work_order", "Work order number", span=2)
    form.line("line", "Work order line", span=2)
    form.line("system", "System", span=2)
    form.line("reference", "Reference", span=2)


def show_source_lines(form: Form, draft: SourceDraft) -> None:
    """Show the fields that the chosen source needs."""
    form.show_rows(draft.source == WORK_ORDER, "work_order", "line")
    form.show_rows(draft.source == SYSTEM, "system", "reference")

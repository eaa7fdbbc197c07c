"""What was typed into the renewal wizard, the renewal it stands for, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.dates import TermUnit
from calm_desktop.engine.limits import LONGEST_TERM
from calm_desktop.engine.money import Money
from calm_desktop.services.requests import Renew
from calm_desktop.services.shapes import RenewalOffer
from calm_desktop.ui.wizards.form import TypedReader

TERM, ONE_DAY = "term", "day"


AS_ASSETS = ""


@dataclass
class RenewalDraft:
    """A renewal as typed. `assets` are ids; an empty term or pricing means: as each asset says."""

    account: str = ""
    account_words: str = field(default="", compare=False)
    assets: list[str] = field(default_factory=list)
    assets_words: str = field(default="", compare=False)
    ends: str = TERM
    term: str = ""
    term_unit: str = TermUnit.MONTHS.value
    coterminate: str = ""
    start: str = ""
    pricing: str = AS_ASSETS
    draft: bool = False


def renewal_of(draft: RenewalDraft, today: date) -> Renew:
    """The renewal that is meant. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    if not draft.assets:
        read.wrong("no-assets", "assets", "Choose at least one asset to renew.")
    term = unit = end = None
    if draft.ends == TERM:
        term = read.optional(lambda f, t: read.whole(f, t, 1, LONGEST_TERM), "term", draft.term)
        unit = TermUnit(draft.term_unit) if term is not None else None
    else:
        end = read.typed_day("coterminate", draft.coterminate)
    start = read.typed_day("start", draft.start, needed=False)
    read.done()
    pricing = RenewalPricing(draft.pricing) if draft.pricing else None
    return Renew(tuple(draft.assets), term, unit, pricing, start, end, draft.draft)


def total_at(offers: Sequence[RenewalOffer], pricing: str) -> Money | None:
    """What the offers come to at a pricing, with what an early one takes back; None where one has no such price."""
    totals = []
    for offer in offers:
        own = pricing or offer.asset.renewal_pricing or RenewalPricing.LAST.value
        totals.append(offer.list_total if own == RenewalPricing.LIST.value else offer.last_total)
    known = [total for total in totals if total is not None]
    if not known or len(known) < len(totals) or len({each.currency for each in known}) > 1:
        return None
    taken_back = [offer.taken_back for offer in offers if offer.taken_back is not None]
    return sum([*known[1:], *taken_back], known[0])

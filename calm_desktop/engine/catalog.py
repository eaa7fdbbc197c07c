"""What can be sold, how it is priced, and the fixed lists of the trade (DOMAIN section 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of product."""

    SUBSCRIPTION = "subscription"
    PHYSICAL = "physical"
    USAGE = "usage"
    PROFESSIONAL_SERVICE = "professional-service"
    AFTERMARKET_SERVICE = "aftermarket-service"


class SellingModel(StrEnum):
    """How a product is sold: for a term, until cancelled, or once."""

    TERM = "term"
    EVERGREEN = "evergreen"
    ONE_TIME = "one-time"


class PriceUnit(StrEnum):
    """What one unit price pays for."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"
    ONCE = "once"

    @property
    def months(self) -> int:
        """Months that one unit price covers; 0 for a price that is paid once."""
        return {"month": 1, "quarter": 3, "half-year": 6, "year": 12, "once": 0}[self.value]


class RenewalPricing(StrEnum):
    """Where a renewal takes its price from."""

    LAST = "last"
    LIST = "list"


class Category(StrEnum):
    """Business categories of asset actions: a fixed list."""

    INITIAL_SALE = "Initial Sale"
    RENEWALS = "Renewals"
    UPSELLS = "Upsells"
    DOWNSELLS = "Downsells"
    CROSS_SELLS = "Cross-Sells"
    CANCELLATIONS = "Cancellations"
    TRANSFERS = "Transfers"
    TERMS_AND_CONDITIONS_CHANGES = "Terms And Conditions Changes"
    SWAPS = "Swaps"
    UPGRADES = "Upgrades"
    DOWNGRADES = "Downgrades"
    OTHER = "Other"


class ActionType(StrEnum):
    """What an action does to an asset: brings it about, changes it, ends it."""

    GENERATE = "Generate"
    CHANGE = "Change"
    CANCEL = "Cancel"


class Effect(StrEnum):
    """What an order item does to the asset that it belongs to.

    COVERS brings days of service: a sale, a renewal, a step of a ramp, an extension. ADDS puts quantity or a new price
    into days that are covered already, PAUSES holds a quantity there without a price. LOWERS takes quantity of an
    earlier item back, ENDS takes it back together with its days; UNDOES takes back an item as if it had never been.
    """

    COVERS = "covers"
    ADDS = "adds"
    PAUSES = "pauses"
    LOWERS = "lowers"
    ENDS = "ends"
    UNDOES = "undoes"


class OrderKind(StrEnum):
    """Kinds of order."""

    NEW = "New"
    AMEND = "Amend"
    RENEW = "Renew"
    CANCEL = "Cancel"


class OrderStatus(StrEnum):
    """A draft takes effect when it is activated."""

    DRAFT = "Draft"
    ACTIVATED = "Activated"


class ScheduleCategory(StrEnum):
    """Why a billing schedule exists."""

    ORIGINAL = "Original"
    AMEND_QUANTITY = "AmendQuantity"
    RENEWAL = "Renewal"
    CANCELLATION = "Cancellation"


class ScheduleStatus(StrEnum):
    """Where a billing schedule stands; some of it on a draft invoice is Processing."""

    READY_FOR_INVOICING = "ReadyForInvoicing"
    PROCESSING = "Processing"
    COMPLETELY_BILLED = "CompletelyBilled"
    ERROR = "Error"


class ItemKind(StrEnum):
    """What a billing period item is: the charge for a slice of a term, the credit for the unused part of one that is
    billed, a correction of odd cents, the rated use of a period, or a later adjustment of that."""

    CHARGE = "charge"
    CREDIT = "credit"
    CORRECTION = "correction"
    USAGE = "usage"
    ADJUSTMENT = "adjustment"


class UsageModel(StrEnum):
    """How the use of a period is rated."""

    FLAT = "flat"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    PERCENTAGE = "percentage"


class MemoReason(StrEnum):
    """Why a credit memo exists: given on an invoice, converted from negative lines, or unused service."""

    GIVEN = "given"
    CONVERTED = "converted"
    UNUSED = "unused"


class AssetStatus(StrEnum):
    """Where an asset stands on a day: to come, in force, on hold, over; or taken back as if it had never been."""

    SCHEDULED = "Scheduled"
    ACTIVE = "Active"
    PAUSED = "Paused"
    ENDED = "Ended"
    UNDONE = "Undone"


class Settlement(StrEnum):
    """How far an invoice is paid or credited."""

    NOT_SETTLED = "Not Settled"
    PARTIALLY_SETTLED = "Partially Settled"
    SETTLED = "Settled"


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A list price in force from a day on (`start` inclusive) until the next entry; `amount` per unit of the price."""

    start: date
    amount: Decimal


def list_price_on(entries: tuple[ListPrice, ...], day: date) -> Decimal | None:
    """The list price in force on `day`: the entry with the latest start on or before it, or None."""
    begun = [entry for entry in entries if entry.start <= day]
    return max(begun, key=lambda entry: entry.start).amount if begun else None

"""What reading files gives: one draft for each row that can be taken, and each other row with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from calm_desktop.engine.catalog import Category, Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import Boundary, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.fields import CustomField, FieldValue

OwnValues = tuple[tuple[CustomField, FieldValue], ...]
"""What a row says in fields of one's own."""


class SkipKind(StrEnum):
    """How a row that is left out on purpose is counted."""

    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class OrderStep(NamedTuple):
    """A step of a ramp: from `start` on to the day before the next step, or to the end of the line, these hold.

    No price or discount means that of the line.
    """

    start: date
    quantity: Decimal
    price: Decimal | None
    discount: Decimal | None


# A named tuple, since making a frozen dataclass of this many fields takes longer than reading the row.
class OrderLine(NamedTuple):
    """One order line as a file states it; what the file does not say and the catalogue may know is None.

    `system` names where the row comes from ("calm", or the mapping's name). `kind`, `selling_model` and `price_unit`
    None mean the product's own (see `for_new_product`), `frequency` None what is usual for it (monthly, or once),
    `currency` None the account's, `unit_price` None the list price of the day. `unit_price` is per `price_unit`, before
    `discount` (percent) and `discount_amount` (money off each unit). `end` is inclusive and never stands beside `term`
    (a count of `term_unit`). With `steps` the line is a ramp, whose own quantity is that of its first days; the first
    `free_months` and `trial_days` cost nothing. `total` is what the file states for the whole line; where it states no
    price, `unit_price` is its share of one unit. A line may have a past: service ended with the day before
    `cancel_from`, and all of it up to and with `billed_through` was invoiced by the system it comes from. `fields` is
    what it says in fields of one's own: of the account and the product, the order, and the asset that it makes. `row`
    is the line of `file` on which the row begins, counted from 1.

    `content_key` is a stable hash of the row's meaning, the same for equal meaning in whatever format or number style;
    `occurrence` (1, 2, ...) tells rows of one file apart that are otherwise equal.
    """

    order_ref: str
    line_ref: str
    account_ref: str
    account_name: str
    account_country: str | None
    product_code: str
    product_name: str | None
    kind: Kind | None
    selling_model: SellingModel | None
    currency: str | None
    quantity: Decimal
    unit_price: Decimal | None
    price_unit: PriceUnit | None
    discount: Decimal
    order_date: date | None
    start: date
    end: date | None
    term: int | None
    term_unit: TermUnit
    frequency: Frequency | None
    timing: Timing
    boundary: Boundary
    partial: Partial
    remainder: Remainder
    tax_category: str | None
    category: Category | None
    source: str | None
    discount_amount: Decimal
    free_months: int
    trial_days: int
    total: Decimal | None
    cancel_from: date | None
    billed_through: date | None
    steps: tuple[OrderStep, ...]
    fields: OwnValues
    system: str
    file: str
    row: int
    content_key: str
    occurrence: int

    @property
    def natural_key(self) -> str:
        """What the row is recognised by within its `system` when it comes again: order, line or content, occurrence."""
        return f"{self.order_ref}\x1f{self.line_ref or self.content_key}\x1f{self.occurrence}"


class SoldBefore(NamedTuple):
    """So many of an earlier order line's units: what a cancellation takes back. `line` is the line's natural key."""

    line: str
    order_ref: str
    row: int
    quantity: Decimal


class Cancellation(NamedTuple):
    """A row that takes back what was sold: a negative quantity, or a line of a document that cancels.

    `line` is the row with its quantity above 0. `cancels` says of which earlier lines (`cancellations.py` has the
    rule); what they do not cover was sold by no line of these files.
    """

    line: OrderLine
    cancels: tuple[SoldBefore, ...] = ()

    @property
    def uncovered(self) -> Decimal:
        """Units that no line of these files has sold."""
        return self.line.quantity - sum((each.quantity for each in self.cancels), Decimal(0))


class AccountDraft(NamedTuple):
    """A customer as a file states it; `name` is never empty, `number` may be."""

    number: str
    name: str
    country: str | None
    currency: str | None
    payment_days: int | None
    system: str
    file: str
    row: int
    content_key: str
    fields: OwnValues = ()

    @property
    def natural_key(self) -> str:
        """What the row is recognised by within its `system` when it comes again."""
        return f"account\x1f{self.number or self.name}"


class ProductDraft(NamedTuple):
    """A product as a file states it; what it does not say is None and follows from its first price or sale."""

    code: str
    name: str
    kind: Kind | None
    selling_model: SellingModel | None
    price_unit: PriceUnit | None
    tax_category: str | None
    active: bool
    system: str
    file: str
    row: int
    content_key: str
    fields: OwnValues = ()

    @property
    def natural_key(self) -> str:
        """What the row is recognised by within its `system` when it comes again."""
        return f"product\x1f{self.code}"


class PriceDraft(NamedTuple):
    """A list price of a product as a file states it, under a selling model and in a currency, from a day on.

    A `from_day` None means always.
    """

    product_code: str
    product_name: str | None
    kind: Kind | None
    currency: str
    price: Decimal
    selling_model: SellingModel | None
    price_unit: PriceUnit | None
    from_day: date | None
    active: bool
    system: str
    file: str
    row: int
    content_key: str

    @property
    def natural_key(self) -> str:
        """What the row is recognised by within its `system` when it comes again."""
        parts = (self.product_code, self.currency, self.selling_model or "", self.price_unit or "", self.from_day or "")
        return "\x1f".join(("price", *map(str, parts)))


class UsageDraft(NamedTuple):
    """A record of use as a file states it; `at` without an offset is on the organisation's clock."""

    asset: str
    at: datetime | date
    quantity: Decimal
    key: str
    system: str
    file: str
    row: int
    content_key: str

    @property
    def natural_key(self) -> str:
        """What the row is recognised by within its `system` when it comes again."""
        return f"usage\x1f{self.asset}\x1f{self.key}"


class PaymentDraft(NamedTuple):
    """Money that came in from an account on a day, for one of its invoices where the file says which."""

    account_ref: str
    account_name: str | None
    invoice: str
    amount: Decimal
    currency: str | None
    day: date
    reference: str
    system: str
    file: str
    row: int
    content_key: str

    @property
    def natural_key(self) -> str:
        """What the row is recognised by within its `system` when it comes again."""
        known_by = self.reference or self.invoice or self.content_key
        return "\x1f".join(("payment", self.account_ref, known_by, str(self.day)))


Draft = OrderLine | Cancellation | AccountDraft | ProductDraft | PriceDraft | UsageDraft | PaymentDraft
"""What a data row can become."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A data row that is left out on purpose, with the reason in plain words."""

    file: str
    row: int
    reason: str
    kind: SkipKind = SkipKind.SKIPPED


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One mistake in a file: where it stands, what was found there, what was expected, and how to put it right.

    `row` is the line of the file, counted from 1, and 0 where the file as a whole is meant; `column` is the header's
    own word, or the path of a JSON value (`orders[0].lines[2].quantity`).
    """

    file: str
    row: int
    column: str
    found: str
    expected: str
    fix: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """One data row that cannot be taken, with every problem found in it.

    `cells` are the row's own, below the `header` of its file, where it has such; `understood` the values of those
    fields that can be read, by name.
    """

    file: str
    row: int
    problems: tuple[RowProblem, ...]
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    understood: tuple[tuple[str, object], ...] = ()


Item = Draft | Skipped | Rejected | RowProblem
"""What a reader yields: a data row as one of the first three, or a problem of the file as a whole."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Files judged whole: `read` data rows = all drafts + len(skipped) + rejected; `problems` of rows and files.

    A row of a file that becomes several drafts counts as so many, and rows of one subscription's history as one.
    """

    lines: tuple[OrderLine, ...]
    skipped: tuple[Skipped, ...]
    problems: tuple[RowProblem, ...]
    rejected: int
    read: int
    cancellations: tuple[Cancellation, ...] = ()
    accounts: tuple[AccountDraft, ...] = ()
    products: tuple[ProductDraft, ...] = ()
    prices: tuple[PriceDraft, ...] = ()
    usage: tuple[UsageDraft, ...] = ()
    payments: tuple[PaymentDraft, ...] = ()


def for_new_product(line: OrderLine) -> tuple[Kind, SellingModel, PriceUnit]:
    """Kind, selling model and price unit of a product that a line brings into the catalogue.

    What the line leaves open follows from what it says: sold or priced once is a physical product, an end or a term
    makes a term, the rest is evergreen and priced by the month.
    """
    once = (
        line.selling_model is SellingModel.ONE_TIME
        or (line.selling_model is None and line.price_unit is PriceUnit.ONCE)
        or (line.selling_model is None and line.price_unit is None and line.kind is Kind.PHYSICAL)
    )
    ends = line.end is not None or line.term is not None
    kind = line.kind or (Kind.PHYSICAL if once else Kind.SUBSCRIPTION)
    model = line.selling_model or (
        SellingModel.ONE_TIME if once else SellingModel.TERM if ends else SellingModel.EVERGREEN
    )
    unit = line.price_unit or (PriceUnit.ONCE if once else PriceUnit.MONTH)
    return kind, model, unit

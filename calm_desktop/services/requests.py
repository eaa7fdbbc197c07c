"""What can be asked for: one frozen request for each use-case, the same for window, command line and scripts.

Names of accounts, products, assets, orders and invoices are an id, a number (for products: the code) or an unambiguous
name. Days are plain dates, both ends inclusive. Prices are unit prices in the currency of the sale.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from calm_desktop.engine.aging import Bucket
from calm_desktop.engine.catalog import Category, Kind, PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import ANNIVERSARY, Boundary, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.explain import Figure
from calm_desktop.engine.fields import Condition, FieldObject, FieldType
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.metrics import Movement
from calm_desktop.engine.report_periods import By
from calm_desktop.engine.usage import UsagePrice
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.repairs import Repair
from calm_desktop.services.field_access import Discount, ListPrice, PaidAmount, TaxRate, UnitPrice


@dataclass(frozen=True, slots=True)
class Source:
    """Where a change came from: line `line` of work order `number`, or `reference` in the external `system`."""

    work_order: str = ""
    line: str = ""
    system: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SaleStep:
    """A step of a ramp: from `start` on to the day before the next step, or to the end of the line, these hold.

    No `price` means that of the line.
    """

    start: date
    quantity: Decimal
    price: UnitPrice | None = None
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line of a sale. No `price` means the list price of the day; a term product needs `end` or `term`.

    `discount` is in percent, `discount_amount` in money off each unit price. With `steps` the line is a ramp: its own
    quantity is that of its first days, and each step holds from its start on. The first `free_months` and `trial_days`
    cost nothing; they are part of the term.
    """

    product: str
    quantity: Decimal
    start: date
    price: UnitPrice | None = None
    discount: Discount = Decimal(0)
    end: date | None = None
    term: int | None = None
    term_unit: TermUnit = TermUnit.MONTHS
    frequency: Frequency | None = None
    timing: Timing = Timing.ADVANCE
    boundary: Boundary = ANNIVERSARY
    partial: Partial = Partial.ALLOWED
    remainder: Remainder = Remainder.LAST
    category: Category | None = None
    source: Source | None = None
    asset_name: str = ""
    discount_amount: Discount = Decimal(0)
    steps: tuple[SaleStep, ...] = ()
    free_months: int = 0
    trial_days: int = 0
    fields: tuple[tuple[str, str], ...] = ()
    """What the asset that it makes is to say in fields of one's own: names, each with a text."""


@dataclass(frozen=True, slots=True)
class Sell:
    """A sale: order, and with auto-flow on its assets and billing schedules, unless it is a `draft`.

    With `create`, an account that does not exist is made, and so is a product of a line that has a price. A
    `new_account` is made first and buys, whatever `account` says.
    """

    account: str
    lines: tuple[SaleLine, ...]
    create: bool = False
    draft: bool = False
    currency: str = ""
    new_account: AddAccount | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """What the order is to say in fields of one's own; a field of assets that is named here is for all of its lines."""


@dataclass(frozen=True, slots=True)
class SellFile:
    """Sell every order of a file in our JSON order format; `create` and `draft` as for `Sell`."""

    file: str
    create: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A draft order without lines, which are added one by one; no `currency` means the account's."""

    account: str
    effective_date: date
    currency: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AddOrderLine:
    """One more line of a draft order."""

    order: str
    line: SaleLine


@dataclass(frozen=True, slots=True)
class AddSellingModel:
    """A name for a way of selling."""

    name: str
    model: SellingModel
    price_unit: PriceUnit


@dataclass(frozen=True, slots=True)
class ListProduct:
    """A product on the price list: its price from a day on, and the way it is sold where that is named (by its id)."""

    product: str
    price: ListPrice
    start: date
    currency: str = ""
    selling_model: str = ""


@dataclass(frozen=True, slots=True)
class ActivateOrder:
    """A draft order takes effect."""

    order: str


@dataclass(frozen=True, slots=True)
class CreateAssets:
    """Make or change the assets of an activated order; asked again, it answers with what exists."""

    order: str


@dataclass(frozen=True, slots=True)
class CreateSchedules:
    """Make the billing schedules of an activated order; asked again, it answers with what exists."""

    order: str


@dataclass(frozen=True, slots=True)
class ScheduleItems:
    """Make the billing schedules of the orders that these items stand in."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetAsset:
    """What a renewal of the asset takes when it is not told; None leaves a field as it is.

    `fields` are fields of one's own by name, each with a text; an empty one clears it.
    """

    asset: str
    renewal_term: int | None = None
    renewal_term_unit: TermUnit | None = None
    renewal_pricing: RenewalPricing | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetOrder:
    """What an order says in fields of one's own, by name, each with a text; an empty one clears it."""

    order: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Renew:
    """Renew assets of one account in one order; None means: as the asset says, else as last time.

    A `start` within the term renews early: the term then ends the day before.
    """

    assets: tuple[str, ...]
    term: int | None = None
    term_unit: TermUnit | None = None
    pricing: RenewalPricing | None = None
    start: date | None = None
    coterminate: date | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class AmendQuantity:
    """More or less of an asset from a day on; None of `price` and `pricing` means as was negotiated last."""

    asset: str
    change: Decimal
    start: date
    price: UnitPrice | None = None
    pricing: RenewalPricing | None = None
    source: Source | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class CancelAsset:
    """End an asset; `start` is the first day without service."""

    asset: str
    start: date
    source: Source | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class TransferAsset:
    """Move an asset to another account from a day on, whole or a `quantity` of it."""

    asset: str
    to: str
    start: date
    quantity: Decimal | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class SwapAsset:
    """End an asset and start one of another product on the same day; no `price` means its list price of the day.

    `category` is Swaps, Upgrades or Downgrades. `end` is the last day of the new asset; unless given, that of the old.
    """

    asset: str
    product: str
    start: date
    price: UnitPrice | None = None
    category: Category = Category.SWAPS
    source: Source | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class RepriceAsset:
    """Another price or discount (percent, or money off each unit price) for all of an asset from a day on."""

    asset: str
    start: date
    price: UnitPrice | None = None
    discount: Discount | None = None
    discount_amount: Discount | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class ExtendAsset:
    """Move the last day of an asset, later or earlier; an evergreen one gets an end."""

    asset: str
    end: date
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class PauseAsset:
    """Hold an asset from a day on to `end`, or until it is resumed: owned, but neither billed nor recurring."""

    asset: str
    start: date
    end: date | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class ResumeAsset:
    """Let a paused asset go on from a day on."""

    asset: str
    start: date
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class UndoAction:
    """Take an action back, as if it had never been, by a compensating one."""

    action: str


@dataclass(frozen=True, slots=True)
class UndoActions:
    """Take several actions back, all of them or none."""

    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunInvoices:
    """Invoice all that is due up to `through`; with `invoice_date`, on that day; of accounts, an asset, an order or
    billing schedules (by their ids), where named.

    The answer shows the first `show` of the invoices whole, and as many credit memos; all of them where it is None.
    With `listed`, it lists all of them besides, in little room.
    """

    through: date
    invoice_date: date | None = None
    draft: bool = False
    account: str | tuple[str, ...] = ""
    asset: str = ""
    show: int | None = None
    listed: bool = False
    order: str = ""
    schedules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """Invoices of one order: one per item; both days default to the order's effective date.

    Where earlier orders of its assets still have pending amounts it is refused, unless `finish_first` bills those out.
    """

    order: str
    invoice_date: date | None = None
    through: date | None = None
    draft: bool = False
    finish_first: bool = False


@dataclass(frozen=True, slots=True)
class PostInvoices:
    """Post draft invoices: they get their numbers and never change again.

    `run`, the request id of an invoice run, stands for all of its drafts. `show` as for `RunInvoices`.
    """

    invoices: tuple[str, ...] = ()
    run: str = ""
    show: int | None = None


@dataclass(frozen=True, slots=True)
class DropInvoices:
    """Drop draft invoices, each with its charges or its tax: what they bill is pending again.

    `run` and `show` as for `PostInvoices`.
    """

    invoices: tuple[str, ...] = ()
    run: str = ""
    show: int | None = None


@dataclass(frozen=True, slots=True)
class VoidInvoice:
    """Take a posted invoice back by a mirror, on a day: today, or the last day of what is on it where that is later."""

    invoice: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class CorrectInvoice:
    """Void a posted invoice and draft one of the same items, on `invoice_date`: the day of the void unless given."""

    invoice: str
    invoice_date: date | None = None


@dataclass(frozen=True, slots=True)
class SetHold:
    """Keep runs from invoicing an account or an asset (`kind`), up to and with a day, or until it is released."""

    kind: str
    name: str
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Let runs invoice a held account or asset (`kind`) again."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class PayInvoice:
    """A payment of `amount` on a posted invoice, on a day: today, or the invoice's date where that is later.

    What is more than the invoice has open is kept on account.
    """

    invoice: str
    amount: PaidAmount
    on: date | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PayAccount:
    """A payment that is kept on account until it is applied; no `currency` means the account's, no day today.

    With `oldest_first` it pays at once what is open on the account's invoices of up to that day, the first due first.
    """

    account: str
    amount: PaidAmount
    on: date | None = None
    reference: str = ""
    currency: str = ""
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class GiveCredit:
    """A credit of `amount` given on a posted invoice, with tax; the day as for `PayInvoice`."""

    invoice: str
    amount: PaidAmount
    on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConvertLines:
    """Negative lines of a posted invoice, by their numbers on it, turned into a credit memo with their tax."""

    invoice: str
    lines: tuple[int, ...]
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ApplyCredit:
    """Credit of a memo put on a posted invoice of its account; without an `amount`, as much as both have open."""

    credit: str
    invoice: str
    amount: PaidAmount | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ApplyPayment:
    """Money on account put on a posted invoice of its account; without an `amount`, as much as both have open."""

    payment: str
    invoice: str
    amount: PaidAmount | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Money on account paid back to the customer, on a day: today, or the payment's where that is later."""

    payment: str
    amount: PaidAmount
    on: date | None = None


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """The documents of an account from one day to another, both inclusive.

    No `end` means today, no `start` the first day of the account's documents.
    """

    account: str
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class RefundCredit:
    """Credit of a memo paid back to the customer, on a day: today, or the memo's date where that is later."""

    credit: str
    amount: PaidAmount
    on: date | None = None


@dataclass(frozen=True, slots=True)
class AddProduct:
    """A new product, with its first list price, which holds from the first day there is; None: it has no price yet."""

    name: str
    code: str
    price: ListPrice | None
    kind: Kind = Kind.SUBSCRIPTION
    selling_model: SellingModel | None = None
    price_unit: PriceUnit | None = None
    currency: str = ""
    tax_category: str = ""
    family: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetProduct:
    """Change what describes a product; None leaves a field as it is."""

    product: str
    name: str | None = None
    tax_category: str | None = None
    family: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A list price from a day on; history stays."""

    product: str
    price: ListPrice
    start: date
    currency: str = ""


@dataclass(frozen=True, slots=True)
class AddAccount:
    """A new customer; no `number` means the next one, no `currency` the organisation's."""

    name: str
    number: str = ""
    currency: str = ""
    country: str = ""
    tax_profile: str = ""
    bill_to: str = ""
    bill_day: int | None = None
    payment_days: int | None = None
    invoice_by: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetAccount:
    """Change a customer; None leaves a field as it is, a `bill_day` of 0 takes it away."""

    account: str
    name: str | None = None
    country: str | None = None
    tax_profile: str | None = None
    bill_to: str | None = None
    bill_day: int | None = None
    payment_days: int | None = None
    invoice_by: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AddToken:
    """A token by which a program comes through the REST door in a role, for a number of days."""

    name: str
    role: str
    days: int = 365


@dataclass(frozen=True, slots=True)
class AddUser:
    """A person who says who they are with a password, and acts in a role."""

    name: str
    role: str
    password: str


@dataclass(frozen=True, slots=True)
class SetUser:
    """Another role or another password of a user; None leaves it as it is."""

    name: str
    role: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveUser:
    """Take a user out, named by the name."""

    name: str


@dataclass(frozen=True, slots=True)
class SetRole:
    """What a role may do from now on, beside what it may already, and what no longer; a new name makes a role."""

    role: str
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetFieldAccess:
    """How much of a field a role has: hide, read or edit. Fields of one's own are named like account.Region."""

    role: str
    field: str
    access: str


@dataclass(frozen=True, slots=True)
class FindAudit:
    """Rows of the audit trail: of whom, of which days (both inclusive), holding every word of a text."""

    who: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    most: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Let a token, named by its name, open nothing any more."""

    name: str


@dataclass(frozen=True, slots=True)
class AddField:
    """A new field of one's own on an object; no label means the name, with spaces. `choices` are for type choice."""

    name: str
    object: FieldObject
    type: FieldType
    label: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class SetField:
    """Change a field; None leaves what it is about as it is. `choices` are those offered from now on, `place` counts
    from 1. `object` where several have a field of that name."""

    field: str
    object: FieldObject | None = None
    label: str | None = None
    choices: tuple[str, ...] | None = None
    required: bool | None = None
    active: bool | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveField:
    """Remove a field, and `with_values` what records say in it."""

    field: str
    object: FieldObject | None = None
    with_values: bool = False


@dataclass(frozen=True, slots=True)
class AddTax:
    """The tax rate (percent) of a tax category, for a tax profile or for all, from a day on."""

    category: str
    rate: TaxRate
    profile: str = ""
    start: date | None = None


@dataclass(frozen=True, slots=True)
class AddRate:
    """What one unit of `currency` is worth in `to_currency`, from a day on.

    No `to_currency` means the reporting currency, or the organisation's where there is none; no `start` means today.
    """

    currency: str
    rate: Decimal
    to_currency: str = ""
    start: date | None = None


@dataclass(frozen=True, slots=True)
class SetSetting:
    """Change one rule of the business, given as text."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class SetLogo:
    """Put a picture, a PNG or SVG file of this name, at the head of the company's papers; without data, take it off."""

    name: str = ""
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class WantedPapers:
    """Documents to be put on paper: those named, and the invoices of a run or of days and an account, where given."""

    names: tuple[str, ...] = ()
    run: str = ""
    account: str = ""
    start: date | None = None
    end: date | None = None


KEEP, TAKE = "keep", "take"
"""What is done about rows that were imported before and come again with other values."""


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """Order files in: judged whole; with `keep_good`, good rows go in although others are bad.

    Rows that were imported before and come again with other values are told as problems, unless `changed` says to
    "keep" what is stored or to "take" them: what they made is undone, and they are sold anew.

    `mapping` is the path of a mapping file, `document` a mapping itself as JSON, which goes before; `parameters` fill
    what it leaves open (`day`). `repairs` are made as the rows are read. The answer lists thousands of problems; every
    one goes into the CSV file `problems_file`, where one is named.
    """

    files: tuple[str, ...]
    format: str = ""
    mapping: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    keep_good: bool = False
    changed: str = ""
    problems_file: str = ""
    document: str = ""
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteBadRows:
    """The rows of an import that cannot go in, written to the file `target`.

    `problems` are those that the import told; where it told more than it listed, they are in the `problems_file` that
    it wrote. What files say of themselves is found anew.
    """

    files: ImportFiles
    target: str
    problems: tuple[RowProblem, ...] = ()
    problems_file: str = ""


@dataclass(frozen=True, slots=True)
class ExportStore:
    """The store into a file that can be imported into another one.

    `.json` holds its whole history; `.csv`, `.tsv` and `.xlsx` its sales as order lines. How a text file is written
    (see `formats.writing.Style`) may be said; empty is our own way, which reading needs not be told.
    """

    file: str
    separator: str = ""
    encoding: str = ""
    decimals: str = ""
    dates: str = ""


@dataclass(frozen=True, slots=True)
class UndoImport:
    """Take an import back, by its batch id: all that it made, while nothing depends on that."""

    batch: str


@dataclass(frozen=True, slots=True)
class SetUsagePrice:
    """How the use of a product is rated in the periods that begin on or after `start`.

    No `currency` means the organisation's; no `start` means always for the first price in a currency, else today.
    """

    product: str
    price: Annotated[UsagePrice, Protected.UNIT_PRICE]
    currency: str = ""
    start: date | None = None


@dataclass(frozen=True, slots=True)
class AddUsage:
    """Use of an asset: `quantity` at a moment, known by its `key` when it comes again.

    `at` without an offset is on the organisation's clock; a plain day means its midnight.
    """

    asset: str
    at: datetime | date
    quantity: Decimal
    key: str


@dataclass(frozen=True, slots=True)
class CorrectUsage:
    """What a usage record should have said; a `quantity` of 0 takes it back. `asset` where several know the key."""

    key: str
    quantity: Decimal
    reason: str
    asset: str = ""


@dataclass(frozen=True, slots=True)
class ImportUsage:
    """Usage records from a CSV file or one of JSON lines: all of it or nothing."""

    file: str


@dataclass(frozen=True, slots=True)
class Rollup:
    """The nightly roll-up, if the business date is newer than the last one's."""


@dataclass(frozen=True, slots=True)
class Find:
    """Which rows a list shows; empty or None means all. Days filter actions by effective date, documents by theirs."""

    account: str = ""
    asset: str = ""
    start: date | None = None
    end: date | None = None
    category: Category | None = None
    as_of: date | None = None
    where: tuple[Condition, ...] = ()
    """Conditions on fields of one's own that the listed things have."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing, by its name, as of a day (today where None)."""

    name: str
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Explain:
    """Why a figure of one thing is what it is as of a day; without `currency`, in each it has.

    `kind` is account, asset, order, invoice or action. Without a day it is explained as it is shown: as of today, and
    an invoice by all that is recorded on it.
    """

    kind: str
    name: str
    figure: Figure
    as_of: date | None = None
    currency: str = ""


PAGE_PARTS = frozenset({"actions", "orders", "invoices", "open", "billing", "usage"})
"""What a page of an account or asset may do without; `open` is what is open, overdue and on account."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page of one account or asset as of a day; `start`, `end` and `category` pick the actions it shows.

    `parts` are those of `PAGE_PARTS` that are wanted; what is left out is not read.
    """

    name: str
    as_of: date | None = None
    start: date | None = None
    end: date | None = None
    category: Category | None = None
    parts: frozenset[str] = PAGE_PARTS


@dataclass(frozen=True, slots=True)
class Report:
    """What a report shows; empty or None means all. `start` and `end` are the first and the last day.

    Without days each report has its own usual ones. `by` cuts the days into periods, months unless told. `days`, in
    place of `end`, counts from the first day: renewals due. `top` is how many accounts are ranked in each currency. A
    cell of a report is looked into by the same request, narrowed to it: its days, its currency, its group, and what
    else its row says.
    """

    start: date | None = None
    end: date | None = None
    by: By | None = None
    currency: str = ""
    product: str = ""
    kind: Kind | None = None
    category: Category | None = None
    account: str = ""
    days: int | None = None
    top: int | None = None
    where: tuple[Condition, ...] = ()
    """Conditions on fields of one's own: of the accounts, products and assets that the report looks at."""
    group_by: str = ""
    """What parts the assets that the report looks at into groups, each reported as if the others were not there:
    account, product, kind, or a field of one's own of accounts, products or assets."""
    group: str = ""
    """With `group_by`: only this group, as the rows of the report name it."""


@dataclass(frozen=True, slots=True)
class MovementsBehind:
    """A bar of the MRR movements: `report` with the days of its period, and the movement (None: all five)."""

    report: Report
    movement: Movement | None = None


@dataclass(frozen=True, slots=True)
class CohortBehind:
    """A cell of the heat map: the customers that came from `first` to `last`, on the last day of `report`."""

    report: Report
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class AgingBehind:
    """A cell of the aging: `report` with its day as `end`, its account and currency, and the bucket (None: all)."""

    report: Report
    bucket: Bucket | None = None

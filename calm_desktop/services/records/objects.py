"""The objects that programs see, with every field of each: what describes, selects, filters and writes them alike.

A field's value is an expression over the store's tables, so that it can be asked for in a query; figures are the same
as those of the window. Amounts are minor units of the currency that stands beside them. `TODAY` is bound by whoever
runs a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    FromClause,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)

from calm_desktop.engine.catalog import (
    ActionType,
    Category,
    Effect,
    ItemKind,
    Kind,
    MemoReason,
    OrderKind,
    OrderStatus,
    PriceUnit,
    RenewalPricing,
    ScheduleCategory,
    ScheduleStatus,
    SellingModel,
)
from calm_desktop.engine.dates import FIRST_DAY, ONE_DAY, Frequency, TermUnit, Timing
from calm_desktop.engine.fields import CustomField, FieldObject, FieldType
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.services.field_values import COLUMN, access_name, fields_of
from calm_desktop.services.ids import public_id
from calm_desktop.services.orders import item_of, items_query
from calm_desktop.services.records.fields import Field, FieldKind, SObject, Words, as_they_are
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import converted, line_balance
from calm_desktop.store import tables as t

TODAY: ColumnElement[Any] = bindparam("the_day", type_=Date)
"""The day on which one acts."""

MODELS = Words(
    {
        SellingModel.TERM.value: ("TermDefined", "Term Defined", "Term"),
        SellingModel.EVERGREEN.value: ("Evergreen",),
        SellingModel.ONE_TIME.value: ("OneTime", "One-Time", "One Time"),
    }
)
PRICE_UNITS = Words(
    {
        PriceUnit.MONTH.value: ("Months", "Month", "Monthly"),
        PriceUnit.QUARTER.value: ("Quarterly", "Quarter", "Quarters"),
        PriceUnit.HALF_YEAR.value: ("Semi-Annual", "SemiAnnual", "Half-Year"),
        PriceUnit.YEAR.value: ("Annual", "Years", "Year", "Yearly"),
        PriceUnit.ONCE.value: ("OneTime", "One-Time", "Once"),
    }
)
FREQUENCIES = Words(
    {
        Frequency.MONTHLY.value: ("Monthly",),
        Frequency.QUARTERLY.value: ("Quarterly",),
        Frequency.SEMI_ANNUAL.value: ("Semi-Annual", "SemiAnnual"),
        Frequency.ANNUAL.value: ("Annual", "Yearly"),
        Frequency.WEEKLY.value: ("Weekly",),
        Frequency.DAILY.value: ("Daily",),
        Frequency.ONCE.value: ("OneTime", "One-Time", "Once"),
    }
)
TIMINGS = Words({Timing.ADVANCE.value: ("Advance", "In Advance"), Timing.ARREARS.value: ("Arrears", "In Arrears")})
TERM_UNITS = Words({TermUnit.MONTHS.value: ("Months", "Month"), TermUnit.YEARS.value: ("Annual", "Years", "Year")})
RENEWAL_PRICINGS = Words(
    {
        RenewalPricing.LAST.value: ("LastNegotiatedPrice", "Last Negotiated Price", "last"),
        RenewalPricing.LIST.value: ("ListPrice", "List Price", "list"),
    }
)
KINDS = Words(
    {
        Kind.SUBSCRIPTION.value: ("Subscription",),
        Kind.PHYSICAL.value: ("Physical",),
        Kind.USAGE.value: ("Usage",),
        Kind.PROFESSIONAL_SERVICE.value: ("ProfessionalService", "Professional Service"),
        Kind.AFTERMARKET_SERVICE.value: ("AftermarketService", "Aftermarket Service"),
    }
)
_MEMO_REASONS = Words({word.value: (word.value.capitalize(),) for word in MemoReason})

_POSTED = (InvoiceStatus.POSTED.value,)
_SETTLING = (ItemKind.CREDIT.value, ItemKind.CORRECTION.value)
_NEW = {"create": True}
_OPEN = {"create": True, "update": True}


def _id(key: Column[int], name: str) -> Field:
    return Field("Id", FieldKind.ID, key, refers=(name,))


def _text(name: str, sql: ColumnElement[Any], **more: Any) -> Field:
    return Field(name, FieldKind.TEXT, sql, **more)


def _refers(name: str, to: str, sql: ColumnElement[Any], **more: Any) -> Field:
    return Field(name, FieldKind.REFERENCE, sql, refers=(to,), **more)


def _word(name: str, words: Words | Iterable[str], sql: ColumnElement[Any], **more: Any) -> Field:
    chosen = words if isinstance(words, Words) else as_they_are(words)
    return Field(name, FieldKind.PICKLIST, sql, words=chosen, **more)


def _money(name: str, sql: ColumnElement[Any], code: ColumnElement[str], **more: Any) -> Field:
    return Field(name, FieldKind.MONEY, sql, currency=code, **more)


def _of(kind: FieldKind, name: str, sql: ColumnElement[Any], **more: Any) -> Field:
    return Field(name, kind, sql, **more)


def _value(query: Select[Any], *outer: FromClause) -> ColumnElement[Any]:
    return query.correlate(*outer).scalar_subquery()


def _account() -> SObject:
    a = t.account.c
    fields = (
        _id(a.id, "Account"),
        _text("Name", a.name, required=True, **_OPEN),
        _text("AccountNumber", a.number, **_NEW),
        _text("CurrencyIsoCode", a.currency, **_NEW),
        _text("BillingCountry", a.country, **_OPEN),
        _text("BillingStreet", a.bill_to, **_OPEN),
        _text("TaxProfile", a.tax_profile, **_OPEN),
        _of(FieldKind.WHOLE, "BillDayOfMonth", a.bill_day, **_OPEN),
        _of(FieldKind.WHOLE, "PaymentDays", a.payment_days, **_OPEN),
        _word("InvoiceBy", Words({"account": ("Account",), "order": ("Order",)}), a.invoice_by, **_OPEN),
        _of(FieldKind.START, "CreatedDate", a.created_on),
    )
    return SObject("Account", "Account", "account", t.account, a.id, fields, FieldObject.ACCOUNT.value)


def _product() -> SObject:
    p = t.product.c
    fields = (
        _id(p.id, "Product2"),
        _text("Name", p.name, required=True, **_OPEN),
        _text("ProductCode", p.code, **_NEW),
        _of(FieldKind.FLAG, "IsActive", true(), **_OPEN),
        _text("Family", p.family, **_OPEN),
        _text("TaxCategory", p.tax_category, **_OPEN),
        _word("ProductKind", KINDS, p.kind, **_NEW),
        _word("SellingModelType", MODELS, p.selling_model),
        _word("PricingTermUnit", PRICE_UNITS, p.price_unit),
    )
    return SObject("Product2", "Product", "product", t.product, p.id, fields, FieldObject.PRODUCT.value)


def _selling_model() -> SObject:
    m = t.selling_model.c
    once = m.price_unit == PriceUnit.ONCE.value
    fields = (
        _id(m.id, "ProductSellingModel"),
        _text("Name", m.name, required=True, **_NEW),
        _word("SellingModelType", MODELS, m.model, required=True, **_NEW),
        _of(FieldKind.WHOLE, "PricingTerm", case((once, null()), else_=1), **_NEW),
        _word("PricingTermUnit", PRICE_UNITS, case((once, null()), else_=m.price_unit), **_NEW),
        _word("Status", ("Active", "Draft"), literal("Active", String), **_NEW),
    )
    return SObject("ProductSellingModel", "Product Selling Model", "selling-model", t.selling_model, m.id, fields)


def _pricebook() -> SObject:
    book = select(literal(1, BigInteger).label("id")).subquery("pricebook")
    fields = (
        _id(book.c.id, "Pricebook2"),  # type: ignore[arg-type]
        _text("Name", literal("Standard Price Book", String)),
        _of(FieldKind.FLAG, "IsActive", true()),
        _of(FieldKind.FLAG, "IsStandard", true()),
    )
    return SObject("Pricebook2", "Price Book", "price-book", book, book.c.id, fields)


def _pricebook_entry() -> SObject:
    e = t.price_entry.c
    base = t.price_entry.join(t.product, t.product.c.id == e.product_id)
    fields = (
        _id(e.id, "PricebookEntry"),
        _refers("Pricebook2Id", "Pricebook2", literal(1, BigInteger), **_NEW),
        _refers("Product2Id", "Product2", e.product_id, required=True, **_NEW),
        _refers("ProductSellingModelId", "ProductSellingModel", e.selling_model_id, **_NEW),
        _text("Name", t.product.c.name),
        _text("ProductCode", t.product.c.code),
        _text("CurrencyIsoCode", e.currency, **_NEW),
        _of(FieldKind.PRICE, "UnitPrice", e.unit_price, required=True, **_OPEN),
        _of(FieldKind.DAY, "EffectiveFrom", case((e.start == FIRST_DAY, null()), else_=e.start), **_NEW),
        _of(FieldKind.FLAG, "IsActive", true(), **_OPEN),
        _of(FieldKind.FLAG, "UseStandardPrice", false(), **_NEW),
    )
    return SObject("PricebookEntry", "Price Book Entry", "price", base, e.id, fields)


def _order() -> SObject:
    o = t.sales_order.c
    fields = (
        _id(o.id, "Order"),
        _text("OrderNumber", o.number),
        _refers("AccountId", "Account", o.account_id, required=True, **_NEW),
        _refers("Pricebook2Id", "Pricebook2", literal(1, BigInteger), **_NEW),
        _word("Status", OrderStatus, o.status, **_OPEN),
        _word("Type", OrderKind, o.kind, **_NEW),
        _of(FieldKind.DAY, "EffectiveDate", o.effective_date, required=True, **_OPEN),
        _of(FieldKind.DAY, "OrderedDate", o.order_date),
        _text("CurrencyIsoCode", o.currency, **_NEW),
        _money("TotalAmount", o.total, o.currency),
        _of(FieldKind.MOMENT, "CreatedDate", o.recorded_at),
    )
    return SObject("Order", "Order", "order", t.sales_order, o.id, fields, FieldObject.ORDER.value)


def _term_counts(tx: Tx, items: Sequence[int]) -> dict[int, Decimal | None]:
    """How many price units the days of order items count, to nine decimals."""
    found = {}
    for row in rows_in(tx, items_query(), among(t.order_item.c.id, items)):
        count = item_of(row).term_count
        found[row.id] = None if count is None else round(Decimal(count.numerator) / Decimal(count.denominator), 9)
    return found


def _order_item() -> SObject:
    i, o, e = t.order_item.c, t.sales_order.c, t.price_entry.c
    base = t.order_item.join(t.sales_order, o.id == i.order_id)
    entry = (
        select(e.id)
        .where(e.product_id == i.product_id, e.currency == o.currency, e.start <= o.effective_date)
        .order_by(e.start.desc())
        .limit(1)
    )
    fields = (
        _id(i.id, "OrderItem"),
        _of(FieldKind.WHOLE, "LineNumber", i.line),
        _refers("OrderId", "Order", i.order_id, required=True, **_NEW),
        _refers("Product2Id", "Product2", i.product_id, **_NEW),
        _refers("PricebookEntryId", "PricebookEntry", _value(entry, t.order_item, t.sales_order), **_NEW),
        _refers("AssetId", "Asset", i.asset_id),
        _word("Category", Category, i.category, **_NEW),
        _of(FieldKind.NUMBER, "Quantity", i.quantity, required=True, **_NEW),
        _of(FieldKind.PRICE, "ListPrice", i.list_price),
        _of(FieldKind.PRICE, "UnitPrice", i.unit_price, **_NEW),
        _of(FieldKind.NUMBER, "Discount", i.discount, **_NEW),
        _of(FieldKind.PRICE, "DiscountAmount", i.discount_amount, **_NEW),
        _of(FieldKind.DAY, "ServiceDate", i.start, **_NEW),
        _of(FieldKind.DAY, "EndDate", i.end, **_NEW),
        Field("PricingTermCount", FieldKind.NUMBER, None, computed=_term_counts, create=True),
        _word("PricingTermUnit", PRICE_UNITS, i.price_unit),
        _word("BillingFrequency2", FREQUENCIES, i.frequency, **_NEW),
        _word("BillingTiming", TIMINGS, i.timing, **_NEW),
        _text("AssetName", i.asset_name, **_NEW),
        _text("CurrencyIsoCode", o.currency),
        _money("TotalLineAmount", i.total, o.currency),
        _money("TotalPrice", i.total, o.currency),
        _of(FieldKind.MOMENT, "CreatedDate", o.recorded_at),
    )
    return SObject("OrderItem", "Order Product", "order-item", base, i.id, fields)


def _asset() -> SObject:
    a, s, act = t.asset.c, t.state_period.c, t.action.c
    now = and_(s.asset_id == a.id, s.start <= TODAY, or_(s.end.is_(None), s.end >= TODAY))

    def current(column: Column[Any], default: Any) -> ColumnElement[Any]:
        return func.coalesce(_value(select(column).where(now), t.asset), default, type_=column.type)

    lasting = select(func.sum(s.amount)).where(s.asset_id == a.id)
    made = select(func.min(act.recorded_at)).where(act.asset_id == a.id)
    paused = exists().where(now, s.paused.is_(True)).correlate(t.asset)
    undone = ~exists().where(s.asset_id == a.id).correlate(t.asset)
    status = case(
        (undone, "Undone"),
        (a.lifecycle_start > TODAY, "Scheduled"),
        (and_(a.lifecycle_end.is_not(None), a.lifecycle_end < TODAY), "Ended"),
        (paused, "Paused"),
        else_="Active",
    )
    fields = (
        _id(a.id, "Asset"),
        _text("Name", a.name),
        _text("AssetNumber", a.number),
        _refers("AccountId", "Account", a.account_id),
        _refers("Product2Id", "Product2", a.product_id),
        _word("Status", ("Scheduled", "Active", "Paused", "Ended", "Undone"), status),
        _of(FieldKind.NUMBER, "Quantity", current(s.quantity, Decimal(0))),
        _of(FieldKind.NUMBER, "CurrentQuantity", current(s.quantity, Decimal(0))),
        _money("CurrentAmount", current(s.amount, 0), a.currency),
        _money("CurrentMrr", current(s.mrr, 0), a.currency),
        _money("TotalLifecycleAmount", func.coalesce(_value(lasting, t.asset), 0), a.currency),
        _of(FieldKind.START, "LifecycleStartDate", a.lifecycle_start),
        _of(FieldKind.END, "LifecycleEndDate", a.lifecycle_end),
        _of(FieldKind.FLAG, "HasLifecycleManagement", true()),
        _of(FieldKind.WHOLE, "RenewalTerm", a.renewal_term, update=True),
        _word("RenewalTermUnit", TERM_UNITS, a.renewal_term_unit, update=True),
        _word("RenewalPricingType", RENEWAL_PRICINGS, a.renewal_pricing, update=True),
        _text("CurrencyIsoCode", a.currency),
        _of(FieldKind.MOMENT, "CreatedDate", _value(made, t.asset)),
    )
    return SObject("Asset", "Asset", "asset", t.asset, a.id, fields, FieldObject.ASSET.value)


def _action() -> SObject:
    c, a = t.action.c, t.asset.c
    base = t.action.join(t.asset, a.id == c.asset_id)
    before = t.action.alias("before")

    def total(name: str) -> ColumnElement[Any]:
        column = before.c[name]
        up_to = and_(before.c.asset_id == c.asset_id, before.c.sequence <= c.sequence)
        return _value(select(func.sum(column, type_=column.type)).where(up_to), t.action)

    fields = (
        _id(c.id, "AssetAction"),
        _refers("AssetId", "Asset", c.asset_id),
        _of(FieldKind.WHOLE, "ActionSequence", c.sequence),
        _word("CategoryEnum", Category, c.category),
        _word("Type", ActionType, c.type),
        _of(FieldKind.START, "ActionDate", c.action_date),
        _of(FieldKind.START, "EffectiveDate", c.effective_date),
        _of(FieldKind.NUMBER, "QuantityChange", c.quantity_change),
        _money("Amount", c.amount_change, a.currency),
        _money("MrrChange", c.mrr_change, a.currency),
        _of(FieldKind.NUMBER, "TotalQuantity", total("quantity_change")),
        _money("TotalAmount", total("amount_change"), a.currency),
        _money("TotalMrr", total("mrr_change"), a.currency),
        _text("CurrencyIsoCode", a.currency),
        _of(FieldKind.MOMENT, "CreatedDate", c.recorded_at),
    )
    return SObject("AssetAction", "Asset Action", "action", base, c.id, fields)


def _action_source() -> SObject:
    s, c, a = t.action_source.c, t.action.c, t.asset.c
    base = t.action_source.join(t.action, c.id == s.action_id).join(t.asset, a.id == c.asset_id)
    fields = (
        _id(s.id, "AssetActionSource"),
        _refers("AssetActionId", "AssetAction", s.action_id),
        _refers("ReferenceEntityItemId", "OrderItem", s.order_item_id),
        _refers("WorkOrderLineItemId", "WorkOrderLineItem", s.work_order_line_id),
        _text("ExternalReference", s.external_reference),
        _text("ExternalReferenceDataSource", s.external_system),
        _of(FieldKind.START, "TransactionDate", c.action_date),
        _of(FieldKind.START, "StartDate", s.start),
        _of(FieldKind.END, "EndDate", s.end),
        _of(FieldKind.NUMBER, "Quantity", s.quantity),
        _money("ProductAmount", s.product_amount, a.currency),
        _money("AdjustmentAmount", s.adjustment, a.currency),
        _money("SubtotalAmount", s.product_amount + s.adjustment, a.currency),
        _money("EstimatedTax", s.estimated_tax, a.currency),
        _money("ActualTax", s.actual_tax, a.currency),
        _text("CurrencyIsoCode", a.currency),
        _of(FieldKind.MOMENT, "CreatedDate", c.recorded_at),
    )
    return SObject("AssetActionSource", "Asset Action Source", "source", base, s.id, fields)


def _state_period() -> SObject:
    s, a = t.state_period.c, t.asset.c
    fields = (
        _id(s.id, "AssetStatePeriod"),
        _refers("AssetId", "Asset", s.asset_id),
        _of(FieldKind.START, "StartDate", s.start),
        _of(FieldKind.END, "EndDate", s.end),
        _of(FieldKind.NUMBER, "Quantity", s.quantity),
        _money("Amount", s.amount, a.currency),
        _money("Mrr", s.mrr, a.currency),
        _of(FieldKind.FLAG, "IsPaused", s.paused),
        _text("CurrencyIsoCode", a.currency),
    )
    base = t.state_period.join(t.asset, a.id == s.asset_id)
    return SObject("AssetStatePeriod", "Asset State Period", "state-period", base, s.id, fields)


class _Parts:
    """Billing period items with the paper that they stand on, in a place of their own: `name` tells them apart."""

    def __init__(self, name: str) -> None:
        self.item = t.billing_item.alias(f"{name}_item")
        line, self.invoice = t.invoice_line.alias(f"{name}_line"), t.invoice.alias(f"{name}_invoice")
        self.rows: FromClause = self.item.outerjoin(line, line.c.id == self.item.c.invoice_line_id).outerjoin(
            self.invoice, self.invoice.c.id == line.c.invoice_id
        )
        posted = self.invoice.c.status.in_(_POSTED)
        self.billed = or_(self.item.c.memo_line_id.is_not(None), func.coalesce(posted, false()))
        spent = and_(self.item.c.kind == ItemKind.CREDIT.value, self.item.c.amount == 0)
        self.waiting = and_(~self.billed, ~spent)
        self.drafted = and_(self.waiting, self.invoice.c.status == InvoiceStatus.DRAFT.value)
        self.failed = and_(self.waiting, self.invoice.c.status == InvoiceStatus.ERROR.value)


def _schedule() -> SObject:
    b, i, o = t.billing_schedule.c, t.order_item.c, t.sales_order.c
    base = (
        t.billing_schedule.join(t.order_item, i.id == b.order_item_id)
        .join(t.sales_order, o.id == i.order_id)
        .join(t.product, t.product.c.id == i.product_id)
    )
    parts = _Parts("part")
    mine = parts.item.c.schedule_id == b.id

    def among_mine(value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
        return _value(select(value).select_from(parts.rows).where(mine, *conditions), t.billing_schedule)

    def has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return (
            select(parts.item.c.id)
            .select_from(parts.rows)
            .where(mine, *conditions)
            .correlate(t.billing_schedule)
            .exists()
        )

    billed = func.coalesce(among_mine(func.sum(parts.item.c.amount), parts.billed), 0)
    billed_to = among_mine(func.max(parts.item.c.end), parts.billed, parts.item.c.kind != ItemKind.CREDIT.value)
    is_usage = t.product.c.kind == Kind.USAGE.value
    takes = or_(i.effect.in_((Effect.LOWERS.value, Effect.ENDS.value)), and_(b.total == 0, ~is_usage))
    is_open = or_(b.total.is_(None), and_(is_usage, or_(b.end.is_(None), billed_to.is_(None), billed_to < b.end)))
    status = case(
        (has(parts.failed), ScheduleStatus.ERROR.value),
        (has(parts.drafted), ScheduleStatus.PROCESSING.value),
        (
            and_(~has(parts.waiting), ~func.coalesce(is_open, false()), or_(has(), func.coalesce(takes, false()))),
            ScheduleStatus.COMPLETELY_BILLED.value,
        ),
        else_=ScheduleStatus.READY_FOR_INVOICING.value,
    )
    fields = (
        _id(b.id, "BillingSchedule"),
        _refers("BillingScheduleGroupId", "BillingScheduleGroup", b.group_id),
        _refers("ReferenceEntityId", "Order", i.order_id),
        _refers("ReferenceEntityItemId", "OrderItem", b.order_item_id),
        _refers("BillingAccountId", "Account", o.account_id),
        _word("Category", ScheduleCategory, b.category),
        _word("Status", ScheduleStatus, status),
        _of(FieldKind.DAY, "BillingScheduleStartDate", b.start),
        _of(FieldKind.DAY, "BillingScheduleEndDate", b.end),
        _money("TotalAmount", b.total, o.currency),
        _money("BilledAmount", billed, o.currency),
        _money("PendingAmount", b.total - billed, o.currency),
        _of(FieldKind.DAY, "NextBillingDate", among_mine(func.min(parts.item.c.billing_date), parts.waiting)),
        Field("NextChargeFromDate", FieldKind.DAY, None, computed=_charged_from),
        _word("BillingFrequency", FREQUENCIES, i.frequency),
        _text("CurrencyIsoCode", o.currency),
    )
    return SObject("BillingSchedule", "Billing Schedule", "schedule", base, b.id, fields)


def _charged_from(tx: Tx, schedules: Sequence[int]) -> dict[int, Any]:
    """From which day on nothing is charged yet; nothing where all is (DOMAIN R11)."""
    schedule = _schedule()
    status = schedule.field("Status")
    assert status is not None
    assert status.sql is not None
    parts, b = _Parts("charged"), t.billing_schedule.c
    mine = (parts.item.c.schedule_id == b.id, parts.billed, parts.item.c.kind != ItemKind.CREDIT.value)
    last = _value(select(func.max(parts.item.c.end)).select_from(parts.rows).where(*mine), t.billing_schedule)
    query = select(b.id, b.start, last.label("last"), status.sql.label("status")).select_from(schedule.base)
    return {
        row.id: None
        if row.status == ScheduleStatus.COMPLETELY_BILLED.value
        else row.start
        if row.last is None
        else row.last + ONE_DAY
        for row in rows_in(tx, query, among(b.id, schedules))
    }


def _group() -> SObject:
    g, a = t.billing_group.c, t.asset.c
    base = t.billing_group.join(t.asset, a.id == g.asset_id)
    plan, parts = t.billing_schedule.alias("plan"), _Parts("group")
    mine = plan.c.group_id == g.id
    charging = (
        exists()
        .where(t.billing_item.c.schedule_id == plan.c.id, t.billing_item.c.kind.not_in(_SETTLING))
        .correlate(plan)
    )

    def over_plans(value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
        return _value(select(value).select_from(plan).where(mine, *conditions), t.billing_group)

    def over_parts(value: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
        rows = parts.rows.join(plan, plan.c.id == parts.item.c.schedule_id)
        return _value(select(value).select_from(rows).where(mine, condition), t.billing_group)

    endless = select(plan.c.id).where(mine, plan.c.end.is_(None), charging).correlate(t.billing_group).exists()
    unknown = select(plan.c.id).where(mine, plan.c.total.is_(None)).correlate(t.billing_group).exists()
    end = func.coalesce(over_plans(func.max(plan.c.end), charging), over_plans(func.max(plan.c.end)))
    billed = func.coalesce(over_parts(func.sum(parts.item.c.amount), parts.billed), 0)
    pending = over_plans(func.sum(plan.c.total)) - billed
    start = func.coalesce(over_plans(func.min(plan.c.start), charging), over_plans(func.min(plan.c.start)))
    fields = (
        _id(g.id, "BillingScheduleGroup"),
        _refers("ReferenceEntityId", "Asset", g.asset_id),
        _refers("BillingAccountId", "Account", a.account_id),
        _of(FieldKind.DAY, "StartDate", start),
        _of(FieldKind.DAY, "EndDate", case((endless, null()), else_=end)),
        _money("TotalBilledAmount", billed, a.currency),
        _money("TotalPendingAmount", case((unknown, null()), else_=pending), a.currency),
        _of(FieldKind.DAY, "NextBillingDate", over_parts(func.min(parts.item.c.billing_date), parts.waiting)),
        _text("CurrencyIsoCode", a.currency),
    )
    return SObject("BillingScheduleGroup", "Billing Schedule Group", "group", base, g.id, fields)


def _invoice() -> SObject:
    i, n = t.invoice.c, t.invoice_line.c

    def summed(value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(_value(select(func.sum(value)).where(n.invoice_id == i.id, *conditions), t.invoice), 0)

    total, balance = summed(n.amount), summed(line_balance())
    is_tax = n.type == LineType.TAX.value
    settled = case((balance == 0, "Settled"), (balance == total, "Not Settled"), else_="Partially Settled")
    fields = (
        _id(i.id, "Invoice"),
        _text("InvoiceNumber", i.number),
        _text("DocumentNumber", i.number),
        _refers("BillingAccountId", "Account", i.account_id),
        _refers("ReferenceEntityId", "Order", i.order_id),
        _word("Status", InvoiceStatus, i.status),
        _word("SettlementStatus", ("Not Settled", "Partially Settled", "Settled"), settled),
        _of(FieldKind.DAY, "InvoiceDate", i.invoice_date),
        _of(FieldKind.DAY, "DueDate", i.due_date),
        _of(FieldKind.DAY, "TargetDate", i.target_date),
        _money("TotalAmount", total, i.currency),
        _money("TotalChargeAmount", summed(n.amount, ~is_tax), i.currency),
        _money("TotalTaxAmount", summed(n.amount, is_tax), i.currency),
        _money("Balance", balance, i.currency),
        _money("TotalConvertedNegAmount", summed(converted()), i.currency),
        _text("CurrencyIsoCode", i.currency),
        _of(FieldKind.MOMENT, "CreatedDate", i.recorded_at),
    )
    return SObject("Invoice", "Invoice", "invoice", t.invoice, i.id, fields)


def _invoice_line() -> SObject:
    n, i, part = t.invoice_line.c, t.invoice.c, t.billing_item.c
    base = t.invoice_line.join(t.invoice, i.id == n.invoice_id).outerjoin(t.billing_item, part.invoice_line_id == n.id)
    fields = (
        _id(n.id, "InvoiceLine"),
        _refers("InvoiceId", "Invoice", n.invoice_id),
        _of(FieldKind.WHOLE, "LineNumber", n.line),
        _refers("BillingScheduleId", "BillingSchedule", part.schedule_id),
        _refers("ReferenceEntityItemId", "OrderItem", n.order_item_id),
        _refers("AssetId", "Asset", n.asset_id),
        _word("Type", LineType, n.type),
        _text("Description", n.description),
        _of(FieldKind.DAY, "InvoiceLineStartDate", n.start),
        _of(FieldKind.DAY, "InvoiceLineEndDate", n.end),
        _of(FieldKind.NUMBER, "Quantity", n.quantity),
        _of(FieldKind.PRICE, "UnitPrice", n.unit_price),
        _money("LineAmount", n.amount, i.currency),
        _money("Balance", line_balance(), i.currency),
        _text("TaxCategory", n.tax_category),
        _text("CurrencyIsoCode", i.currency),
        _of(FieldKind.MOMENT, "CreatedDate", i.recorded_at),
    )
    return SObject("InvoiceLine", "Invoice Line", "invoice-line", base, n.id, fields)


def _credit_memo() -> SObject:
    m = t.credit_memo.c

    def over(table: Table, column: str) -> ColumnElement[Any]:
        query = select(func.sum(table.c[column])).where(table.c.memo_id == m.id)
        return func.coalesce(_value(query, t.credit_memo), 0)

    total = over(t.credit_memo_line, "amount")
    fields = (
        _id(m.id, "CreditMemo"),
        _text("CreditMemoNumber", m.number),
        _text("DocumentNumber", m.number),
        _refers("BillingAccountId", "Account", m.account_id),
        _refers("ReferenceEntityId", "Invoice", m.invoice_id),
        _word("Status", _POSTED, literal("Posted", String)),
        _word("Reason", _MEMO_REASONS, m.reason),
        _of(FieldKind.DAY, "CreditDate", m.memo_date),
        _text("Description", m.note),
        _money("TotalAmount", total, m.currency),
        _text("CurrencyIsoCode", m.currency),
        _of(FieldKind.MOMENT, "CreatedDate", m.recorded_at),
    )
    return SObject("CreditMemo", "Credit Memo", "credit", t.credit_memo, m.id, fields)


@cache
def _objects() -> Mapping[str, SObject]:
    made = (
        _account(),
        _product(),
        _selling_model(),
        _pricebook(),
        _pricebook_entry(),
        _order(),
        _order_item(),
        _asset(),
        _action(),
        _action_source(),
        _state_period(),
        _schedule(),
        _group(),
        _invoice(),
        _invoice_line(),
        _credit_memo(),
    )
    return {each.name: each for each in made}


@cache
def id_words() -> Mapping[str, str]:
    """The word of `ids` of each object that a reference can point to."""
    return {name: each.ids for name, each in _objects().items()} | {"WorkOrderLineItem": "work-order-line"}


def object_names() -> tuple[str, ...]:
    """The names of all objects."""
    return tuple(_objects())


def object_named(tx: Tx, name: str) -> SObject | None:
    """An object, its name in any case, with the fields of one's own that it has; None where there is none."""
    wanted = name.casefold()
    found = next((each for key, each in _objects().items() if key.casefold() == wanted), None)
    if found is None:
        return None
    own = tuple(_own_field(tx, found, field) for field in (fields_of(tx, FieldObject(found.own)) if found.own else ()))
    if not (own or tx.rights.hidden or tx.rights.fixed):
        return found
    return replace(found, fields=(*_theirs(tx, found), *own))


_PROTECTED: Mapping[str, Mapping[str, Protected]] = {
    "PricebookEntry": {"UnitPrice": Protected.LIST_PRICE},
    "Order": {"TotalAmount": Protected.ORDER_AMOUNT},
    "OrderItem": {
        "ListPrice": Protected.LIST_PRICE,
        "UnitPrice": Protected.UNIT_PRICE,
        "Discount": Protected.DISCOUNT,
        "DiscountAmount": Protected.DISCOUNT,
        "TotalLineAmount": Protected.ORDER_AMOUNT,
        "TotalPrice": Protected.ORDER_AMOUNT,
    },
    "Asset": {
        "CurrentAmount": Protected.ASSET_AMOUNT,
        "CurrentMrr": Protected.MRR,
        "TotalLifecycleAmount": Protected.ASSET_AMOUNT,
    },
    "AssetAction": {
        "Amount": Protected.ASSET_AMOUNT,
        "MrrChange": Protected.MRR,
        "TotalAmount": Protected.ASSET_AMOUNT,
        "TotalMrr": Protected.MRR,
    },
    "AssetActionSource": {
        "ProductAmount": Protected.ASSET_AMOUNT,
        "AdjustmentAmount": Protected.DISCOUNT,
        "SubtotalAmount": Protected.ASSET_AMOUNT,
        "EstimatedTax": Protected.TAX,
        "ActualTax": Protected.TAX,
    },
    "AssetStatePeriod": {"Amount": Protected.ASSET_AMOUNT, "Mrr": Protected.MRR},
    "BillingSchedule": dict.fromkeys(("TotalAmount", "BilledAmount", "PendingAmount"), Protected.BILLING_AMOUNT),
    "BillingScheduleGroup": dict.fromkeys(("TotalBilledAmount", "TotalPendingAmount"), Protected.BILLING_AMOUNT),
    "Invoice": {
        "TotalAmount": Protected.INVOICE_AMOUNT,
        "TotalChargeAmount": Protected.INVOICE_AMOUNT,
        "TotalConvertedNegAmount": Protected.INVOICE_AMOUNT,
        "TotalTaxAmount": Protected.TAX,
        "Balance": Protected.BALANCE,
    },
    "InvoiceLine": {
        "UnitPrice": Protected.UNIT_PRICE,
        "LineAmount": Protected.INVOICE_AMOUNT,
        "Description": Protected.TAX,
        "Balance": Protected.BALANCE,
    },
    "CreditMemo": {"TotalAmount": Protected.PAYMENT},
}
"""Which protected field each field of an object is."""


def protection(target: SObject, field: Field) -> Protected | None:
    """Which protected field a field is; None of one that everybody sees."""
    return _PROTECTED.get(target.name, {}).get(field.name)


def _theirs(tx: Tx, target: SObject) -> Iterator[Field]:
    """The fields of an object that the caller sees; those that are only to be read cannot be written."""
    for field in target.fields:
        what = protection(target, field)
        if what in tx.rights.hidden:
            continue
        yield replace(field, create=False, update=False) if what in tx.rights.fixed else field


_OWN_KINDS = {
    FieldType.TEXT: FieldKind.TEXT,
    FieldType.NUMBER: FieldKind.NUMBER,
    FieldType.DATE: FieldKind.DAY,
    FieldType.CHOICE: FieldKind.PICKLIST,
    FieldType.YES_NO: FieldKind.FLAG,
}


def _own_field(tx: Tx, mine: SObject, field: CustomField) -> Field:
    stored = t.field_value.c
    query = select(COLUMN[field.type]).where(stored.field_id == field.id, stored.record_id == mine.key)
    tables = [each for each in (mine.base,) if isinstance(each, Table)]
    choices = as_they_are((*field.choices, *field.retired)) if field.type is FieldType.CHOICE else None
    made_by_sale, fixed = mine.name == "Asset", access_name(field) in tx.rights.fixed
    return Field(
        field.api_name,
        _OWN_KINDS[field.type],
        _value(query, *tables),
        words=choices,
        create=not made_by_sale and not fixed,
        update=not fixed,
        required=field.required and not made_by_sale,
        label=field.label,
        own=True,
    )


def record_id(mine: SObject, number: int) -> str:
    """The public id of a record."""
    return public_id(mine.ids, number)

"""Every table of the store; constraints make a wrong row impossible wherever a database can say so.

Amounts of money are integers of the currency's minor units. Quantities and unit prices are integers of a millionth,
discounts and tax rates of a ten-thousandth of a percent; `Scaled` turns them into `Decimal` and back. Days are plain
dates, both ends of a span inclusive; an open end is NULL. Ids are handed out by the program (`counter`), so that any
database that speaks SQL can hold the store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

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
    SellingModel,
    UsageModel,
)
from calm_desktop.engine.dates import BoundaryKind, Frequency, Partial, Remainder, TermUnit, Timing
from calm_desktop.engine.fields import LONGEST_LABEL, LONGEST_NAME, LONGEST_TEXT, FieldObject, FieldType
from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.engine.lifecycle import SourceKind
from calm_desktop.engine.rating import MrrFormula


def _scaled(places: int, value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-places)


class Scaled(TypeDecorator[Decimal]):
    """A decimal number kept as an integer of 10^-places; exact on every database."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value.scaleb(self.places)
        number = int(scaled)
        if number != scaled:
            raise ValueError(f"{value} has more than {self.places} decimals")
        return number

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], Decimal | None]:
        """Rows tell the same figures over and over: each is made once."""
        return lru_cache(maxsize=4096)(partial(_scaled, self.places))


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; databases without time zones keep it naive, the program always sees it aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

QUANTITY = Scaled(6)
PRICE = Scaled(6)
PERCENT = Scaled(4)
EXCHANGE = Scaled(10)


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def _link(name: str, target: str, *, nullable: bool = False, index: bool = True, unique: bool = False) -> Column[int]:
    key = ForeignKey(f"{target}.id")
    return Column(name, BigInteger, key, nullable=nullable, index=index and not unique, unique=unique or None)


def _word(name: str, words: type[StrEnum], *, nullable: bool = False, server_default: str | None = None) -> Column[str]:
    return Column(name, String(40), nullable=nullable, info={"words": words}, server_default=server_default)


def _table(name: str, *parts: Any) -> Table:
    """A table whose word columns are checked against their fixed lists."""
    checks = [
        CheckConstraint(
            f"{part.name} IN ({', '.join(repr(word.value) for word in part.info['words'])})", name=part.name
        )
        for part in parts
        if isinstance(part, Column) and "words" in part.info
    ]
    return Table(name, metadata, *parts, *checks)


def _span(nullable_end: bool = True) -> tuple[Any, ...]:
    return (
        Column("start", Date, nullable=False),
        Column("end", Date, nullable=nullable_end),
        CheckConstraint('"end" IS NULL OR "end" >= start', name="span"),
    )


def _withdrawn() -> Column[int]:
    """What a record says that an import brought and its undoing withdrew: its own id; 0 while it counts.

    What is unique among the records that count is free again.
    """
    return Column("withdrawn", BigInteger, nullable=False, server_default="0")


def _only_where(sql: str) -> dict[str, Any]:
    """What makes an index one of just the rows for which a condition holds: the others cost it nothing."""
    return {"sqlite_where": text(sql), "postgresql_where": text(sql)}


_ONLY_OPEN = _only_where("released_on IS NULL")
"""Holds that were released are history, of which there may be many."""

counter = Table(
    "counter",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)

setting_file = Table(
    "setting_file",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""The bytes of settings that are files; what they are called is the setting's value."""

account = _table(
    "account",
    _id(),
    Column("number", String(80), nullable=False),
    Column("name", String(255), nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("country", String(80), nullable=False, server_default=""),
    Column("bill_to", Text, nullable=False, server_default=""),
    Column("tax_profile", String(80), nullable=False, server_default=""),
    Column("bill_day", Integer),
    Column("payment_days", Integer, nullable=False, server_default="30"),
    Column("invoice_by", String(10), nullable=False, server_default="account"),
    Column("created_on", Date, nullable=False),
    _withdrawn(),
    UniqueConstraint("number", "withdrawn"),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("bill_day IS NULL OR bill_day BETWEEN 1 AND 31", name="bill_day"),
    CheckConstraint("payment_days BETWEEN 0 AND 3650", name="payment_days"),
    CheckConstraint("invoice_by IN ('account', 'order')", name="invoice_by"),
)

product = _table(
    "product",
    _id(),
    Column("code", String(80), nullable=False),
    Column("name", String(255), nullable=False, index=True),
    _word("kind", Kind),
    _word("selling_model", SellingModel),
    _word("price_unit", PriceUnit),
    Column("tax_category", String(80), nullable=False, server_default=""),
    Column("family", String(80), nullable=False, server_default=""),
    _withdrawn(),
    UniqueConstraint("code", "withdrawn"),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("selling_model <> 'one-time' OR price_unit = 'once'", name="one_time"),
    CheckConstraint("selling_model <> 'evergreen' OR price_unit <> 'once'", name="evergreen"),
)

price_entry = _table(
    "price_entry",
    _id(),
    _link("product_id", "product", index=False),
    Column("currency", String(3), nullable=False),
    Column("start", Date, nullable=False),
    Column("unit_price", PRICE, nullable=False),
    _link("selling_model_id", "selling_model", nullable=True, index=False),
    _withdrawn(),
    UniqueConstraint("product_id", "currency", "start", "withdrawn"),
    CheckConstraint("unit_price >= 0", name="unit_price"),
)

tax_rate = _table(
    "tax_rate",
    _id(),
    Column("category", String(80), nullable=False),
    Column("profile", String(80), nullable=False, server_default=""),
    Column("start", Date, nullable=False),
    Column("rate", PERCENT, nullable=False),
    UniqueConstraint("category", "profile", "start"),
    CheckConstraint("rate >= 0 AND rate <= 10000000", name="rate"),
)

work_order = _table("work_order", _id(), Column("number", String(80), nullable=False, unique=True))

work_order_line = _table(
    "work_order_line",
    _id(),
    _link("work_order_id", "work_order", index=False),
    Column("line", String(80), nullable=False),
    UniqueConstraint("work_order_id", "line"),
)

import_batch = _table(
    "import_batch",
    _id(),
    Column("files", Text, nullable=False),
    Column("format", String(40), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("new", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("same", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("cancelled", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("taken_back_at", Instant),
    CheckConstraint("read = new + changed + same + skipped + cancelled + rejected", name="counts"),
)

sales_order = _table(
    "sales_order",
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    _link("account_id", "account"),
    _word("kind", OrderKind),
    _word("status", OrderStatus),
    Column("order_date", Date, nullable=False),
    Column("effective_date", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _link("batch_id", "import_batch", nullable=True),
)

asset = _table(
    "asset",
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    Column("name", String(255), nullable=False, index=True),
    _link("account_id", "account"),
    _link("product_id", "product"),
    Column("currency", String(3), nullable=False),
    Column("lifecycle_start", Date, nullable=False),
    Column("lifecycle_end", Date),
    Column("renewal_term", Integer),
    _word("renewal_term_unit", TermUnit, nullable=True),
    _word("renewal_pricing", RenewalPricing, nullable=True),
    Column("current_on", Date, nullable=False),
    Column("current_quantity", QUANTITY, nullable=False),
    Column("current_amount", BigInteger, nullable=False),
    Column("current_mrr", BigInteger, nullable=False),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("lifecycle_end IS NULL OR lifecycle_end >= lifecycle_start", name="span"),
    CheckConstraint("renewal_term IS NULL OR renewal_term > 0", name="renewal_term"),
    CheckConstraint("(renewal_term IS NULL) = (renewal_term_unit IS NULL)", name="renewal_unit"),
)

order_item = _table(
    "order_item",
    _id(),
    _link("order_id", "sales_order", index=False),
    Column("line", Integer, nullable=False),
    _link("product_id", "product"),
    _link("asset_id", "asset", nullable=True),
    Column("asset_name", String(255), nullable=False),
    _word("category", Category),
    _word("effect", Effect, server_default=Effect.COVERS.value),
    _link("lead_id", "order_item", nullable=True, index=False),
    _link("target_id", "order_item", nullable=True),
    _link("linked_id", "order_item", nullable=True),
    Column("quantity", QUANTITY, nullable=False),
    Column("list_price", PRICE, nullable=False),
    Column("unit_price", PRICE, nullable=False),
    Column("discount", PERCENT, nullable=False),
    Column("discount_amount", PRICE, nullable=False, server_default="0"),
    _word("price_unit", PriceUnit),
    _word("selling_model", SellingModel),
    *_span(),
    Column("anchor", Date, nullable=False),
    Column("term_months", Integer),
    Column("term_days", Integer),
    _word("frequency", Frequency),
    _word("timing", Timing),
    _word("boundary", BoundaryKind),
    Column("boundary_day", Integer),
    _word("partial", Partial),
    _word("remainder", Remainder),
    _word("mrr_formula", MrrFormula, server_default=MrrFormula.PRICE.value),
    Column("tax_category", String(80), nullable=False, server_default=""),
    Column("total", BigInteger),
    _word("source_kind", SourceKind, nullable=True),
    _link("work_order_line_id", "work_order_line", nullable=True),
    Column("external_system", String(80)),
    Column("external_reference", String(255)),
    Column("asset_fields", JSON(none_as_null=True)),
    Column("billed_elsewhere", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("order_id", "line"),
    CheckConstraint("quantity <> 0 OR effect IN ('ends', 'undoes')", name="quantity"),
    CheckConstraint("unit_price >= 0 AND list_price >= 0", name="price"),
    CheckConstraint("discount BETWEEN 0 AND 1000000 AND discount_amount >= 0", name="discount"),
    CheckConstraint("(effect = 'covers') = (target_id IS NULL)", name="target"),
    CheckConstraint("anchor <= start", name="anchor"),
    CheckConstraint("(boundary = 'day') = (boundary_day IS NOT NULL)", name="boundary_day"),
    CheckConstraint("boundary_day IS NULL OR boundary_day BETWEEN 1 AND 31", name="boundary_range"),
    CheckConstraint("(term_months IS NULL) = (term_days IS NULL)", name="term"),
    CheckConstraint(
        "(source_kind IS NOT NULL AND source_kind = 'work-order-line') = (work_order_line_id IS NOT NULL)",
        name="work_order",
    ),
    CheckConstraint(
        "(source_kind IS NOT NULL AND source_kind = 'external')"
        " = (external_system IS NOT NULL AND external_reference IS NOT NULL)",
        name="external",
    ),
)

state_period = _table(
    "state_period",
    _id(),
    _link("asset_id", "asset", index=False),
    *_span(),
    Column("quantity", QUANTITY, nullable=False),
    Column("amount", BigInteger),
    Column("mrr", BigInteger, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("asset_id", "start"),
    CheckConstraint("quantity >= 0", name="quantity"),
    Index("ix_state_period_start_end", "start", "end"),
)

action = _table(
    "action",
    _id(),
    _link("asset_id", "asset", index=False),
    Column("sequence", Integer, nullable=False),
    _link("order_item_id", "order_item", nullable=True, unique=True),
    _link("undoes_id", "action", nullable=True, unique=True),
    Column("action_date", Date, nullable=False),
    Column("effective_date", Date, nullable=False, index=True),
    _word("category", Category),
    _word("type", ActionType),
    Column("quantity_change", QUANTITY, nullable=False),
    Column("amount_change", BigInteger, nullable=False),
    Column("mrr_change", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("asset_id", "sequence"),
)

action_source = _table(
    "action_source",
    _id(),
    _link("action_id", "action"),
    _word("kind", SourceKind),
    _link("order_item_id", "order_item", nullable=True),
    _link("work_order_line_id", "work_order_line", nullable=True),
    Column("external_system", String(80)),
    Column("external_reference", String(255)),
    *_span(),
    Column("quantity", QUANTITY, nullable=False),
    Column("product_amount", BigInteger, nullable=False),
    Column("adjustment", BigInteger, nullable=False),
    Column("estimated_tax", BigInteger, nullable=False),
    Column("actual_tax", BigInteger, nullable=False),
    CheckConstraint("(kind = 'order-item') = (order_item_id IS NOT NULL)", name="order_item"),
    CheckConstraint("(kind = 'work-order-line') = (work_order_line_id IS NOT NULL)", name="work_order"),
    CheckConstraint(
        "(kind = 'external') = (external_system IS NOT NULL AND external_reference IS NOT NULL)", name="external"
    ),
)

billing_group = _table("billing_group", _id(), _link("asset_id", "asset", unique=True))

billing_schedule = _table(
    "billing_schedule",
    _id(),
    _link("group_id", "billing_group"),
    _link("order_item_id", "order_item", unique=True),
    _word("category", ScheduleCategory),
    *_span(),
    Column("total", BigInteger),
)

invoice = _table(
    "invoice",
    _id(),
    Column("number", String(80), unique=True),
    _link("account_id", "account"),
    _word("status", InvoiceStatus),
    Column("invoice_date", Date, nullable=False, index=True),
    Column("due_date", Date, nullable=False),
    Column("target_date", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    _link("order_id", "sales_order", nullable=True),
    _link("charge_invoice_id", "invoice", nullable=True),
    _link("voids_id", "invoice", nullable=True, index=False),
    Column("request_id", String(40), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("due_date >= invoice_date", name="due"),
    CheckConstraint("(status IN ('Draft', 'Error', 'Canceled')) = (number IS NULL)", name="number"),
    CheckConstraint("voids_id IS NULL OR status = 'Posted'", name="mirror"),
    Index("ix_invoice_voids_id", "voids_id", unique=True, **_only_where("voids_id IS NOT NULL")),
)

invoice_line = _table(
    "invoice_line",
    _id(),
    _link("invoice_id", "invoice", index=False),
    Column("line", Integer, nullable=False),
    _word("type", LineType),
    Column("description", String(400), nullable=False),
    *_span(nullable_end=False),
    Column("quantity", QUANTITY, nullable=False),
    Column("unit_price", PRICE, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("tax_category", String(80), nullable=False, server_default=""),
    Column("tax_rate", PERCENT),
    _link("charge_line_id", "invoice_line", nullable=True),
    _link("order_item_id", "order_item"),
    _link("asset_id", "asset"),
    UniqueConstraint("invoice_id", "line"),
    CheckConstraint("(type = 'Tax') = (charge_line_id IS NOT NULL)", name="tax"),
)

credit_memo = _table(
    "credit_memo",
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    _link("account_id", "account"),
    _link("invoice_id", "invoice", nullable=True),
    _word("reason", MemoReason),
    Column("memo_date", Date, nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("request_id", String(40), nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

credit_memo_line = _table(
    "credit_memo_line",
    _id(),
    _link("memo_id", "credit_memo", index=False),
    Column("line", Integer, nullable=False),
    _word("type", LineType),
    Column("description", String(400), nullable=False),
    *_span(nullable_end=False),
    Column("amount", BigInteger, nullable=False),
    Column("tax_category", String(80), nullable=False, server_default=""),
    Column("tax_rate", PERCENT),
    _link("invoice_line_id", "invoice_line", nullable=True),
    _link("order_item_id", "order_item", nullable=True),
    _link("asset_id", "asset", nullable=True),
    UniqueConstraint("memo_id", "line"),
    CheckConstraint("amount >= 0", name="amount"),
)

payment = _table(
    "payment",
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    _link("account_id", "account"),
    Column("currency", String(3), nullable=False),
    Column("day", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("reference", String(255), nullable=False, server_default=""),
    Column("request_id", String(40), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
)

settlement = _table(
    "settlement",
    _id(),
    _link("invoice_line_id", "invoice_line"),
    _link("payment_id", "payment", nullable=True),
    _link("memo_id", "credit_memo", nullable=True),
    _link("mirror_id", "invoice", nullable=True, index=False),
    Column("day", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint(
        "CASE WHEN payment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN memo_id IS NULL THEN 0 ELSE 1 END"
        " + CASE WHEN mirror_id IS NULL THEN 0 ELSE 1 END = 1",
        name="document",
    ),
    CheckConstraint("amount <> 0", name="amount"),
)

refund = _table(
    "refund",
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    _link("memo_id", "credit_memo", nullable=True),
    _link("payment_id", "payment", nullable=True),
    Column("day", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("request_id", String(40), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(memo_id IS NULL) <> (payment_id IS NULL)", name="document"),
)

invoice_hold = _table(
    "invoice_hold",
    _id(),
    _link("account_id", "account", nullable=True, index=False),
    _link("asset_id", "asset", nullable=True, index=False),
    Column("set_on", Date, nullable=False),
    Column("until", Date),
    Column("reason", Text, nullable=False, server_default=""),
    Column("released_on", Date),
    Column("request_id", String(40), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("(account_id IS NULL) <> (asset_id IS NULL)", name="thing"),
    Index("ix_invoice_hold_account_id_open", "account_id", unique=True, **_ONLY_OPEN),
    Index("ix_invoice_hold_asset_id_open", "asset_id", unique=True, **_ONLY_OPEN),
)

billing_item = _table(
    "billing_item",
    _id(),
    _link("schedule_id", "billing_schedule", index=False),
    _word("kind", ItemKind, server_default=ItemKind.CHARGE.value),
    *_span(nullable_end=False),
    Column("billing_date", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("quantity", QUANTITY),
    _link("credits_id", "billing_item", nullable=True, index=False),
    _link("invoice_line_id", "invoice_line", nullable=True, unique=True),
    _link("memo_line_id", "credit_memo_line", nullable=True, unique=True),
    CheckConstraint("kind <> 'credit' OR amount <= 0", name="credit"),
    CheckConstraint("invoice_line_id IS NULL OR memo_line_id IS NULL", name="paper"),
    Index("ix_billing_item_schedule_id_start", "schedule_id", "start"),
    Index("ix_billing_item_billing_date_schedule_id", "billing_date", "schedule_id"),
    # A row that is deleted is looked for among those that credit one: without an index, in the whole table.
    Index("ix_billing_item_credits_id", "credits_id", **_only_where("credits_id IS NOT NULL")),
)

usage_price = _table(
    "usage_price",
    _id(),
    _link("product_id", "product", index=False),
    Column("currency", String(3), nullable=False),
    Column("start", Date, nullable=False),
    _word("model", UsageModel),
    Column("scheme", JSON, nullable=False),
    UniqueConstraint("product_id", "currency", "start"),
)

usage_record = _table(
    "usage_record",
    _id(),
    _link("asset_id", "asset", index=False),
    Column("key", String(255), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    Column("quantity", QUANTITY, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("recorded_at", Instant, nullable=False),
    _link("item_id", "billing_item", nullable=True, index=False),
    UniqueConstraint("asset_id", "key", "revision"),
    CheckConstraint("revision >= 0", name="revision"),
    CheckConstraint("quantity >= 0", name="quantity"),
    Index("ix_usage_record_item_id_asset_id_day", "item_id", "asset_id", "day"),
    Index("ix_usage_record_asset_id_day", "asset_id", "day"),
)

exchange_rate = _table(
    "exchange_rate",
    _id(),
    Column("currency", String(3), nullable=False),
    Column("to_currency", String(3), nullable=False),
    Column("start", Date, nullable=False),
    Column("rate", EXCHANGE, nullable=False),
    UniqueConstraint("currency", "to_currency", "start"),
    CheckConstraint("rate > 0", name="rate"),
    CheckConstraint("currency <> to_currency", name="currencies"),
)

custom_field = _table(
    "custom_field",
    _id(),
    _word("object", FieldObject),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("label", String(LONGEST_LABEL), nullable=False),
    _word("type", FieldType),
    Column("choices", JSON, nullable=False),
    Column("retired", JSON, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
    UniqueConstraint("object", "name"),
    CheckConstraint("name <> '' AND label <> ''", name="name"),
)

field_value = _table(
    "field_value",
    Column("field_id", BigInteger, ForeignKey("custom_field.id"), primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("text", String(LONGEST_TEXT)),
    Column("number", QUANTITY),
    Column("day", Date),
    Column("flag", Boolean),
    CheckConstraint(
        "CASE WHEN text IS NULL THEN 0 ELSE 1 END + CASE WHEN number IS NULL THEN 0 ELSE 1 END"
        " + CASE WHEN day IS NULL THEN 0 ELSE 1 END + CASE WHEN flag IS NULL THEN 0 ELSE 1 END = 1",
        name="one",
    ),
    *(
        Index(f"ix_field_value_field_id_{column}", "field_id", column, **_only_where(f"{column} IS NOT NULL"))
        for column in ("text", "number", "day", "flag")
    ),
)
"""What records say in fields of one's own; `record_id` is a row of the table of the field's object."""

selling_model = _table(
    "selling_model",
    _id(),
    Column("name", String(255), nullable=False),
    _word("model", SellingModel),
    _word("price_unit", PriceUnit),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("(model = 'one-time') = (price_unit = 'once')", name="once"),
)
"""Names that programs give to ways of selling; how a product is sold stands at the product."""

token = _table(
    "token",
    _id(),
    Column("name", String(80), nullable=False),
    Column("role", String(40), nullable=False),
    Column("secret_hash", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    CheckConstraint("name <> ''", name="name"),
    Index("ix_token_name_open", "name", unique=True, **_only_where("revoked_at IS NULL")),
)
"""Keys of programs that come through the REST door; of the secret itself only a hash is kept."""

role = _table(
    "role",
    Column("name", String(40), primary_key=True),
    Column("permissions", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)
"""What roles may do (`permissions`), and the `fields` that are hidden from them (hide) or theirs to see alone (read).

A role of the beginning that was never set otherwise has no row."""

login = _table(
    "login",
    _id(),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(40), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)
"""People who say who they are; of the password only a hash is kept. Where there is none, nobody is asked."""

audit = _table(
    "audit",
    _id(),
    Column("at", Instant, nullable=False, index=True),
    Column("who", String(80), nullable=False),
    Column("role", String(40), nullable=False),
    Column("door", String(40), nullable=False),
    Column("use_case", String(80), nullable=False),
    Column("request_id", String(40), nullable=False),
    Column("request", Text, nullable=False),
    Column("records", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Who did what, one row after the other; each bears the hash of the row before it, and none is ever changed."""

answer = _table(
    "answer",
    Column("token_id", BigInteger, ForeignKey("token.id"), primary_key=True, autoincrement=False),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("answered_at", Instant, nullable=False),
)
"""What a request with an idempotency key was answered, so that its repeats are answered the same and happen once."""

event = _table(
    "event",
    _id(),
    Column("name", String(60), nullable=False, index=True),
    Column("request_id", String(40), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("payload", JSON, nullable=False),
)

job = _table(
    "job",
    _id(),
    Column("request_id", String(40), nullable=False),
    _link("token_id", "token", nullable=True, index=False),
    Column("path", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("answer", Text),
    Column("errors", JSON),
    CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name="status"),
    UniqueConstraint("request_id"),
    Index("ix_job_open", "id", **_only_where("ended_at IS NULL")),
)
"""Calls that were answered before they are done: what was asked, how far it is, and what became of it."""

ingest = _table(
    "ingest",
    _id(),
    _link("token_id", "token", nullable=True),
    Column("object", String(80), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("key_field", String(80), nullable=False),
    Column("delimiter", String(20), nullable=False),
    Column("line_end", String(4), nullable=False),
    Column("state", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("data", LargeBinary),
    Column("rows_done", BigInteger, nullable=False),
    Column("rows_failed", BigInteger, nullable=False),
    CheckConstraint("operation IN ('insert', 'update', 'upsert')", name="operation"),
    CheckConstraint(
        "state IN ('Open', 'UploadComplete', 'InProgress', 'JobComplete', 'Failed', 'Aborted')", name="state"
    ),
    CheckConstraint("rows_failed >= 0 AND rows_failed <= rows_done", name="rows"),
    Index("ix_ingest_open", "id", **_only_where("state IN ('UploadComplete', 'InProgress')")),
)
"""Loads of many records: the CSV that was brought, and how many of its rows are done."""

ingest_row = _table(
    "ingest_row",
    Column("ingest_id", BigInteger, ForeignKey("ingest.id"), primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("record", String(18)),
    Column("created", Boolean, nullable=False),
    Column("error", Text),
    CheckConstraint("(record IS NULL) <> (error IS NULL)", name="outcome"),
)
"""What became of each row of a load that is done, counted from 1: the record's public id, or why there is none."""

webhook = _table(
    "webhook",
    _id(),
    Column("name", String(80), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("role", String(40), nullable=False),
    Column("secret", String(80), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("place", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", Instant),
    Column("told_at", Instant),
    Column("dead_at", Instant),
    Column("error", Text, nullable=False),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("tries >= 0", name="tries"),
    Index("ix_webhook_name_open", "name", unique=True, **_only_where("removed_at IS NULL")),
)
"""Addresses that events are sent to, and how far each has come: `place` is the last replay id that it took. The secret
signs what is sent, so it is kept as it is."""

override = _table(
    "override",
    _id(),
    Column("request_id", String(40), nullable=False),
    Column("code", String(60), nullable=False),
    Column("message", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("reason <> ''", name="reason"),
)


def _made(name: str, target: str) -> Column[int]:
    return _link(name, target, nullable=True, index=False)


_MADE = ("order_item_id", "usage_record_id", "payment_id", "account_id", "product_id", "price_entry_id")

import_row = _table(
    "import_row",
    _id(),
    _link("batch_id", "import_batch"),
    Column("system", String(80), nullable=False),
    Column("natural_key", Text),
    Column("content_key", String(64)),
    _made("order_item_id", "order_item"),
    _made("usage_record_id", "usage_record"),
    _made("payment_id", "payment"),
    _made("account_id", "account"),
    _made("product_id", "product"),
    _made("price_entry_id", "price_entry"),
    _withdrawn(),
    UniqueConstraint("system", "natural_key", "withdrawn"),
    CheckConstraint(
        " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _MADE) + " = 1",
        name="made",
    ),
    CheckConstraint("(natural_key IS NULL) = (content_key IS NULL)", name="keys"),
    *(Index(f"ix_import_row_{name}", name, **_only_where(f"{name} IS NOT NULL")) for name in _MADE),
)
"""Each record that a batch of files made. Rows of files that are known by their keys when they come again have these;
accounts, products and prices are known by what the store holds of them, and have none."""

import_edit = _table(
    "import_edit",
    _id(),
    _link("batch_id", "import_batch"),
    Column("kind", String(20), nullable=False),
    Column("record_id", BigInteger, nullable=False),
    Column("name", String(80), nullable=False),
    Column("before", Text, nullable=False),
    Column("now", Text, nullable=False),
    CheckConstraint("kind IN ('account', 'product', 'price')", name="kind"),
)
"""What a batch of files changed of accounts, products and their list prices; `record_id` is the account or product."""

rollup = Table(
    "rollup",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("ran_at", Instant, nullable=False),
    Column("assets", BigInteger, nullable=False),
)

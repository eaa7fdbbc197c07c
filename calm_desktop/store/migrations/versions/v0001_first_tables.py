"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the first version."""
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=80), server_default="", nullable=False),
        sa.Column("bill_to", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_profile", sa.String(length=80), server_default="", nullable=False),
        sa.Column("bill_day", sa.Integer(), nullable=True),
        sa.Column("payment_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column("invoice_by", sa.String(length=10), server_default="account", nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.CheckConstraint("invoice_by IN ('account', 'order')", name=op.f("ck_account_invoice_by")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_account_name")),
        sa.CheckConstraint("bill_day IS NULL OR bill_day BETWEEN 1 AND 31", name=op.f("ck_account_bill_day")),
        sa.CheckConstraint("payment_days BETWEEN 0 AND 3650", name=op.f("ck_account_payment_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("number", name=op.f("uq_account_number")),
    )
    op.create_index(op.f("ix_account_name"), "account", ["name"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_name"), "event", ["name"], unique=False)
    op.create_index(op.f("ix_event_request_id"), "event", ["request_id"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "read = new + changed + same + skipped + cancelled + rejected", name=op.f("ck_import_batch_counts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "override",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_override_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("selling_model", sa.String(length=40), nullable=False),
        sa.Column("price_unit", sa.String(length=40), nullable=False),
        sa.Column("tax_category", sa.String(length=80), server_default="", nullable=False),
        sa.Column("family", sa.String(length=80), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('subscription', 'physical', 'usage', 'professional-service', 'aftermarket-service')",
            name=op.f("ck_product_kind"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_product_name")),
        sa.CheckConstraint(
            "price_unit IN ('month', 'quarter', 'half-year', 'year', 'once')", name=op.f("ck_product_price_unit")
        ),
        sa.CheckConstraint("selling_model <> 'evergreen' OR price_unit <> 'once'", name=op.f("ck_product_evergreen")),
        sa.CheckConstraint("selling_model <> 'one-time' OR price_unit = 'once'", name=op.f("ck_product_one_time")),
        sa.CheckConstraint("selling_model IN ('term', 'evergreen', 'one-time')", name=op.f("ck_product_selling_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("code", name=op.f("uq_product_code")),
    )
    op.create_index(op.f("ix_product_name"), "product", ["name"], unique=False)
    op.create_table(
        "rollup",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assets", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_rollup")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "tax_rate",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("profile", sa.String(length=80), server_default="", nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rate >= 0 AND rate <= 10000000", name=op.f("ck_tax_rate_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint("category", "profile", "start", name=op.f("uq_tax_rate_category_profile_start")),
    )
    op.create_table(
        "work_order",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
        sa.UniqueConstraint("number", name=op.f("uq_work_order_number")),
    )
    op.create_table(
        "asset",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lifecycle_start", sa.Date(), nullable=False),
        sa.Column("lifecycle_end", sa.Date(), nullable=True),
        sa.Column("renewal_term", sa.Integer(), nullable=True),
        sa.Column("renewal_term_unit", sa.String(length=40), nullable=True),
        sa.Column("renewal_pricing", sa.String(length=40), nullable=True),
        sa.Column("current_on", sa.Date(), nullable=False),
        sa.Column("current_quantity", sa.BigInteger(), nullable=False),
        sa.Column("current_amount", sa.BigInteger(), nullable=False),
        sa.Column("current_mrr", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_asset_name")),
        sa.CheckConstraint("renewal_pricing IN ('last', 'list')", name=op.f("ck_asset_renewal_pricing")),
        sa.CheckConstraint("renewal_term_unit IN ('months', 'years')", name=op.f("ck_asset_renewal_term_unit")),
        sa.CheckConstraint("(renewal_term IS NULL) = (renewal_term_unit IS NULL)", name=op.f("ck_asset_renewal_unit")),
        sa.CheckConstraint("lifecycle_end IS NULL OR lifecycle_end >= lifecycle_start", name=op.f("ck_asset_span")),
        sa.CheckConstraint("renewal_term IS NULL OR renewal_term > 0", name=op.f("ck_asset_renewal_term")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_asset_account_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_asset_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("number", name=op.f("uq_asset_number")),
    )
    op.create_index(op.f("ix_asset_account_id"), "asset", ["account_id"], unique=False)
    op.create_index(op.f("ix_asset_name"), "asset", ["name"], unique=False)
    op.create_index(op.f("ix_asset_product_id"), "asset", ["product_id"], unique=False)
    op.create_table(
        "price_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_price_entry_unit_price")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_price_entry_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_entry")),
        sa.UniqueConstraint("product_id", "currency", "start", name=op.f("uq_price_entry_product_id_currency_start")),
    )
    op.create_table(
        "sales_order",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('New', 'Amend', 'Renew', 'Cancel')", name=op.f("ck_sales_order_kind")),
        sa.CheckConstraint("status IN ('Draft', 'Activated')", name=op.f("ck_sales_order_status")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sales_order_account_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_sales_order_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_order_number")),
    )
    op.create_index(op.f("ix_sales_order_account_id"), "sales_order", ["account_id"], unique=False)
    op.create_index(op.f("ix_sales_order_batch_id"), "sales_order", ["batch_id"], unique=False)
    op.create_table(
        "work_order_line",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("work_order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], name=op.f("fk_work_order_line_work_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order_line")),
        sa.UniqueConstraint("work_order_id", "line", name=op.f("uq_work_order_line_work_order_id_line")),
    )
    op.create_table(
        "billing_group",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_billing_group_asset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_group")),
        sa.UniqueConstraint("asset_id", name=op.f("uq_billing_group_asset_id")),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("target_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("charge_invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status IN ('Draft', 'Error', 'Canceled')) = (number IS NULL)", name=op.f("ck_invoice_number")
        ),
        sa.CheckConstraint(
            "status IN ('Draft', 'Posted', 'Canceled', 'Voided', 'Error')", name=op.f("ck_invoice_status")
        ),
        sa.CheckConstraint("due_date >= invoice_date", name=op.f("ck_invoice_due")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_invoice_account_id")),
        sa.ForeignKeyConstraint(["charge_invoice_id"], ["invoice.id"], name=op.f("fk_invoice_charge_invoice_id")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_invoice_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
    )
    op.create_index(op.f("ix_invoice_account_id"), "invoice", ["account_id"], unique=False)
    op.create_index(op.f("ix_invoice_charge_invoice_id"), "invoice", ["charge_invoice_id"], unique=False)
    op.create_index(op.f("ix_invoice_invoice_date"), "invoice", ["invoice_date"], unique=False)
    op.create_index(op.f("ix_invoice_order_id"), "invoice", ["order_id"], unique=False)
    op.create_table(
        "order_item",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("asset_name", sa.String(length=255), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("price_unit", sa.String(length=40), nullable=False),
        sa.Column("selling_model", sa.String(length=40), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("frequency", sa.String(length=40), nullable=False),
        sa.Column("timing", sa.String(length=40), nullable=False),
        sa.Column("boundary", sa.String(length=40), nullable=False),
        sa.Column("boundary_day", sa.Integer(), nullable=True),
        sa.Column("partial", sa.String(length=40), nullable=False),
        sa.Column("remainder", sa.String(length=40), nullable=False),
        sa.Column("tax_category", sa.String(length=80), server_default="", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("source_kind", sa.String(length=40), nullable=True),
        sa.Column("work_order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("external_system", sa.String(length=80), nullable=True),
        sa.Column("external_reference", sa.String(length=255), nullable=True),
        sa.CheckConstraint("(boundary = 'day') = (boundary_day IS NOT NULL)", name=op.f("ck_order_item_boundary_day")),
        sa.CheckConstraint(
            "(source_kind IS NOT NULL AND source_kind = 'external') = (external_system IS NOT NULL AND external_reference IS NOT NULL)",
            name=op.f("ck_order_item_external"),
        ),
        sa.CheckConstraint(
            "(source_kind IS NOT NULL AND source_kind = 'work-order-line') = (work_order_line_id IS NOT NULL)",
            name=op.f("ck_order_item_work_order"),
        ),
        sa.CheckConstraint(
            "boundary IN ('anniversary', 'calendar', 'day', 'last-day')", name=op.f("ck_order_item_boundary")
        ),
        sa.CheckConstraint(
            "category IN ('Initial Sale', 'Renewals', 'Upsells', 'Downsells', 'Cross-Sells', 'Cancellations', 'Transfers', 'Terms And Conditions Changes', 'Swaps', 'Upgrades', 'Downgrades', 'Other')",
            name=op.f("ck_order_item_category"),
        ),
        sa.CheckConstraint(
            "frequency IN ('monthly', 'quarterly', 'semi-annual', 'annual', 'weekly', 'daily', 'once')",
            name=op.f("ck_order_item_frequency"),
        ),
        sa.CheckConstraint("partial IN ('allowed', 'whole')", name=op.f("ck_order_item_partial")),
        sa.CheckConstraint(
            "price_unit IN ('month', 'quarter', 'half-year', 'year', 'once')", name=op.f("ck_order_item_price_unit")
        ),
        sa.CheckConstraint("remainder IN ('first', 'last')", name=op.f("ck_order_item_remainder")),
        sa.CheckConstraint(
            "selling_model IN ('term', 'evergreen', 'one-time')", name=op.f("ck_order_item_selling_model")
        ),
        sa.CheckConstraint(
            "source_kind IN ('order-item', 'work-order-line', 'external')", name=op.f("ck_order_item_source_kind")
        ),
        sa.CheckConstraint("timing IN ('advance', 'arrears')", name=op.f("ck_order_item_timing")),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_order_item_span")),
        sa.CheckConstraint("(term_months IS NULL) = (term_days IS NULL)", name=op.f("ck_order_item_term")),
        sa.CheckConstraint(
            "boundary_day IS NULL OR boundary_day BETWEEN 1 AND 31", name=op.f("ck_order_item_boundary_range")
        ),
        sa.CheckConstraint("discount BETWEEN 0 AND 1000000", name=op.f("ck_order_item_discount")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_order_item_quantity")),
        sa.CheckConstraint("unit_price >= 0 AND list_price >= 0", name=op.f("ck_order_item_price")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_order_item_asset_id")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_item_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_order_item_product_id")),
        sa.ForeignKeyConstraint(
            ["work_order_line_id"], ["work_order_line.id"], name=op.f("fk_order_item_work_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_item")),
        sa.UniqueConstraint("order_id", "line", name=op.f("uq_order_item_order_id_line")),
    )
    op.create_index(op.f("ix_order_item_asset_id"), "order_item", ["asset_id"], unique=False)
    op.create_index(op.f("ix_order_item_product_id"), "order_item", ["product_id"], unique=False)
    op.create_index(op.f("ix_order_item_work_order_line_id"), "order_item", ["work_order_line_id"], unique=False)
    op.create_table(
        "state_period",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("mrr", sa.BigInteger(), nullable=False),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_state_period_span")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_state_period_quantity")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_state_period_asset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_period")),
        sa.UniqueConstraint("asset_id", "start", name=op.f("uq_state_period_asset_id_start")),
    )
    op.create_index("ix_state_period_start_end", "state_period", ["start", "end"], unique=False)
    op.create_table(
        "action",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("order_item_id", sa.BigInteger(), nullable=True),
        sa.Column("action_date", sa.Date(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("quantity_change", sa.BigInteger(), nullable=False),
        sa.Column("amount_change", sa.BigInteger(), nullable=False),
        sa.Column("mrr_change", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('Initial Sale', 'Renewals', 'Upsells', 'Downsells', 'Cross-Sells', 'Cancellations', 'Transfers', 'Terms And Conditions Changes', 'Swaps', 'Upgrades', 'Downgrades', 'Other')",
            name=op.f("ck_action_category"),
        ),
        sa.CheckConstraint("type IN ('Generate', 'Change', 'Cancel')", name=op.f("ck_action_type")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_action_asset_id")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name=op.f("fk_action_order_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("asset_id", "sequence", name=op.f("uq_action_asset_id_sequence")),
        sa.UniqueConstraint("order_item_id", name=op.f("uq_action_order_item_id")),
    )
    op.create_index(op.f("ix_action_effective_date"), "action", ["effective_date"], unique=False)
    op.create_table(
        "billing_schedule",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("order_item_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "category IN ('Original', 'AmendQuantity', 'Renewal', 'Cancellation')",
            name=op.f("ck_billing_schedule_category"),
        ),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_billing_schedule_span")),
        sa.ForeignKeyConstraint(["group_id"], ["billing_group.id"], name=op.f("fk_billing_schedule_group_id")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name=op.f("fk_billing_schedule_order_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_schedule")),
        sa.UniqueConstraint("order_item_id", name=op.f("uq_billing_schedule_order_item_id")),
    )
    op.create_index(op.f("ix_billing_schedule_group_id"), "billing_schedule", ["group_id"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.String(length=80), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("order_item_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name=op.f("fk_import_row_order_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
        sa.UniqueConstraint("system", "natural_key", name=op.f("uq_import_row_system_natural_key")),
    )
    op.create_index(op.f("ix_import_row_batch_id"), "import_row", ["batch_id"], unique=False)
    op.create_index(op.f("ix_import_row_order_item_id"), "import_row", ["order_item_id"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=80), server_default="", nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=True),
        sa.Column("charge_line_id", sa.BigInteger(), nullable=True),
        sa.Column("order_item_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(type = 'Tax') = (charge_line_id IS NOT NULL)", name=op.f("ck_invoice_line_tax")),
        sa.CheckConstraint("type IN ('Charge', 'Tax', 'Adjustment')", name=op.f("ck_invoice_line_type")),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_invoice_line_span")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_invoice_line_asset_id")),
        sa.ForeignKeyConstraint(["charge_line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_charge_line_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name=op.f("fk_invoice_line_order_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "line", name=op.f("uq_invoice_line_invoice_id_line")),
    )
    op.create_index(op.f("ix_invoice_line_asset_id"), "invoice_line", ["asset_id"], unique=False)
    op.create_index(op.f("ix_invoice_line_charge_line_id"), "invoice_line", ["charge_line_id"], unique=False)
    op.create_index(op.f("ix_invoice_line_order_item_id"), "invoice_line", ["order_item_id"], unique=False)
    op.create_table(
        "action_source",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("order_item_id", sa.BigInteger(), nullable=True),
        sa.Column("work_order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("external_system", sa.String(length=80), nullable=True),
        sa.Column("external_reference", sa.String(length=255), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("product_amount", sa.BigInteger(), nullable=False),
        sa.Column("adjustment", sa.BigInteger(), nullable=False),
        sa.Column("estimated_tax", sa.BigInteger(), nullable=False),
        sa.Column("actual_tax", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'external') = (external_system IS NOT NULL AND external_reference IS NOT NULL)",
            name=op.f("ck_action_source_external"),
        ),
        sa.CheckConstraint(
            "(kind = 'order-item') = (order_item_id IS NOT NULL)", name=op.f("ck_action_source_order_item")
        ),
        sa.CheckConstraint(
            "(kind = 'work-order-line') = (work_order_line_id IS NOT NULL)", name=op.f("ck_action_source_work_order")
        ),
        sa.CheckConstraint("kind IN ('order-item', 'work-order-line', 'external')", name=op.f("ck_action_source_kind")),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_action_source_span")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_action_source_action_id")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name=op.f("fk_action_source_order_item_id")),
        sa.ForeignKeyConstraint(
            ["work_order_line_id"], ["work_order_line.id"], name=op.f("fk_action_source_work_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_source")),
    )
    op.create_index(op.f("ix_action_source_action_id"), "action_source", ["action_id"], unique=False)
    op.create_index(op.f("ix_action_source_order_item_id"), "action_source", ["order_item_id"], unique=False)
    op.create_index(op.f("ix_action_source_work_order_line_id"), "action_source", ["work_order_line_id"], unique=False)
    op.create_table(
        "billing_item",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("billing_date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_billing_item_span")),
        sa.ForeignKeyConstraint(["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_billing_item_invoice_line_id")),
        sa.ForeignKeyConstraint(["schedule_id"], ["billing_schedule.id"], name=op.f("fk_billing_item_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_item")),
        sa.UniqueConstraint("invoice_line_id", name=op.f("uq_billing_item_invoice_line_id")),
        sa.UniqueConstraint("schedule_id", "start", name=op.f("uq_billing_item_schedule_id_start")),
    )
    op.create_index(
        "ix_billing_item_billing_date_schedule_id", "billing_item", ["billing_date", "schedule_id"], unique=False
    )

"""Changes in an asset's life: what items do, credits, usage, payments and exchange rates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the whole lifecycle needs; items recorded before bring days of service on a grid of their own."""
    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("to_currency", sa.String(length=3), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("currency <> to_currency", name=op.f("ck_exchange_rate_currencies")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rate_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
        sa.UniqueConstraint(
            "currency", "to_currency", "start", name=op.f("uq_exchange_rate_currency_to_currency_start")
        ),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=255), server_default="", nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_payment_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_number")),
    )
    op.create_index(op.f("ix_payment_account_id"), "payment", ["account_id"], unique=False)

    op.create_table(
        "usage_price",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("scheme", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "model IN ('flat', 'graduated', 'volume', 'package', 'percentage')", name=op.f("ck_usage_price_model")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_usage_price_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_price")),
        sa.UniqueConstraint("product_id", "currency", "start", name=op.f("uq_usage_price_product_id_currency_start")),
    )
    op.create_table(
        "usage_record",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_usage_record_revision")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_usage_record_quantity")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_usage_record_asset_id")),
        sa.ForeignKeyConstraint(["item_id"], ["billing_item.id"], name=op.f("fk_usage_record_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_record")),
        sa.UniqueConstraint("asset_id", "key", "revision", name=op.f("uq_usage_record_asset_id_key_revision")),
    )
    op.create_index("ix_usage_record_asset_id_day", "usage_record", ["asset_id", "day"], unique=False)
    op.create_index(
        "ix_usage_record_item_id_asset_id_day", "usage_record", ["item_id", "asset_id", "day"], unique=False
    )

    op.create_table(
        "credit_memo",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("memo_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('given', 'converted', 'unused')", name=op.f("ck_credit_memo_reason")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_credit_memo_account_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_credit_memo_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_memo")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_memo_number")),
    )
    op.create_index(op.f("ix_credit_memo_account_id"), "credit_memo", ["account_id"], unique=False)
    op.create_index(op.f("ix_credit_memo_invoice_id"), "credit_memo", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_credit_memo_memo_date"), "credit_memo", ["memo_date"], unique=False)

    op.create_table(
        "credit_memo_line",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("memo_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=80), server_default="", nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=True),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=True),
        sa.Column("order_item_id", sa.BigInteger(), nullable=True),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("type IN ('Charge', 'Tax', 'Adjustment')", name=op.f("ck_credit_memo_line_type")),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_credit_memo_line_span")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_credit_memo_line_amount")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_credit_memo_line_asset_id")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_credit_memo_line_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(["memo_id"], ["credit_memo.id"], name=op.f("fk_credit_memo_line_memo_id")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name=op.f("fk_credit_memo_line_order_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_memo_line")),
        sa.UniqueConstraint("memo_id", "line", name=op.f("uq_credit_memo_line_memo_id_line")),
    )
    op.create_index(op.f("ix_credit_memo_line_asset_id"), "credit_memo_line", ["asset_id"], unique=False)
    op.create_index(op.f("ix_credit_memo_line_invoice_line_id"), "credit_memo_line", ["invoice_line_id"], unique=False)
    op.create_index(op.f("ix_credit_memo_line_order_item_id"), "credit_memo_line", ["order_item_id"], unique=False)

    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("memo_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["memo_id"], ["credit_memo.id"], name=op.f("fk_refund_memo_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_number")),
    )
    op.create_index(op.f("ix_refund_memo_id"), "refund", ["memo_id"], unique=False)

    op.create_table(
        "settlement",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("memo_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(payment_id IS NULL) <> (memo_id IS NULL)", name=op.f("ck_settlement_document")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_settlement_amount")),
        sa.ForeignKeyConstraint(["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_settlement_invoice_line_id")),
        sa.ForeignKeyConstraint(["memo_id"], ["credit_memo.id"], name=op.f("fk_settlement_memo_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_settlement_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
    )
    op.create_index(op.f("ix_settlement_invoice_line_id"), "settlement", ["invoice_line_id"], unique=False)
    op.create_index(op.f("ix_settlement_memo_id"), "settlement", ["memo_id"], unique=False)
    op.create_index(op.f("ix_settlement_payment_id"), "settlement", ["payment_id"], unique=False)

    with op.batch_alter_table("state_period") as batch_op:
        batch_op.add_column(sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("action") as batch_op:
        batch_op.add_column(sa.Column("undoes_id", sa.BigInteger(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_action_undoes_id"), ["undoes_id"])
        batch_op.create_foreign_key(batch_op.f("fk_action_undoes_id"), "action", ["undoes_id"], ["id"])

    with op.batch_alter_table("billing_item") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=40), server_default="charge", nullable=False))
        batch_op.add_column(sa.Column("quantity", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("credits_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("memo_line_id", sa.BigInteger(), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_billing_item_schedule_id_start"), type_="unique")
        batch_op.create_index("ix_billing_item_schedule_id_start", ["schedule_id", "start"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_billing_item_memo_line_id"), ["memo_line_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_billing_item_memo_line_id"), "credit_memo_line", ["memo_line_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_billing_item_credits_id"), "billing_item", ["credits_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_billing_item_kind"), "kind IN ('charge', 'credit', 'correction', 'usage', 'adjustment')"
        )
        batch_op.create_check_constraint(op.f("ck_billing_item_credit"), "kind <> 'credit' OR amount <= 0")
        batch_op.create_check_constraint(
            op.f("ck_billing_item_paper"), "invoice_line_id IS NULL OR memo_line_id IS NULL"
        )

    with op.batch_alter_table("order_item") as batch_op:
        batch_op.add_column(sa.Column("effect", sa.String(length=40), server_default="covers", nullable=False))
        batch_op.add_column(sa.Column("lead_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("target_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("linked_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("discount_amount", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("anchor", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("mrr_formula", sa.String(length=40), server_default="price", nullable=False))
        batch_op.create_index(batch_op.f("ix_order_item_linked_id"), ["linked_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_item_target_id"), ["target_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_order_item_lead_id"), "order_item", ["lead_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_order_item_linked_id"), "order_item", ["linked_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_order_item_target_id"), "order_item", ["target_id"], ["id"])

    op.execute("UPDATE order_item SET anchor = start")
    op.execute(
        "UPDATE order_item SET mrr_formula = 'total-over-term' WHERE EXISTS"
        " (SELECT 1 FROM setting WHERE key = 'mrr-formula' AND value = 'total-over-term')"
    )
    with op.batch_alter_table("order_item") as batch_op:
        batch_op.alter_column("anchor", existing_type=sa.Date(), nullable=False)
        batch_op.drop_constraint(op.f("ck_order_item_quantity"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_order_item_quantity"), "quantity <> 0 OR effect IN ('ends', 'undoes')"
        )
        batch_op.drop_constraint(op.f("ck_order_item_discount"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_order_item_discount"), "discount BETWEEN 0 AND 1000000 AND discount_amount >= 0"
        )
        batch_op.create_check_constraint(op.f("ck_order_item_target"), "(effect = 'covers') = (target_id IS NULL)")
        batch_op.create_check_constraint(op.f("ck_order_item_anchor"), "anchor <= start")
        batch_op.create_check_constraint(
            op.f("ck_order_item_effect"), "effect IN ('covers', 'adds', 'pauses', 'lowers', 'ends', 'undoes')"
        )
        batch_op.create_check_constraint(
            op.f("ck_order_item_mrr_formula"), "mrr_formula IN ('price', 'total-over-term')"
        )

"""After posting: voids by a mirror, money on account, refunds of it, invoice holds; fields of one's own; a logo."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what takes a posted invoice back and what keeps a run from making one; rows that exist stay as they are."""
    with op.batch_alter_table("invoice") as batch_op:
        batch_op.add_column(sa.Column("voids_id", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_invoice_voids_id",
            ["voids_id"],
            unique=True,
            sqlite_where=sa.text("voids_id IS NOT NULL"),
            postgresql_where=sa.text("voids_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_invoice_voids_id"), "invoice", ["voids_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_invoice_mirror"), "voids_id IS NULL OR status = 'Posted'")

    with op.batch_alter_table("settlement") as batch_op:
        batch_op.add_column(sa.Column("mirror_id", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_settlement_mirror_id"), "invoice", ["mirror_id"], ["id"])
        batch_op.drop_constraint(op.f("ck_settlement_document"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_settlement_document"),
            "CASE WHEN payment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN memo_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN mirror_id IS NULL THEN 0 ELSE 1 END = 1",
        )

    with op.batch_alter_table("refund") as batch_op:
        batch_op.alter_column("memo_id", existing_type=sa.BigInteger(), nullable=True)
        batch_op.add_column(sa.Column("payment_id", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_refund_payment_id"), ["payment_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_refund_payment_id"), "payment", ["payment_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_refund_document"), "(memo_id IS NULL) <> (payment_id IS NULL)")

    op.create_table(
        "invoice_hold",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(account_id IS NULL) <> (asset_id IS NULL)", name=op.f("ck_invoice_hold_thing")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_invoice_hold_account_id")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_invoice_hold_asset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_hold")),
    )
    for thing in ("account_id", "asset_id"):
        op.create_index(
            f"ix_invoice_hold_{thing}_open",
            "invoice_hold",
            [thing],
            unique=True,
            sqlite_where=sa.text("released_on IS NULL"),
            postgresql_where=sa.text("released_on IS NULL"),
        )

    op.create_table(
        "custom_field",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("retired", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> '' AND label <> ''", name=op.f("ck_custom_field_name")),
        sa.CheckConstraint("object IN ('account', 'product', 'order', 'asset')", name=op.f("ck_custom_field_object")),
        sa.CheckConstraint("type IN ('text', 'number', 'date', 'choice', 'yes-no')", name=op.f("ck_custom_field_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("object", "name", name=op.f("uq_custom_field_object_name")),
    )
    op.create_table(
        "field_value",
        sa.Column("field_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(length=255), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("flag", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN text IS NULL THEN 0 ELSE 1 END + CASE WHEN number IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN day IS NULL THEN 0 ELSE 1 END + CASE WHEN flag IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_field_value_one"),
        ),
        sa.ForeignKeyConstraint(["field_id"], ["custom_field.id"], name=op.f("fk_field_value_field_id")),
        sa.PrimaryKeyConstraint("field_id", "record_id", name=op.f("pk_field_value")),
    )
    for column in ("text", "number", "day", "flag"):
        op.create_index(
            f"ix_field_value_field_id_{column}",
            "field_value",
            ["field_id", column],
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    # SQLite would write a column that is added behind the table's constraints.
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("order_item", recreate=recreate) as batch_op:
        batch_op.add_column(sa.Column("asset_fields", sa.JSON(), nullable=True))
    op.create_table(
        "setting_file",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting_file")),
    )
    op.create_index(
        "ix_billing_item_credits_id",
        "billing_item",
        ["credits_id"],
        sqlite_where=sa.text("credits_id IS NOT NULL"),
        postgresql_where=sa.text("credits_id IS NOT NULL"),
    )

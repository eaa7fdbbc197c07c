"""Imports: what files bring, what another system has billed, and how a batch is taken back."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what says which batch made what, and what is withdrawn with it; rows that exist stay as they are."""
    # SQLite would write a column that is added behind the table's constraints.
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("order_item", recreate=recreate) as batch_op:
        batch_op.add_column(sa.Column("billed_elsewhere", sa.Boolean(), server_default=sa.false(), nullable=False))
    for table, names in (
        ("account", ["number"]),
        ("product", ["code"]),
        ("price_entry", ["product_id", "currency", "start"]),
        ("import_row", ["system", "natural_key"]),
    ):
        called = f"uq_{table}_{'_'.join(names)}"
        with op.batch_alter_table(table, recreate=recreate) as batch_op:
            batch_op.add_column(sa.Column("withdrawn", sa.BigInteger(), server_default="0", nullable=False))
            batch_op.drop_constraint(op.f(called), type_="unique")
            batch_op.create_unique_constraint(op.f(f"{called}_withdrawn"), [*names, "withdrawn"])
    with op.batch_alter_table("import_batch", recreate=recreate) as batch_op:
        batch_op.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    # What a batch of files made beside the items of orders.
    made = ("order_item_id", "usage_record_id", "payment_id", "account_id", "product_id", "price_entry_id")
    with op.batch_alter_table("import_row") as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_row_order_item_id"))
        for name, length in (("natural_key", None), ("content_key", 64)):
            batch_op.alter_column(name, existing_type=sa.String(length) if length else sa.Text(), nullable=True)
        batch_op.alter_column("order_item_id", existing_type=sa.BigInteger(), nullable=True)
        for name in made[1:]:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
            batch_op.create_foreign_key(batch_op.f(f"fk_import_row_{name}"), name.removesuffix("_id"), [name], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_import_row_made"),
            " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in made) + " = 1",
        )
        batch_op.create_check_constraint(op.f("ck_import_row_keys"), "(natural_key IS NULL) = (content_key IS NULL)")
    for name in made:
        op.create_index(
            f"ix_import_row_{name}",
            "import_row",
            [name],
            sqlite_where=sa.text(f"{name} IS NOT NULL"),
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_table(
        "import_edit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('account', 'product', 'price')", name=op.f("ck_import_edit_kind")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_edit_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_edit")),
    )
    op.create_index(op.f("ix_import_edit_batch_id"), "import_edit", ["batch_id"])

"""Deliveries: calls that are done later, loads of many records, and addresses that events are sent to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the REST door does after it has answered; rows that exist stay as they are."""
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("errors", sa.JSON(), nullable=True),
        sa.CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_status")),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name=op.f("fk_job_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("request_id", name=op.f("uq_job_request_id")),
    )
    op.create_index(
        "ix_job_open",
        "job",
        ["id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "ingest",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.Column("object", sa.String(length=80), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("key_field", sa.String(length=80), nullable=False),
        sa.Column("delimiter", sa.String(length=20), nullable=False),
        sa.Column("line_end", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_failed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("operation IN ('insert', 'update', 'upsert')", name=op.f("ck_ingest_operation")),
        sa.CheckConstraint(
            "state IN ('Open', 'UploadComplete', 'InProgress', 'JobComplete', 'Failed', 'Aborted')",
            name=op.f("ck_ingest_state"),
        ),
        sa.CheckConstraint("rows_failed >= 0 AND rows_failed <= rows_done", name=op.f("ck_ingest_rows")),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name=op.f("fk_ingest_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest")),
    )
    op.create_index(
        "ix_ingest_open",
        "ingest",
        ["id"],
        sqlite_where=sa.text("state IN ('UploadComplete', 'InProgress')"),
        postgresql_where=sa.text("state IN ('UploadComplete', 'InProgress')"),
    )
    op.create_index(op.f("ix_ingest_token_id"), "ingest", ["token_id"])
    op.create_table(
        "ingest_row",
        sa.Column("ingest_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record", sa.String(length=18), nullable=True),
        sa.Column("created", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("(record IS NULL) <> (error IS NULL)", name=op.f("ck_ingest_row_outcome")),
        sa.ForeignKeyConstraint(["ingest_id"], ["ingest.id"], name=op.f("fk_ingest_row_ingest_id")),
        sa.PrimaryKeyConstraint("ingest_id", "line", name=op.f("pk_ingest_row")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_webhook_name")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_webhook_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(
        "ix_webhook_name_open",
        "webhook",
        ["name"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

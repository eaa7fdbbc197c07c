"""What alembic runs: the migrations, on the connection that `bring_up` hands over and inside its transaction."""

from __future__ import annotations

from alembic import context

from calm_desktop.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

"""Alembic runs this; `store.migrate` hands over the connection, inside its own transaction."""

from alembic import context

from htmxnews.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()

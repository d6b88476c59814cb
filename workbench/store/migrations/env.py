"""Runs Alembic's migrations on the connection that open_store hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

import workbench.store.learning.tables  # noqa: F401
import workbench.store.serving.tables  # noqa: F401  the metadata holds its tables, too
import workbench.store.sharing.tables  # noqa: F401
from workbench.store.tables import Table

connection = context.config.attributes.get("connection")
if connection is None:  # the `alembic` command, used by developers
    url = context.config.get_main_option("sqlalchemy.url") or "sqlite://"
    connection = create_engine(url).connect()
context.configure(
    connection=connection, target_metadata=Table.metadata, render_as_batch=True, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()

"""why a trial was dropped"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1c1d5068e196"
down_revision = "66a3ca6c2a78"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: that may drop and copy the table, and dropping it would delete its answers with it.
    op.add_column("trial", sa.Column("note", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("trial", "note")

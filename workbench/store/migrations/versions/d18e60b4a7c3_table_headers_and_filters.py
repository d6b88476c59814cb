"""header rows of passages within tables; filters of questions

Passages from before hold what the model was shown; questions had no filters.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d18e60b4a7c3"
down_revision = "c5a9e3f81d27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passage", sa.Column("header", sa.String(), nullable=False, server_default=""))
    op.add_column("experiment_question", sa.Column("filter", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("experiment_question") as table:
        table.drop_column("filter")
    with op.batch_alter_table("passage") as table:
        table.drop_column("header")

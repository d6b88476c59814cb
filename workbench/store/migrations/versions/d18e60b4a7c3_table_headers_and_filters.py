"""header rows of passages within tables; filters of questions; passages that systems give

Passages from before hold what the model was shown; questions had no filters, and no call was one to a system.
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
    op.add_column("call", sa.Column("passages", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("call") as table:
        table.drop_column("passages")
    with op.batch_alter_table("experiment_question") as table:
        table.drop_column("filter")
    with op.batch_alter_table("passage") as table:
        table.drop_column("header")

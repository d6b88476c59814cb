"""questions of which nobody knows whether the documents answer them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b93d5e07c184"
down_revision = "f3b91c6d20a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("experiment_question") as table:  # nothing refers to its rows
        table.alter_column("answerable", existing_type=sa.Boolean(), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE experiment_question SET answerable = 1 WHERE answerable IS NULL")
    with op.batch_alter_table("experiment_question") as table:
        table.alter_column("answerable", existing_type=sa.Boolean(), nullable=False)

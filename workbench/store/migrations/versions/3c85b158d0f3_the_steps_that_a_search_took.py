"""the steps that a search took"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "3c85b158d0f3"
down_revision = "e81c05b7d3a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_step",
        sa.Column("experiment_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("drops", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("experiment_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("search_step")

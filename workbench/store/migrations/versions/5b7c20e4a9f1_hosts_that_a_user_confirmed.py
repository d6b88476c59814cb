"""hosts that a user confirmed, each for the variable of one key"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "5b7c20e4a9f1"
down_revision = "9d41e7b06c52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "confirmed_host",
        sa.Column("variable", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("confirmed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("variable", "origin"),
    )


def downgrade() -> None:
    op.drop_table("confirmed_host")

"""index for answers by a score, the worst first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e81c05b7d3a4"
down_revision = "d2f7a4c19b60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_score_value",
        "score",
        ["name", "value", "answer_id"],
        sqlite_where=sa.text("value IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_score_value", "score")

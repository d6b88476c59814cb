"""versions of the scores of served answers, so that a better score is not taken for a change of the answers"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "a41d8be07c52"
down_revision = "d5c8a8f1bbf1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "served_request", sa.Column("score_versions", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False)
    )
    # They were scored by versions that nobody kept: "earlier" differs from all.
    op.execute("UPDATE served_request SET score_versions = 'earlier' WHERE scored_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("served_request", "score_versions")

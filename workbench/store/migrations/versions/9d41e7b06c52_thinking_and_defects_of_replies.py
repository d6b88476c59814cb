"""thinking beside replies, and counts of what is wrong with their texts"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "9d41e7b06c52"
down_revision = "3c85b158d0f3"
branch_labels = None
depends_on = None

# What was recorded until now: a flag of answers that were cut, and the kind of error of empty ones.
COUNT = """
UPDATE trial_summary SET defects = coalesce((
    SELECT json_group_object(defect, n) FROM (
        SELECT defect, count(*) AS n FROM (
            SELECT CASE error_kind WHEN 'empty' THEN 'empty' ELSE 'cut_at_max_tokens' END AS defect
            FROM answer
            WHERE answer.trial_id = trial_summary.trial_id AND answer.part = trial_summary.part
              AND (answer.error_kind = 'empty' OR answer.flags LIKE '%"cut_at_max_tokens"%')
        ) GROUP BY defect
    )
), '{}')
"""


def upgrade() -> None:
    # Without a default: null marks the rows whose text may hold thinking.
    op.add_column("call", sa.Column("thinking", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("trial_summary", sa.Column("defects", sa.JSON(), nullable=False, server_default="{}"))
    op.execute(COUNT)


def downgrade() -> None:
    op.drop_column("trial_summary", "defects")
    op.drop_column("call", "thinking")

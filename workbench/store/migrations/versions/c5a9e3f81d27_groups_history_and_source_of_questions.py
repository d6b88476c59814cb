"""groups, earlier turns and source of questions; the number of groups beside figures and comparisons

Rows from before are questions on their own that somebody reviewed: nothing else was asked then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c5a9e3f81d27"
down_revision = "b93d5e07c184"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("source", sa.JSON(), nullable=True),
        sa.Column("group", sa.String(), nullable=True),
        sa.Column("cluster", sa.String(), nullable=False, server_default=""),
        sa.Column("history", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("is_draft", sa.Boolean(), nullable=False, server_default="0"),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("experiment_question", column)
    for table in ("score_summary", "comparison"):
        op.add_column(table, sa.Column("groups", sa.Integer(), nullable=True))
    for table in ("rating", "preference"):  # they copy what was seen
        op.add_column(table, sa.Column("history", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in ("preference", "rating"):
        with op.batch_alter_table(name) as table:
            table.drop_column("history")
    for name in ("score_summary", "comparison"):
        with op.batch_alter_table(name) as table:
            table.drop_column("groups")
    with op.batch_alter_table("experiment_question") as table:
        for column in _columns():
            table.drop_column(column.name)

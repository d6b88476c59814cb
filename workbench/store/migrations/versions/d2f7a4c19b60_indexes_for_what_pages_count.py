"""indexes for what pages count and sum"""

from __future__ import annotations

from alembic import op

revision = "d2f7a4c19b60"
down_revision = "8c0baccdff90"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_answer_counted", "answer", ["trial_id", "state", "part", "refused", "reused", "call_id"])
    op.create_index(
        "ix_call_spent", "call", ["experiment_id", "outcome", "cost_usd", "usage_estimated", "flags"]
    )
    op.create_index(
        "ix_call_spent_when", "call", ["created_at", "outcome", "cost_usd", "usage_estimated", "flags"]
    )
    op.drop_index("ix_call_experiment_id", "call")  # ix_call_spent begins with the same column


def downgrade() -> None:
    op.create_index("ix_call_experiment_id", "call", ["experiment_id"])
    op.drop_index("ix_call_spent_when", "call")
    op.drop_index("ix_call_spent", "call")
    op.drop_index("ix_answer_counted", "answer")

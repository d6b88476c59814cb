"""the chosen baseline, and one correction for all comparisons"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "f3b91c6d20a8"
down_revision = "a4d83f16b2c7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("experiment", sa.Column("baseline", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    # A baseline that was chosen was known by its comparisons alone; the usual one is the first trial.
    op.execute(
        "UPDATE experiment SET baseline = (SELECT comparison.other_id FROM comparison "
        "JOIN trial ON trial.id = comparison.other_id "
        "WHERE comparison.experiment_id = experiment.id AND kind = 'baseline' AND trial.number > 1 LIMIT 1)"
    )
    op.execute("DELETE FROM comparison")  # corrected in two ways until now; computed anew when asked for
    op.execute("ALTER TABLE comparison RENAME COLUMN p_holm TO p_corrected")
    op.add_column("comparison", sa.Column("better_alone", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM comparison")
    op.drop_column("comparison", "better_alone")
    op.execute("ALTER TABLE comparison RENAME COLUMN p_corrected TO p_holm")
    op.drop_column("experiment", "baseline")

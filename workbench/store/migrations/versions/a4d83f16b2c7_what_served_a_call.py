"""the name that a server gave to the model that answered a call"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "a4d83f16b2c7"
down_revision = "5b7c20e4a9f1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null in rows from before: nobody knows any more what served them.
    op.add_column("call", sa.Column("served_model", sqlmodel.sql.sqltypes.AutoString(), nullable=True))


def downgrade() -> None:
    op.drop_column("call", "served_model")

"""what is served and watched: services, requests, checks, alarms and gates; better answers of raters"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '98a2fe752207'
down_revision = 'd18e60b4a7c3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('gate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('candidate', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('base', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('verdict', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('found', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('server',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('host', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('address', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('services', sa.JSON(), nullable=False),
    sa.Column('started_at', sa.Float(), nullable=False),
    sa.Column('seen_at', sa.Float(), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('service',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('winner', sa.JSON(), nullable=True),
    sa.Column('path', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('corpus_path', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('corpus_version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.Float(), nullable=False),
    sa.Column('archived', sa.Boolean(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('alarm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('figure', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('part', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('what', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('since', sa.Float(), nullable=False),
    sa.Column('raised_at', sa.Float(), nullable=False),
    sa.Column('sure', sa.Float(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('requests', sa.JSON(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('muted_until', sa.Float(), nullable=False),
    sa.Column('closed_at', sa.Float(), nullable=False),
    sa.Column('deliveries', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('service_id', 'figure', 'part', 'since')
    )
    op.create_table('served_request',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('service_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('role', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('shadow_of', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('asked_at', sa.Float(), nullable=False),
    sa.Column('user', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('texts', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('question', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('history', sa.JSON(), nullable=False),
    sa.Column('filter', sa.JSON(), nullable=True),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('refused', sa.Boolean(), nullable=False),
    sa.Column('passages', sa.JSON(), nullable=False),
    sa.Column('seen', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('corpus_version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('error_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('flags', sa.JSON(), nullable=False),
    sa.Column('cached', sa.Boolean(), nullable=False),
    sa.Column('served_model', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('cost_usd', sa.Float(), nullable=True),
    sa.Column('input_tokens', sa.Integer(), nullable=False),
    sa.Column('output_tokens', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.Column('stage_seconds', sa.JSON(), nullable=False),
    sa.Column('scored_at', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('served_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_served_request_asked_at'), ['asked_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_served_request_scored_at'), ['scored_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_served_request_seen'), ['seen'], unique=False)
        batch_op.create_index('ix_served_request_service_time', ['service_id', 'asked_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_served_request_shadow_of'), ['shadow_of'], unique=False)

    op.create_table('service_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.Float(), nullable=False),
    sa.Column('finished_at', sa.Float(), nullable=True),
    sa.Column('corpus_version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('found', sa.JSON(), nullable=False),
    sa.Column('message', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('service_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_service_check_service_id'), ['service_id'], unique=False)

    op.create_table('canary_answer',
    sa.Column('check_id', sa.Integer(), nullable=False),
    sa.Column('canary_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('repeat', sa.Integer(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('request', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('refused', sa.Boolean(), nullable=False),
    sa.Column('passages', sa.JSON(), nullable=False),
    sa.Column('scores', sa.JSON(), nullable=False),
    sa.Column('served_model', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('cost_usd', sa.Float(), nullable=True),
    sa.Column('tokens', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['check_id'], ['service_check.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('check_id', 'canary_id', 'repeat')
    )
    op.create_table('served_score',
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['served_request.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('request_id', 'name')
    )
    with op.batch_alter_table('served_score', schema=None) as batch_op:
        batch_op.create_index('ix_served_score_name_value', ['name', 'value', 'request_id'], unique=False)

    with op.batch_alter_table('rating', schema=None) as batch_op:
        batch_op.add_column(sa.Column('better_answer', sqlmodel.sql.sqltypes.AutoString(), server_default='', nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('rating', schema=None) as batch_op:
        batch_op.drop_column('better_answer')

    with op.batch_alter_table('served_score', schema=None) as batch_op:
        batch_op.drop_index('ix_served_score_name_value')

    op.drop_table('served_score')
    op.drop_table('canary_answer')
    with op.batch_alter_table('service_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_service_check_service_id'))

    op.drop_table('service_check')
    with op.batch_alter_table('served_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_served_request_shadow_of'))
        batch_op.drop_index('ix_served_request_service_time')
        batch_op.drop_index(batch_op.f('ix_served_request_seen'))
        batch_op.drop_index(batch_op.f('ix_served_request_scored_at'))
        batch_op.drop_index(batch_op.f('ix_served_request_asked_at'))

    op.drop_table('served_request')
    op.drop_table('alarm')
    op.drop_table('service')
    op.drop_table('server')
    op.drop_table('gate')

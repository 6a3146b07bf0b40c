"""Several processes: who lives, who leads, who has which shard; which interaction a job comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BREAKS_OLDER_PROCESSES = True

TIME = sa.DateTime(timezone=True)
OWNED = sa.text("owner IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_jobs_owner", "jobs")
    op.add_column("jobs", sa.Column("interaction_id", sa.BigInteger()))
    op.create_index("ix_jobs_interaction", "jobs", ["interaction_id"], unique=True)
    op.create_table(
        "processes",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("shard_count", sa.Integer(), nullable=False),
        sa.Column("pins", sa.JSON()),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_processes")),
    )
    op.create_table(
        "leader",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("key_refused", sa.Boolean(), nullable=False),
        sa.Column("no_credit", sa.Boolean(), nullable=False),
        sa.Column("paused_until", TIME),
        sa.CheckConstraint("id = 1", name=op.f("ck_leader_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader")),
    )
    op.create_table(
        "shards",
        sa.Column("shard_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("shard_id", name=op.f("pk_shards")),
    )
    op.create_table(
        "identify_slots",
        sa.Column("rate_limit_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("rate_limit_key", name=op.f("pk_identify_slots")),
    )


def downgrade() -> None:
    for table in ("identify_slots", "shards", "leader", "processes"):
        op.drop_table(table)
    op.drop_index("ix_jobs_interaction", "jobs")
    op.drop_column("jobs", "interaction_id")
    op.create_index("ix_jobs_owner", "jobs", ["owner"], sqlite_where=OWNED, postgresql_where=OWNED)

"""What an erasure still has to do: cards to wipe, posts to look for; and pseudonyms by which erased jobs count for limits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BREAKS_OLDER_PROCESSES = True

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BARE_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
KNOWN = sa.text("limit_ref IS NOT NULL")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("limit_ref", BARE_TEXT))
    op.add_column("jobs", sa.Column("card_outdated", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_jobs_limit_ref",
        "jobs",
        ["guild_id", "limit_ref", "created_at", "state"],
        sqlite_where=KNOWN,
        postgresql_where=KNOWN,
    )
    op.create_table(
        "card_wipes",
        sa.Column("job_key", KEY, autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("token", sa.Text()),
        sa.Column("expires_at", TIME),
        sa.Column("by_requester", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("job_key", name=op.f("pk_card_wipes")),
        sa.ForeignKeyConstraint(
            ["job_key"], ["jobs.key"], name=op.f("fk_card_wipes_job_key_jobs"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "lost_posts",
        sa.Column("job_key", KEY, autoincrement=False, nullable=False),
        sa.Column("posted_job_id", sa.Text()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("since", TIME, nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("job_key", name=op.f("pk_lost_posts")),
        sa.ForeignKeyConstraint(
            ["job_key"], ["jobs.key"], name=op.f("fk_lost_posts_job_key_jobs"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("lost_posts")
    op.drop_table("card_wipes")
    op.drop_index("ix_jobs_limit_ref", "jobs")
    op.drop_column("jobs", "card_outdated")
    op.drop_column("jobs", "limit_ref")

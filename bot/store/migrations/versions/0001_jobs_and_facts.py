"""Jobs and facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BREAKS_OLDER_PROCESSES = True

# Frozen: what this migration makes must not change when the program's enums do.
STATES = (
    "queued",
    "submitting",
    "running",
    "detached",
    "completed",
    "failed",
    "expired",
    "timed_out",
    "unknown",
    "cancelled",
)
REASONS = (
    "refused",
    "misdirected",
    "never_sent",
    "no_answer",
    "generation_failed",
    "no_audio",
    "vanished",
    "deadline",
)
DELIVERIES = ("none", "due", "posting", "delivered", "undeliverable")
RUNGS = ("channel", "interaction", "direct_message", "kept")

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BARE_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def words(column: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=column, length=20, native_enum=False, create_constraint=True)


def partial_index(name: str, column: str, where: str) -> None:
    op.create_index(name, "jobs", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("key", KEY, sa.Identity(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", words("state", STATES), nullable=False),
        sa.Column("job_id", BARE_TEXT),
        sa.Column("job_ref", BARE_TEXT),
        sa.Column("submit_attempts", sa.Integer(), nullable=False),
        sa.Column("submit_after", TIME),
        sa.Column("submitted_at", TIME),
        sa.Column("accepted_at", TIME),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("settled_at", TIME),
        sa.Column("reason", words("reason", REASONS)),
        sa.Column("error", sa.Text()),
        sa.Column("has_song", sa.Boolean(), nullable=False),
        sa.Column("song_url", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("bpm", sa.Float()),
        sa.Column("duration_s", sa.Float()),
        sa.Column("tags", sa.JSON()),
        sa.Column("image_url", sa.Text()),
        sa.Column("interaction_token", sa.Text()),
        sa.Column("interaction_expires_at", TIME),
        sa.Column("card_message_id", sa.BigInteger()),
        sa.Column("delivery", words("delivery", DELIVERIES), nullable=False),
        sa.Column("delivery_attempts", sa.Integer(), nullable=False),
        sa.Column("delivery_after", TIME),
        sa.Column("rung", words("rung", RUNGS)),
        sa.Column("posting_at", TIME),
        sa.Column("post_channel_id", sa.BigInteger()),
        sa.Column("post_message_id", sa.BigInteger()),
        sa.Column("delivered_at", TIME),
        sa.Column("delivery_note", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", TIME),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs")),
        sa.UniqueConstraint("job_id", name=op.f("uq_jobs_job_id")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (state IN ('queued', 'submitting', 'running', 'detached'))",
            name=op.f("ck_jobs_settled_when_final"),
        ),
        sa.CheckConstraint(
            "delivery = 'none' OR settled_at IS NOT NULL", name=op.f("ck_jobs_nothing_due_before_final")
        ),
        sa.CheckConstraint("(owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_jobs_lease_with_owner")),
        sqlite_autoincrement=True,
    )
    partial_index("ix_jobs_open", "state", "state IN ('queued', 'submitting', 'running', 'detached')")
    partial_index("ix_jobs_undelivered", "delivery_after", "delivery IN ('due', 'posting')")
    partial_index("ix_jobs_owner", "owner", "owner IS NOT NULL")
    partial_index("ix_jobs_token", "interaction_expires_at", "interaction_token IS NOT NULL")
    partial_index("ix_jobs_completed", "settled_at", "state = 'completed'")
    op.create_index("ix_jobs_job_ref", "jobs", ["job_ref"])
    op.create_index("ix_jobs_guild", "jobs", ["guild_id", "created_at"])
    op.create_index("ix_jobs_channel", "jobs", ["channel_id", "created_at"])
    op.create_index("ix_jobs_requester", "jobs", ["requester_id", "created_at"])

    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )


def downgrade() -> None:
    op.drop_table("facts")
    op.drop_table("jobs")

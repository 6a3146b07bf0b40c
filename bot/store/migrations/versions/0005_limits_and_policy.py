"""What admins set, the log of their changes, and what limits are counted from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

BREAKS_OLDER_PROCESSES = True

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = sa.text("state IN ('queued', 'submitting', 'running', 'detached', 'completed')")
INDEXES = {
    "ix_jobs_counted": ["created_at", "state"],
    "ix_jobs_counted_guild": ["guild_id", "created_at", "state"],
    "ix_jobs_counted_channel": ["guild_id", "root_channel_id", "created_at", "state"],
    "ix_jobs_counted_member": ["guild_id", "requester_id", "created_at", "state"],
}
OPEN = sa.text("state IN ('queued', 'submitting', 'running', 'detached')")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("root_channel_id", sa.BigInteger()))
    op.add_column("jobs", sa.Column("results_channel_id", sa.BigInteger()))
    for name, columns in INDEXES.items():
        op.create_index(name, "jobs", columns, sqlite_where=COUNTED, postgresql_where=COUNTED)
    change_open_index(["state", "guild_id", "requester_id"])
    op.create_table(
        "policies",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_policies")),
    )
    op.create_table(
        "policy_changes",
        sa.Column("key", KEY, sa.Identity(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undoes", KEY),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_policy_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "policy_proposals",
        sa.Column("key", KEY, sa.Identity(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("based_on", KEY),
        sa.Column("undoes", KEY),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_policy_proposals")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_policy_proposals_guild", "policy_proposals", ["guild_id", "made_at"])
    op.create_index("ix_policy_changes_guild", "policy_changes", ["guild_id", "key"])


def change_open_index(columns: list[str]) -> None:
    op.drop_index("ix_jobs_open", "jobs")
    op.create_index("ix_jobs_open", "jobs", columns, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    change_open_index(["state"])
    op.drop_table("policy_proposals")
    op.drop_table("policy_changes")
    op.drop_table("policies")
    for name in INDEXES:
        op.drop_index(name, "jobs")
    op.drop_column("jobs", "results_channel_id")
    op.drop_column("jobs", "root_channel_id")

"""Songs to find again: lineage, private drafts, words to search, likes, searches, and the servers the bot is in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BREAKS_OLDER_PROCESSES = True

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("jobs", sa.Column("parent_key", KEY))
    op.add_column("jobs", sa.Column("is_private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
    parented = sa.text("parent_key IS NOT NULL")
    op.create_index(
        "ix_jobs_parent", "jobs", ["parent_key"], sqlite_where=parented, postgresql_where=parented
    )
    fill_search_text()

    op.create_table(
        "likes",
        sa.Column("job_key", KEY, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("liked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("job_key", "user_id", name=op.f("pk_likes")),
        sa.ForeignKeyConstraint(
            ["job_key"], ["jobs.key"], name=op.f("fk_likes_job_key_jobs"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_likes_user", "likes", ["user_id"])
    op.create_table(
        "searches",
        sa.Column("key", KEY, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_searches")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_searches_user", "searches", ["user_id"])
    op.create_index("ix_searches_made", "searches", ["made_at"])
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("left_at", TIME),
        sa.Column("erased_at", TIME),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guilds")),
    )
    # So that servers which the bot has left by now are found missing, and erased in time.
    op.execute(
        "INSERT INTO guilds (guild_id, seen_at) SELECT guild_id, max(created_at) FROM jobs GROUP BY guild_id"
    )


def fill_search_text() -> None:
    """Songs from before this version are found by their words too. Neither database folds case as Python does."""
    jobs = sa.table(
        "jobs",
        sa.column("key", KEY),
        sa.column("prompt", sa.Text()),
        sa.column("title", sa.Text()),
        sa.column("tags", sa.JSON()),
        sa.column("search_text", sa.Text()),
    )
    connection = op.get_bind()
    change = (
        sa.update(jobs).where(jobs.c.key == sa.bindparam("row")).values(search_text=sa.bindparam("words"))
    )
    last = 0
    page = sa.select(jobs.c.key, jobs.c.prompt, jobs.c.title, jobs.c.tags).order_by(jobs.c.key).limit(1000)
    while rows := connection.execute(page.where(jobs.c.key > last)).all():
        words = [
            {"row": row.key, "words": "\n".join([row.prompt, row.title or "", *(row.tags or ())]).casefold()}
            for row in rows
        ]
        connection.execute(change, words)
        last = rows[-1].key


def downgrade() -> None:
    op.drop_table("guilds")
    op.drop_table("searches")
    op.drop_table("likes")
    op.drop_index("ix_jobs_parent", "jobs")
    for column in ("search_text", "is_private", "parent_key"):
        op.drop_column("jobs", column)

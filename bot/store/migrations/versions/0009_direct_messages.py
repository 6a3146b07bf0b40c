"""Jobs from direct messages, which have no server."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Older processes cannot read a job without a server, and their statements would leave such jobs undelivered.
BREAKS_OLDER_PROCESSES = True

INDEXES_OF_JOBS = """
    SELECT name, sql FROM sqlite_master
    WHERE type = 'index' AND tbl_name = 'jobs' AND sql IS NOT NULL ORDER BY rowid
"""


def upgrade() -> None:
    op.add_column("card_wipes", sa.Column("channel_id", sa.BigInteger()))
    op.add_column("card_wipes", sa.Column("locale", sa.Text()))
    if op.get_bind().dialect.name == "sqlite":
        _replace_column(sa.Column("guild_id", sa.BigInteger()))
    else:
        op.alter_column("jobs", "guild_id", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    # The version before cannot store them.
    op.execute("DELETE FROM jobs WHERE guild_id IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _replace_column(sa.Column("guild_id", sa.BigInteger(), nullable=False, server_default="0"))
    else:
        op.alter_column("jobs", "guild_id", existing_type=sa.BigInteger(), nullable=False)
    op.drop_column("card_wipes", "locale")
    op.drop_column("card_wipes", "channel_id")


def _replace_column(column: sa.Column[int]) -> None:
    """Give `jobs.guild_id` another definition, which SQLite cannot alter.

    A new table, as Alembic would make, would have the foreign keys of other tables delete their rows.
    """
    # All are made again, in their order: of equally good indexes SQLite takes the one that was made last.
    indexes = op.get_bind().execute(sa.text(INDEXES_OF_JOBS)).all()
    for name, _ in indexes:
        op.drop_index(name, "jobs")
    op.execute("ALTER TABLE jobs RENAME COLUMN guild_id TO old_guild_id")
    op.add_column("jobs", column)
    op.execute("UPDATE jobs SET guild_id = old_guild_id")
    op.drop_column("jobs", "old_guild_id")
    for _, definition in indexes:
        op.execute(sa.text(definition))

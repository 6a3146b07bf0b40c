"""The languages of a job's requester and of posts in its server, and of the answer to an abandoned request."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The columns would not, but policies that are saved from now on have a field `language`, which older processes refuse to read.
BREAKS_OLDER_PROCESSES = True


def upgrade() -> None:
    op.add_column("jobs", sa.Column("locale", sa.Text()))
    op.add_column("jobs", sa.Column("guild_locale", sa.Text()))
    op.add_column("promises", sa.Column("locale", sa.Text()))


def downgrade() -> None:
    op.drop_column("promises", "locale")
    op.drop_column("jobs", "guild_locale")
    op.drop_column("jobs", "locale")

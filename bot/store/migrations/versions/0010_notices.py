"""Messages that the bot sends to a server on its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The table would not, but policies that are saved from now on have fields that older processes refuse to read.
BREAKS_OLDER_PROCESSES = True


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "kind", name=op.f("pk_notices")),
    )


def downgrade() -> None:
    op.drop_table("notices")

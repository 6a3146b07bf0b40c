"""Playlists, choices that members want remembered, covers and audio notes of posts, an index for the chart of a week."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# An older process would not erase what is new here, and knows no list of favorites.
BREAKS_OLDER_PROCESSES = True

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "form_choices",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("genre", sa.Text()),
        sa.Column("mood", sa.Text()),
        sa.Column("tempo", sa.Integer()),
        sa.Column("instrumental", sa.Boolean()),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_form_choices")),
    )
    op.create_table(
        "playlists",
        sa.Column("key", KEY, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_playlists")),
        sa.UniqueConstraint(
            "user_id", "guild_id", "folded_name", name=op.f("uq_playlists_user_id_guild_id_folded_name")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_playlists_guild", "playlists", ["guild_id"])
    op.create_table(
        "playlist_songs",
        sa.Column("playlist_key", KEY, autoincrement=False, nullable=False),
        sa.Column("job_key", KEY, autoincrement=False, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("playlist_key", "job_key", name=op.f("pk_playlist_songs")),
        sa.ForeignKeyConstraint(
            ["playlist_key"],
            ["playlists.key"],
            name=op.f("fk_playlist_songs_playlist_key_playlists"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["job_key"], ["jobs.key"], name=op.f("fk_playlist_songs_job_key_jobs"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_playlist_songs_job", "playlist_songs", ["job_key"])
    op.add_column("jobs", sa.Column("post_cover_url", sa.Text()))
    op.add_column("jobs", sa.Column("audio_note", sa.String(20)))
    op.create_index("ix_likes_liked", "likes", ["liked_at"])


def downgrade() -> None:
    op.drop_index("ix_likes_liked", "likes")
    op.drop_column("jobs", "audio_note")
    op.drop_column("jobs", "post_cover_url")
    op.drop_table("playlist_songs")
    op.drop_table("playlists")
    op.drop_table("form_choices")

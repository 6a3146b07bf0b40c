"""The weekly digest of a server."""

from collections.abc import Sequence
from datetime import timedelta

from bot.discord_io.message import Reply
from bot.discord_io.payloads import job_url
from bot.domain.digest import Week
from bot.domain.jobs import NOBODY
from bot.domain.search import SongListEntry
from bot.replies import chart, formatting
from bot.replies.embed import Colour, build_embed
from bot.replies.locales import _

NOON = timedelta(hours=12)


def message(week: Week, count: int, entries: Sequence[SongListEntry], *, has_picture: bool) -> Reply:
    """How many songs, and the chart of the week; the first line is the same at each attempt to send it.

    `has_picture`: `chart.picture` is sent along.
    """
    headline = _(
        "📅 **Your week in songs: {first} to {last}**",
        # Each reader sees the date in their own time zone: at noon it is the same nearly everywhere.
        first=formatting.timestamp(week.start + NOON, "d"),
        last=formatting.timestamp(week.end - NOON, "d"),
    )
    made = formatting.plural(count, "You made {n} song together.", "You made {n} songs together.")
    embed = build_embed(
        title=_("Most liked last week"),
        colour=Colour.SONG,
        body=[
            chart.ranking(entries, lambda job: job_url(job, reader_id=NOBODY))
            or _("Nobody liked a song last week. To like one, press ❤️ under it.")
        ],
        footer=_("Admins choose the channel with /config digest"),
        cover_url=chart.first_cover(entries),
        picture_name=chart.PICTURE_NAME if has_picture else None,
    )
    return Reply(f"{headline}\n{made}", embeds=(embed,))

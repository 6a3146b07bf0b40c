"""The chart of a server: its most liked songs, with a picture of their likes."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.discord_io.message import Button, Picture, Reply
from bot.discord_io.text_length import clamp
from bot.domain.jobs import Job
from bot.domain.search import ChartPeriod, SongListEntry
from bot.replies import bar_chart, formatting, job_text
from bot.replies.bar_chart import Bar
from bot.replies.buttons import Control, custom_id
from bot.replies.embed import Colour, build_embed
from bot.replies.links import safe_url
from bot.replies.locales import _, number
from bot.replies.songs import show_select
from bot.replies.text import escape_line

MAX_TITLE_UNITS = 60
MAX_URL_CHARS = 120
PICTURE_NAME = "likes.png"

LinkOf = Callable[[Job], str | None]
"""The link to a job's post or card, if the reader has one."""


def chart(
    entries: Sequence[SongListEntry],
    period: ChartPeriod,
    *,
    link_of: LinkOf,
    now: datetime,
    has_picture: bool,
) -> Reply:
    """The chart of a period, most liked first. `has_picture`: `picture` is sent along."""
    title = _("Most liked in the last 7 days") if period is ChartPeriod.WEEK else _("Most liked of all time")
    embed = build_embed(
        title=title,
        colour=Colour.SONG,
        body=[ranking(entries, link_of) or _("Nobody has liked a song yet. To like one, press ❤️ under it.")],
        footer=_("Without private songs, and songs in channels you can't see."),
        cover_url=first_cover(entries),
        picture_name=PICTURE_NAME if has_picture else None,
    )
    other = ChartPeriod.ALL_TIME if period is ChartPeriod.WEEK else ChartPeriod.WEEK
    label = _("Show all time") if other is ChartPeriod.ALL_TIME else _("Show the last 7 days")
    return Reply(
        embeds=(embed,),
        buttons=(Button(custom_id=custom_id(Control.CHART, other.value), label=label, emoji="📅"),),
        selects=(show_select(entries, now),) if entries else (),
    )


def ranking(entries: Sequence[SongListEntry], link_of: LinkOf) -> str:
    """The songs in two lines each; empty without any."""
    return "\n".join(_rank(place, entry, link_of(entry.job)) for place, entry in enumerate(entries, start=1))


def first_cover(entries: Sequence[SongListEntry]) -> str | None:
    """The URL of the cover of the most liked song."""
    return safe_url(entries[0].job.post_cover_url) if entries else None


def picture(entries: Sequence[SongListEntry]) -> Picture | None:
    """A bar for the likes of each song, numbered by place; None without songs. Takes some milliseconds of CPU."""
    if not entries:
        return None
    bars = [
        Bar(label=place, value=entry.likes, is_first=place == 1)
        for place, entry in enumerate(entries, start=1)
    ]
    return Picture(
        PICTURE_NAME,
        bar_chart.draw(bars),
        _("Bar chart of the likes: {values}", values=bar_chart.as_text(bars)),
    )


def _rank(place: int, entry: SongListEntry, url: str | None) -> str:
    """One song in two lines: its place and title; likes, requester, and links to audio and post.

    The title is not the text of a link: a bracket in it, even an escaped one, could end the link early.
    """
    job = entry.job
    song = job.song or job_text.NO_SONG
    name = escape_line(song.title or "") or escape_line(job.prompt) or _("A song without a title")
    audio = safe_url(song.song_url)
    facts = [
        f"♥ {number(entry.likes)}",
        formatting.user_mention(job.requester_id),
        # A longer link could make Discord cut the list.
        job_text.audio_link(audio) if audio and len(audio) <= MAX_URL_CHARS else "",
        # Not the link to a direct message, which is no address outside Discord's own fields.
        f"[{_('Open original')}]({url})" if url and url == safe_url(url) else "",
    ]
    return f"{place}\\. **{clamp(name, MAX_TITLE_UNITS)}**\n{' · '.join(filter(None, facts))}"

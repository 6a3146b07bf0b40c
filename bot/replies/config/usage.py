"""The answer of /config usage, and the warnings before a limit of the whole server is used up."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from bot.discord_io.message import Picture, Reply
from bot.domain.jobs import NOBODY
from bot.domain.policy.limits import LimitUsage
from bot.domain.usage import Usage
from bot.replies import bar_chart, formatting, limits
from bot.replies.bar_chart import Bar
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import _, number
from bot.replies.text import paragraph

MAX_NAMED = 10
ROUNDING = timedelta(seconds=1)


PICTURE_NAME = "usage.png"


def report(usage: Usage, *, is_partial: bool) -> Reply:
    """Who and where the most songs were requested, with `picture`; the file has the rest."""
    total = sum(usage.by_day.values())
    embed = build_embed(
        title=_("Usage of this server"),
        colour=Colour.NEUTRAL,
        body=[
            paragraph(
                formatting.plural(
                    total, "{n} song in {days} days.", "{n} songs in {days} days.", days=len(usage.by_day)
                ),
                _("There were more: these are the newest.") if is_partial else "",
            ),
        ],
        fields=[
            EmbedField(_("Members"), _top(usage.by_member, _member)),
            EmbedField(_("Channels"), _top(usage.by_channel, formatting.channel_mention)),
        ],
        footer=_("Days in {zone}. Failed and canceled songs don't count", zone=usage.zone),
        picture_name=PICTURE_NAME,
    )
    return Reply(embeds=(embed,))


def picture(usage: Usage) -> Picture:
    """A bar for each day, numbered by the day of the month. Takes some milliseconds of CPU."""
    bars = [Bar(label=day.day, value=songs) for day, songs in usage.by_day.items()]
    text = _("Bar chart of the songs per day: {values}", values=bar_chart.as_text(bars))
    return Picture(PICTURE_NAME, bar_chart.draw(bars), text)


def warning(usage: LimitUsage, percent: int) -> Reply:
    """A limit of the whole server is nearly or wholly used up; the first line is the same at each attempt to send it."""
    first = _(
        "⚠️ {percent}% of a limit is used: {limit}.", percent=percent, limit=limits.describe(usage.limit)
    )
    if usage.left or usage.frees_at is None:
        return Reply(f"{first}\n{_('At 100% I refuse requests.')}")
    moment = formatting.timestamp(usage.frees_at + ROUNDING)
    return Reply(f"{first}\n{_('I can take the next request {time}.', time=moment)}")


def _top(counts: Counter[int], name: Callable[[int], str]) -> str:
    lines = [formatting.labelled(name(key), number(songs)) for key, songs in counts.most_common(MAX_NAMED)]
    more = len(counts) - MAX_NAMED
    return "\n".join([*lines, _("and {count} more", count=more) if more > 0 else ""]).strip()


def _member(user_id: int) -> str:
    return _("erased") if user_id == NOBODY else formatting.user_mention(user_id)

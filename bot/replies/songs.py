"""Lists of songs, and the suggestions while somebody types a job ID."""

from collections.abc import Callable
from datetime import datetime

import discord

from bot.discord_io.message import Button, Choice, Reply, Select
from bot.domain.jobs import Job, JobState
from bot.domain.search import Page, PageTarget, SearchScope, SongListEntry, SongQuery, Sort, Stage
from bot.replies import formatting, job_text
from bot.replies.custom_ids import Control, custom_id
from bot.replies.embed import Colour
from bot.replies.links import safe_url
from bot.replies.text import clamp, code, escape_line, plain, utf16_units

MAX_LABEL_UNITS = 100
MAX_TITLE_UNITS = 120
MAX_TEXT_UNITS = 100

_SCOPES = {
    SearchScope.MINE: "Your songs",
    SearchScope.CHANNEL: "Songs of this channel",
    SearchScope.SERVER: "Songs of this server",
}
_COLOURS = {JobState.COMPLETED: Colour.SONG, JobState.CANCELLED: Colour.NEUTRAL}


def page(found: Page, *, link_of: Callable[[Job], str | None], now: datetime) -> Reply:
    """A page of a list. `link_of` leads to where a job's original stands."""
    if not found.total:
        return Reply(f"**{_SCOPES[found.search.query.scope]}**\n{_no_results(found.search.query)}")
    embeds: list[discord.Embed] = []
    shown: set[str] = set()
    for entry in found.entries:
        # Discord draws embeds of the same address as one.
        url = link_of(entry.job) or safe_url((entry.job.song or job_text.NO_SONG).song_url)
        embeds.append(_entry(entry, None if url in shown else url))
        shown.add(url or "")
    return Reply(
        content=f"**{_SCOPES[found.search.query.scope]}** · {_page_position(found)}{_filter_line(found.search.query)}",
        embeds=tuple(embeds),
        buttons=_buttons(found),
        selects=(_select(found, now),),
    )


def suggestion(job: Job, *, now: datetime) -> str:
    """One line of the suggestions for a job ID, plain text of at most 100 characters."""
    tail = f" · {_age(job, now)} · {job_text.STATE_LABELS[job.state]} · {clamp(plain(job.short_id), 20)}"
    return job_text.plain_name(job, MAX_LABEL_UNITS - utf16_units(tail)) + tail


def _page_position(found: Page) -> str:
    songs = "1 song" if found.total == 1 else f"{found.total:,} songs"
    return f"page {found.number} of {found.page_count}, {songs}"


def _filter_line(query: SongQuery) -> str:
    """What was asked for, in the words of the command's options."""
    said = [f"state: {query.stage.value}"]
    if query.sort is Sort.LIKED:
        said.append("most liked first")
    if query.text:
        said.append(f"text: {code(clamp(plain(query.text), MAX_TEXT_UNITS))}")
    if bpm := _range(query.bpm_min, query.bpm_max, lambda value: f"{value:g}"):
        said.append(f"BPM: {bpm}")
    if duration := _range(
        query.duration_min_s, query.duration_max_s, lambda value: formatting.duration(value) or "0:00"
    ):
        said.append(f"duration: {duration}")
    return f"\n{' · '.join(said)}"


def _range(least: float | None, most: float | None, say: Callable[[float], str]) -> str:
    if least is None:
        return "" if most is None else f"up to {say(most)}"
    return f"from {say(least)}" if most is None else f"{say(least)}-{say(most)}"


def _no_results(query: SongQuery) -> str:
    """Nothing was found: which options are worth another try."""
    wider: list[str] = []
    if query.text:
        wider.append("fewer words in `text`")
    if any(bound is not None for bound in (query.bpm_min, query.bpm_max)):
        wider.append("no bounds for the BPM")
    if any(bound is not None for bound in (query.duration_min_s, query.duration_max_s)):
        wider.append("no bounds for the duration")
    if query.stage is not Stage.ALL:
        wider.append("`state: all`")
    if query.scope is not SearchScope.SERVER:
        wider.append("`scope: server`, in a server")
    hint = f"Try {', or '.join(wider)}." if wider else "`/compose` makes the first one."
    return f"No song was found{_filter_line(query)}\n{hint}"


def _entry(entry: SongListEntry, url: str | None) -> discord.Embed:
    job = entry.job
    made = job.song or job_text.NO_SONG
    default = Colour.FAILURE if job.state.is_final else Colour.WORKING
    name = clamp(escape_line(made.title or "") or escape_line(job.prompt), MAX_TITLE_UNITS)
    embed = discord.Embed(
        title=name or "A song without a name",
        url=url,
        colour=int(_COLOURS.get(job.state, default)),
        description="\n".join(map(" · ".join, _entry_lines(entry))),
    )
    if cover := safe_url(made.image_url):
        embed.set_thumbnail(url=cover)
    return embed


def _entry_lines(entry: SongListEntry) -> tuple[list[str], list[str]]:
    """What the song is, and whose; each on a line of its own, so that a narrow screen breaks it nowhere else."""
    job = entry.job
    facts = [f"{fact.value} BPM" if fact.name == "BPM" else fact.value for fact in _figures(job)]
    if job.state is not JobState.COMPLETED:
        facts.append(job_text.STATE_LABELS[job.state])
    if entry.likes:
        facts.append(f"♥ {entry.likes:,}")
    if job.is_private:
        facts.append("private")
    return [*facts, job_text.short_id_code(job)], [
        job_text.user_mention(job.requester_id),
        formatting.timestamp(job.created_at),
    ]


def _figures(job: Job) -> list[job_text.EmbedField]:
    return job_text.song_fields(job.song or job_text.NO_SONG)


def _buttons(found: Page) -> tuple[Button, ...]:
    if found.page_count == 1:
        return ()
    at_start, at_end = found.number == 1, found.number == found.page_count
    return (
        _button(found, "⏮️", "First", PageTarget.FIRST.value, disabled=at_start),
        _button(found, "◀️", "Previous", found.number - 1, disabled=at_start),
        _button(found, "▶️", "Next", found.number + 1, disabled=at_end),
        _button(found, "⏭️", "Last", PageTarget.LAST.value, disabled=at_end),
    )


def _button(found: Page, emoji: str, label: str, goal: str | int, *, disabled: bool) -> Button:
    return Button(
        custom_id=custom_id(Control.SONGS, found.search.key, goal),
        label=label,
        emoji=emoji,
        disabled=disabled,
    )


def _select(found: Page, now: datetime) -> Select:
    choices = tuple(
        Choice(
            label=job_text.plain_name(entry.job, MAX_LABEL_UNITS),
            value=str(entry.job.key),
            description=f"{job_text.STATE_LABELS[entry.job.state]}, {_age(entry.job, now)}",
        )
        for entry in found.entries
    )
    return Select(custom_id=custom_id(Control.SHOW), placeholder="Show one …", choices=choices)


def _age(job: Job, now: datetime) -> str:
    return formatting.age(max(0.0, (now - job.created_at).total_seconds()))

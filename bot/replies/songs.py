"""Pages of /songs list and favorites, and autocompletion of job IDs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

import discord

from bot.discord_io.message import Button, Choice, Reply, Select
from bot.discord_io.text_length import clamp, utf16_units
from bot.domain.jobs import AudioNote, Job, JobState
from bot.domain.search import (
    ChartPeriod,
    Page,
    PageTarget,
    SearchScope,
    SongListEntry,
    SongQuery,
    Sort,
    Stage,
)
from bot.replies import formatting, job_text
from bot.replies.buttons import Control, custom_id
from bot.replies.embed import Colour
from bot.replies.links import safe_url
from bot.replies.locales import N_, _, number, pgettext
from bot.replies.text import code, escape_line, plain

MAX_LABEL_UNITS = 100
MAX_TITLE_UNITS = 120
MAX_TEXT_UNITS = 100

_SCOPES = {
    SearchScope.MINE: N_("Your songs"),
    SearchScope.FAVORITES: N_("Your favorites"),
    SearchScope.CHANNEL: N_("Songs in this channel"),
    SearchScope.SERVER: N_("Songs on this server"),
}
# Translators: a choice of an option of /songs list or chart: whose songs, in which state, in which order.
_CHOICE_NAMES: dict[StrEnum, str] = {
    SearchScope.MINE: N_("mine"),
    SearchScope.FAVORITES: N_("favorites"),
    SearchScope.CHANNEL: N_("channel"),
    SearchScope.SERVER: N_("server"),
    Stage.FINISHED: N_("finished"),
    Stage.WORKING: N_("working"),
    Stage.FAILED: N_("failed"),
    Stage.CANCELLED: N_("canceled"),
    Stage.ALL: N_("all"),
    Sort.NEWEST: N_("newest"),
    Sort.LIKED: N_("liked"),
    ChartPeriod.WEEK: N_("the last 7 days"),
    ChartPeriod.ALL_TIME: N_("all time"),
}
_COLOURS = {JobState.COMPLETED: Colour.SONG, JobState.CANCELLED: Colour.NEUTRAL}


def page(page: Page, *, link_of: Callable[[Job], str | None], now: datetime) -> Reply:
    """A page of search results. `link_of` gives the link to a job's post or card, if the reader has one."""
    if not page.total and page.search.query.playlist_key is not None:
        return Reply(_("**{name}** has no songs that you can see here.", name=_heading(page.search.query)))
    if not page.total and page.search.query == SongQuery(scope=SearchScope.FAVORITES):
        return Reply(
            _(
                "**You have no favorites here.** To add a song, press ❤️ under it. To see those of another server, use the command there."
            )
        )
    if not page.total:
        return Reply(f"**{_(_SCOPES[page.search.query.scope])}**\n{_no_results(page.search.query)}")
    embeds: list[discord.Embed] = []
    used_urls: set[str] = set()
    for entry in page.entries:
        # Discord merges embeds with the same URL into one.
        url = link_of(entry.job) or safe_url((entry.job.song or job_text.NO_SONG).song_url)
        embeds.append(_entry(entry, None if url in used_urls else url))
        used_urls.add(url or "")
    return Reply(
        content=f"**{_heading(page.search.query)}** · {_page_position(page)}{_filter_line(page.search.query)}",
        embeds=tuple(embeds),
        buttons=_buttons(page),
        selects=(show_select(page.entries, now), *_unlike_select(page)),
    )


def _heading(query: SongQuery) -> str:
    if query.playlist_key is not None:
        return escape_line(query.playlist_name)
    return _(_SCOPES[query.scope])


def choice_name(choice: StrEnum) -> str:
    """A choice of an option of `/songs list`. Stored searches have the values, so those stay."""
    return _(_CHOICE_NAMES[choice])


def suggestion(job: Job, *, now: datetime) -> str:
    """The label of an autocomplete choice for a job ID: plain text of at most 100 characters."""
    tail = f" · {_age(job, now)} · {job_text.state_label(job.state)} · {clamp(plain(job.short_id), 20)}"
    return job_text.plain_name(job, MAX_LABEL_UNITS - utf16_units(tail)) + tail


def _page_position(page: Page) -> str:
    return formatting.plural(
        page.total,
        "page {page} of {pages}, {n} song",
        "page {page} of {pages}, {n} songs",
        page=page.number,
        pages=page.page_count,
    )


def _filter_line(query: SongQuery) -> str:
    """The search in the terms of the command's options."""
    filters = [formatting.labelled(pgettext("option", "state"), choice_name(query.stage))]
    if query.sort is Sort.LIKED:
        filters.append(_("most liked first"))
    if query.text:
        filters.append(
            formatting.labelled(pgettext("option", "text"), code(clamp(plain(query.text), MAX_TEXT_UNITS)))
        )
    if bpm := _range(query.bpm_min, query.bpm_max, lambda value: number(value, "g")):
        filters.append(formatting.labelled(_("BPM"), bpm))
    if duration := _range(
        query.duration_min_s, query.duration_max_s, lambda value: formatting.duration(value) or "0:00"
    ):
        filters.append(formatting.labelled(_("duration"), duration))
    return f"\n{' · '.join(filters)}"


def _range(least: float | None, most: float | None, say: Callable[[float], str]) -> str:
    if least is None:
        return "" if most is None else _("up to {most}", most=say(most))
    return (
        _("from {least}", least=say(least))
        if most is None
        else _("{least}-{most}", least=say(least), most=say(most))
    )


def _no_results(query: SongQuery) -> str:
    """The text without results, suggesting wider options."""
    wider: list[str] = []
    if query.text:
        wider.append(_("fewer words in `text`"))
    if any(bound is not None for bound in (query.bpm_min, query.bpm_max)):
        wider.append(_("no BPM limits"))
    if any(bound is not None for bound in (query.duration_min_s, query.duration_max_s)):
        wider.append(_("no duration limits"))
    if query.stage is not Stage.ALL:
        wider.append(_("`state: all`"))
    if query.scope not in (SearchScope.SERVER, SearchScope.FAVORITES):
        wider.append(_("`scope: server` in a server"))
    hint = "\n- ".join([_("You can try:"), *wider]) if wider else _("Request the first one with `/compose`.")
    return f"{_('No songs found')}{_filter_line(query)}\n{hint}"


def _entry(entry: SongListEntry, url: str | None) -> discord.Embed:
    job = entry.job
    song = job.song or job_text.NO_SONG
    default = Colour.FAILURE if job.state.is_final else Colour.WORKING
    name = clamp(escape_line(song.title or "") or escape_line(job.prompt), MAX_TITLE_UNITS)
    embed = discord.Embed(
        title=name or _("A song without a title"),
        url=url,
        colour=int(_COLOURS.get(job.state, default)),
        description="\n".join(map(" · ".join, _entry_lines(entry))),
    )
    # Never Whisul's own: that link may be dead by now.
    if cover := safe_url(job.post_cover_url):
        embed.set_thumbnail(url=cover)
    return embed


def _entry_lines(entry: SongListEntry) -> tuple[list[str], list[str]]:
    """Two lines: facts about the song; requester and time. Separate lines keep narrow screens from wrapping inside them."""
    job = entry.job
    song = job.song or job_text.NO_SONG
    bpm = formatting.bpm(song.bpm) if song.bpm is not None else None
    duration = formatting.duration(song.duration_s) if song.duration_s is not None else None
    facts = list(filter(None, (bpm and _("{bpm} BPM", bpm=bpm), duration)))
    if job.state is not JobState.COMPLETED:
        facts.append(job_text.state_label(job.state))
    if entry.likes:
        facts.append(f"♥ {number(entry.likes)}")
    if job.is_private:
        facts.append(_("private"))
    if job.audio_note is AudioNote.UNPLAYABLE:
        facts.append(_("⚠️ the link didn't play"))
    return [*facts, job_text.short_id_code(job)], [
        formatting.user_mention(job.requester_id),
        formatting.timestamp(job.created_at),
    ]


def _buttons(page: Page) -> tuple[Button, ...]:
    if page.page_count == 1:
        return ()
    at_start, at_end = page.number == 1, page.number == page.page_count
    return (
        _button(page, "⏮️", _("First"), PageTarget.FIRST.value, disabled=at_start),
        _button(page, "◀️", _("Previous"), page.number - 1, disabled=at_start),
        _button(page, "▶️", _("Next"), page.number + 1, disabled=at_end),
        _button(page, "⏭️", _("Last"), PageTarget.LAST.value, disabled=at_end),
    )


def _button(page: Page, emoji: str, label: str, target: str | int, *, disabled: bool) -> Button:
    return Button(
        custom_id=custom_id(Control.SONGS, page.search.key, target),
        label=label,
        emoji=emoji,
        disabled=disabled,
    )


def show_select(entries: Sequence[SongListEntry], now: datetime) -> Select:
    """Shows one of the songs of a list."""
    choices = tuple(
        Choice(
            label=job_text.plain_name(entry.job, MAX_LABEL_UNITS),
            value=str(entry.job.key),
            description=formatting.listed((job_text.state_label(entry.job.state), _age(entry.job, now))),
        )
        for entry in entries
    )
    return Select(custom_id=custom_id(Control.SHOW), placeholder=_("Show a song"), choices=choices)


def _unlike_select(page: Page) -> tuple[Select, ...]:
    """Under favorites: removes one."""
    if page.search.query.scope is not SearchScope.FAVORITES:
        return ()
    choices = tuple(
        Choice(label=job_text.plain_name(entry.job, MAX_LABEL_UNITS), value=str(entry.job.key))
        for entry in page.entries
    )
    select_id = custom_id(Control.UNLIKE, page.search.key, page.number)
    return (Select(custom_id=select_id, placeholder=_("Remove a favorite"), choices=choices),)


def _age(job: Job, now: datetime) -> str:
    return formatting.age(max(0.0, (now - job.created_at).total_seconds()))

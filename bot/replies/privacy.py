"""Answers of /privacy: what is stored about somebody, the export, and the erasure."""

import discord

from bot.discord_io.message import Button, Reply
from bot.domain.jobs import DeliveryState, Job
from bot.domain.personal_data import DataSummary, Erased, Export
from bot.domain.policy.model import DAY_S, LONGEST_WINDOW_S
from bot.domain.search import SEARCH_LIFETIME
from bot.replies import formatting
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import N_, _
from bot.replies.text import content, paragraph

LONGEST_WINDOW_DAYS = LONGEST_WINDOW_S // DAY_S

_NOTHING = N_("I store nothing about you.")


def _still_counted() -> str:
    return _(
        "Songs of the last {days} days still count toward limits, under a pseudonym instead of your ID.",
        days=LONGEST_WINDOW_DAYS,
    )


def stored_data(stored: DataSummary, *, erased_after_days: float, kept_days: int | None = None) -> Reply:
    """What is stored about somebody, for how long, and why; `kept_days` is the operator's longest retention period."""
    return _text(
        _stored(stored),
        _blocks(len(stored.blocked_in)),
        _(
            "**What that includes**\n"
            "- For each song you request: your prompt, your user ID, your language, the server and channel, "
            "Whisul's answer (title, BPM, duration, tags, links, error), the times, and where I "
            "posted it. I need it to make the song, post it once, and find it again.\n"
            "- Your likes, which are your favorites too, and your searches with `/songs list`, so their buttons work.\n"
            "- Your playlists: their names and which songs are in them.\n"
            "- Your last choices in the form of `/compose`, if you want me to remember them.\n"
            "- Discord's token for answering you, for 15 minutes."
        ),
        # Translators: `removal` is the sentence “When somebody removes me from a server …”.
        _(
            "**For how long**\n"
            "Songs, likes, playlists and remembered choices: until you erase them. Searches: {days} days. {removal} I send your "
            "prompts to Whisul, which keeps them under its own rules.",
            days=SEARCH_LIFETIME.days,
            removal=_after_removal(erased_after_days),
        ),
        formatting.plural(
            kept_days, "I erase every song after {n} day.", "I erase every song after {n} days."
        )
        if kept_days is not None
        else "",
        _(
            "To get a copy, use `/privacy export`. To erase it, use `/privacy delete`. After that, "
            "your songs still count toward limits for up to {days} days, "
            "under a pseudonym instead of your ID.",
            days=LONGEST_WINDOW_DAYS,
        ),
    )


def _stored(stored: DataSummary) -> str:
    if not stored.is_empty:
        return _("**What I store about you**\n{stored}", stored=_summary(stored))
    return "" if stored.blocked_in else f"**{_(_NOTHING)}**"


def _blocks(servers: int) -> str:
    if not servers:
        return ""
    return formatting.plural(
        servers,
        "The admins of {n} server have blocked you from requesting songs there. That's one of its settings, so an erasure "
        "keeps it.",
        "The admins of {n} servers have blocked you from requesting songs there. That's one of their settings, so an erasure "
        "keeps it.",
    )


def export_file(export: Export) -> Reply:
    """The message that carries the export file."""
    if export.jobs_left_out:
        return _text(
            formatting.plural(
                export.jobs,
                "Here's what I store about you: your {n} newest song, your likes and your searches.",
                "Here's what I store about you: your {n} newest songs, your likes and your searches.",
            ),
            formatting.plural(
                export.jobs_left_out,
                "{n} older song didn't fit into the file. To see it, use `/songs list`; the operator can give you a copy.",
                "{n} older songs didn't fit into the file. To see them, use `/songs list`; the operator can give you a copy.",
            ),
        )
    return _text(
        _(
            "Here's everything I store about you: songs, likes, searches, playlists and remembered choices. Only you can see "
            "this message."
        )
    )


def confirm_erasure(stored: DataSummary, *, user_id: int) -> Reply:
    """What will be erased, with the button that does it; no button when nothing is stored."""
    if stored.is_empty:
        return _text(paragraph(_(_NOTHING), _("There's nothing to erase.")))
    text = content(
        _("**You can't undo this.** {stored}", stored=_summary(stored)),
        # Translators: `still_counted` is the sentence “Songs of the last 30 days still count …”.
        _(
            "I erase your prompts, titles, links, errors, user ID, likes, searches, playlists and remembered choices. I cancel your "
            "queued requests and don't post songs in progress; you don't get back what they cost. I "
            "keep only statistics: that somebody requested a song in a channel, when, how it ended, "
            "its BPM and duration. {still_counted}",
            still_counted=_still_counted(),
        ),
        _(
            "**Posts stay**, and afterward I can't tell which are yours. Delete the ones in channels "
            "that you don't want first (find them with `/songs list`), or ask the server's moderators later. "
            "The ones in direct messages with me you can delete at any time."
        ),
    )
    button = Button(
        custom_id=custom_id(Control.ERASE, user_id),
        label=_("Erase my data"),
        style=discord.ButtonStyle.danger,
    )
    return Reply(text, buttons=(button,))


def erased(erasure: Erased, *, links: list[str], cards_left: int = 0) -> Reply:
    """What was erased, and what remains.

    `links` lead to posts that stay in their channels; `cards_left` is the number of cards still to be edited.
    """
    if erasure.is_empty:
        return _text(paragraph(_(_NOTHING), _("There was nothing to erase.")))
    posts = "\n".join(f"- {link}" for link in links)
    return _text(
        _("**Erased:** {counts}.", counts=_counts(erasure)),
        _stopped(len(erasure.under_way)),
        _cards_left(cards_left),
        _(
            "Posts in channels stay until the server's moderators delete them, the ones in direct "
            "messages with me until you do. The newest:\n{posts}",
            posts=posts,
        )
        if posts
        else _(
            "Posts in channels stay until the server's moderators delete them, the ones in direct "
            "messages with me until you do."
        ),
        paragraph(_("You can use me again at any time."), _still_counted()),
    )


def _stopped(songs: int) -> str:
    if not songs:
        return ""
    return formatting.plural(
        songs,
        "{n} song was still in progress. I won't post it.",
        "{n} songs were still in progress. I won't post them.",
    )


def _cards_left(cards: int) -> str:
    if not cards:
        return ""
    return formatting.plural(
        cards,
        "{n} of my messages in channels may still show your prompt. I'll change it as soon as Discord lets me.",
        "{n} of my messages in channels may still show your prompts. I'll change them as soon as Discord lets me.",
    )


def not_yours() -> Reply:
    """Somebody pressed the confirmation of another person."""
    return _text(
        _("This button works only for the person who used the command. Nothing was erased."),
        _("To erase your own data, use `/privacy delete`; that works right away."),
    )


def erased_card(job: Job, *, by_requester: bool) -> Reply:
    """What replaces a card after its job was erased, by its requester or at the end of the retention period."""
    is_told = job.delivery is DeliveryState.DELIVERED
    text = paragraph(
        _("🗑️ The requester erased this request.") if by_requester else _("🗑️ I no longer store this request."),
        "" if is_told else _("I won't post it."),
        "" if job.submit_attempts else _("Nothing was spent."),
    )
    return Reply(text)


def _summary(stored: DataSummary) -> str:
    counts = _counts(stored)
    return (
        _("{counts}, the oldest from {date}.", counts=counts, date=formatting.timestamp(stored.since, "f"))
        if stored.since
        else _("{counts}.", counts=counts)
    )


def _counts(of: DataSummary | Erased) -> str:
    counted = (
        formatting.plural(of.jobs, "{n} requested song", "{n} requested songs"),
        formatting.plural(of.likes, "{n} like", "{n} likes"),
        formatting.plural(of.searches, "{n} search", "{n} searches"),
        *((formatting.plural(of.playlists, "{n} playlist", "{n} playlists"),) if of.playlists else ()),
        # Translators: the last entry of a list of what is stored or erased.
        *((_("your last choices in the form"),) if of.has_choices else ()),
    )
    return formatting.listed(counted)


def _after_removal(days: float) -> str:
    if not round(days):
        return _("When somebody removes me from a server, I erase its data at once.")
    return formatting.plural(
        round(days),
        "When somebody removes me from a server, I erase its data {n} day later.",
        "When somebody removes me from a server, I erase its data {n} days later.",
    )


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))

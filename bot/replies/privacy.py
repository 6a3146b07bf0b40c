"""Answers of /privacy: what is stored about somebody, the export, and the erasure."""

import discord

from bot.discord_io.message import Button, Reply
from bot.domain.jobs import DeliveryState, Job
from bot.domain.personal_data import DataSummary, Erased, Export
from bot.domain.policy.model import DAY_S, LONGEST_WINDOW_S
from bot.domain.search import SEARCH_LIFETIME
from bot.replies import formatting
from bot.replies.buttons import Control, custom_id
from bot.replies.text import content

LONGEST_WINDOW_DAYS = LONGEST_WINDOW_S // DAY_S

_STILL_COUNTED = f"Songs of the last {LONGEST_WINDOW_DAYS} days go on counting for the server's limits, by a pseudonym in place of your ID."

_NOTHING = "Nothing is stored about you here."


def stored_data(stored: DataSummary, *, erased_after_days: float) -> Reply:
    """What is stored about somebody, for how long, and why."""
    return _text(
        f"**What I keep about you**\n{_summary(stored)}" if not stored.is_empty else f"**{_NOTHING}**",
        "**What that is**\n"
        "- for each song you ask for: your prompt, your user ID, the server and channel, Whisul's answer (title, figures, "
        "links, error), the times, and where I posted it. I need it to make the song, to post it once, and to find it again\n"
        "- what you like, and your searches with `/songs`, so that their buttons work\n"
        "- Discord's token for answering you, for 15 minutes",
        "**For how long**\n"
        f"Songs and likes until you erase them; searches for {SEARCH_LIFETIME.days} days. When I am taken out of a server, "
        f"what belongs to it is erased {_days(erased_after_days)}. Your prompts go to Whisul, which keeps them by its own rules.",
        "`/privacy export` hands it all to you, `/privacy delete` erases it. After that, a pseudonym in place of your ID "
        f"lets your songs go on counting for the server's limits, for {LONGEST_WINDOW_DAYS} days at most.",
    )


def export_file(export: Export) -> Reply:
    """The message that carries the export file."""
    if export.jobs_left_out:
        return _text(
            f"Here is what is stored about you: your {export.jobs:,} newest songs, your likes and your searches.",
            f"{export.jobs_left_out:,} older songs did not fit into the file. `/songs` lists them, and the bot's operator "
            "can hand them to you.",
        )
    return _text(
        "Here is everything that is stored about you: songs, likes and searches. Only you can see this message."
    )


def confirm_erasure(stored: DataSummary, *, user_id: int) -> Reply:
    """What will be erased, with the button that does it; no button when nothing is stored."""
    if stored.is_empty:
        return _text(f"{_NOTHING} There is nothing to erase.")
    text = content(
        f"**This cannot be undone.** {_summary(stored)}",
        "Your prompts, titles, links, errors and your user ID go, and so do your likes and searches. Requests that wait are "
        "cancelled; songs in the making are not posted any more, and what was spent on them stays spent. I keep what is only "
        "counted: that somebody asked for a song in a channel, when, how it ended, its BPM and duration. "
        f"{_STILL_COUNTED}",
        "**Posts that stand in channels stay there**, and afterwards I no longer know that they are yours: delete those you "
        "do not want first, or ask the server's moderators later. `/songs` leads to each.",
    )
    button = Button(
        custom_id=custom_id(Control.ERASE, user_id),
        label="Erase everything about me",
        style=discord.ButtonStyle.danger,
    )
    return Reply(text, buttons=(button,))


def erased(erasure: Erased, *, links: list[str], cards_left: int = 0) -> Reply:
    """What was erased, and what remains.

    `links` lead to posts that stay in their channels; `cards_left` is the number of cards still to be edited.
    """
    if erasure.is_empty:
        return _text(f"{_NOTHING} There was nothing to erase.")
    stopped = len(erasure.under_way)
    posts = "\n".join(f"- {link}" for link in links)
    return _text(
        f"**Erased:** {_counts(erasure.jobs, erasure.likes, erasure.searches)}.",
        f"{formatting.count(stopped, 'song')} had not been told yet: {'it' if stopped == 1 else 'they'} will not be posted."
        if stopped
        else "",
        f"{formatting.count(cards_left, 'message')} of mine in channels may still show what you wrote: I change "
        f"{'it' if cards_left == 1 else 'them'} as soon as Discord lets me, and you need do nothing."
        if cards_left
        else "",
        "Posts that stand in channels stay until somebody deletes them there: the server's moderators can. "
        f"The newest:\n{posts}"
        if posts
        else "Posts that stand in channels stay until the server's moderators delete them.",
        f"You can use me again at any time. {_STILL_COUNTED}",
    )


def not_yours() -> Reply:
    """Somebody pressed the confirmation of another person."""
    return _text(
        "Only the person who asked can press this button. Nothing was erased.",
        "`/privacy delete` asks for your own data; you can use it right away.",
    )


def erased_card(job: Job, *, by_requester: bool) -> Reply:
    """What replaces a card after its job was erased, by its requester or at the end of the retention period."""
    spent = "" if job.submit_attempts else " Nothing was spent."
    return Reply(f"🗑️ This request {_erasure(job, by_requester=by_requester)}.{spent}")


def _erasure(job: Job, *, by_requester: bool) -> str:
    erased = "was erased by the person who made it" if by_requester else "was erased"
    if job.delivery is not DeliveryState.DELIVERED:
        return f"{erased}, and will not be posted"
    return erased if by_requester else "is no longer kept"


def _summary(stored: DataSummary) -> str:
    since = f", the oldest from {formatting.timestamp(stored.since, 'f')}" if stored.since else ""
    return f"{_counts(stored.jobs, stored.likes, stored.searches)}{since}."


def _counts(jobs: int, likes: int, searches: int) -> str:
    count = formatting.count
    requests = count(jobs, "song asked for", "songs asked for")
    return f"{requests}, {count(likes, 'like')}, {count(searches, 'search', 'searches')}"


def _days(days: float) -> str:
    return f"{formatting.count(round(days), 'day')} later" if round(days) else "at once"


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))

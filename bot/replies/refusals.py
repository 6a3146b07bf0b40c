"""Ephemeral answers to requests that were not carried out. Text only: Discord refuses the fewest of these."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.message import Reply
from bot.domain.jobs import Job
from bot.domain.search import SEARCH_LIFETIME
from bot.errors import QueryFault
from bot.replies import buttons, failure, formatting
from bot.replies.permissions import PERMISSIONS
from bot.replies.text import clamp, code, content, escape_line, plain, quote

MAX_PROMPT_UNITS = 500
MAX_ID_UNITS = 64
MAX_PERMISSIONS_NAMED = 10

_QUERY_FAULTS = {
    QueryFault.DURATION: "I can't read {given} as the duration of a song.",
    QueryFault.BPM_BOUNDS: "No song can match: `bpm_min` is more than `bpm_max`.",
    QueryFault.DURATION_BOUNDS: "No song can match: `duration_min` is more than `duration_max`.",
    QueryFault.NO_SERVER: "There is no server here whose songs I could list.",
}
_QUERY_REMEDIES = {
    QueryFault.DURATION: "Write minutes and seconds like `2:30`, or seconds like `150`, and send `/songs` again right away.",
    QueryFault.BPM_BOUNDS: "Swap the two, and send `/songs` again right away.",
    QueryFault.DURATION_BOUNDS: "Swap the two, and send `/songs` again right away.",
    QueryFault.NO_SERVER: "Leave `scope` out to list your own songs, or use `/songs` in the server; both work right away.",
}


def prompt_empty() -> Reply:
    """The prompt contains no visible character."""
    return _text(
        "Your prompt is empty, so there is nothing to compose. Nothing was spent.",
        "Tell me what the song should be like, for example `/compose a trap song`. You can try again right away.",
    )


def prompt_too_long(length: int, limit: int) -> Reply:
    """The prompt has `length` characters, `limit` are allowed."""
    return _text(
        f"Your prompt has {length:,} characters as it would be sent, and I take {limit:,} at most. Nothing was spent.",
        f"Shorten it by {length - limit:,} and send `/compose` again; you can do so right away. Genre, mood and the "
        "other options count too, because they are added to the prompt in words.",
    )


def bot_timed_out(until: datetime) -> Reply:
    """The bot is in a time-out on the server."""
    return _text(
        f"I am in a time-out on this server, which ends {formatting.timestamp(until)}, so I can't post songs. Nothing was spent.",
        "Somebody who may time out members can end it before, in the list of members. `/compose` works as soon as it is over.",
    )


def missing_permissions(names: Sequence[str], channel_id: int) -> Reply:
    """The bot lacks permissions in a channel; `names` are discord.py's names."""
    lines = [f"- {_permission(name)}" for name in names[:MAX_PERMISSIONS_NAMED]]
    return _text(
        f"I can't post songs in {formatting.channel_mention(channel_id)}, because I lack these permissions there. "
        "Nothing was spent.",
        "\n".join(lines),
        "Somebody who may manage the channel's permissions can grant them, in the channel's settings under "
        "Permissions. `/compose` works here as soon as that is done.",
    )


def message_silent() -> Reply:
    """The message contains no text to use as a prompt."""
    return _text(
        "This message has no text that I could compose from. Nothing was spent.",
        "Choose a message with words in it, or use `/compose` and write your own; both work right away.",
    )


def only_in_servers() -> Reply:
    """The command was used outside a server."""
    return _text(
        "I make songs in the channels of a server, because that is where I post them. Nothing was spent.",
        "Use this command in a server that I am a member of; it works there right away.",
    )


def job_not_found(reference: str) -> Reply:
    """The same answer for a job that does not exist and one that the user may not see, so that neither is revealed."""
    shown = code(clamp(plain(reference), MAX_ID_UNITS))
    return _text(
        f"I know no job {shown} that I can show you here. Looking it up cost nothing.",
        "Check the job ID: it stands on the song's card and post. Jobs of other people are shown only in the server "
        "that they belong to, and only where you can see their channel. You can look again at any time.",
    )


def whisul_refused(job: Job) -> Reply:
    """Whisul rejected the prompt; the buttons let the requester change it."""
    words = failure.describe(job, now=job.settled_at or job.created_at)
    prompt = quote(job.prompt, MAX_PROMPT_UNITS)
    text = content(
        f"**{words.title}**\n{words.what}",
        f"Your prompt was:\n{prompt}" if prompt else "",
        f"{words.cost} {words.next_step}",
    )
    return Reply(text, buttons=buttons.of_private_failure(job))


def control_unknown() -> Reply:
    """The custom ID of a button, select or form is unknown to this version of the bot."""
    return _text(
        "I don't know this button any more: it is from another version of me. Nothing was changed or spent.",
        "Use the command again, for example `/compose` or `/job status`; you can do so right away.",
    )


def search_gone() -> Reply:
    """The search behind a list of songs has expired, or belongs to another user."""
    return _text(
        f"This list is not kept for you any more: lists are forgotten after {SEARCH_LIFETIME.days} days, and only who made "
        "one can page through it. Nothing was changed or spent.",
        "Run `/songs` again for a new list; you can do so right away.",
    )


def query_unclear(fault: QueryFault, given: str) -> Reply:
    """The options of a search are invalid; `given` is what the user typed."""
    what = _QUERY_FAULTS[fault].format(given=code(clamp(plain(given), MAX_ID_UNITS)))
    return _text(f"{what} Nothing was looked up, and nothing was spent.", _QUERY_REMEDIES[fault])


def command_changed() -> Reply:
    """Discord's client still has the command of another version of the bot."""
    return _text(
        "This command has just changed, and your Discord still shows the old one. Nothing was done, and nothing was spent.",
        "Reload Discord (Ctrl+R, or restart the app) and use the command again; that works within a few minutes.",
    )


def shutting_down() -> Reply:
    """The bot is shutting down and admits no requests."""
    return _text(
        "I am being restarted at this moment, so I did not take your request. Nothing was spent.",
        "Send `/compose` again in a minute or two. Songs that are already on their way are not lost.",
    )


def interrupted() -> Reply:
    """The bot stopped after acknowledging the request and before storing it."""
    return _text(
        "I was restarted before I had taken this request. Nothing was spent.",
        "Send `/compose` again; you can do so right away.",
    )


def unexpected(reference: str) -> Reply:
    """An unexpected error; the log has it under the same `reference`."""
    return _text(
        "Something went wrong on my side, and I don't know yet what. If your request had been taken by then, "
        "its song still comes by itself; if not, nothing was spent.",
        f"Try again in a minute. If it happens again, tell the bot's operator this reference: {_reference(reference)}",
    )


def discord_failed() -> Reply:
    """Discord kept failing while the answer was sent."""
    return _text(
        "Discord did not take my answer to this. Whatever was done by then holds: a song that was asked for still comes "
        "by itself, and nothing is spent twice.",
        "Wait a minute, then use the command again to see how things stand; for a song, look into `/songs` first.",
    )


def database_failed(reference: str) -> Reply:
    """The database failed; the log has the error under the same `reference`."""
    return _text(
        "I can't reach my records at the moment. Every request is written down before it is sent, "
        "so yours was not sent. Nothing was spent, and nothing was changed.",
        f"Try again in a few minutes. If it lasts, tell the bot's operator this reference: {_reference(reference)}",
    )


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))


def _reference(reference: str) -> str:
    return code(clamp(plain(reference), MAX_ID_UNITS))


def _permission(name: str) -> str:
    if known := PERMISSIONS.get(name):
        return f"**{known.label}** {known.purpose}"
    return f"**{clamp(escape_line(name.replace('_', ' ').title()), MAX_ID_UNITS)}** to work here"

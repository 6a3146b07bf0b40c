"""Ephemeral answers to requests that were not carried out. Text only: Discord refuses the fewest of these."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.domain.jobs import Job
from bot.domain.search import SEARCH_LIFETIME
from bot.errors import QueryFault
from bot.replies import buttons, failure, formatting
from bot.replies.locales import N_, _
from bot.replies.permissions import PERMISSIONS
from bot.replies.text import code, content, escape_line, paragraph, plain, quote

MAX_PROMPT_UNITS = 500
MAX_ID_UNITS = 64
MAX_PERMISSIONS_NAMED = 10

_QUERY_FAULTS = {
    QueryFault.DURATION: N_("{given} isn't a duration I understand."),
    QueryFault.BPM_BOUNDS: N_("No song can match because `bpm_min` is higher than `bpm_max`."),
    QueryFault.DURATION_BOUNDS: N_("No song can match because `duration_min` is longer than `duration_max`."),
    QueryFault.NO_SERVER: N_("I can't list the songs of a server here because this isn't one."),
}
_QUERY_REMEDIES = {
    QueryFault.DURATION: N_(
        "Use minutes and seconds, for example `2:30`, or seconds, for example `150`. You can try "
        "again right away."
    ),
    QueryFault.BPM_BOUNDS: N_("Swap the two. You can try again right away."),
    QueryFault.DURATION_BOUNDS: N_("Swap the two. You can try again right away."),
    QueryFault.NO_SERVER: N_(
        "Leave out `scope` to list your own songs, or use `/songs list` in a server. You can try again right away."
    ),
}


def prompt_empty() -> Reply:
    """The prompt contains no visible character."""
    return _text(
        _("I can't make a song because your prompt is empty. Nothing was spent."),
        _(
            "Tell me what it should sound like, for example `/compose a trap song`. You can try "
            "again right away."
        ),
    )


def prompt_too_long(length: int, limit: int) -> Reply:
    """The prompt has `length` characters, `limit` are allowed."""
    return _text(
        formatting.plural(
            length,
            "Your prompt is too long: it has {n} character, and the limit is {limit}. Nothing was spent.",
            "Your prompt is too long: it has {n} characters, and the limit is {limit}. Nothing was spent.",
            limit=limit,
        ),
        _(
            "Shorten it by {excess} and try again right away. Genre, mood and the other options "
            "count too because I add them to the prompt.",
            excess=length - limit,
        ),
    )


def bot_timed_out(until: datetime) -> Reply:
    """The bot is in a time-out on the server."""
    return _text(
        _(
            "I can't post songs because I'm in a timeout on this server, which ends {time}. Nothing "
            "was spent.",
            time=formatting.timestamp(until),
        ),
        _(
            "Wait until then, or ask somebody with **Timeout Members** to end it earlier. After "
            "that, `/compose` works again."
        ),
    )


def missing_permissions(names: Sequence[str], channel_id: int) -> Reply:
    """The bot lacks permissions in a channel; `names` are discord.py's names."""
    lines = [f"- {_permission(name)}" for name in names[:MAX_PERMISSIONS_NAMED]]
    return _text(
        _(
            "I can't post songs in {channel} because I'm missing these permissions there. Nothing was spent.",
            channel=formatting.channel_mention(channel_id),
        ),
        "\n".join(lines),
        _(
            "Ask somebody who manages the channel to grant them in the channel settings, under "
            "**Permissions**. `/compose` works as soon as that's done."
        ),
    )


def options_typed(found: Sequence[str]) -> Reply:
    """The prompt has options of the command as text; the form that *Edit prompt* opens has them as options."""
    shown = formatting.listed(code(plain(text)) for text in found)
    return _text(
        _("Your prompt contains {shown} as text, so I haven't sent it. Nothing was spent.", shown=shown),
        _(
            "Press *Edit prompt* to check your request with the options set, then send it. To set "
            "options yourself, choose them from Discord's list before you press Enter."
        ),
    )


def message_silent() -> Reply:
    """The message contains no text to use as a prompt."""
    return _text(
        _("I can't make a song because this message has no text. Nothing was spent."),
        _("Choose a message with text, or write your own prompt with `/compose`. Both work right away."),
    )


def answer_too_late(usual_s: float) -> Reply:
    """The song would probably not be ready while Discord lets the bot answer, where it is no member."""
    return _text(
        _(
            "I can't take your request here because songs take up to {time} right now, and where I'm not a member "
            "Discord lets me answer for only 15 minutes. Nothing was spent.",
            time=formatting.wait(usual_s),
        ),
        _("Use `/compose` in direct messages with me or in a server that I'm in; that works right away."),
    )


def only_in_servers() -> Reply:
    """The command was used outside a server."""
    return _text(
        _("I can't do that here because I post songs in the channels of a server. Nothing was spent."),
        _("Use this command in a server that I'm in; that works right away."),
    )


def job_not_found(reference: str) -> Reply:
    """The same answer for a job that does not exist and one that the user may not see, so that neither is revealed."""
    shown = code(clamp(plain(reference), MAX_ID_UNITS))
    return _text(
        _("I can't find a job {shown} that you can see here. Nothing was spent.", shown=shown),
        _(
            "Check the job ID on the song's card or post. You can see other people's songs only in "
            "the server where they requested them, and only if you can see the channel. You can try "
            "again at any time."
        ),
    )


def whisul_refused(job: Job) -> Reply:
    """Whisul rejected the prompt; the buttons let the requester change it."""
    words = failure.describe(job, now=job.settled_at or job.created_at)
    prompt = quote(job.prompt, MAX_PROMPT_UNITS)
    text = content(
        f"**{words.title}**\n{words.what}",
        _("Your prompt:\n{prompt}", prompt=prompt) if prompt else "",
        f"{words.cost} {words.next_step}",
    )
    return Reply(text, buttons=buttons.of_private_failure(job))


def control_unknown() -> Reply:
    """The custom ID of a button, select or form is unknown to this version of the bot."""
    return _text(
        _("I can't use this button because it's from another version of me. Nothing was changed or spent."),
        _("Use the command again, for example `/compose` or `/job status`; that works right away."),
    )


def search_gone() -> Reply:
    """The search behind a list of songs has expired, or belongs to another user."""
    return _text(
        _(
            "I can't show this list: it's older than {days} days or somebody else's. Nothing was "
            "changed or spent.",
            days=SEARCH_LIFETIME.days,
        ),
        _("Get a new list with `/songs list`; that works right away."),
    )


def query_unclear(fault: QueryFault, given: str) -> Reply:
    """The options of a search are invalid; `given` is what the user typed."""
    what = _(_QUERY_FAULTS[fault], given=code(clamp(plain(given), MAX_ID_UNITS)))
    return _text(paragraph(what, _("Nothing was spent.")), _(_QUERY_REMEDIES[fault]))


def command_changed() -> Reply:
    """Discord's client still has the command of another version of the bot."""
    return _text(
        _(
            "I can't run this command because it just changed and your Discord still shows the old "
            "version. Nothing was spent."
        ),
        _("Reload Discord (Ctrl+R, or restart the app) and use the command again in a few minutes."),
    )


def shutting_down() -> Reply:
    """The bot is shutting down and admits no requests."""
    return _text(
        _("I can't take your request because I'm restarting. Nothing was spent."),
        _("Use `/compose` again in a minute or two. Songs in progress aren't lost."),
    )


def interrupted() -> Reply:
    """The bot stopped after acknowledging the request and before storing it."""
    return _text(
        _("I restarted before I could take this request. Nothing was spent."),
        _("Use `/compose` again; that works right away."),
    )


def unexpected(reference: str) -> Reply:
    """An unexpected error; the log has it under the same `reference`."""
    return _text(
        _(
            "Something went wrong on my side. If I had already taken your request, I'll still "
            "deliver the song. If not, nothing was spent."
        ),
        _(
            "Try again in a minute. If it happens again, give the operator this reference: {reference}",
            reference=_reference(reference),
        ),
    )


def discord_failed() -> Reply:
    """Discord kept failing while the answer was sent."""
    return _text(
        _(
            "Discord didn't accept my answer. If I had already taken your request, I'll still "
            "deliver the song. Nothing is charged twice."
        ),
        _("Wait a minute and check `/songs list`. If your song isn't there, use the command again."),
    )


def database_failed(reference: str) -> Reply:
    """The database failed; the log has the error under the same `reference`."""
    return _text(
        _(
            "I can't reach my database right now. I save every request before I send it, so I didn't "
            "send yours. Nothing was changed or spent."
        ),
        _(
            "Try again in a few minutes. If it keeps happening, give the operator this reference: "
            "{reference}",
            reference=_reference(reference),
        ),
    )


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))


def _reference(reference: str) -> str:
    return code(clamp(plain(reference), MAX_ID_UNITS))


def _permission(name: str) -> str:
    if known := PERMISSIONS.get(name):
        return _("**{permission}** {purpose}", permission=_(known.label), purpose=_(known.purpose))
    label = clamp(escape_line(name.replace("_", " ").title()), MAX_ID_UNITS)
    return _("**{permission}** to work here", permission=label)

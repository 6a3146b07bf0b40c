"""The text for a job without a song: what happened, what it cost, and what to do next."""

from dataclasses import dataclass
from datetime import datetime

import discord

from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.domain.jobs import Job, JobState, Reason
from bot.replies import buttons, formatting, job_text
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import N_, _
from bot.replies.text import code, escape_line, paragraph, quote

MAX_PROMPT_UNITS = 900
MAX_ERROR_UNITS = 900
MAX_NAME_UNITS = 200

NOTHING_SPENT = N_("Nothing was spent.")
PERHAPS_SPENT = N_(
    "Whisul may have charged for this attempt; it doesn't tell me. It doesn't count toward your limits here."
)


@dataclass(frozen=True, slots=True)
class FailureText:
    """The parts of a failure message, in markdown. `what` includes Whisul's error text, if any."""

    title: str
    what: str
    cost: str
    next_step: str


@dataclass(frozen=True, slots=True)
class _Template:
    """Messages, not translated yet, with the placeholders `{waited}` and `{look_up}`. `expects_error`: Whisul usually gives an error text."""

    title: str
    what: str
    next_step: str
    expects_error: bool = False


_TEMPLATES = {
    Reason.REFUSED: _Template(
        N_("Whisul refused this prompt"),
        N_("Whisul turned the request down before starting on it."),
        N_("Change the prompt and try again with `/compose`."),
        expects_error=True,
    ),
    Reason.MISDIRECTED: _Template(
        N_("I couldn't find Whisul"),
        N_("Nothing accepts requests at the address I have for Whisul."),
        N_("The operator has to correct the address. After that, `/compose` works again."),
    ),
    Reason.NEVER_SENT: _Template(
        N_("I never sent this request"),
        N_("I couldn't send it to Whisul within {waited}."),
        N_("Try again with `/compose` in a few minutes."),
    ),
    Reason.NO_ANSWER: _Template(
        N_("No answer from Whisul"),
        N_(
            "I sent the request but got no usable answer, so I don't know whether Whisul made the "
            "song. I won't send it again on my own, so nobody pays for it twice."
        ),
        N_("To request a new song, use `/compose` at any time."),
    ),
    Reason.GENERATION_FAILED: _Template(
        N_("Whisul couldn't make this song"),
        N_("Whisul started on the song, but it failed."),
        N_("Try again with `/compose`. Different wording may help."),
        expects_error=True,
    ),
    Reason.NO_AUDIO: _Template(
        N_("This song has no audio"),
        N_("Whisul finished the song but gave me no link to its audio."),
        N_("Try again with `/compose`."),
    ),
    Reason.VANISHED: _Template(
        N_("Whisul lost this song"),
        N_("Whisul accepted the request but no longer knows it."),
        N_("Try again with `/compose`."),
    ),
    Reason.DEADLINE: _Template(
        N_("This song took too long"),
        N_("Whisul hadn't finished the song after {waited}, so I stopped waiting."),
        N_("Check again later with {look_up}, or request a new song with `/compose`."),
    ),
}

_CANCELLED = _Template(
    N_("Canceled"),
    N_("Somebody canceled this request before I sent it."),
    N_("Request a new song with `/compose`."),
)
_OTHER = _Template(
    N_("This song couldn't be made"), N_("The job ended without a song."), N_("Try again with `/compose`.")
)

_DEFAULT_REASONS = {
    JobState.FAILED: Reason.GENERATION_FAILED,
    JobState.EXPIRED: Reason.VANISHED,
    JobState.TIMED_OUT: Reason.DEADLINE,
    JobState.UNKNOWN: Reason.NO_ANSWER,
}


def post(job: Job, *, now: datetime) -> Reply:
    """The failure as a message in the job's channel; pings the requester, except in a direct message."""
    if job.is_direct:
        return Reply(
            content=_("Your song couldn't be made."),
            embeds=(_embed(job, now),),
            buttons=buttons.of_failure(job),
        )
    return Reply(
        content=_(
            "{requester}, your song couldn't be made.", requester=formatting.user_mention(job.requester_id)
        ),
        embeds=(_embed(job, now),),
        buttons=buttons.of_failure(job),
        mentions=(job.requester_id,),
    )


def private(job: Job, *, now: datetime) -> Reply:
    """The failure in the ephemeral response to the command."""
    return Reply(
        content=_("Your song couldn't be made. Only you can see this."),
        embeds=(_embed(job, now),),
        buttons=buttons.of_private_failure(job),
    )


def direct(job: Job, *, now: datetime) -> Reply:
    """The failure as a direct message."""
    return Reply(
        content=paragraph(_("Your song couldn't be made."), job_text.why_direct_message(job)),
        embeds=(_embed(job, now),),
        buttons=buttons.of_direct_failure(job),
    )


def describe(job: Job, *, now: datetime) -> FailureText:
    """The text for a job that ended without a song; `now` counts if it has no end time."""
    reason = job.reason or _DEFAULT_REASONS.get(job.state)
    is_cancelled = job.state is JobState.CANCELLED
    template = _TEMPLATES[reason] if reason else _CANCELLED if is_cancelled else _OTHER
    waited_s = (now - job.created_at).total_seconds() if job.waited_s is None else job.waited_s
    fill = {"waited": formatting.wait(max(0.0, waited_s)), "look_up": code(job_text.status_command(job))}
    return FailureText(
        title=_(template.title),
        what="\n".join(filter(None, (_(template.what, **fill), _whisul_error(job, template)))),
        cost=_(NOTHING_SPENT if is_cancelled or (reason and reason.spent_nothing) else PERHAPS_SPENT),
        next_step=_(template.next_step, **fill),
    )


def partial_song_fields(job: Job) -> list[EmbedField | None]:
    """What Whisul said about a song that has no audio."""
    song = job.song or job_text.NO_SONG
    title = clamp(escape_line(song.title or ""), MAX_NAME_UNITS)
    return [EmbedField(_("Title"), title), *job_text.song_fields(song), job_text.tags_field(song)]


def _whisul_error(job: Job, template: _Template) -> str:
    if quoted := quote(job.error or "", MAX_ERROR_UNITS):
        return _("Whisul says:\n{quote}", quote=quoted)
    return _("It didn't give a reason.") if template.expects_error else ""


def _embed(job: Job, now: datetime) -> discord.Embed:
    text = describe(job, now=now)
    return build_embed(
        title=text.title,
        colour=Colour.FAILURE,
        body=[text.what],
        fields=[
            EmbedField(_("Cost"), text.cost, inline=False),
            EmbedField(_("What to do"), text.next_step, inline=False),
            EmbedField(_("Prompt"), job_text.quoted_prompt(job, MAX_PROMPT_UNITS), inline=False),
            *partial_song_fields(job),
        ],
        footer=job_text.footer(job),
        at=job.settled_at,
    )

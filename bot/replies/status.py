"""The answer to /job status: how one job stands, and on request everything known about it."""

from datetime import datetime

from bot.discord_io.message import Button, Link, Reply
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState, Lineage
from bot.generation.poll_schedule import Expectation
from bot.replies import card, failure, formatting, job_text
from bot.replies.buttons import Control, custom_id
from bot.replies.card import WaitReason
from bot.replies.delivery_notes import reason_not_posted, reason_not_sent
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.links import safe_url
from bot.replies.locales import N_, _
from bot.replies.text import escape_line, paragraph

MAX_PROMPT_UNITS = 200
MAX_DETAILED_PROMPT_UNITS = 1000
MAX_CHILDREN_NAMED = 5

_OPEN_TITLES = {
    JobState.QUEUED: N_("In the queue"),
    JobState.SUBMITTING: N_("Sending to Whisul"),
    JobState.RUNNING: N_("Whisul is composing"),
    JobState.DETACHED: N_("Stopped, but Whisul is still composing"),
}


def job_status(
    job: Job,
    *,
    now: datetime,
    expectation: Expectation | None,
    jump_url: str | None,
    ahead: int | None = None,
    waiting: WaitReason | None = None,
    buttons: tuple[Button, ...] = (),
    lineage: Lineage | None = None,
) -> Reply:
    """A job in any state.

    Args:
        job: the job.
        now: the current time.
        expectation: the usual duration of a generation; None before any was observed.
        jump_url: leads to the post, or else the card; None if there is neither.
        ahead: the number of jobs that are submitted before a queued one.
        waiting: why an open job makes no progress.
        buttons: shown under a finished song.
        lineage: with details, the parent and children that the viewer may see; None for the short form.
    """
    to_post = (Link(_("Open original"), jump_url),) if jump_url else ()
    if lineage is None:
        buttons = (*buttons, details_button(job))
    if job.state is JobState.COMPLETED:
        return _completed(job, to_post, buttons, lineage)
    text = failure.describe(job, now=now) if job.state.is_final else None
    embed = build_embed(
        title=_(_OPEN_TITLES[job.state]) if text is None else text.title,
        colour=_colour(job),
        body=[
            _prompt(job, lineage),
            _progress(job, expectation, now, ahead, waiting) if text is None else text.what,
            None if text is None else paragraph(text.cost, text.next_step),
        ],
        fields=[*failure.partial_song_fields(job), *_record_fields(job, lineage)],
        footer=job_text.footer(job),
    )
    return Reply(embeds=(embed,), links=to_post, buttons=buttons)


def _completed(
    job: Job, to_post: tuple[Link, ...], buttons: tuple[Button, ...], lineage: Lineage | None
) -> Reply:
    song = job.song or job_text.NO_SONG
    url = safe_url(song.song_url)
    embed = build_embed(
        title=escape_line(song.title or "") or _("A finished song"),
        colour=Colour.SONG,
        body=[_prompt(job, lineage), job_text.audio_link(url), job_text.unplayed_note(job)],
        fields=[*job_text.song_fields(song), job_text.tags_field(song), *_record_fields(job, lineage)],
        cover_url=safe_url(job.post_cover_url),
        footer=job_text.footer(job),
    )
    return Reply(embeds=(embed,), links=to_post, buttons=buttons)


def _colour(job: Job) -> Colour:
    if job.state is JobState.CANCELLED:
        return Colour.NEUTRAL
    return Colour.FAILURE if job.state.is_final else Colour.WORKING


def _prompt(job: Job, lineage: Lineage | None) -> str:
    return job_text.quoted_prompt(job, MAX_PROMPT_UNITS if lineage is None else MAX_DETAILED_PROMPT_UNITS)


def _record_fields(job: Job, lineage: Lineage | None) -> list[EmbedField | None]:
    fields = [
        EmbedField(_("State"), _("finished") if job.state is JobState.COMPLETED else ""),
        EmbedField(_("Requested"), formatting.timestamp(job.created_at)),
        job_text.elapsed_field(job),
        EmbedField(_("Visible to"), _("only you") if job.is_private else ""),
        EmbedField(_("Delivery"), _delivery(job), inline=False),
    ]
    if lineage is None:
        return fields
    return [
        *fields,
        job_text.requester_field(job),
        EmbedField(_("Lineage"), _lineage(lineage), inline=False),
        EmbedField(_("Times"), _times(job), inline=False),
    ]


def details_button(job: Job) -> Button:
    """Replaces the answer by one with everything known about the job."""
    return Button(custom_id=custom_id(Control.DETAILS, job.key), label=_("Details"), emoji="🔎")


def _lineage(lineage: Lineage) -> str:
    lines: list[str] = []
    if lineage.parent is not None:
        lines.append(_("Composed again from {song}.", song=job_text.short_id_code(lineage.parent)))
    if lineage.children:
        named = formatting.listed(map(job_text.short_id_code, lineage.children[:MAX_CHILDREN_NAMED]))
        more = len(lineage.children) - MAX_CHILDREN_NAMED
        lines.append(
            _("Composed again as {songs} and {count} more.", songs=named, count=more)
            if more > 0
            else _("Composed again as {songs}.", songs=named)
        )
    return "\n".join(lines)


def _progress(
    job: Job, expectation: Expectation | None, now: datetime, ahead: int | None, waiting: WaitReason | None
) -> str:
    if job.state is JobState.DETACHED:
        return _(
            "Somebody stopped this song, so I won't post it. When Whisul finishes it, you'll find it here."
        )
    estimate = job_text.time_estimate(job, expectation, now, is_static=True)
    if waiting is WaitReason.KEY_REFUSED or waiting is WaitReason.NO_CREDIT:
        return card.waiting_note(job, waiting, ahead)
    if job.state is JobState.QUEUED:
        due = job.submit_after
        next_try = (
            _("I'll try again {time}.", time=formatting.timestamp(due))
            if due is not None and due > now
            else ""
        )
        place = "" if ahead is None else job_text.queue_place(ahead)
        return paragraph(_("Nothing has been spent yet."), next_try, place, estimate)
    return estimate


def _times(job: Job) -> str:
    times = (
        (N_("Requested {date} ({time})"), job.created_at),
        (N_("Sent {date} ({time})"), job.submitted_at),
        (N_("Accepted by Whisul {date} ({time})"), job.accepted_at),
        (N_("Started {date} ({time})"), job.started_at),
        (N_("Finished {date} ({time})"), job.finished_at),
        (N_("Result received {date} ({time})"), job.settled_at),
        (N_("Delivered {date} ({time})"), job.delivered_at),
    )
    return "\n".join(
        _(line, date=formatting.timestamp(moment, "f"), time=formatting.timestamp(moment))
        for line, moment in times
        if moment
    )


def _delivery(job: Job) -> str:
    """Where the result was or will be delivered; empty if there is nothing to deliver."""
    channel, is_personal = formatting.channel_mention(job.channel_id), job.is_private or job.is_direct
    if job.delivery is DeliveryState.DELIVERED:
        return paragraph(
            _delivery_route(job), _("The post was deleted later.") if job.is_post_deleted else ""
        )
    if job.delivery is DeliveryState.UNDELIVERABLE and job.is_private:
        return _(
            "I couldn't update my private answer or send you a direct message, so I kept the result here."
        )
    if job.delivery is DeliveryState.UNDELIVERABLE and job.is_direct:
        reason = reason_not_sent(job.delivery_note)
        return _("I couldn't send it to you because {reason}, so I kept the result here.", reason=reason)
    if job.delivery is DeliveryState.UNDELIVERABLE:
        return _(
            "I couldn't post it in {channel} or send you a direct message, so I kept the result here.",
            channel=channel,
        )
    if job.delivery is DeliveryState.NONE:
        return _nothing_due(job)
    return (
        _("I'm sending it to you privately.")
        if is_personal
        else _("I'm posting it in {channel}.", channel=channel)
    )


def _nothing_due(job: Job) -> str:
    if job.state is JobState.CANCELLED:
        return ""
    if job.state.is_final:
        return _("I didn't post it because somebody stopped it.")
    if job.state is JobState.DETACHED:
        return _("I won't post it.")
    if job.is_private or job.is_direct:
        return _("I'll send it to you privately.")
    return _("I'll post it in {channel}.", channel=formatting.channel_mention(job.channel_id))


def _delivery_route(job: Job) -> str:
    if job.route is DeliveryRoute.DIRECT_MESSAGE and job.is_private:
        return _("I sent it as a direct message because I could no longer update my private answer.")
    if job.route is DeliveryRoute.DIRECT_MESSAGE:
        channel, why = formatting.channel_mention(job.channel_id), reason_not_posted(job.delivery_note)
        return _(
            "Requested in {channel}. I sent it as a direct message because {reason}.",
            channel=channel,
            reason=why,
        )
    if job.route is DeliveryRoute.INTERACTION:
        return _("I sent it in my private answer to the command.")
    if job.route is DeliveryRoute.CHANNEL and job.is_direct:
        return _("I sent it to you as a direct message.")
    if job.route is DeliveryRoute.CHANNEL:
        return _(
            "Posted in {channel}.", channel=formatting.channel_mention(job.post_channel_id or job.channel_id)
        )
    return _("I kept it here.")

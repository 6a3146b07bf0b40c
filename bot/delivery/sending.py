"""How a message is put together and sent, plainer where Discord refuses it as it is, and how it is found again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import discord

from bot.delivery.attachments import Attachments
from bot.delivery.faults import CANNOT_REPLY, MISSING_PERMISSIONS, Meaning, meaning
from bot.models import Job
from bot.replies import parts

Result = TypeVar("Result")

SEARCH_DEPTH = 100
"""How many messages after the request are searched for a post that may have been made before a crash."""

CLOCK_SLACK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Form:
    """How much a message carries: its files, and whether it replies to the card."""

    attachments: Attachments
    is_reply: bool = True

    def plainer(self, error: discord.HTTPException) -> "Form | None":
        """What is worth a try after this refusal, None when the trouble lies elsewhere."""
        if self.attachments and meaning(error) is Meaning.TOO_LARGE:
            return replace(self, attachments=self.attachments.too_large())
        if self.attachments and error.code == MISSING_PERMISSIONS:
            return replace(self, attachments=self.attachments.without_files())
        if self.is_reply and error.code == CANNOT_REPLY:
            return replace(self, is_reply=False)
        return None


async def as_well_as_it_goes(send: Callable[[Form], Awaitable[Result]], attachments: Attachments) -> Result:
    """Call `send` with the fullest form, and with plainer ones where Discord says that this was the trouble."""
    form = Form(attachments)
    while True:
        try:
            return await send(form)
        except discord.HTTPException as error:
            plainer = form.plainer(error)
            if plainer is None:
                raise
            form = plainer


def named(attachments: Attachments) -> dict[str, Any]:
    """The names by which a post refers to its attachments."""
    return {
        "cover_name": attachments.cover.name if attachments.cover else None,
        "audio_name": attachments.audio.name if attachments.audio else None,
        "audio_note": attachments.audio_note,
    }


async def search(client: discord.Client, job: Job, channel_id: int, *, since: datetime) -> int | None:
    """The ID of the first message of ours in a channel, from then on, that is a post of the job; None without one."""
    if client.user is None:
        return None
    after = discord.Object(discord.utils.time_snowflake(since - CLOCK_SLACK))
    channel = client.get_partial_messageable(channel_id)
    async for message in channel.history(limit=SEARCH_DEPTH, after=after, oldest_first=True):
        ours = message.author.id == client.user.id and message.id != job.card_message_id
        if ours and names(message, job):
            return message.id
    return None


def names(message: discord.Message, job: Job) -> bool:
    """Whether a message is the post of this job: its footer names it. What it replies to may be another's post."""
    return any(embed.footer.text == parts.footer(job) for embed in message.embeds)

"""Replies as arguments of discord.py, and links to messages."""

from typing import Any

import discord

from bot.discord_io.layout import layout_view, relabelled_layout
from bot.discord_io.message import Reply, StatelessView
from bot.domain.jobs import DeliveryRoute, Job


def send_fields(reply: Reply) -> dict[str, Any]:
    """The arguments that send a reply."""
    fields: dict[str, Any] = {"allowed_mentions": reply.allowed_mentions()}
    if reply.layout is not None:
        return fields | {"view": layout_view(reply, reply.layout)}
    if reply.content is not None:
        fields["content"] = reply.content
    if reply.embeds:
        fields["embeds"] = list(reply.embeds)
    if (view := reply.view()) is not None:
        fields["view"] = view
    return fields


def edit_fields(reply: Reply) -> dict[str, Any]:
    """The arguments of an edit to a reply: parts that the reply lacks are removed from the message."""
    if reply.layout is not None:
        return {
            "content": None,
            "embeds": [],
            "view": layout_view(reply, reply.layout),
            "allowed_mentions": discord.AllowedMentions.none(),
        }
    return {
        "content": reply.content,
        "embeds": list(reply.embeds),
        "view": reply.view(),
        "allowed_mentions": discord.AllowedMentions.none(),
    }


def fingerprint(reply: Reply) -> str:
    """Equal for replies that look the same."""
    embeds = [embed.to_dict() for embed in reply.embeds]
    return repr((reply.content, embeds, reply.links, reply.buttons, reply.layout))


def view_with_label(
    message: discord.Message, custom_id: str, label: str
) -> discord.ui.View | discord.ui.LayoutView:
    """The components of a message, with another label on one button."""
    if message.flags.components_v2:
        return relabelled_layout(message, custom_id, label)
    view = StatelessView(timeout=None)
    for item in discord.ui.View.from_message(message).children:
        if isinstance(item, discord.ui.Button) and item.custom_id == custom_id:
            item.label = label
        view.add_item(item)
    return view


def message_url(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Discord's link to a message."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def job_url(job: Job, *, reader_id: int) -> str | None:
    """The link to a job's post, else to its card; None if the reader can see neither.

    A direct message is visible to its recipient alone. The card of a private job has no link at all.
    """
    if job.post_message_id is not None and (
        job.route is not DeliveryRoute.DIRECT_MESSAGE or reader_id == job.requester_id
    ):
        return post_url(job)
    if job.card_message_id is None or job.is_private or job.route is DeliveryRoute.INTERACTION:
        return None
    return message_url(job.guild_id, job.channel_id, job.card_message_id)


def post_url(job: Job) -> str | None:
    """The link to a job's post; None without one."""
    if job.post_channel_id is None or job.post_message_id is None:
        return None
    guild_id = job.guild_id if job.route is DeliveryRoute.CHANNEL else None
    return message_url(guild_id, job.post_channel_id, job.post_message_id)

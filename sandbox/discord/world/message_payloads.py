"""Messages and attachments as the JSON objects that Discord sends, for the bot and for the demo page."""

from sandbox.discord.json_types import Json
from sandbox.discord.world.clock import iso
from sandbox.discord.world.model import Attachment, Message, MessageFlag
from sandbox.discord.world.payloads import channel, user
from sandbox.discord.world.state import WorldState

_IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def attachment(subject: Attachment) -> Json:
    """An Attachment object."""
    payload: Json = {
        "id": str(subject.id),
        "filename": subject.filename,
        "size": subject.size,
        "url": subject.url,
        "proxy_url": subject.url,
        "content_type": subject.content_type,
        "flags": 0,
    }
    if subject.description is not None:
        payload["description"] = subject.description
    if subject.content_type in _IMAGE_TYPES:
        payload |= {"width": 512, "height": 512}
    return payload


def message(world: WorldState, subject: Message, *, with_reference: bool = True) -> Json:
    """A Message object, whole, as its author gets it."""
    payload: Json = {
        "id": str(subject.id),
        "channel_id": str(subject.channel_id),
        "type": int(subject.type),
        "author": user(world.users[subject.author_id]),
        "content": subject.content,
        "timestamp": iso(subject.created_at),
        "edited_timestamp": iso(subject.edited_at) if subject.edited_at else None,
        "tts": subject.tts,
        "mention_everyone": subject.mention_everyone,
        "mentions": [user(world.users[u]) for u in subject.mentioned_user_ids if u in world.users],
        "mention_roles": [str(role_id) for role_id in subject.mentioned_role_ids],
        "attachments": [attachment(a) for a in subject.attachments],
        "embeds": subject.embeds,
        "components": subject.components,
        "pinned": False,
        "flags": int(subject.flags),
    }
    payload |= _origin_part(subject)
    if subject.flags & MessageFlag.HAS_THREAD and (thread := world.channels.get(subject.id)) is not None:
        payload["thread"] = channel(world, thread)
    if subject.nonce is not None:
        payload["nonce"] = subject.nonce
    if subject.reference is not None:
        payload["message_reference"] = subject.reference
        if with_reference:
            payload["referenced_message"] = _referenced(world, subject, subject.reference)
    if subject.reactions and with_reference:
        payload["reactions"] = [_reaction(world, emoji, users) for emoji, users in subject.reactions.items()]
    return payload


def _origin_part(subject: Message) -> Json:
    part: Json = {}
    if subject.webhook_id is not None:
        part |= {"webhook_id": str(subject.webhook_id), "application_id": str(subject.webhook_id)}
    if (used := subject.interaction_metadata) is not None:
        part["interaction_metadata"] = _without_names(used)
        if "name" in used:
            part["interaction"] = {key: used[key] for key in ("id", "type", "user", "name")}
    return part


def _without_names(used: Json) -> Json:
    """The metadata of an interaction as the bot gets it: only the page shows the command's name."""
    part = {key: value for key, value in used.items() if key != "name"}
    if (opener := part.get("triggering_interaction_metadata")) is not None:
        part["triggering_interaction_metadata"] = _without_names(opener)
    return part


def _referenced(world: WorldState, subject: Message, reference: Json) -> Json | None:
    """The message that is replied to; an ephemeral one only for its own user."""
    found = world.message(int(reference["channel_id"]), int(reference["message_id"]))
    if found is None or found.ephemeral_for not in (None, subject.ephemeral_for):
        return None
    return message(world, found, with_reference=False)


def _reaction(world: WorldState, emoji: str, users: list[int]) -> Json:
    return {
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "me": world.bot.id in users,
        "me_burst": False,
        "emoji": {"id": None, "name": emoji},
        "burst_colors": [],
    }


def message_for_bot(world: WorldState, subject: Message, *, reads_content: bool) -> Json:
    """A Message object as the bot gets it: without the content intent, other users' messages have no content.

    Messages in a direct message with the bot, and those that mention it, keep theirs.
    """
    payload = message(world, subject)
    if not reads_content and not _bot_may_read(world, subject):
        payload |= {"content": "", "embeds": [], "attachments": [], "components": []}
    return payload


def _bot_may_read(world: WorldState, subject: Message) -> bool:
    place = world.channels.get(subject.channel_id)
    return (
        subject.author_id == world.bot.id
        or world.bot.mention in subject.content
        or (place is not None and place.is_dm)
    )


def page_message(world: WorldState, subject: Message) -> Json:
    """A message as the demo page gets it: Discord's object, and fields for what a client would know."""
    payload = message(world, subject) | {
        "mentioned_user_ids": [str(u) for u in subject.pinged_user_ids],
        "ephemeral_for": None if subject.ephemeral_for is None else str(subject.ephemeral_for),
        "loading": bool(subject.flags & MessageFlag.LOADING),
    }
    if subject.interaction_metadata is not None:
        payload["interaction_metadata"] = subject.interaction_metadata
    return {"message_reference": None, "reactions": [], **payload}

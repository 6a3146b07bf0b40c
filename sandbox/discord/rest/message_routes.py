"""The REST routes of messages and reactions in channels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.json_types import Json, snowflake
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.rules import errors
from sandbox.discord.rules.errors import invalid_field
from sandbox.discord.world import message_payloads
from sandbox.discord.world.model import Channel, Message
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

MAX_HISTORY = 100
_MESSAGE = "/channels/{channel}/messages/{message}"
_REACTION = _MESSAGE + "/reactions/{emoji}/@me"


@dataclass(slots=True)
class MessageRoutes:
    """The messages of a channel, with the bot's permissions in it."""

    world: World
    bot_messages: BotMessages
    reads_content: Callable[[], bool]

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route(
                "POST",
                "/channels/{channel}/messages",
                "message.create",
                self.create,
                kind_of=self._kind_of_create,
            ),
            Route("GET", "/channels/{channel}/messages", "history", self.history),
            Route("GET", _MESSAGE, "message.get", self.get),
            Route("PATCH", _MESSAGE, "message.edit", self.edit),
            Route("DELETE", _MESSAGE, "message.delete", self.delete),
            Route("PUT", _REACTION, "reaction.put", self.react),
            Route("DELETE", _REACTION, "reaction.delete", self.unreact),
        ]

    def _kind_of_create(self, path: Mapping[str, str]) -> str:
        # Faults and rate limits can be planned for direct messages alone.
        channel = self.world.channels.get(snowflake(path["channel"]) or 0)
        return "dm.message" if channel is not None and channel.is_dm else "message.create"

    def _payload(self, message: Message) -> Json:
        return message_payloads.message_for_bot(self.world, message, reads_content=self.reads_content())

    async def create(self, call: Call) -> Answer:
        """Send a message."""
        return 200, self._payload(self.bot_messages.send(call.id("channel"), call.payload, call.files))

    async def edit(self, call: Call) -> Answer:
        """Edit one of the bot's own messages."""
        ids = call.id("channel"), call.id("message")
        return 200, self._payload(self.bot_messages.edit(*ids, call.payload, call.files))

    async def delete(self, call: Call) -> Answer:
        """Delete a message."""
        self.bot_messages.delete(call.id("channel"), call.id("message"))
        return 204, None

    async def get(self, call: Call) -> Answer:
        """One message."""
        message = self.bot_messages.message(call.id("channel"), call.id("message"))
        if not self._reads_history(self.world.channels[message.channel_id]):
            raise errors.missing_permissions()
        return 200, self._payload(message)

    async def history(self, call: Call) -> Answer:
        """Messages, newest first. Without READ_MESSAGE_HISTORY the list is empty: Discord answers no error then."""
        channel = self.bot_messages.channel(call.id("channel"))
        limit, direction, pivot = _page_query(call.seen.query)
        if not channel.holds_messages:
            raise errors.wrong_channel_type()
        if not self._reads_history(channel):
            return 200, []
        shown = [m for m in self.world.messages(channel) if not m.ephemeral]
        return 200, [self._payload(m) for m in reversed(_page(shown, limit, direction, pivot))]

    def _reads_history(self, channel: Channel) -> bool:
        return self.world.can(self.world.bot, channel, Permission.READ_MESSAGE_HISTORY)

    async def react(self, call: Call) -> Answer:
        """Add the bot's reaction."""
        message = self.bot_messages.message(call.id("channel"), call.id("message"))
        channel, emoji = self.world.channels[message.channel_id], call.params["emoji"]
        needed = Permission.READ_MESSAGE_HISTORY
        # A reaction that is there already may be joined without ADD_REACTIONS (documentation: Create Reaction).
        if emoji not in message.reactions:
            needed |= Permission.ADD_REACTIONS
        if not self.world.can(self.world.bot, channel, needed):
            raise errors.missing_permissions()
        users = message.reactions.setdefault(emoji, [])
        if self.world.bot.id not in users:
            users.append(self.world.bot.id)
            self.world.touch_message(message, edited=False)
        return 204, None

    async def unreact(self, call: Call) -> Answer:
        """Remove the bot's reaction."""
        message = self.bot_messages.message(call.id("channel"), call.id("message"))
        users = message.reactions.get(call.params["emoji"], [])
        if self.world.bot.id in users:
            users.remove(self.world.bot.id)
            # The emoji goes with its last user: the next one needs ADD_REACTIONS again.
            if not users:
                del message.reactions[call.params["emoji"]]
            self.world.touch_message(message, edited=False)
        return 204, None


def _page_query(query: dict[str, str]) -> tuple[int, str, int]:
    limit = query.get("limit", "50")
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_HISTORY:
        raise invalid_field(
            ("limit",), "NUMBER_TYPE_RANGE", f"int value should be between 1 and {MAX_HISTORY}."
        )
    # They exclude each other (documentation: Get Channel Messages); of several, the first counts here.
    for direction in ("around", "before", "after"):
        if direction in query:
            pivot = snowflake(query[direction])
            if pivot is None and query[direction] != "0":
                raise invalid_field((direction,), "NUMBER_TYPE_COERCE", "Value is not snowflake.")
            return int(limit), direction, pivot or 0
    return int(limit), "latest", 0


def _page(messages: list[Message], limit: int, direction: str, pivot: int) -> list[Message]:
    if direction == "after":
        return [m for m in messages if m.id > pivot][:limit]
    if direction == "before":
        return [m for m in messages if m.id < pivot][-limit:]
    if direction == "around":
        before = [m for m in messages if m.id < pivot][-(limit // 2) :] if limit > 1 else []
        return before + [m for m in messages if m.id >= pivot][: limit - len(before)]
    return messages[-limit:]

"""Acting as the people of the stand-in: one call for each thing that a person can do with a bot."""

from collections.abc import Mapping, Sequence

from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.client.people import People
from sandbox.discord.client.references import Named
from sandbox.discord.world.model import Message
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.state import ChannelRef, GuildRef, UserRef
from sandbox.discord.world.world import BOT_PERMISSIONS, World


class Driver:
    """What people do. Each call raises `Refused` where Discord's client would not let them."""

    world: World
    people: People

    async def command(
        self,
        *,
        user: UserRef,
        channel: ChannelRef,
        name: str,
        options: Mapping[str, object] | None = None,
        target_message: Message | None = None,
        target_user: UserRef | None = None,
        user_installed: bool = False,
    ) -> SeenInteraction:
        """Use a command, "job status" naming a sub-command; `user_installed`: the app belongs to the user alone.

        An option that names a user, a role or a channel takes the thing itself or its ID, one for a file an `Upload`.
        """
        return self.people.command(
            user,
            channel,
            name,
            options or {},
            target_message=target_message,
            target_user=target_user,
            user_installed=user_installed,
        )

    async def message_command(self, *, user: UserRef, message: Message, name: str) -> SeenInteraction:
        """Use a command of a message's own menu."""
        return self.people.command(user, message.channel_id, name, {}, target_message=message)

    async def autocomplete(
        self,
        *,
        user: UserRef,
        channel: ChannelRef,
        name: str,
        focused: str,
        options: Mapping[str, object] | None = None,
    ) -> SeenInteraction:
        """Type into an option; `options[focused]` is what stands in it so far."""
        return self.people.autocomplete(user, channel, name, options or {}, focused)

    async def press(
        self, *, user: UserRef, message: Message, custom_id: str | None = None, label: str | None = None
    ) -> SeenInteraction:
        """Press a button, named by its custom ID or by what it says."""
        return self.people.press(user, message, custom_id, label=label)

    async def select(
        self, *, user: UserRef, message: Message, values: Sequence[Named], custom_id: str | None = None
    ) -> SeenInteraction:
        """Choose from a list: texts, users, roles or channels. The message's only list needs no custom ID."""
        return self.people.select(user, message, custom_id, values)

    async def submit_modal(self, opener: SeenInteraction, values: Mapping[str, object]) -> SeenInteraction:
        """Fill in the modal that `opener` was answered with, and send it.

        The values go by custom ID or by the label that stands above the field: a text, or a list of what was chosen.
        """
        return self.people.submit_modal(opener, values)

    async def remove_bot(self, guild: GuildRef) -> None:
        """Kick the bot out of a server."""
        self.world.remove_bot(guild)

    async def invite_bot(self, guild: GuildRef, permissions: Permission = BOT_PERMISSIONS) -> None:
        """Let the bot into a server (again)."""
        self.world.add_bot(guild, permissions)

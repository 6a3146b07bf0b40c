"""The JSON objects that Discord sends about interactions."""

from sandbox.discord.application.interaction import InteractionType, ResponseType, SeenInteraction
from sandbox.discord.json_types import Json
from sandbox.discord.rules.commands import CommandType
from sandbox.discord.world import message_payloads, payloads
from sandbox.discord.world.state import WorldState


def event(world: WorldState, interaction: SeenInteraction) -> Json:
    """The INTERACTION_CREATE event."""
    channel = interaction.channel
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(world.bot.id),
        "type": int(interaction.type),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": payloads.channel(world, channel) | _invoker_permissions(world, interaction),
        "app_permissions": str(int(world.permissions(world.bot, channel))),
        "attachment_size_limit": world.file_limit_bytes(channel),
        "locale": interaction.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": _owners(interaction),
        "context": channel.context,
    }
    if interaction.source is not None:
        body["message"] = message_payloads.message(world, interaction.source)
    return body | _invoker(world, interaction)


def _invoker_permissions(world: WorldState, interaction: SeenInteraction) -> Json:
    return {"permissions": str(int(world.permissions(interaction.user, interaction.channel)))}


def _owners(interaction: SeenInteraction) -> Json:
    # By installation type: "0" is the guild (0 in the bot's direct messages), "1" the user.
    if interaction.user_installed:
        return {"1": str(interaction.user.id)}
    return {"0": str(interaction.channel.guild_id or 0)}


def metadata(interaction: SeenInteraction, *, is_followup: bool = False) -> Json:
    """The `interaction_metadata` of a message; of a modal's answer it includes the interaction that opened the modal."""
    part: Json = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "user": payloads.user(interaction.user),
        "authorizing_integration_owners": _owners(interaction),
    }
    if interaction.type is InteractionType.COMMAND:
        part["name"] = interaction.name
        target_id = interaction.data.get("target_id")
        if target_id and interaction.command_type == CommandType.MESSAGE:
            part["target_message_id"] = target_id
    if interaction.type is InteractionType.COMPONENT and interaction.source is not None:
        part["interacted_message_id"] = str(interaction.source.id)
    if interaction.opened_by is not None:
        part["triggering_interaction_metadata"] = metadata(interaction.opened_by)
    if is_followup and interaction.response is not None:
        part["original_response_message_id"] = str(interaction.response.id)
    return part


def _invoker(world: WorldState, interaction: SeenInteraction) -> Json:
    guild, user = world.guild_of(interaction.channel), interaction.user
    if guild is None:
        return {"user": payloads.user(user)}
    return {
        "guild_id": str(guild.id),
        "guild": {
            "id": str(guild.id),
            "locale": guild.preferred_locale,
            "features": [*guild.features],
        },
        "guild_locale": guild.preferred_locale,
        "member": payloads.member(guild.members[user.id], user) | _invoker_permissions(world, interaction),
    }


def callback_response(world: WorldState, interaction: SeenInteraction, kind: ResponseType) -> Json:
    """The body that answers a first response sent `with_response`."""
    message = interaction.response
    part: Json = {"id": str(interaction.id), "type": int(interaction.type)}
    answer: Json = {"interaction": part}
    if message is not None:
        part |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        # A deferral answers no message: there is nothing in it yet.
        if kind in (ResponseType.MESSAGE, ResponseType.UPDATE):
            answer["resource"] = {"type": int(kind), "message": message_payloads.message(world, message)}
    return answer

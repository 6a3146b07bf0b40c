"""A bot written with hikari, unmodified, for the Discord stand-in: it reports what it receives on stdout, one JSON object per line.

`tests/clients/discord_js/client.js` does the same with another library, and `tests/clients/scenario.py` drives both. It
runs in an environment of its own, in which there is nothing but hikari.
"""

import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import hikari
from hikari import ComponentType, MessageFlag, OptionType, ResponseType
from hikari.impl import AutocompleteChoiceBuilder, MessageActionRowBuilder, ModalActionRowBuilder

bot = hikari.GatewayBot(
    os.environ["DISCORD_TOKEN"],
    rest_url=os.environ["DISCORD_API"],
    intents=hikari.Intents.GUILDS
    | hikari.Intents.GUILD_MEMBERS
    | hikari.Intents.GUILD_MESSAGES
    | hikari.Intents.DM_MESSAGES
    | hikari.Intents.MESSAGE_CONTENT,
    banner=None,
    max_retries=0,
    logs="WARNING",
)


def report(event: str, **fields: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


# ---- events ----


def _parent(channel: hikari.GuildThreadChannel) -> str:
    parent = bot.cache.get_guild_channel(channel.parent_id)
    return parent.name if parent else ""


EVENTS: dict[type[hikari.Event], tuple[str, Callable[[Any], dict[str, object]]]] = {
    hikari.MessageCreateEvent: ("MESSAGE_CREATE", lambda e: {"text": e.content, "by": e.author.username}),
    hikari.MessageUpdateEvent: ("MESSAGE_UPDATE", lambda e: {"text": e.content}),
    hikari.MessageDeleteEvent: ("MESSAGE_DELETE", lambda e: {"text": e.old_message.content}),
    hikari.GuildChannelCreateEvent: ("CHANNEL_CREATE", lambda e: {"name": e.channel.name}),
    hikari.GuildChannelUpdateEvent: (
        "CHANNEL_UPDATE",
        lambda e: {"name": e.channel.name, "slow": e.channel.rate_limit_per_user.seconds},
    ),
    hikari.GuildChannelDeleteEvent: ("CHANNEL_DELETE", lambda e: {"name": e.channel.name}),
    hikari.GuildThreadCreateEvent: (
        "THREAD_CREATE",
        lambda e: {"name": e.thread.name, "parent": _parent(e.thread)},
    ),
    hikari.GuildThreadUpdateEvent: (
        "THREAD_UPDATE",
        lambda e: {"name": e.thread.name, "archived": e.thread.is_archived},
    ),
    hikari.RoleCreateEvent: ("GUILD_ROLE_CREATE", lambda e: {"name": e.role.name}),
    hikari.RoleUpdateEvent: (
        "GUILD_ROLE_UPDATE",
        lambda e: {
            "name": e.role.name,
            "manages": bool(e.role.permissions & hikari.Permissions.MANAGE_GUILD),
        },
    ),
    hikari.RoleDeleteEvent: ("GUILD_ROLE_DELETE", lambda e: {"name": e.old_role.name}),
    hikari.GuildUpdateEvent: (
        "GUILD_UPDATE",
        lambda e: {"name": e.guild.name, "tier": int(e.guild.premium_tier)},
    ),
    hikari.MemberUpdateEvent: (
        "GUILD_MEMBER_UPDATE",
        lambda e: {"silenced": e.member.communication_disabled_until() is not None},
    ),
    hikari.GuildLeaveEvent: ("GUILD_DELETE", lambda e: {"name": e.old_guild.name}),
    hikari.GuildJoinEvent: ("GUILD_CREATE", lambda e: {"name": e.guild.name}),
    hikari.ShardResumedEvent: ("RESUMED", lambda _: {}),
}


def _subscribe(kind: type[hikari.Event], name: str, fields: Callable[[Any], dict[str, object]]) -> None:
    async def listener(event: hikari.Event) -> None:
        report(name, **fields(event))

    bot.subscribe(kind, listener)


for kind, (name, fields) in EVENTS.items():
    _subscribe(kind, name, fields)


@bot.listen(hikari.ExceptionEvent)
async def on_exception(event: Any) -> None:
    """A listener has failed."""
    report("ERROR", text="".join(traceback.format_exception(event.exception)))


# ---- commands ----

OPTION_TYPES = {
    "text": OptionType.STRING,
    "whole": OptionType.INTEGER,
    "flag": OptionType.BOOLEAN,
    "who": OptionType.USER,
    "where": OptionType.CHANNEL,
    "role": OptionType.ROLE,
    "whom": OptionType.MENTIONABLE,
    "part": OptionType.FLOAT,
    "file": OptionType.ATTACHMENT,
}


def _commands() -> list[hikari.api.CommandBuilder]:
    new = bot.rest.slash_command_builder
    everything = new("everything", "An option of each type")
    for name, kind in OPTION_TYPES.items():
        everything.add_option(hikari.CommandOption(type=kind, name=name, description=name, is_required=True))
    word = hikari.CommandOption(
        type=OptionType.STRING, name="word", description="word", is_required=True, autocomplete=True
    )
    return [
        everything,
        new("menu", "A button, and a select of each type"),
        new("form", "A modal"),
        new("later", "A deferred answer, and everything that can follow it"),
        new("guess", "An option that completes what is typed").add_option(word),
        new("tour", "All REST routes that no interaction uses"),
        bot.rest.context_menu_command_builder(hikari.CommandType.USER, "Look at them"),
        bot.rest.context_menu_command_builder(hikari.CommandType.MESSAGE, "Look at it"),
    ]


async def reply(interaction: Any, content: str, **more: Any) -> None:
    """A message as the first response."""
    await interaction.create_initial_response(ResponseType.MESSAGE_CREATE, content, **more)


async def everything(interaction: hikari.CommandInteraction) -> None:
    """What has been given, by name."""
    given = {option.name: option.value for option in interaction.options}
    resolved = interaction.resolved
    assert resolved is not None
    file = resolved.attachments[given["file"]]
    given |= {
        "who": resolved.members[given["who"]].display_name,
        "where": resolved.channels[given["where"]].name,
        "role": resolved.roles[given["role"]].name,
        "whom": resolved.users[given["whom"]].username,
        "file": f"{file.filename}/{file.size}",
    }
    await reply(interaction, json.dumps(given))


async def menu(interaction: hikari.CommandInteraction) -> None:
    """A button and selects; five rows are the most, so the select of channels follows."""
    words = MessageActionRowBuilder().add_text_menu("strings", max_values=2)
    for word in ("rain", "snow"):
        words.add_option(word, word)
    rows = [
        MessageActionRowBuilder().add_interactive_button(hikari.ButtonStyle.PRIMARY, "press", label="Press"),
        words.parent,
        MessageActionRowBuilder().add_select_menu(ComponentType.USER_SELECT_MENU, "users"),
        MessageActionRowBuilder().add_select_menu(ComponentType.ROLE_SELECT_MENU, "roles"),
        MessageActionRowBuilder().add_select_menu(ComponentType.MENTIONABLE_SELECT_MENU, "mentionables"),
    ]
    await reply(interaction, "choose", components=rows)
    await interaction.execute(
        "and a channel", component=MessageActionRowBuilder().add_channel_menu("channels")
    )


async def form(interaction: hikari.CommandInteraction) -> None:
    """A modal with one field."""
    row = ModalActionRowBuilder().add_text_input("words", "Words", min_length=1)
    await interaction.create_modal_response("A form", "form", component=row)


async def later(interaction: hikari.CommandInteraction) -> None:
    """All that can follow a deferred answer."""
    await interaction.create_initial_response(
        ResponseType.DEFERRED_MESSAGE_CREATE, flags=MessageFlag.EPHEMERAL
    )
    await interaction.edit_initial_response("edited")
    original = await interaction.fetch_initial_response()
    further = await interaction.execute("followed", attachment=hikari.Bytes(b"la la", "song.txt"))
    await interaction.edit_message(further, "followed, edited")
    fetched = await interaction.fetch_message(further)
    report("LATER", original=original.content, further=fetched.content, file=fetched.attachments[0].filename)
    await interaction.delete_message(further)
    await interaction.delete_initial_response()


async def toured(interaction: hikari.CommandInteraction) -> None:
    """A deferred answer, the tour, and the answer."""
    await interaction.create_initial_response(ResponseType.DEFERRED_MESSAGE_CREATE)
    assert interaction.guild_id is not None
    report("TOUR", **await tour(interaction.channel_id, interaction.guild_id, interaction.user.id))
    await interaction.edit_initial_response("toured")


async def look_at_them(interaction: hikari.CommandInteraction) -> None:
    """Who was chosen."""
    assert interaction.resolved is not None
    await reply(interaction, interaction.resolved.users[interaction.target_id].username)


async def look_at_it(interaction: hikari.CommandInteraction) -> None:
    """What was chosen."""
    assert interaction.resolved is not None
    await reply(interaction, interaction.resolved.messages[interaction.target_id].content)


async def guess(interaction: hikari.CommandInteraction) -> None:
    """The word."""
    await reply(interaction, interaction.options[0].value)


async def press(interaction: hikari.ComponentInteraction) -> None:
    """The message, edited."""
    await interaction.create_initial_response(ResponseType.MESSAGE_UPDATE, "pressed")


async def selected(interaction: hikari.ComponentInteraction) -> None:
    """The names of what was chosen."""
    names = {key: value.username for key, value in interaction.resolved.users.items()}
    names |= {key: value.name for key, value in interaction.resolved.roles.items()}
    await reply(interaction, ",".join(names[hikari.Snowflake(value)] for value in interaction.values))


async def channels(interaction: hikari.ComponentInteraction) -> None:
    """A deferred edit of the message."""
    await interaction.create_initial_response(ResponseType.DEFERRED_MESSAGE_UPDATE)
    chosen = next(iter(interaction.resolved.channels.values()))
    await interaction.edit_initial_response(chosen.name, components=[])


async def strings(interaction: hikari.ComponentInteraction) -> None:
    """What was chosen."""
    await reply(interaction, ",".join(interaction.values))


COMMANDS: dict[str, Callable[[Any], Awaitable[None]]] = {
    "everything": everything,
    "menu": menu,
    "form": form,
    "later": later,
    "guess": guess,
    "tour": toured,
    "Look at them": look_at_them,
    "Look at it": look_at_it,
}
COMPONENTS: dict[str, Callable[[Any], Awaitable[None]]] = {
    "press": press,
    "strings": strings,
    "users": selected,
    "roles": selected,
    "mentionables": selected,
    "channels": channels,
}


@bot.listen()
async def on_interaction(event: hikari.InteractionCreateEvent) -> None:
    """Every kind of interaction."""
    match event.interaction:
        case hikari.CommandInteraction(command_name=name) as interaction:
            await COMMANDS[name](interaction)
        case hikari.ComponentInteraction(custom_id=custom_id) as interaction:
            await COMPONENTS[custom_id](interaction)
        case hikari.ModalInteraction(components=[row]) as interaction:
            await reply(interaction, row.components[0].value)
        case hikari.AutocompleteInteraction(options=[option]) as interaction:
            await interaction.create_response([AutocompleteChoiceBuilder(f"{option.value}!", option.value)])
        case _ as other:
            report("ERROR", text=f"an interaction of no known kind: {other!r}")


# ---- the tour ----


async def tour(
    channel: hikari.Snowflake, guild: hikari.Snowflake, user: hikari.Snowflake
) -> dict[str, object]:
    """All REST routes that no interaction uses; but hikari reads its application from the older of two addresses."""
    rest = bot.rest
    embed = hikari.Embed(title="An embed").set_image(hikari.Bytes(b"dot", "dot.png"))
    tune = hikari.Bytes(b"la la", "tune.txt")
    message = await rest.create_message(channel, "toured", embed=embed, attachment=tune, nonce="tour-1")
    await rest.edit_message(channel, message, "toured on")
    await rest.trigger_typing(channel)
    await rest.add_reaction(channel, message, "👍")
    await rest.delete_my_reaction(channel, message, "👍")
    history = [each.id async for each in rest.fetch_messages(channel).limit(5)]
    fetched = await rest.fetch_message(channel, message)
    on_message = await rest.create_message_thread(channel, message, "on a message")
    thread = await rest.create_thread(channel, hikari.ChannelType.GUILD_PUBLIC_THREAD, "alone")
    opened = await rest.fetch_active_threads(guild)
    archived = await rest.edit_channel(thread, archived=True)
    closed = [each.id async for each in rest.fetch_public_archived_threads(channel)]
    await rest.delete_channel(thread)
    await rest.delete_message(channel, message)
    direct = await rest.create_dm_channel(user)
    await rest.create_message(direct, "toured, directly")
    log = await rest.fetch_audit_log(guild, event_type=hikari.AuditLogEventType.BOT_ADD).next()
    (added,) = log.entries.values()
    own, application = await rest.fetch_my_user(), await rest.fetch_application()
    here = bot.rest.slash_command_builder("here", "Only here")
    guild_commands = await rest.set_application_commands(application, [here], guild=guild)
    again = await rest.fetch_application_commands(application, guild=guild)
    return {
        "nonce": message.nonce,
        "embed": message.embeds[0].title,
        "files": [file.filename for file in message.attachments],
        "history": message.id in history,
        "fetched": fetched.content,
        "threads": [
            on_message.name,
            thread.id in [each.id for each in opened],
            archived.is_archived,
            thread.id in closed,
        ],
        "user": (await rest.fetch_user(user)).username,
        "member": (await rest.fetch_member(guild, user)).username,
        "guild": (await rest.fetch_guild(guild)).name,
        "added_by": log.users[added.user_id].username,
        "channel": (await rest.fetch_channel(channel)).name,
        "channels": len(await rest.fetch_guild_channels(guild)),
        "application": application.id == own.id,
        "gateway": (await rest.fetch_gateway_url()).startswith("ws"),
        "commands": sorted(command.name for command in await rest.fetch_application_commands(application)),
        "here": len(guild_commands) == 1 and again[0].name == "here",
    }


# ---- the beginning ----

available: set[str] = set()
expected: set[hikari.Snowflake] = set()


@bot.listen()
async def on_ready(event: hikari.ShardReadyEvent) -> None:
    """The servers that are about to become available."""
    expected.update(event.unavailable_guilds)


@bot.listen()
async def on_guild(event: hikari.GuildAvailableEvent) -> None:
    """The last server completes the login."""
    expected.discard(event.guild_id)
    available.add(event.guild.name)
    me = bot.get_me()
    if me is not None and not expected:
        await bot.rest.set_application_commands(me.id, _commands())
        report("READY", library=f"hikari {hikari.__version__}", bot=me.username, guilds=sorted(available))


bot.run(check_for_updates=False)

"""The commands that the bot has registered, and where admins have disabled them."""

from sandbox.discord.json_types import Json
from sandbox.discord.rules.commands import check_all, type_of
from sandbox.discord.rules.errors import DiscordError
from sandbox.discord.rules.fields import object_or_empty
from sandbox.discord.world.clock import Snowflakes
from sandbox.discord.world.model import Channel, Guild

DAILY_CREATES = 200


class CommandRegistry:
    """The registered commands by scope: global (None), or of one guild by its ID."""

    def __init__(self, ids: Snowflakes, application_id: int) -> None:
        self._ids = ids
        self._application_id = application_id
        self._by_scope: dict[int | None, list[Json]] = {}
        self._created: dict[int | None, int] = {}
        self._disabled: set[tuple[str, int]] = set()

    def replace(self, payload: list[Json], guild_id: int | None) -> list[Json]:
        """Overwrite all commands of a scope. A command that keeps its type and name keeps its ID.

        Raises:
            DiscordError: 50035 an invalid command, 30034 too many were created today.
        """
        # First, and all of them: a bulk overwrite with one invalid command changes nothing.
        check_all(payload)
        known = {(c["type"], c["name"]): c for c in self._by_scope.get(guild_id, [])}
        new = [c for c in payload if (type_of(c), c["name"]) not in known]
        created = self._created.get(guild_id, 0) + len(new)
        # Commands that keep their names count as updates, which have no daily limit.
        if created > DAILY_CREATES:
            raise DiscordError(
                400, 30034, "Max number of daily application command creates has been reached (200)"
            )
        self._created[guild_id] = created
        stored = [self._stored(c, known.get((type_of(c), c["name"])), guild_id) for c in payload]
        self._by_scope[guild_id] = stored
        return stored

    def _stored(self, raw: Json, known: Json | None, guild_id: int | None) -> Json:
        command: Json = {
            "default_member_permissions": None,
            "description": "",
            "options": [],
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
            "dm_permission": True,
        } | {key: value for key, value in raw.items() if value is not None}
        command |= {
            "id": known["id"] if known else str(self._ids.next()),
            "application_id": str(self._application_id),
            # It changes with every registration, unlike the ID, which mentions such as </compose:ID> depend on.
            "version": str(self._ids.next()),
            "type": type_of(raw),
        }
        if command["default_member_permissions"] is not None:
            command["default_member_permissions"] = str(command["default_member_permissions"])
        return command | {"guild_id": str(guild_id)} if guild_id else command

    def disable(self, name: str, place: Guild | Channel) -> None:
        """Disable a command in one channel or in a whole server, as its admins can."""
        self._disabled.add((name, place.id))

    def is_disabled(self, name: str, channel: Channel) -> bool:
        """Whether a command is disabled in a channel; a thread follows its channel."""
        places = (channel.id, channel.parent_id, channel.guild_id)
        return any((name, place) in self._disabled for place in places)

    def of_scope(self, guild_id: int | None) -> list[Json]:
        """The global commands (None), or the ones of one guild."""
        return list(self._by_scope.get(guild_id, []))

    def locales(self) -> set[str]:
        """The locales into which the commands are translated."""
        commands = [command for scope in self._by_scope.values() for command in scope]
        return {
            locale for each in commands for locale in object_or_empty(each.get("description_localizations"))
        }

    def usable_in(self, guild_id: int | None) -> list[Json]:
        """The commands of a guild: its own, and the global ones without a namesake among them."""
        own = self.of_scope(guild_id) if guild_id else []
        names = {(c["type"], c["name"]) for c in own}
        return own + [c for c in self.of_scope(None) if (c["type"], c["name"]) not in names]

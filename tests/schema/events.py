"""The gateway's events and the data of interactions: the OpenAPI schema has no component for these.

Keys and what is optional are taken from Discord's documentation: "Gateway Events" (Receive Events) and "Receiving and
Responding" (Interaction Structure, Resolved Data Structure), state of August 2026. Objects inside are the schema's components.
"""

from tests.schema.published import Json, Published, ref

STRING: Json = {"type": "string"}
INTEGER: Json = {"type": "integer"}
BOOLEAN: Json = {"type": "boolean"}
ID = ref("SnowflakeType")
NONE: Json = {"type": "array", "maxItems": 0}
_CHANNEL_KEYS = (
    *(
        "last_message_id",
        "last_pin_timestamp",
        "nsfw",
        "parent_id",
        "guild_id",
        "flags",
        "rate_limit_per_user",
    ),
    *("topic", "position"),
)


def record(required: Json, optional: Json | None = None) -> Json:
    """An object with exactly these keys."""
    return {
        "type": "object",
        "properties": (optional or {}) | required,
        "required": sorted(required),
        "additionalProperties": False,
    }


def array(items: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": items}


def by_id(items: Json) -> Json:
    """Objects by their IDs."""
    return {"type": "object", "propertyNames": ID, "additionalProperties": items}


class Events:
    """The schemas of the events by their names."""

    def __init__(self, published: Published) -> None:
        self._components = published.components
        self.schemas: dict[str, Json] = {
            "READY": self._ready(),
            "RESUMED": {"type": "object"},
            "INTERACTION_CREATE": self._interaction(),
            "GUILD_CREATE": self._guild_create(),
            "GUILD_UPDATE": ref("GuildResponse"),
            "GUILD_DELETE": record({"id": ID}, {"unavailable": BOOLEAN}),
            "GUILD_MEMBER_UPDATE": self._with("GuildMemberResponse", {"guild_id": ID}),
            "GUILD_ROLE_CREATE": record({"guild_id": ID, "role": ref("GuildRoleResponse")}),
            "GUILD_ROLE_UPDATE": record({"guild_id": ID, "role": ref("GuildRoleResponse")}),
            "GUILD_ROLE_DELETE": record({"guild_id": ID, "role_id": ID}),
            "CHANNEL_CREATE": ref("GuildChannelResponse"),
            "CHANNEL_UPDATE": ref("GuildChannelResponse"),
            "CHANNEL_DELETE": ref("GuildChannelResponse"),
            "THREAD_CREATE": self._with("ThreadResponse", {}, {"newly_created": BOOLEAN}),
            "THREAD_UPDATE": ref("ThreadResponse"),
            "THREAD_DELETE": record({"id": ID, "guild_id": ID, "parent_id": ID, "type": INTEGER}),
            "THREAD_MEMBERS_UPDATE": self._thread_members(),
            "MESSAGE_CREATE": self._message(),
            "MESSAGE_UPDATE": self._message(),
            "MESSAGE_DELETE": record({"id": ID, "channel_id": ID}, {"guild_id": ID}),
        }

    def _with(
        self, name: str, required: Json, optional: Json | None = None, *, without: tuple[str, ...] = ()
    ) -> Json:
        """A component with more keys, or without some."""
        component = self._components[name]
        properties = {k: v for k, v in component["properties"].items() if k not in without}
        kept = [key for key in component.get("required", []) if key not in without]
        return component | {
            "properties": properties | required | (optional or {}),
            "required": [*kept, *required],
        }

    def _ready(self) -> Json:
        return record(
            {
                "v": INTEGER,
                "user": ref("UserPIIResponse"),
                "guilds": array(record({"id": ID, "unavailable": BOOLEAN})),
                "session_id": STRING,
                "resume_gateway_url": {"type": "string", "format": "uri"},
                "application": record({"id": ID, "flags": INTEGER}),
            },
            {"shard": {"type": "array", "items": INTEGER, "minItems": 2, "maxItems": 2}},
        )

    def _guild_create(self) -> Json:
        # "Thread Member Object": without its IDs in the threads of this event.
        member_without_ids = self._with("ThreadMemberResponse", {}, without=("id", "user_id"))
        more = {
            "joined_at": {"type": "string", "format": "date-time"},
            "large": BOOLEAN,
            "member_count": INTEGER,
            "voice_states": NONE,
            "members": array(ref("GuildMemberResponse")),
            "channels": array(ref("GuildChannelResponse")),
            "threads": array(self._with("ThreadResponse", {}, {"member": member_without_ids})),
            "presences": NONE,
            "stage_instances": NONE,
            "guild_scheduled_events": NONE,
            "soundboard_sounds": NONE,
        }
        return self._with("GuildResponse", more, {"unavailable": BOOLEAN})

    def _thread_members(self) -> Json:
        added = self._with("ThreadMemberResponse", {}, {"presence": {}})
        return record(
            {"id": ID, "guild_id": ID, "member_count": INTEGER},
            {"added_members": array(added), "removed_member_ids": array(ID)},
        )

    def _message(self) -> Json:
        member = self._with("GuildMemberResponse", {}, without=("user",))
        return self._with(
            "MessageResponse", {}, {"guild_id": ID, "member": member, "channel_type": ref("ChannelTypes")}
        )

    def _interaction(self) -> Json:
        guild: Json = {
            "guild": record({"id": ID, "locale": STRING, "features": array(STRING)}),
            "guild_id": ID,
            "guild_locale": STRING,
            "member": self._with("GuildMemberResponse", {"permissions": STRING}),
        }
        kinds = (
            "GuildChannelResponse",
            "ThreadResponse",
            "PrivateChannelResponse",
            "PrivateGroupChannelResponse",
        )
        channel = {"anyOf": [self._with(kind, {"permissions": STRING}) for kind in kinds]}
        always = {
            "id": ID,
            "application_id": ID,
            "type": ref("InteractionTypes"),
            "data": {"anyOf": [self._command_data(), self._component_data(), self._modal_data()]},
            "channel": channel,
            "channel_id": ID,
            "token": STRING,
            "version": {"const": 1},
            "app_permissions": STRING,
            "locale": ref("AvailableLocalesEnum"),
            "entitlements": NONE,
            "authorizing_integration_owners": {"type": "object", "additionalProperties": ID},
            "context": ref("InteractionContextType"),
            "attachment_size_limit": INTEGER,
        }
        message: Json = {"message": ref("MessageResponse")}
        return {
            "anyOf": [
                record(always | guild, message),
                record(always | {"user": ref("UserResponse")}, message),
            ]
        }

    def _command_data(self) -> Json:
        value: Json = {"type": ["string", "number", "boolean"]}
        option: Json = record(
            {"name": STRING, "type": INTEGER}, {"value": value, "options": {}, "focused": BOOLEAN}
        )
        for _ in range(2):  # a group holds sub-commands, which hold options
            option = record(
                {"name": STRING, "type": INTEGER}, {**option["properties"], "options": array(option)}
            )
        return record(
            {"id": ID, "name": STRING, "type": ref("ApplicationCommandType")},
            {"resolved": self._resolved(), "options": array(option), "guild_id": ID, "target_id": ID},
        )

    def _component_data(self) -> Json:
        return record(
            {"custom_id": STRING, "component_type": ref("MessageComponentTypes")},
            {"values": array(STRING), "resolved": self._resolved(), "id": INTEGER},
        )

    def _modal_data(self) -> Json:
        values: Json = {
            "custom_id": STRING,
            "value": {"type": ["string", "boolean", "null"]},
            "values": array(STRING),
        }
        field = record({"type": ref("MessageComponentTypes"), "id": INTEGER}, values)
        layout = record(
            {"type": ref("MessageComponentTypes"), "id": INTEGER},
            {"component": field, "components": array(field)},
        )
        return record(
            {"custom_id": STRING, "components": array({"anyOf": [layout, field]})},
            {"resolved": self._resolved()},
        )

    def _resolved(self) -> Json:
        absent = ("user", "deaf", "mute")
        partial_member = self._with("GuildMemberResponse", {"permissions": STRING}, without=absent)
        whole = self._components["GuildChannelResponse"]["properties"]
        always = {"id": ID, "name": STRING, "type": ref("ChannelTypes"), "permissions": STRING}
        channel = record(always, {k: whole[k] for k in _CHANNEL_KEYS} | {"app_permissions": STRING})
        # Discord's documentation gives a thread `thread_metadata` only, but discord.py reads the keys of a whole one.
        thread = self._with("ThreadResponse", {"permissions": STRING}, {"app_permissions": STRING})
        kinds = {
            "users": ref("UserResponse"),
            "members": partial_member,
            "roles": ref("GuildRoleResponse"),
            "channels": {"anyOf": [channel, thread]},
            "messages": ref("MessageResponse"),
            "attachments": ref("MessageAttachmentResponse"),
        }
        return record({}, {name: by_id(kind) for name, kind in kinds.items()})

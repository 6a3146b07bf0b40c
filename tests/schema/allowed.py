"""Where the bot or the stand-in may differ from Discord's schema, and why. An entry that nothing needs any more is reported.

"Documentation" is Discord's own, the public repository discord/discord-api-docs, state of August 2026.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Allowed:
    """Complaints by patterns of their names (`*` is anything), and the reason."""

    reason: str
    patterns: tuple[str, ...]

    def allows(self, name: str) -> bool:
        """Whether a complaint is one of these."""
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


TRAFFIC = (
    Allowed(
        "discord.py sends IDs as numbers. The schema has strings, as Discord itself writes IDs; Discord reads both.",
        ("request * $.*id type", "request * $.*allowed_mentions.users.* type"),
    ),
    Allowed(
        "discord.py sends `tts` in edits and forum posts too. Discord ignores keys that it does not know.",
        (
            "request update_* $.tts unknown",
            "request create_interaction_response $.data.tts unknown",
            "request create_thread $.message.tts unknown",
        ),
    ),
    Allowed(
        "discord.py sends the flags of embeds, which only answers have. Discord ignores them.",
        ("request * *.embeds.*.flags unknown",),
    ),
    Allowed(
        "discord.py sends `type` and `use_nested_fields` with a forum's post. Discord ignores what it does not know.",
        ("request create_thread $.type unknown", "query create_thread ?use_nested_fields unknown"),
    ),
    Allowed(
        "The documentation nests the first message in the answer (Start Thread in Forum or Media Channel).",
        ("response create_thread $.message unknown",),
    ),
    Allowed(
        "The documentation has `nsfw` among the keys of a command (Create Global Application Command).",
        ("request bulk_set_application_commands $.*.nsfw unknown",),
    ),
    Allowed(
        "The schema leaves out media channels; the documentation has their type, 16 (Channel Types).",
        ("* *.channel_types.* enum", "event CHANNEL_* $.type enum", "event * *.channels.*.type enum"),
    ),
    Allowed(
        "The schema says that the codes of a form's errors are numbers; the documentation shows words (Error Messages).",
        ("response * $.errors.*_errors type",),
    ),
    Allowed(
        "The schema lists no 5xx; the documentation has 130000, overloaded, which comes with 503 (JSON Error Codes).",
        ("status * 503",),
    ),
    Allowed(
        "The schema requires a code in every 429; by the documentation it is optional (Rate Limit Response Structure).",
        ("fault * $.code required",),
    ),
)

BREAKS: tuple[Allowed, ...] = (
    Allowed(
        "One operation starts threads and posts in forums. The latter lack these keys, and Discord ignores unknown ones.",
        ("create_thread $.type *", "create_thread $.invitable *"),
    ),
)


@dataclass(frozen=True, slots=True)
class SortedOut:
    """Names of complaints that no entry allows, and entries that allow none."""

    unexpected: list[str]
    unneeded: list[Allowed]


def sort_out(names: Iterable[str], allowed: Iterable[Allowed]) -> SortedOut:
    """Compare complaints with an allow-list."""
    names, allowed = list(names), list(allowed)
    return SortedOut(
        [name for name in names if not any(entry.allows(name) for entry in allowed)],
        [entry for entry in allowed if not any(map(entry.allows, names))],
    )

"""Labels of the permissions that the bot needs in a channel, and what each is for. Keys are discord.py's names."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PermissionText:
    """A permission: its name in Discord's clients, why the bot needs it, and what fails without it."""

    label: str
    purpose: str
    without: str


PERMISSIONS = {
    "view_channel": PermissionText(
        "View Channel", "to see the channel", "I can't do anything there, and I send songs as direct messages"
    ),
    "send_messages": PermissionText("Send Messages", "to post songs", "nobody can request songs there"),
    "send_messages_in_threads": PermissionText(
        "Send Messages in Threads", "to post songs in threads", "nobody can request songs in threads there"
    ),
    "embed_links": PermissionText(
        "Embed Links",
        "to show songs with their details and cover",
        "I can't show the details and cover of songs",
    ),
    "attach_files": PermissionText(
        "Attach Files",
        "to attach the audio and the cover",
        "I post songs as links, without a cover or player",
    ),
    "read_message_history": PermissionText(
        "Read Message History",
        "to reply to the request and never post a song twice",
        "I can't reply to requests or check for my own posts after a crash",
    ),
}


def labels(names: Iterable[str]) -> str:
    """The labels of permissions in one line."""
    return ", ".join(PERMISSIONS[name].label for name in names)

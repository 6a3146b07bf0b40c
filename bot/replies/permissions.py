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
        "View Channel", "to get at the channel", "I can do nothing there, and songs go to direct messages"
    ),
    "send_messages": PermissionText("Send Messages", "to post songs", "no song can be asked for or posted"),
    "send_messages_in_threads": PermissionText(
        "Send Messages in Threads", "to post songs in threads", "the same, in threads"
    ),
    "embed_links": PermissionText(
        "Embed Links",
        "to show songs with their details and cover",
        "songs can't be shown with their details and cover",
    ),
    "attach_files": PermissionText(
        "Attach Files",
        "to attach the audio and the cover",
        "songs are posted without cover and player, as links only",
    ),
    "read_message_history": PermissionText(
        "Read Message History",
        "to reply to the request and never post a song twice",
        "I can't reply to the request, nor find a post again after a crash",
    ),
}


def labels(names: Iterable[str]) -> str:
    """The labels of permissions in one line."""
    return ", ".join(PERMISSIONS[name].label for name in names)

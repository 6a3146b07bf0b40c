"""Labels of the permissions that the bot needs in a channel, and what each is for. Keys are discord.py's names."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.replies.formatting import listed
from bot.replies.locales import N_, _


@dataclass(frozen=True, slots=True)
class PermissionText:
    """A permission: its name in Discord's clients, why the bot needs it, and what fails without it; not translated yet."""

    label: str
    purpose: str
    without: str


# Translators: the name as Discord's own client has it in your language; a purpose that follows the name (“**Send Messages** to
# post songs”); a clause that follows “without it, …”.
PERMISSIONS = {
    "view_channel": PermissionText(
        N_("View Channel"),
        N_("to see the channel"),
        N_("I can't do anything there, and I send songs as direct messages"),
    ),
    "send_messages": PermissionText(
        N_("Send Messages"), N_("to post songs"), N_("nobody can request songs there")
    ),
    "send_messages_in_threads": PermissionText(
        N_("Send Messages in Threads"),
        N_("to post songs in threads"),
        N_("nobody can request songs in threads there"),
    ),
    "embed_links": PermissionText(
        N_("Embed Links"),
        N_("to show songs with their details and cover"),
        N_("I can't show the details and cover of songs"),
    ),
    "attach_files": PermissionText(
        N_("Attach Files"),
        N_("to attach the audio and the cover"),
        N_("I post songs as links, without a cover or player"),
    ),
    "read_message_history": PermissionText(
        N_("Read Message History"),
        N_("to reply to the request and never post a song twice"),
        N_("I can't reply to requests or check for my own posts after a crash"),
    ),
}


def labels(names: Iterable[str]) -> str:
    """The labels of permissions in one line."""
    return listed(_(PERMISSIONS[name].label) for name in names)

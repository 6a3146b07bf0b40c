"""The message after the bot has joined a server."""

from bot.discord_io.message import Button, Reply
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import _
from bot.replies.text import content, escape_line, paragraph


def in_server() -> Reply:
    """In the system channel, for everyone; the button opens the form of `/config setup`."""
    return Reply(
        content(
            _("Hi! I make songs from words. Type `/compose` and say what it should sound like."),
            _(
                "Everyone can request songs in every channel now. Members with Manage Server can set limits and channels "
                "with one form."
            ),
        ),
        buttons=(Button(custom_id=custom_id(Control.CONFIG_SETUP), label=_("Set up"), emoji="⚙️"),),
    )


def to_inviter(server: str) -> Reply:
    """To whoever has added the bot, if it can't post in the system channel."""
    return Reply(
        content(
            _(
                "Thanks for adding me to {server}. I make songs from words.",
                server=f"**{escape_line(server)}**",
            ),
            paragraph(
                _("Everyone can request songs there now, with `/compose`."),
                _("To set limits and channels, use `/config setup` there."),
            ),
        )
    )

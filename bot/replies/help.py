"""The answer to /help: how to request a song, and the commands that matter to the reader."""

from collections.abc import Mapping

from bot.discord_io.message import Reply
from bot.generation.poll_schedule import Expectation
from bot.replies import buttons, formatting
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import N_, _, pgettext
from bot.replies.text import code, paragraph

MEMBER_COMMANDS = (
    "compose",
    "job status",
    "songs list",
    "songs favorites",
    "songs chart",
    "limits",
    "privacy show",
    "privacy delete",
)
"""By what people look for first, not by name as in Discord's list."""
ADMIN_COMMANDS = ("config show", "config limit", "config channels add", "config results", "config doctor")
"""The start for admins; all others are on the panel of `/config show`."""

_BUTTONS = N_(
    "Under every song: *Compose again* for a new song from the same prompt, *Edit prompt* to "
    "change it first, and ❤️, which likes it and adds it to your favorites. Your own song also has *Delete post*."
)


def overview(
    descriptions: Mapping[str, str], *, expectation: Expectation | None, is_server: bool, is_manager: bool
) -> Reply:
    """What the reader can do here.

    Args:
        descriptions: of the commands that work where the reader is, by qualified name.
        expectation: the usual duration of a generation; None before any was observed.
        is_server: whether the reader is in a server; else it is a direct message, where an operator may allow requests.
        is_manager: whether the reader may change this server's settings.
    """
    usual = (
        _("Most songs take a few minutes.")
        if expectation is None
        else _(
            "Songs usually take {usual}.",
            usual=formatting.expected_range(expectation.median_s, expectation.p90_s),
        )
    )
    can_compose = "compose" in descriptions
    start = (
        _(
            "Type `/compose` and describe the song you want. I post it in the channel when it's "
            "ready and ping you."
        )
        if is_server
        else _("Type `/compose` and describe the song you want. I send it to you here when it's ready.")
        if can_compose
        else _(
            "Type `/compose` in a server that I'm in and describe the song you want. Here you can "
            "look up your songs."
        )
    )
    embed = build_embed(
        title=_("How to get a song"),
        colour=Colour.NEUTRAL,
        body=[paragraph(start, usual)],
        fields=[
            EmbedField(_("Commands"), _lines(MEMBER_COMMANDS, descriptions), inline=False),
            EmbedField(_("Buttons"), _(_BUTTONS) if can_compose else "", inline=False),
            EmbedField(
                _("For admins"), _lines(ADMIN_COMMANDS, descriptions) if is_manager else "", inline=False
            ),
        ],
        footer=_("Only you can see this."),
    )
    return Reply(embeds=(embed,), buttons=(buttons.surprise(),) if is_server else ())


def _lines(names: tuple[str, ...], descriptions: Mapping[str, str]) -> str:
    return "\n".join(
        f"{code(_command(name))} {_(descriptions[name])}" for name in names if name in descriptions
    )


def _command(name: str) -> str:
    """A command as Discord shows it in the current language."""
    return "/" + " ".join(pgettext("command", word) for word in name.split())

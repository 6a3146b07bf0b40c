"""What a builder returns: everything that a message shows, without a way to send it."""

from dataclasses import dataclass

import discord


@dataclass(frozen=True, slots=True)
class Link:
    """A link button; the label is plain text of at most 80 characters, the address a safe one of at most 512."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A message. `mentions` are the IDs of the users that it may ping, whomever it names."""

    content: str | None = None
    embed: discord.Embed | None = None
    links: tuple[Link, ...] = ()
    mentions: tuple[int, ...] = ()

    def view(self) -> discord.ui.View | None:
        """The link buttons, made anew at each call; needs a running event loop."""
        if not self.links:
            return None
        view = discord.ui.View(timeout=None)
        for link in self.links:
            view.add_item(discord.ui.Button(style=discord.ButtonStyle.link, label=link.label, url=link.url))
        return view

    def allowed_mentions(self) -> discord.AllowedMentions:
        """Exactly the listed users: no role, no everyone, not the author of the message replied to."""
        return discord.AllowedMentions(
            everyone=False,
            roles=False,
            users=[discord.Object(user_id) for user_id in self.mentions],
            replied_user=False,
        )

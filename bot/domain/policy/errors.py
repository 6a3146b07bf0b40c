"""Errors of requests that a server's policy refuses, and of invalid policy changes."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.policy.faults import Fault
from bot.domain.policy.model import Channels
from bot.errors import RequestError


class RoleBlocked(RequestError):
    """One of the member's roles is blocked."""


class MemberBlocked(RequestError):
    """The admins have blocked the member."""


class ChannelClosed(RequestError):
    """The admins have closed this channel for songs; `channels` is their list (see `bot.domain.policy.model`)."""

    def __init__(self, channels: Channels) -> None:
        super().__init__(channels.mode.value)
        self.channels = channels


class PromptBlocked(RequestError):
    """The prompt holds a blocked word or phrase; `phrase` is how the admins wrote it."""

    def __init__(self, phrase: str) -> None:
        super().__init__("a blocked phrase")
        self.phrase = phrase


class PrivateForbidden(RequestError):
    """The admins allow no private drafts."""


class PolicyInvalid(RequestError):
    """An invalid policy or value."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(each.kind.value for each in faults))
        self.faults = faults


class PolicyUnchanged(RequestError):
    """The change would change nothing."""


class ResultsImpossible(RequestError):
    """The bot cannot post in the results channel: it lacks permissions, or cannot see the channel.

    `lacking` and `kind` are discord.py's names: permissions, and the kind of a channel that takes no messages. `lacks_tag`: it is a
    forum that requires a tag, and has none that the bot may give.
    """

    def __init__(
        self,
        channel_id: int,
        lacking: Sequence[str] = (),
        *,
        kind: str | None = None,
        lacks_tag: bool = False,
    ) -> None:
        super().__init__(kind or ", ".join(lacking) or ("no tag" if lacks_tag else "not there"))
        self.lacks_tag = lacks_tag
        self.channel_id = channel_id
        self.lacking = lacking
        self.kind = kind


class ProposalGone(RequestError):
    """The proposed change was saved or cancelled, or has expired."""


class ProposalStale(RequestError):
    """The policy has been changed since the change was proposed."""

    def __init__(self, *, changed_by: int, changed_at: datetime) -> None:
        super().__init__("a newer change")
        self.changed_by = changed_by
        self.changed_at = changed_at


class NothingToUndo(RequestError):
    """There is no change to undo."""

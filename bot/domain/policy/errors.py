"""Requests that the settings of a server refuse, and changes of these settings that cannot be made."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.policy.model import Channels
from bot.errors import RequestError


class RoleBlocked(RequestError):
    """One of the member's roles may not ask for songs."""


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
    """What an admin wants to set; `faults` holds one readable line for each thing that is wrong with it."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class PolicyUnchanged(RequestError):
    """It is set like that already."""


class ResultsImpossible(RequestError):
    """The bot cannot post finished songs there: it lacks permissions, or sees no such channel.

    `lacking` and `kind` are discord.py's names: permissions, and the kind of a channel that takes no messages.
    """

    def __init__(self, channel_id: int, lacking: Sequence[str] = (), *, kind: str | None = None) -> None:
        super().__init__(kind or ", ".join(lacking) or "not there")
        self.channel_id = channel_id
        self.lacking = lacking
        self.kind = kind


class ProposalGone(RequestError):
    """The proposed change is not kept (any more): it was saved or cancelled, or is too old."""


class ProposalStale(RequestError):
    """Somebody has made a newer change since it was proposed."""

    def __init__(self, *, changed_by: int, changed_at: datetime) -> None:
        super().__init__("a newer change")
        self.changed_by = changed_by
        self.changed_at = changed_at


class NothingToUndo(RequestError):
    """No change is left that could be taken back."""

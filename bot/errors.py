"""Base classes and errors of requests. They carry facts; `bot.replies` has the text for people.

BotError                    the root; `WhisulError`, `MediaError` and `StoreError` are defined in their packages
├── RequestError            a request that was refused; nothing was written or spent. Those of a server's settings
│                           are in `bot.domain.policy.errors`
├── SettingsError           values that the program cannot start with
└── Fatal                   the program cannot go on; carries its exit code
"""

from datetime import datetime
from enum import IntEnum, StrEnum


class BotError(Exception):
    """The root of this program's own errors."""


class RequestError(BotError):
    """A request that was refused; nothing was written or spent."""


class PromptEmpty(RequestError):
    """The prompt has no visible character."""


class PromptTooLong(RequestError):
    """The prompt is longer than the operator allows; both numbers are characters."""

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"{length} characters, {limit} allowed")
        self.length = length
        self.limit = limit


class BotTimedOut(RequestError):
    """The bot is in a time-out on the server until `until`, in which it may only read."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class BotMissingPermissions(RequestError):
    """The bot lacks permissions in the channel; `names` are discord.py's names of them."""

    def __init__(self, names: list[str], channel_id: int) -> None:
        super().__init__(", ".join(names))
        self.names = names
        self.channel_id = channel_id


class OptionsTyped(RequestError):
    """The prompt has options of the command as text; `found` are these texts."""

    def __init__(self, found: tuple[str, ...]) -> None:
        super().__init__(" ".join(found))
        self.found = found


class MessageHasNoText(RequestError):
    """The message has no text for a prompt."""


class NotShareable(RequestError):
    """No completed song of the person who clicked; unknown and foreign songs are not distinguished."""


class ErasedMeanwhile(RequestError):
    """The song was erased while it was being posted; `url` leads to the post if it could not be deleted."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__("erased while it was being posted")
        self.url = url


class MemberMissingPermissions(RequestError):
    """The person may not send messages in the channel, as far as the bot can see."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(str(channel_id))
        self.channel_id = channel_id


class DeliveryPending(RequestError):
    """The song's own delivery has not ended yet."""


class NotPosted(RequestError):
    """Discord refused the post."""

    def __init__(self, message: str, channel_id: int) -> None:
        super().__init__(message)
        self.channel_id = channel_id


class PostUncertain(RequestError):
    """It is unknown whether Discord took the post."""

    def __init__(self, message: str, channel_id: int) -> None:
        super().__init__(message)
        self.channel_id = channel_id


class ControlUnknown(RequestError):
    """This version does not know the custom ID of a button, select or modal."""


class JobGone(RequestError):
    """The button's job is unknown, erased or not visible to the person; which of these is not disclosed."""


class DuplicateClick(RequestError):
    """The same person clicked the same button a moment ago; only the first click counts."""


class QueryUnclear(RequestError):
    """An invalid search; `fault` says why, `given` is what the person wrote."""

    def __init__(self, fault: "QueryFault", given: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.given = given


class QueryFault(StrEnum):
    """What is wrong with a search."""

    DURATION = "duration"  # not a duration
    BPM_BOUNDS = "bpm_bounds"  # the minimum exceeds the maximum
    DURATION_BOUNDS = "duration_bounds"
    NO_SERVER = "no_server"  # a search of a server, outside servers


class PlaylistRefused(RequestError):
    """A playlist was not changed or shown; `fault` (a `PlaylistFault`) says why, `name` is the playlist's."""

    def __init__(self, fault: str, name: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.name = name


class SearchGone(RequestError):
    """The search behind a button has expired, or belongs to somebody else."""


class AnsweredElsewhere(RequestError):
    """Another process has the same interaction, and was faster: nothing is left to do or to say."""


class AnswerTooLate(RequestError):
    """The song would probably take longer than Discord lets the bot answer where it is no member."""

    def __init__(self, usual_s: float) -> None:
        super().__init__(f"songs take up to {usual_s:.0f} s")
        self.usual_s = usual_s


class ShuttingDown(RequestError):
    """The program is shutting down and admits no requests."""


class SettingsError(BotError):
    """Invalid settings; `faults` has one readable line for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class ExitCode(IntEnum):
    """Exit codes of the process, after sysexits.h."""

    OK = 0
    USAGE = 64
    DATABASE_NEWER = 65
    UNAVAILABLE = 69
    SOFTWARE = 70
    CANNOT_CREATE = 73
    DATABASE = 74
    BUSY = 75
    SETTINGS = 78


class Fatal(BotError):
    """The program must end, and a restart alone will not help."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code

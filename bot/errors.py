"""The errors that this program raises on purpose. They carry facts; the words for people live in `bot.replies`.

BotError                    the root; `WhisulError`, `MediaError` and `StoreError` stand beside what raises them
├── RequestError            a request that was not admitted; nothing was written, nothing was spent. Those of a server's
│                           settings stand in `bot.domain.policy.errors`
├── SettingsError           values that the program cannot start with
└── Fatal                   the program cannot go on; carries its exit code
"""

from enum import IntEnum, StrEnum


class BotError(Exception):
    """The root of this program's own errors."""


class RequestError(BotError):
    """A request that was not admitted; nothing was written, nothing was spent."""


class PromptEmpty(RequestError):
    """The prompt holds nothing that can be seen."""


class PromptTooLong(RequestError):
    """The prompt is longer than the operator allows; both figures are characters."""

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"{length} characters, {limit} allowed")
        self.length = length
        self.limit = limit


class BotMissingPermissions(RequestError):
    """The bot lacks permissions in the channel; `names` are discord.py's names of them."""

    def __init__(self, names: list[str], channel_id: int) -> None:
        super().__init__(", ".join(names))
        self.names = names
        self.channel_id = channel_id


class MessageHasNoText(RequestError):
    """The message holds no text that could become a prompt."""


class NotShareable(RequestError):
    """No finished song of the person who pressed the button; unknown and foreign ones are not told apart."""


class ErasedMeanwhile(RequestError):
    """The song was erased while it was being posted; `url` leads to what of it could not be deleted, None: nothing stands."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__("erased while it was being posted")
        self.url = url


class MemberMissingPermissions(RequestError):
    """The person may not write in the channel themself, as far as the bot can see."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(str(channel_id))
        self.channel_id = channel_id


class DeliveryPending(RequestError):
    """The song's own delivery has not ended yet."""


class NotPosted(RequestError):
    """Discord did not take the post."""

    def __init__(self, message: str, channel_id: int) -> None:
        super().__init__(message)
        self.channel_id = channel_id


class PostUncertain(RequestError):
    """A post may or may not stand in the channel."""

    def __init__(self, message: str, channel_id: int) -> None:
        super().__init__(message)
        self.channel_id = channel_id


class ControlUnknown(RequestError):
    """The custom ID of a button, select or form means nothing to this version of the program."""


class JobGone(RequestError):
    """The button's job is unknown, erased, or not for the presser's eyes; it is not told which."""


class DuplicateClick(RequestError):
    """The same button, pressed by the same person a moment ago: the first press counts."""


class QueryUnclear(RequestError):
    """A look-up that cannot be carried out; `fault` says why, `given` is what the person wrote."""

    def __init__(self, fault: "QueryFault", given: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.given = given


class QueryFault(StrEnum):
    """What is wrong with a look-up."""

    DURATION = "duration"  # no duration of a song
    BPM_BOUNDS = "bpm_bounds"  # the least is more than the most
    DURATION_BOUNDS = "duration_bounds"
    NO_SERVER = "no_server"  # a server's songs, asked for outside servers


class SearchGone(RequestError):
    """The list behind a button is not kept (any more), or is somebody else's."""


class ShuttingDown(RequestError):
    """The program is about to stop and admits nothing more."""


class SettingsError(BotError):
    """Settings that the program cannot start with; `faults` holds one readable line for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class ExitCode(IntEnum):
    """How the process ends, after sysexits.h."""

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
    """The program cannot go on, and starting it again as it is will not help."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code

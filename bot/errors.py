"""Every error that this program raises on purpose. They carry facts; the words for people live in `bot.replies`.

BotError
├── RequestError                a request that was not admitted; nothing was written, nothing was spent
│   ├── PromptEmpty             nothing that could become a song
│   ├── PromptTooLong           longer than the operator allows
│   ├── BotMayNot               permissions that the bot lacks in a channel
│   ├── MessageSilent           a message without a text to compose from
│   ├── NotToShare              a song that is not the presser's, or no song
│   ├── ErasedMeanwhile         a song that was erased while it was being posted
│   ├── MemberMayNot            a channel in which the person may not write, as far as the bot can see
│   ├── StillOnItsWay           a song whose requester has yet to be told
│   ├── NotPosted               Discord did not take a post
│   ├── PostUncertain           nobody knows whether Discord took a post
│   ├── ControlUnknown          a button or form that this version does not know
│   ├── JobGone                 a button of a job that is unknown, erased, or not for the presser's eyes
│   ├── PressedTwice            the second half of a double click
│   ├── QueryUnclear            a look-up that cannot be understood, or asks for the impossible
│   ├── SearchGone              a list of songs that is not kept any more, or not for this person
│   ├── RoleBlocked             one of the member's roles may not ask for songs
│   ├── ChannelClosed           songs may not be asked for in this channel
│   ├── PromptBlocked           the prompt holds a word that the admins have blocked
│   ├── PrivateForbidden        this server has no private drafts
│   ├── PolicyInvalid           what an admin wants to set is not allowed, or cannot be read
│   ├── PolicyUnchanged         it is set like that already
│   ├── ResultsImpossible       a channel in which the bot cannot post finished songs
│   ├── ProposalGone            a change that was saved or cancelled already
│   ├── ProposalStale           a change that was proposed before a newer one was made
│   ├── NothingToUndo           no change is left that could be taken back
│   ├── LimitReached            a limit of the server or of the operator is used up (see `bot.limits`)
│   └── ShuttingDown            the program is about to stop
├── WhisulError                 anything that kept a call to the music API from its answer
│   ├── WhisulUnreachable       no answer of the API: DNS, connect, reset, time-out, or an intermediary's page
│   ├── WhisulUnavailable       an answer that says "not now": 408, 425, 5xx
│   ├── WhisulRateLimited       429, with its wait where one was given
│   ├── WhisulUnauthorised      401 or 403 of the API itself: the key
│   ├── WhisulNoCredit          402 of the API itself: the account
│   ├── WhisulRefused           400, 413 or 422 of the API itself: this request, whenever it is sent
│   ├── WhisulDeclined          any other 4xx of the API itself, for a reason that this program does not know
│   ├── WhisulNotFound          404 of the API itself on a job
│   ├── WhisulMisdirected       the address is wrong: no submit path answers, or it redirects
│   └── WhisulUnreadable        an answer that is not what the API promises
├── MediaError                  a cover or an audio file that could not be fetched
│   ├── MediaForbidden          an address that the bot must not fetch from
│   ├── MediaTooLarge           larger than its cap
│   ├── MediaUnknown            a file of a kind that is not known
│   └── MediaUnavailable        no usable answer
├── StoreError
│   ├── DatabaseBusy            another bot holds this database
│   ├── DatabaseNewer           written by a newer version of this program
│   ├── DatabaseUnusable        cannot be opened, read or written
│   ├── BackupRefused           the copy cannot be written where it was asked for
│   └── BackupUnsupported       this kind of database is not copied by this program
└── SettingsError               values that the program cannot start with
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from bot.policy import Channels


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


class BotMayNot(RequestError):
    """The bot lacks permissions in the channel; `names` are discord.py's names of them."""

    def __init__(self, names: list[str], channel_id: int) -> None:
        super().__init__(", ".join(names))
        self.names = names
        self.channel_id = channel_id


class MessageSilent(RequestError):
    """The message holds no text that could become a prompt."""


class NotToShare(RequestError):
    """No finished song of the person who pressed the button; unknown and foreign ones are not told apart."""


class ErasedMeanwhile(RequestError):
    """The song was erased while it was being posted; `url` leads to what of it could not be deleted, None: nothing stands."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__("erased while it was being posted")
        self.url = url


class MemberMayNot(RequestError):
    """The person may not write in the channel themself, as far as the bot can see."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(str(channel_id))
        self.channel_id = channel_id


class StillOnItsWay(RequestError):
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


class PressedTwice(RequestError):
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


class RoleBlocked(RequestError):
    """One of the member's roles may not ask for songs."""


class ChannelClosed(RequestError):
    """The admins have closed this channel for songs; `channels` is their list (see `bot.policy`)."""

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


class ShuttingDown(RequestError):
    """The program is about to stop and admits nothing more."""


class WhisulError(BotError):
    """A call to Whisul that did not get its answer.

    `created_nothing` says whether the request is *known* to have created no job: only then may a submit be sent
    again. It says nothing useful for a GET.
    """

    def __init__(self, message: str, *, created_nothing: bool) -> None:
        super().__init__(message)
        self.created_nothing = created_nothing


class WhisulUnreachable(WhisulError):
    """No answer of the API: none at all, or the page of an intermediary in front of it."""


class WhisulUnavailable(WhisulError):
    """A passing fault that Whisul itself reports."""

    def __init__(
        self, message: str, *, status: int, retry_after_s: float | None, created_nothing: bool
    ) -> None:
        super().__init__(message, created_nothing=created_nothing)
        self.status = status
        self.retry_after_s = retry_after_s


class WhisulRateLimited(WhisulError):
    """Too many requests under this key."""

    def __init__(self, message: str, *, retry_after_s: float | None) -> None:
        super().__init__(message, created_nothing=True)
        self.retry_after_s = retry_after_s


class WhisulUnauthorised(WhisulError):
    """The key is not (or no longer) accepted."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message, created_nothing=True)
        self.status = status


class WhisulNoCredit(WhisulError):
    """The account behind the key has nothing left to pay with."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulDeclined(WhisulError):
    """The API declines, with a status that says nothing certain about key, account or request."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulRefused(WhisulError):
    """Whisul will not take this request; `reason` is its own message, None where it gave none."""

    def __init__(self, message: str, *, status: int, reason: str | None) -> None:
        super().__init__(message, created_nothing=True)
        self.status = status
        self.reason = reason


class WhisulNotFound(WhisulError):
    """The job never existed or has expired."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulMisdirected(WhisulError):
    """The operator's address for the API is wrong: nothing there takes a submit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulUnreadable(WhisulError):
    """An answer that is not what the API promises: not JSON, cut off, too large, or without what it must have."""


class MediaError(BotError):
    """A file behind a song that could not be fetched."""


class MediaForbidden(MediaError):
    """The address is not a public http(s) address."""


class MediaTooLarge(MediaError):
    """The file is larger than its cap."""

    def __init__(self, message: str, *, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes


class MediaUnknown(MediaError):
    """A file came, neither a page nor text, of a kind that is not in the table of those known to play."""


class MediaUnavailable(MediaError):
    """The address gave no usable file."""


class MediaIncomplete(MediaUnavailable):
    """The file began as it should, and could not be had whole."""


class StoreError(BotError):
    """The database cannot be used."""


class DatabaseBusy(StoreError):
    """Another process holds this database."""


class DatabaseNewer(StoreError):
    """The database was written by a newer version of this program."""


class DatabaseUnusable(StoreError):
    """The database cannot be opened, read or written."""


class BackupRefused(StoreError):
    """The copy cannot be written where it was asked for."""


class BackupUnsupported(StoreError):
    """This kind of database is not copied by this program."""


class SettingsError(BotError):
    """Settings that the program cannot start with; `faults` holds one readable line for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults

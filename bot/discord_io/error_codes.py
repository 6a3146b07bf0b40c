"""What Discord's error responses mean for the message or edit of the call.

`tests/discord_io/discord_codes.csv` lists every code that Discord documents; a test checks that each one is here or is marked
there as one that no call of this bot can meet.
"""

from enum import Enum, auto


class SendOutcome(Enum):
    """What is known about the message after an error."""

    REJECTED = auto()  # not sent, and the same call will fail again
    TOO_LARGE = auto()  # not sent; without files it may work
    RETRY = auto()  # not sent; the same may work later
    UNKNOWN = auto()  # perhaps sent

    @property
    def may_retry(self) -> bool:
        """Whether the same call may work later."""
        return self in (SendOutcome.RETRY, SendOutcome.UNKNOWN)


REJECTED = SendOutcome.REJECTED
TOO_LARGE = SendOutcome.TOO_LARGE
RETRY = SendOutcome.RETRY
UNKNOWN = SendOutcome.UNKNOWN

CODES: dict[int, SendOutcome] = {
    # what the call refers to is not there
    10002: REJECTED,  # no such application: the commands belong to another one
    10003: REJECTED,  # the channel is deleted
    10004: REJECTED,  # the server is deleted, or the bot was removed
    10008: REJECTED,  # the message to edit is deleted, or one with this nonce was
    10013: REJECTED,  # the account to write to is deleted
    10015: REJECTED,  # the interaction was never acknowledged
    10062: REJECTED,  # the interaction is unknown, or its 3 seconds are over
    # limits of how often, and what Discord switches off for a while
    20016: RETRY,  # slow mode
    20022: RETRY,  # edits in an announcement channel
    20028: RETRY,  # writes to one channel
    20029: RETRY,  # writes to one server
    30034: RETRY,  # new commands in one day
    30046: RETRY,  # edits of messages that are older than an hour
    40003: RETRY,  # direct messages are opened too fast
    40004: RETRY,  # nobody may send messages for a while
    40006: RETRY,  # a feature is switched off for a while
    40062: RETRY,  # a resource is rate limited
    40333: RETRY,  # the network in front of Discord blocks the request
    110001: RETRY,  # the application is not available yet
    130000: RETRY,  # overloaded
    # for the operator: no way to send works, and each of them will again once it is mended
    40001: RETRY,  # the token is refused
    40002: RETRY,  # the account has to be verified
    50014: RETRY,  # the token is refused
    50041: RETRY,  # this version of the API is no longer served
    # the files are refused: the same without them may be taken
    20009: TOO_LARGE,  # explicit content is suspected in them
    30015: TOO_LARGE,  # too many
    40005: TOO_LARGE,  # the request is too large
    50045: TOO_LARGE,  # a file is too large
    50046: TOO_LARGE,  # a file cannot be read
    50110: TOO_LARGE,  # a file cannot be read
    50123: TOO_LARGE,  # a file is of a kind that is not taken
    50146: TOO_LARGE,  # a file did not arrive
    400001: TOO_LARGE,  # this server may not upload files for now
    # not allowed, here or to this person
    20012: REJECTED,  # the token belongs to another application
    40007: REJECTED,  # banned from the server
    50001: REJECTED,  # the bot cannot see the channel
    50005: REJECTED,  # the message to edit is somebody else's
    50007: REJECTED,  # this person takes no direct messages
    50009: REJECTED,  # the server's verification level shuts the bot out
    50013: REJECTED,  # a permission is missing
    50095: REJECTED,  # the server is not available in this country
    50278: REJECTED,  # no server in common with this person
    160002: REJECTED,  # a reply without the permission to read the history
    200000: REJECTED,  # AutoMod
    200001: REJECTED,  # AutoMod, of the title of a forum's post
    240000: REJECTED,  # the filter of harmful links
    # the place does not take it
    30033: REJECTED,  # the thread has as many members as it can
    10087: REJECTED,  # a tag of the forum that was deleted meanwhile
    40058: REJECTED,  # a forum takes no bare message
    40066: REJECTED,  # the forum requires a tag, and has none that the bot may set
    40067: REJECTED,  # the forum requires a tag
    50008: REJECTED,  # a channel without messages
    50024: REJECTED,  # a channel of a kind that cannot do this
    50033: REJECTED,  # nobody to open direct messages with
    50083: REJECTED,  # an edit in an archived thread
    160005: REJECTED,  # the thread is locked
    160006: REJECTED,  # an archived thread that cannot be opened: too many are open
    160007: REJECTED,  # the same in an announcement channel
    # the request itself is wrong, and would be next time
    30032: REJECTED,  # too many commands
    40041: REJECTED,  # two commands of one name
    40060: REJECTED,  # the interaction is acknowledged already
    40094: REJECTED,  # too many follow-ups
    50006: REJECTED,  # an empty message
    50021: REJECTED,  # a system message cannot be edited
    50027: REJECTED,  # the interaction's token has expired; Discord says so with 401
    50035: REJECTED,  # a field breaks a rule
    50068: REJECTED,  # a message of this type cannot be edited
    50109: REJECTED,  # the body is no JSON
}
"""Discord's JSON error codes. Below 500 they count for more than the HTTP status."""

STATUSES: dict[int, SendOutcome] = {
    401: RETRY,  # the token is refused, which also ends the gateway session: a new one delivers what is left
    408: UNKNOWN,  # timed out
    413: TOO_LARGE,  # the request is too large
    429: RETRY,  # rate limited, by Discord or (without a body) by the network in front of it
    521: RETRY,  # of that network: it could not reach Discord
    523: RETRY,  # the same
    525: RETRY,  # the same
    526: RETRY,  # the same
    530: RETRY,  # the same
}
"""HTTP statuses, where no code of Discord's says more.

Of the others, 4xx mean REJECTED; after 5xx, and anything that is no error, the outcome is unknown.
"""

CLIENT_ERRORS = range(400, 500)

NOT_FROM_DISCORD = frozenset({403, 404, 405, 407})
"""Without a code of Discord's these come from a proxy, or the network in front of Discord, and pass.

Its API gives a code for everything that it forbids or does not find.
"""


def outcome_of_response(status: int, code: int) -> SendOutcome:
    """The outcome of a call that got this response. `code` is 0 if the response has no code of Discord's."""
    is_refusal = status in CLIENT_ERRORS
    if is_refusal and code in CODES:
        return CODES[code]
    if code == 0 and status in NOT_FROM_DISCORD:
        return RETRY
    return STATUSES.get(status, REJECTED if is_refusal else UNKNOWN)

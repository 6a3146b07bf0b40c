"""Why a result could not be posted in the requested channel, from the note that the delivery stores with the job."""

import re

_CODE = re.compile(r"\b\d{3} (\d{5,6}): ")
"""How a note quotes Discord's error: HTTP status, then JSON error code."""

_NO_ACCESS = "I don't have permission to post there"
_GONE = "the channel no longer exists"
_FILTERED = "this server's AutoMod blocked it"
_BY_ERROR_CODE = {
    10003: _GONE,
    10004: "I'm no longer in that server",
    50001: "I can no longer see that channel",
    50013: _NO_ACCESS,
    160005: "the thread is locked",
    200000: _FILTERED,
    200001: _FILTERED,
    240000: "Discord's link filter blocked it",
}
_BY_PHRASE = {
    "no longer in the server": _BY_ERROR_CODE[10004],
    "in a timeout": "I'm in a timeout on that server",
    "is missing": _NO_ACCESS,
    "can't be looked for": "I couldn't tell whether I'd already posted it there",
}
_UNKNOWN = "I couldn't post it there"


def reason_not_posted(note: str | None) -> str:
    """The reason as a clause that follows "because", about a channel named before."""
    if note is None:
        return _UNKNOWN
    if found := _CODE.search(note):
        return _BY_ERROR_CODE.get(int(found[1]), _UNKNOWN)
    return next((reason for phrase, reason in _BY_PHRASE.items() if phrase in note), _UNKNOWN)

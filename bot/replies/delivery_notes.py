"""Why a result could not be posted in the requested channel, from the note that the delivery stores with the job."""

import re

_CODE = re.compile(r"\b\d{3} (\d{5,6}): ")
"""How a note quotes Discord's error: HTTP status, then JSON error code."""

_NO_ACCESS = "I may not write there"
_GONE = "the channel is gone"
_FILTERED = "this server's AutoMod did not let it through"
_BY_ERROR_CODE = {
    10003: _GONE,
    10004: "I am no longer in that server",
    50001: "I can no longer see the channel",
    50013: _NO_ACCESS,
    160005: "the thread is locked",
    200000: _FILTERED,
    200001: _FILTERED,
    240000: "Discord's filter of links did not let it through",
}
_BY_PHRASE = {
    "no longer in the server": _BY_ERROR_CODE[10004],
    "in a time-out": "I am in a time-out on that server",
    "lacks": _NO_ACCESS,
    "cannot be looked for": "I could not find out whether it stands there already",
}
_UNKNOWN = "I could not post it there"


def reason_not_posted(note: str | None) -> str:
    """The reason as a clause that follows "because", about a channel named before."""
    if note is None:
        return _UNKNOWN
    if found := _CODE.search(note):
        return _BY_ERROR_CODE.get(int(found[1]), _UNKNOWN)
    return next((reason for phrase, reason in _BY_PHRASE.items() if phrase in note), _UNKNOWN)
